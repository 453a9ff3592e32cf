/* What story check finds, and what it leaves alone. */
#include "app/author/check.h"

#include <string.h>

#include "tests/support/support.h"

/* A story in single quotes, which become double ones: what stands between the title and the end. */
#define HEAD       "{'format':'casys-story/1','id':'t','title':'T',"
#define END        "{'number':99,'text':'e','ending':{'kind':'won','title':'E'}}"
#define TO(id, to) "{'id':'" id "','text':'" id "','type':'direct','to':" to "}"
#define IF(id, to, when)                                                                           \
    "{'id':'" id "','text':'" id "','type':'conditional','to':" to ",'when':" when "}"
#define ROLL(id, stat, modifier, success, failure)                                                 \
    "{'id':'" id "','text':'" id "','type':'dice','check':{'dice':'chance','stat':'" stat          \
    "','modifier':" modifier ",'success':" success ",'failure':" failure "}}"

#define NEW(id, to, more) "{'id':'" id "','text':'" id "','to':" to "," more "}"
#define DEATH             "{'number':98,'text':'l','ending':{'kind':'lost','title':'L'}}"

static const struct {
    const char *why;
    const char *story;
    const char *found; /* "code pointer" of each finding, one line each */
} stories[] = {
    {"nothing is wrong",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO("go", "99") "]}," END "]}",
     ""},
    {"no JSON", "nothing", "format \n"},
    {"no story", "{}", "format \nformat \nformat \nformat \nformat \n"},
    {"a section that nothing leads to",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO(
         "go", "99") "]},"
                     "{'number':7,'text':'b','choices':[" TO("go", "99") "]}," END "]}",
     "unreachable /sections/1\n"},
    {"only the first of those that lead to each other",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO(
         "go", "99") "]},"
                     "{'number':5,'text':'b','choices':[" TO(
                         "go", "99") "]},"
                                     "{'number':7,'text':'b','choices':[" TO(
                                         "go",
                                         "5") "]},"
                                              "{'number':8,'text':'b','choices':[" TO(
                                                  "go",
                                                  "9") "]},"
                                                       "{'number':9,'text':'b','choices':[" TO(
                                                           "go", "8") "]}," END "]}",
     "unreachable /sections/2\nunreachable /sections/3\n"},
    {"an item that nobody can have",
     HEAD
     "'start':1,'items':{'key':{'name':'Key'}},'sections':[{'number':1,'text':'a','choices':[" TO(
         "go", "99") "," IF("in", "99", "{'item':'key'}") "]}," END "]}",
     "choice-never /sections/0/choices/1/when\n"},
    {"a flag that comes too late",
     HEAD
     "'start':1,'flags':['f'],'sections':[{'number':1,'text':'a','choices':[" TO("go", "2") "," IF(
         "in", "99", "{'flag':'f'}") "]},"
                                     "{'number':2,'text':'b','enter':[{'flag':'f'}],'choices':[" TO(
                                         "go", "99") "]}," END "]}",
     "choice-never /sections/0/choices/1/when\n"},
    {"a flag that comes back in time",
     HEAD
     "'start':1,'flags':['f'],'sections':[{'number':1,'text':'a','choices':[" TO("go", "2") "," IF(
         "in", "99", "{'flag':'f'}") "]},"
                                     "{'number':2,'text':'b','enter':[{'flag':'f'}],'choices':[" TO(
                                         "go", "1") "]}," END "]}",
     ""},
    {"gold that can be gathered in a circle, as much as one likes",
     HEAD
     "'start':1,'sections':[{'number':1,'text':'a','enter':[{'gold':{'add':1}}],'choices':[" TO(
         "go", "1") "," IF("buy", "99", "{'gold':{'min':5000}}") "]}," END "]}",
     ""},
    {"gold that cannot be gathered",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO("go", "1") "," IF(
         "buy", "99", "{'gold':{'min':1}}") "]}," END "]}",
     "choice-never /sections/0/choices/1/when\n"},
    {"a circle without a way out",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO("end", "99") "," TO(
         "go", "2") "]},{'number':2,'text':'b','choices':[" TO("go", "2") "]}," END "]}",
     "no-ending /sections/1\n"},
    {"two needs that exclude each other",
     HEAD
     "'start':1,'sections':[{'number':1,'text':'a','enter':[{'gold':{'add':1}}],'choices':[" TO(
         "go", "1") "," TO("end",
                           "99") "," IF("buy", "99",
                                        "{'all':[{'gold':{'min':5}},{'gold':{'max':4}}]}") "]}," END
                                                                                           "]}",
     "choice-never /sections/0/choices/2/when\n"},
    {"one of several is enough",
     HEAD
     "'start':1,'items':{'key':{'name':'Key'}},'sections':[{'number':1,'text':'a','choices':[" IF(
         "in", "99", "{'any':[{'item':'key'},{'not':{'item':'key'}}]}") "]}," END "]}",
     ""},
    {"what is always so is no mistake",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" IF(
         "in", "99", "{'gold':{'max':10}}") "]}," END "]}",
     ""},
    {"a dead end",
     HEAD "'start':1,'flags':['f'],'sections':[{'number':1,'text':'a','choices':[" TO(
         "go", "2") "," TO("end", "99") "]},"
                                        "{'number':2,'text':'b','choices':[" IF(
                                            "on", "99", "{'flag':'f'}") "]}," END "]}",
     "dead-end /sections/1\n"},
    {"a section without any way on",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO("go", "2") "," TO(
         "end", "99") "]},{'number':2,'text':'b'}," END "]}",
     "format /sections/1\n"},
    {"names that nothing uses",
     HEAD "'start':1,'items':{'key':{'name':'Key'}},'flags':['f'],"
          "'stats':{'nerve':{'name':'Nerve','max':9,'initial':1}},"
          "'sections':[{'number':1,'text':'a','choices':[" TO("go", "99") "]}," END "]}",
     "unused /stats/nerve\nunused /items/key\nunused /flags/0\n"},
    {"a flag that nobody asks for",
     HEAD "'start':1,'flags':['f'],'sections':[{'number':1,'text':'a','enter':[{'flag':'f'}],"
          "'choices':[" TO("go", "99") "]}," END "]}",
     "never-asked /flags/0\n"},
    {"a check that always succeeds",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" ROLL("go", "skill", "0", "99",
                                                                          "1") "]}," END "]}",
     "check-never-fails /sections/0/choices/0/check\n"},
    {"a check that never succeeds, and what is behind it",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" ROLL(
         "go", "skill", "24", "2",
         "99") "]},{'number':2,'text':'b','choices':[" TO("go", "99") "]}," END "]}",
     "check-never-succeeds /sections/0/choices/0/check\nunreachable /sections/1\n"},
    {"a stat that surely falls leads away",
     HEAD "'start':1,'stats':{'skill':{'initial':3,'zero_section':98}},'sections':["
          "{'number':1,'text':'a','choices':[{'id':'go','text':'go','type':'direct','to':2,"
          "'effects':[{'stat':'skill','add':-3}]}]},"
          "{'number':2,'text':'b','choices':[" TO(
              "go", "99") "]},"
                          "{'number':98,'text':'l','ending':{'kind':'lost','title':'L'}}," END "]}",
     "unreachable /sections/1\n"},
    {"a stat that may fall leads both ways",
     HEAD "'start':1,'stats':{'skill':{'initial':3,'zero_section':98}},'sections':["
          "{'number':1,'text':'a','choices':[{'id':'go','text':'go','type':'direct','to':1,"
          "'effects':[{'stat':'skill','add':-1}]}," TO(
              "end", "99") "]},"
                           "{'number':98,'text':'l','ending':{'kind':'lost','title':'L'}}," END
                           "]}",
     ""},
    {"an unknown name does not make its choice impossible as well",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO("go", "99") "," IF(
         "in", "99", "{'item':'kye'}") "]}," END "]}",
     "format /sections/0/choices/1/when/item\n"},
    {"a range that is upside down is one mistake",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO("go", "99") "," IF(
         "in", "99", "{'gold':{'min':3,'max':2}}") "]}," END "]}",
     "format /sections/0/choices/1/when/gold\n"},
    {"forced moves that come to an end",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','enter':[{'go':2}],'choices':[" TO(
         "go",
         "99") "]},{'number':2,'text':'b','enter':[{'go':3}],'choices':[" TO("go",
                                                                             "99") "]},"
                                                                                   "{'number':3,'text':'c','choices':[" TO(
                                                                                       "go",
                                                                                       "99") "]}," END
                                                                                             "]}",
     ""},
    {"a forced move that depends",
     HEAD "'start':1,'flags':['f'],'sections':[{'number':1,'text':'a','enter':[{'go':2,'when':"
          "{'flag':'f'}},{'flag':'f'}],'choices':[" TO(
              "go", "1") "]},"
                         "{'number':2,'text':'b','choices':[" TO("go", "99") "]}," END "]}",
     ""},
    {"forced moves in a circle of one",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO("go", "2") "," TO(
         "end", "99") "]},{'number':2,'text':'b','enter':[{'go':2}],'choices':[" TO("go",
                                                                                    "99") "]}," END
                                                                                          "]}",
     "endless-moves /sections/1\n"},
    {"a fight leads where it is won, lost and fled",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','fight':{'foes':[{'name':'F','skill':5,"
          "'endurance':4}],'luck':'chance','flee':{'to':3},'win':99,'lose':98}},"
          "{'number':3,'text':'b','choices':[" TO("go", "99") "]}," DEATH "," END "]}",
     ""},
    {"a counter that counts too little",
     HEAD "'start':1,'counters':{'days':{'max':9}},'sections':[{'number':1,'text':'a','enter':"
          "[{'counter':'days','add':1}],'choices':[" TO("go", "99") "," NEW(
              "late", "99", "'when':{'counter':'days','min':2}") "]}," END "]}",
     "choice-never /sections/0/choices/1/when\n"},
    {"a visit that comes too late is possible for the analysis, one that cannot be is not",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO("go", "99") "," NEW(
         "back", "99",
         "'when':{'visited':99}") "," NEW("again", "99",
                                          "'when':{'visited':5}") "]},"
                                                                  "{'number':5,'text':'b','choices':[" TO(
                                                                      "go", "99") "]}," END "]}",
     "choice-never /sections/0/choices/2/when\nunreachable /sections/1\n"},
    {"an expression that cannot be so",
     HEAD
     "'start':1,'character':{'gold':5},'sections':[{'number':1,'text':'a','choices':[" TO("go", "99") "," NEW(
         "buy", "99",
         "'when':{'test':'gold * 2 + 1 >= 12','text':'means'}") "," NEW("beg", "99",
                                                                        "'when':{'test':'gold * 2 + 1 >= 11','text':'means'}") "]}," END
                                                                                                                               "]}",
     "choice-never /sections/0/choices/1/when\n"},
    {"dice that cannot throw so much",
     HEAD "'start':1,'sections':[{'number':1,'text':'a','choices':[" TO(
         "go",
         "99") ","
               "{'id':'roll','text':'roll','check':{'dice':'roll','throw':'2d6','at_least':13,'success':2,"
               "'failure':99}}]},{'number':2,'text':'b','choices':[" TO("go", "99") "]}," END "]}",
     "check-never-succeeds /sections/0/choices/1/check\nunreachable /sections/1\n"},
    {"a thing to use that nobody has",
     HEAD
     "'start':1,'items':{'pie':{'name':'Pie','use':{'text':'Eat','effects':[{'gold':{'add':1}}]}}},"
     "'sections':[{'number':1,'text':'a','choices':[" TO("go", "99") "]}," END "]}",
     "use-never /items/pie/use\n"},
    {"gold from a thing that is used opens the way",
     HEAD "'start':1,'character':{'items':{'pie':1}},"
          "'items':{'pie':{'name':'Pie','use':{'text':'Eat','effects':[{'gold':{'add':1}}]}}},"
          "'sections':[{'number':1,'text':'a','choices':[" NEW(
              "buy", "99", "'when':{'gold':{'min':1}}") "]}," END "]}",
     ""},
    {"leaving pays",
     HEAD
     "'start':1,'sections':[{'number':1,'text':'a','leave':[{'gold':{'gain':2}}],'choices':[" TO("go", "2") "]},{'number':2,'text':'b','choices':[" NEW(
         "buy", "99",
         "'when':{'gold':{'min':2,'max':2}}") "," NEW("rich", "99",
                                                      "'when':{'gold':{'min':3}}") "]}," END "]}",
     "choice-never /sections/1/choices/1/when\n"},
};

/* The story with double quotes. */
static void write_story(const char *text, struct buf *ret)
{
    for (; *text; text++) {
        buf_byte(ret, *text == '\'' ? '"' : (uint8_t)*text);
    }
}

START_TEST(a_story_has_exactly_these_mistakes)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path path = temp_join(&folder, "story.json");
    struct buf source = {.at = NULL};
    struct buf got = {.at = NULL};
    struct draft draft;
    struct findings findings = {.count = 0};
    write_story(stories[_i].story, &source);
    write_file(path.text, buf_slice(&source));
    ck_assert_int_eq(draft_read(path.text, &draft), OK);
    story_check(&draft, &findings);
    for (size_t i = 0; i < findings.count; i++)
        buf_printf(&got, "%s %.*s\n", findings.list[i].code, SLICE_ARG(findings.list[i].pointer));
    buf_byte(&got, 0);
    ck_assert_msg(strcmp((const char *)got.at, stories[_i].found) == 0, "%s: got\n%s",
                  stories[_i].why, got.at);
    findings_release(&findings);
    draft_release(&draft);
    buf_release(&got);
    buf_release(&source);
}
END_TEST

START_TEST(a_missing_file_is_said)
{
    struct draft draft;
    ck_assert_int_eq(draft_read("/nowhere/at/all.json", &draft), ERR_IO);
    ck_assert(memmem(draft.report.text.at, draft.report.text.len, "cannot be read", 14) != NULL);
    draft_release(&draft);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("check");
    TCase *tcase = tcase_create("check");
    tcase_add_loop_test(tcase, a_story_has_exactly_these_mistakes, 0, COUNT_OF(stories));
    tcase_add_test(tcase, a_missing_file_is_said);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
