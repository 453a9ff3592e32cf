/* Twee 3 and casys-story/1: what each construct becomes, what each mistake is told as, and that a
 * story which goes there and back is the same story. JSON is written with ' for " here. */
#include "app/author/twee.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "app/author/draft.h"
#include "app/canonical.h"
#include "tests/support/support.h"

static const struct json_limits limits = {
    .bytes = LIMIT_STORY_BYTES, .depth = LIMIT_STORY_DEPTH, .nodes = LIMIT_STORY_NODES};

/* What stands before the sections of a test; six lines. */
#define TITLE_PAGE                                                                                 \
    ":: StoryTitle\nT\n\n:: StoryData\n"                                                           \
    "{\"ifid\": \"D674C58C-DEFA-4F70-B7A2-27742230C0FC\", \"start\": \"A\"}\n\n"

static struct slice quoted(struct arena *arena, const char *text)
{
    struct slice ret = arena_printf(arena, "%s", text);
    uint8_t *at = (uint8_t *)(uintptr_t)ret.at;
    for (size_t i = 0; i < ret.len; i++)
        at[i] = at[i] == '\'' ? '"' : at[i];
    return ret;
}

/* The canonical form, appended to *ret. */
static void canonical(struct slice document, struct buf *ret)
{
    struct arena arena = {.blocks = NULL};
    const struct json *root = NULL;
    struct json_out *out = json_out_new(ret);
    ck_assert_msg(json_parse(document, &limits, &arena, &root, NULL) == OK, "%.*s",
                  SLICE_ARG(document));
    canonical_encode(out, root, &arena);
    json_out_free(out);
    arena_release(&arena);
}

static void assert_same_json(const char *why, struct slice got, struct slice expected)
{
    struct buf a = {.at = NULL};
    struct buf b = {.at = NULL};
    canonical(got, &a);
    canonical(expected, &b);
    ck_assert_msg(slice_eq(buf_slice(&a), buf_slice(&b)), "%s:\n%.*s\ninstead of\n%.*s", why,
                  SLICE_ARG(buf_slice(&a)), SLICE_ARG(buf_slice(&b)));
    buf_release(&a);
    buf_release(&b);
}

static bool has(struct slice text, const char *part)
{
    return memmem(text.at, text.len, part, strlen(part)) != NULL;
}

/* What each construct becomes: the sections behind TITLE_PAGE. Passage B is added at the end. */
static const struct {
    const char *why;
    const char *twee;
    const char *sections; /* without that of B, which is the last number */
} constructs[] = {
    {"text and a link", ":: A\nYou go.\n\n[[On->B]]\n",
     "{'number':1,'text':'You go.','choices':[{'id':'on','text':'On','to':2}]}"},
    {"a link to the left", ":: A\nYou go.\n\n[[B<-On]]\n",
     "{'number':1,'text':'You go.','choices':[{'id':'on','text':'On','to':2}]}"},
    {"a link of Twine 1", ":: A\nYou go.\n\n[[On|B]]\n",
     "{'number':1,'text':'You go.','choices':[{'id':'on','text':'On','to':2}]}"},
    {"a link that is its own text", ":: A\nYou go.\n\n[[B]]\n",
     "{'number':1,'text':'You go.','choices':[{'id':'b','text':'B','to':2}]}"},
    {"the rightmost arrow parts", ":: A\nX\n[[a->b->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'a-b','text':'a->b','to':2}]}"},
    {"spaces around the words", ":: A\nX\n[[ On -> B ]]\n",
     "{'number':1,'text':'X','choices':[{'id':'on','text':'On','to':2}]}"},
    {"links of a list are taken out with it", ":: A\nX\n\n- [[On->B]]\n- [[Up->B]]\n\nY\n",
     "{'number':1,'text':'X\\n\\nY','choices':[{'id':'on','text':'On','to':2},"
     "{'id':'up','text':'Up','to':2}]}"},
    {"a line with an arrow of Unicode is taken out", ":: A\nX\n\xE2\x86\x92 [[On->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'on','text':'On','to':2}]}"},
    {"the words of a link in a sentence stay", ":: A\nYou see a [[door->B]], or [[B]].\n",
     "{'number':1,'text':'You see a door, or B.','choices':[{'id':'door','text':'door','to':2},"
     "{'id':'b','text':'B','to':2}]}"},
    {"the same link twice is one choice", ":: A\nThe [[door->B]].\n\n[[door->B]]\n",
     "{'number':1,'text':'The door.','choices':[{'id':'door','text':'door','to':2}]}"},
    {"ids are made unique", ":: A\nX\n[[On->B]]\n[[on!->B]]\n[[-->B]]\n[[12->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'on','text':'On','to':2},"
     "{'id':'on-2','text':'on!','to':2},{'id':'choice','text':'-','to':2},"
     "{'id':'choice-12','text':'12','to':2}]}"},
    {"an apostrophe parts no word", ":: A\nX\n[[Don't->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'dont','text':'Don\\u0027t','to':2}]}"},
    {"blank lines around the text are left out", ":: A\n\n\n  \nX\n\n\nY  \n\n[[On->B]]\n\n\n",
     "{'number':1,'text':'X\\n\\n\\nY','choices':[{'id':'on','text':'On','to':2}]}"},
    {"a backslash makes a character ordinary",
     ":: A\n\\[[x]] \\{y} \\<\\<z>> \\(set: \\$a\n[[On->B]]\n",
     "{'number':1,'text':'\\\\[[x]] \\\\{y} \\\\<\\\\<z>> \\\\(set: \\\\$a',"
     "'choices':[{'id':'on','text':'On','to':2}]}"},
    {"code is ordinary", ":: A\nWrite `[[x]] <<y>>` and ``{`z`}``.\n[[On->B]]\n",
     "{'number':1,'text':'Write `[[x]] <<y>>` and ``{`z`}``.',"
     "'choices':[{'id':'on','text':'On','to':2}]}"},
    {"a backtick alone begins no code", ":: A\nA ` and\n[[On->B]]\n",
     "{'number':1,'text':'A ` and','choices':[{'id':'on','text':'On','to':2}]}"},
    {"a heading that is underlined", ":: A\nA place: here\n--\nX\n[[On->B]]\n",
     "{'number':1,'text':'A place: here\\n--\\nX','choices':[{'id':'on','text':'On','to':2}]}"},
    {"a script that is empty", ":: A\nX\n[[B]]\n:: StoryScript [script]\n\n",
     "{'number':1,'text':'X','choices':[{'id':'b','text':'B','to':2}]}"},
    {"prose that looks a little like macros",
     ":: A\n(note: 3 < 4) $5 a_b <3 [he nods]\n[[On->B]]\n",
     "{'number':1,'text':'(note: 3 < 4) $5 a_b <3 [he nods]',"
     "'choices':[{'id':'on','text':'On','to':2}]}"},
    {"a front block", ":: A\n---\n\"enter\": [{\"gold\": {\"add\": 1}}]\n---\nX\n[[On->B]]\n",
     "{'number':1,'text':'X','enter':[{'gold':{'add':1}}],"
     "'choices':[{'id':'on','text':'On','to':2}]}"},
    {"a front block with braces", ":: A\n\n--- \n{\"leave\": []}\n---\nX\n[[On->B]]\n",
     "{'number':1,'text':'X','leave':[],'choices':[{'id':'on','text':'On','to':2}]}"},
    {"an empty front block", ":: A\n---\n---\nX\n[[On->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'on','text':'On','to':2}]}"},
    {"a rule behind the front block", ":: A\n---\n---\n---\n\nX\n[[On->B]]\n",
     "{'number':1,'text':'---\\n\\nX','choices':[{'id':'on','text':'On','to':2}]}"},
    {"mechanics by the text of a link",
     ":: A\n---\n\"choices\": [{\"text\": \"Up\", \"id\": \"u\", \"once\": true}]\n---\nX\n"
     "[[On->B]]\n[[Up->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'on','text':'On','to':2},"
     "{'id':'u','text':'Up','to':2,'once':true}]}"},
    {"mechanics by the id of a link",
     ":: A\n---\n\"choices\": [{\"id\": \"go-up\", \"when\": {\"visited\": \"B\"}}]\n---\nX\n"
     "[[Go up!->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'go-up','text':'Go up!','to':2,"
     "'when':{'visited':2}}]}"},
    {"a check leads where the link leads when it succeeds",
     ":: A\n---\n\"choices\": [{\"id\": \"jump\", \"check\": {\"dice\": \"luck\", \"failure\": "
     "\"[[A]]\"}}]\n---\nX\n[[Jump->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'jump','text':'Jump',"
     "'check':{'dice':'luck','failure':1,'success':2}}]}"},
    {"choices of their own stand before the link that follows, or at the end",
     ":: A\n---\n\"choices\": [{\"text\": \"0\", \"to\": \"B\"}, {\"id\": \"on\"}, "
     "{\"text\": \"1\", \"to\": 2}, {\"id\": \"up\"}, {\"text\": \"2\", \"to\": \"[[B]]\"}]\n---\nX\n"
     "[[On->B]]\n[[Up->B]]\n[[Out->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'choice-0','text':'0','to':2},"
     "{'id':'on','text':'On','to':2},{'id':'choice-1','text':'1','to':2},"
     "{'id':'up','text':'Up','to':2},{'id':'out','text':'Out','to':2},"
     "{'id':'choice-2','text':'2','to':2}]}"},
    {"targets of a fight by name, and what is lost is no target",
     ":: A\n---\n\"enter\": [{\"stat\": \"skill\", \"lose\": \"1d2\"}, {\"go\": \" [[B]] \"}],\n"
     "\"fight\": {\"win\": \"B\", \"lose\": \"A\", \"flee\": {\"to\": \"B\"}}\n---\nX\n",
     "{'number':1,'text':'X','enter':[{'stat':'skill','lose':'1d2'},{'go':2}],"
     "'fight':{'win':2,'lose':1,'flee':{'to':2}}}"},
    {"an ending by a tag", ":: A [won]\nX\n",
     "{'number':1,'text':'X','ending':{'kind':'won','title':'A'}}"},
    {"an ending by a tag with its title",
     ":: A [x lost]\n---\n\"ending\": {\"title\": \"Y\"}\n---\nX\n",
     "{'number':1,'text':'X','ending':{'kind':'lost','title':'Y'}}"},
    {"an ending by the front block", ":: A\n---\n\"ending\": {\"kind\": \"won\"}\n---\nX\n",
     "{'number':1,'text':'X','ending':{'kind':'won','title':'A'}}"},
    {"the text in the front block", ":: A\n---\n\"text\": \" [[x]]\\n\"\n---\n[[On->B]]\n",
     "{'number':1,'text':' [[x]]\\n','choices':[{'id':'on','text':'On','to':2}]}"},
    {"a number of its own", ":: A\n---\n\"number\": 7\n---\nX\n[[On->B]]\n",
     "{'number':7,'text':'X','choices':[{'id':'on','text':'On','to':1}]}"},
    {"a name that is a number", ":: A\nX\n[[2]]\n\n:: 2\nY\n[[On->B]]\n",
     "{'number':1,'text':'X','choices':[{'id':'choice-2','text':'2','to':2}]},"
     "{'number':2,'text':'Y','choices':[{'id':'on','text':'On','to':3}]}"},
    {"the start is 1, wherever it stands", ":: C\nX\n[[A]]\n:: A\nY\n[[C]]\n[[B]]\n",
     "{'number':2,'text':'X','choices':[{'id':'a','text':'A','to':1}]},"
     "{'number':1,'text':'Y','choices':[{'id':'c','text':'C','to':2},{'id':'b','text':'B','to':3}]}"},
    {"escapes in a name and in tags",
     ":: A\nX\n[[C [1]]]\n:: C \\[1\\] [a\\]b] {\"position\":\"1,2\"}\nY\n[[B]]\n", NULL},
    {"line ends of Windows and a byte order mark", "\r\n:: A\r\nX\r\nY\r\n\r\n[[On->B]]\r\n",
     "{'number':1,'text':'X\\nY','choices':[{'id':'on','text':'On','to':2}]}"},
};

START_TEST(a_construct_becomes_json)
{
    struct arena arena = {.blocks = NULL};
    struct findings findings = {.count = 0};
    struct twee twee;
    const struct json *root = NULL;
    const struct slice source =
        arena_printf(&arena, "%s%s\n\n:: B [lost]\nZ\n", TITLE_PAGE, constructs[_i].twee);
    const enum status st = twee_read(source, &twee, &findings);
    struct buf found = {.at = NULL};
    findings_print(&findings, SLICE("t"), &found);
    ck_assert_msg(st == OK || !constructs[_i].sections, "%s: %.*s", constructs[_i].why,
                  SLICE_ARG(buf_slice(&found)));
    ck_assert_int_eq(json_parse(buf_slice(&twee.json), &limits, &arena, &root, NULL), OK);
    if (constructs[_i].sections) {
        struct buf got = {.at = NULL};
        struct json_out *out = json_out_new(&got);
        json_out_value(out, json_get(root, SLICE("sections")));
        const struct json *last = json_get(root, SLICE("sections"))->child;
        while (last->next)
            last = last->next;
        const struct slice expected = arena_printf(
            &arena, "[%s,{'number':%.*s,'text':'Z','ending':{'kind':'lost','title':'B'}}]",
            constructs[_i].sections, SLICE_ARG(json_get(last, SLICE("number"))->text));
        assert_same_json(constructs[_i].why, buf_slice(&got),
                         quoted(&arena, (const char *)expected.at));
        json_out_free(out);
        buf_release(&got);
    }
    buf_release(&found);
    twee_release(&twee);
    findings_release(&findings);
    arena_release(&arena);
}
END_TEST

/* What is told of a mistake: "line: passage: text". The sections begin in line 7. */
static const struct {
    const char *why;
    const char *twee; /* behind TITLE_PAGE, or the whole file when it begins with '!' */
    const char *finding;
} mistakes[] = {
    {"a macro of SugarCube", ":: A [won]\nX\n<<set $a to 1>>\n",
     "t:9: passage \"A\": <<set>> is a macro of SugarCube"},
    {"an expression of SugarCube", ":: A [won]\n<<= 1>>\n", "t:8: passage \"A\": <<=>> is a macro"},
    {"a closing macro", ":: A [won]\n<</if>>\n", "<</if>> is a macro of SugarCube"},
    {"a macro of Harlowe", ":: A [won]\nX (set: $a to (a: 1))\n",
     "t:8: passage \"A\": (set: is a macro of Harlowe"},
    {"a macro of Harlowe in capitals", ":: A [won]\n(If: true)[x]\n", "(If: is a macro of Harlowe"},
    {"a hook behind", ":: A [won]\n[text]<x|\n", "a hook of Harlowe ends here"},
    {"a hook before", ":: A [won]\n|x>[text]\n", "a hook of Harlowe begins here"},
    {"an insert", ":: A [won]\nHello {name}\n", "{ begins an insert of Chapbook"},
    {"a modifier", ":: A [won]\n[JavaScript]\nx\n",
     "t:8: passage \"A\": [JavaScript] is a modifier of Chapbook"},
    {"a modifier with more", ":: A [won]\n  [if a > 1] \nx\n", "[if a > 1] is a modifier"},
    {"a script of Snowman", ":: A [won]\n<% s.a = 1 %>\n", "<% is a script of Snowman"},
    {"a variable", ":: A [won]\nYou have $coins.\n", "$coins is a variable of another format"},
    {"a style of SugarCube", ":: A [won]\n@@.red;x@@\n", "@@ is a style of SugarCube"},
    {"a comment of SugarCube", ":: A [won]\n/% x %/\n", "a comment of SugarCube"},
    {"a comment as in C", ":: A [won]\n/* x\ny */\n", "a comment of SugarCube"},
    {"an image of SugarCube", ":: A [won]\n[img[a.png]]\n", "an image of SugarCube"},
    {"variables of Chapbook", ":: A [won]\ngold: 3\nname (gold > 1): 'x'\n--\nX\n",
     "t:10: passage \"A\": the lines above -- are variables of Chapbook"},
    {"HTML", ":: A [won]\nX <b>y</b>\n", "t:8: passage \"A\": <b is HTML"},
    {"a comment of HTML", ":: A [won]\n<!-- x -->\n", "is HTML"},
    {"a script of HTML", ":: A [won]\n<script>a[[b\n</script>\n", "<script is HTML"},
    {"a script", ":: A [won]\nX\n:: S [script]\nx()\n", "t:9: passage \"S\": the tag [script]"},
    {"a style sheet", ":: A [won]\nX\n:: S [stylesheet]\nb {}\n", "the tag [stylesheet]"},
    {"a widget", ":: A [won]\nX\n:: S [widget]\n<<x>>\n", "the tag [widget]"},
    {"a special passage", ":: A [won]\nX\n:: StoryInit\n<<x>>\n",
     "a special passage of another story format"},
    {"a link with a setter", ":: A\nX\n[[On->B][$a to 1]]\n", "a link with a setter"},
    {"a link that is not closed", ":: A\nX\n[[On->B]\n",
     "t:9: passage \"A\": \"[[On->B]\": the link is not closed"},
    {"a link over two lines", ":: A\nX\n[[On\n->B]]\n", "the link is not closed"},
    {"a link without words", ":: A\nX\n[[->B]]\n", "the link needs words and a passage"},
    {"a link without a target", ":: A\nX\n[[On->]]\n", "the link needs words and a passage"},
    {"an empty link", ":: A\nX\n[[]]\n", "the link needs words and a passage"},
    {"a link to nowhere", ":: A\nX\n[[On->C]]\n", "t:9: passage \"A\": there is no passage \"C\""},
    {"a target to nowhere", ":: A [won]\n---\n\"enter\": [\n{\"go\": \"[[C]]\"}]\n---\nX\n",
     "t:10: passage \"A\": there is no passage \"C\""},
    {"no way on", ":: A\nX\n", "t:7: passage \"A\": no way leads on"},
    {"both endings", ":: A [won lost]\nX\n", "exclude each other"},
    {"a tag against the front block", ":: A [won]\n---\n\"ending\": {\"kind\": \"lost\"}\n---\nX\n",
     "t:9: passage \"A\": the tag of the passage says won, and \"ending\" says lost"},
    {"a front block that is not closed", ":: A [won]\n---\n\"enter\": []\nX\n",
     "t:8: passage \"A\": the front block that begins here"},
    {"a front block that is no JSON", ":: A [won]\n---\n\"enter\": [],\nx\n---\nX\n",
     "t:10: passage \"A\": the front block (between the lines ---"},
    {"a number that is none", ":: A [won]\n---\n\"number\": 0\n---\nX\n",
     "t:9: passage \"A\": \"number\" must be a whole number from 1 to 999999"},
    {"a number twice",
     ":: A [won]\n---\n\"number\": 3\n---\nX\n:: C [won]\n---\n\"number\": 3\n---\nX\n",
     "t:14: passage \"C\": another passage has the number 3 already"},
    {"the text twice", ":: A [won]\n---\n\"text\": \"X\"\n---\nY\n",
     "the text is in the front block"},
    {"mechanics of no link", ":: A\n---\n\"choices\": [{\"text\": \"Onn\"}]\n---\nX\n[[On->B]]\n",
     "t:9: passage \"A\": no link of the passage belongs to the choice \"Onn\""},
    {"mechanics of no id", ":: A\n---\n\"choices\": [{\"id\": \"of\"}]\n---\nX\n[[On->B]]\n",
     "no link of the passage belongs to the choice \"of\""},
    {"to against the link",
     ":: A\n---\n\"choices\": [{\"id\": \"on\", \"to\": \"A\"}]\n---\nX\n[[On->B]]\n",
     "\"to\" leads elsewhere than the link"},
    {"success against the link",
     ":: A\n---\n\"choices\": [{\"id\": \"on\", \"check\": {\"success\": 1}}]\n---\nX\n[[On->B]]\n",
     "\"success\" leads elsewhere than the link"},
    {"a table with a link",
     ":: A\n---\n\"choices\": [{\"id\": \"on\", \"check\": {\"outcomes\": []}}]\n---\nX\n[[On->B]]\n",
     "a table of outcomes has its own targets"},
    {"a passage without a name", "::\nX\n:: A [won]\nX\n",
     "t:7: passage \"\": a passage needs a name"},
    {"a name twice", ":: A [won]\nX\n:: A\nY\n",
     "t:9: passage \"A\": there is a passage of this name in line 7 already"},
    {"tags that are not closed", ":: A [won\nX\n", "the tags of the header are not closed"},
    {"a bracket in a name", ":: A] [won]\nX\n", "is neither name, tags nor metadata"},
    {"words behind the tags", ":: A [won] x\nX\n", "\"x\" in the header is neither"},
    {"text before the first passage", "!Hello\n:: Start [won]\nX\n",
     "t:1: text before the first passage"},
    {"no passage at all", "!\n", "t:1: there is no passage"},
    {"only special passages", "!:: StoryTitle\nT\n", "the story has no section"},
    {"no title", "!:: Start [won]\nX\n", "t:1: passage \"Start\": the story has no title"},
    {"no start", "!:: StoryTitle\nT\n:: A [won]\nX\n", "where does the story start?"},
    {"a start that does not exist",
     "!:: StoryTitle\nT\n:: StoryData\n{\"start\": \"C\"}\n:: A [won]\nX\n",
     "t:4: passage \"StoryData\": there is no passage \"C\" to start with"},
    {"not UTF-8", "!:: A\nX\n\xC3(\n", "t:3: this line is not UTF-8"},
    {"StoryCasys that is no JSON",
     "!:: StoryTitle\nT\n:: StoryCasys\n{\n\"id\" 1}\n:: Start [won]\nX\n",
     "t:5: passage \"StoryCasys\": StoryCasys is not JSON"},
    {"sections in StoryCasys",
     "!:: StoryTitle\nT\n:: StoryCasys\n\"sections\": []\n:: Start [won]\nX\n",
     "sections are passages of their own"},
    {"thirty-three links",
     ":: A\nX\n[[0->B]] [[1->B]] [[2->B]] [[3->B]] [[4->B]] [[5->B]] [[6->B]] [[7->B]] [[8->B]] "
     "[[9->B]] [[a->B]] [[b->B]] [[c->B]] [[d->B]] [[e->B]] [[f->B]] [[g->B]] [[h->B]] [[i->B]] "
     "[[j->B]] [[k->B]] [[l->B]] [[m->B]] [[n->B]] [[o->B]] [[p->B]] [[q->B]] [[r->B]] [[s->B]] "
     "[[t->B]] [[u->B]] [[v->B]] [[w->B]]\n",
     "more than 32 links"},
};

static void read_case(const char *text, struct arena *arena, struct twee *twee,
                      struct findings *findings, enum status *ret)
{
    const struct slice source =
        text[0] == '!' ? arena_printf(arena, "%s", text + 1)
                       : arena_printf(arena, "%s%s\n\n:: B [lost]\nZ\n", TITLE_PAGE, text);
    *ret = twee_read(source, twee, findings);
}

START_TEST(a_mistake_is_found_with_its_line_and_passage)
{
    struct arena arena = {.blocks = NULL};
    struct findings findings = {.count = 0};
    struct twee twee;
    enum status st;
    struct buf found = {.at = NULL};
    read_case(mistakes[_i].twee, &arena, &twee, &findings, &st);
    findings_print(&findings, SLICE("t"), &found);
    ck_assert_msg(st == ERR_INVALID, "%s", mistakes[_i].why);
    ck_assert_uint_gt(findings.mistakes, 0);
    ck_assert_msg(has(buf_slice(&found), mistakes[_i].finding), "%s: %.*s", mistakes[_i].why,
                  SLICE_ARG(buf_slice(&found)));
    buf_release(&found);
    twee_release(&twee);
    findings_release(&findings);
    arena_release(&arena);
}
END_TEST

/* What is only a warning: the story is read all the same. */
static const struct {
    const char *why;
    const char *twee;
    const char *finding;
} warnings[] = {
    {"another story format",
     "!:: StoryTitle\nT\n:: StoryData\n{\"ifid\": \"D674C58C-DEFA-4F70-B7A2-27742230C0FC\", "
     "\"format\": \"SugarCube\"}\n:: Start [won]\nX\n",
     "t:3: passage \"StoryData\": warning: the story format is SugarCube"},
    {"no ifid", "!:: StoryTitle\nT\n:: StoryData\n{}\n:: Start [won]\nX\n",
     "warning: \"ifid\" is no UUID"},
    {"StoryData that is no JSON", "!:: StoryTitle\nT\n:: StoryData\nx\n:: Start [won]\nX\n",
     "warning: StoryData is not JSON and is left out"},
    {"metadata that is no JSON", ":: A [won] {\"position\":}\nX\n",
     "t:7: passage \"A\": warning: the metadata"},
    {"bold as in other formats", ":: A [won]\nX ''y'' z\n",
     "t:8: passage \"A\": warning: players will read the ''"},
    {"italics as in other formats", ":: A [won]\nhttp://x and/or //y//\n",
     "t:8: passage \"A\": warning: players will read the //"},
    {"a link twice", ":: A\nX\n[[B]]\n[[B]]\n",
     "t:10: passage \"A\": warning: the link [[B]] is there twice"},
};

START_TEST(a_warning_keeps_nothing_from_being_read)
{
    struct arena arena = {.blocks = NULL};
    struct findings findings = {.count = 0};
    struct twee twee;
    enum status st;
    struct buf found = {.at = NULL};
    read_case(warnings[_i].twee, &arena, &twee, &findings, &st);
    findings_print(&findings, SLICE("t"), &found);
    ck_assert_msg(st == OK, "%s", warnings[_i].why);
    ck_assert_uint_eq(findings.warnings, 1);
    ck_assert_msg(has(buf_slice(&found), warnings[_i].finding), "%s: %.*s", warnings[_i].why,
                  SLICE_ARG(buf_slice(&found)));
    buf_release(&found);
    twee_release(&twee);
    findings_release(&findings);
    arena_release(&arena);
}
END_TEST

/* What the loader says, at its place in the Twee file. */
static const struct {
    const char *why;
    const char *twee;
    const char *finding;
} judged[] = {
    {"a member of the front block",
     ":: A [won]\n---\n\"enter\": [\n  {\"gold\": {\"add\": 1}},\n  {\"item\": \"aple\", \"add\": 1}\n"
     "]\n---\nX\n",
     "t:11: passage \"A\": unknown item \"aple\"; define it in /items\n"},
    {"an unknown member", ":: A [won]\n---\n\"entre\": []\n---\nX\n",
     "t:9: passage \"A\": unknown member \"entre\""},
    {"a choice of a link",
     ":: A\n---\n\"choices\": [{\"id\": \"on\", \"hiden\": true}]\n---\nX\n[[On->B]]\n",
     "t:9: passage \"A\": unknown member \"hiden\""},
    {"a line of the text", ":: A [won]\nX\n\n    code\n",
     "t:10: passage \"A\": code blocks are not allowed"},
    {"a line behind links", ":: A\n[[On->B]]\n\nX\n\n![i](x)\n",
     "t:12: passage \"A\": images are not allowed"},
    {"choices that are no list", ":: A\n---\n\"choices\": 1\n---\nX\n",
     "t:9: passage \"A\": must be a list, not a number"},
    {"no text", ":: A\n[[On->B]]\n", "t:7: passage \"A\": must not be empty"},
    {"two links of one text", ":: A\nX\n[[On->B]]\n[[On->A]]\n", "t:10: passage \"A\": "},
    {"the title page", "!:: StoryTitle\nT\n:: StoryCasys\n{\n\"lang\": 1}\n:: Start [won]\nX\n",
     "t:5: passage \"StoryCasys\": unknown member \"lang\""},
};

START_TEST(what_the_loader_finds_has_its_place_in_the_file)
{
    struct arena arena = {.blocks = NULL};
    const struct temp_path folder = temp_folder();
    const struct temp_path path = temp_join(&folder, "t.twee");
    const struct slice source =
        judged[_i].twee[0] == '!'
            ? arena_printf(&arena, "%s", judged[_i].twee + 1)
            : arena_printf(&arena, "%s%s\n\n:: B [lost]\nZ\n", TITLE_PAGE, judged[_i].twee);
    write_file(path.text, source);
    struct draft draft;
    struct findings findings = {.count = 0};
    struct buf found = {.at = NULL};
    ck_assert_int_eq(draft_read(path.text, &draft), OK);
    ck_assert(draft.is_twee && !draft.sound);
    draft_findings(&draft, &findings);
    draft_place(&draft, &findings);
    findings_print(&findings, SLICE("t"), &found);
    ck_assert_msg(has(buf_slice(&found), judged[_i].finding), "%s: %.*s", judged[_i].why,
                  SLICE_ARG(buf_slice(&found)));
    buf_release(&found);
    findings_release(&findings);
    draft_release(&draft);
    arena_release(&arena);
}
END_TEST

/* A mistake is told once: what stands in for what is wrong gives the loader nothing to say. */
START_TEST(one_mistake_is_one_finding)
{
    static const char *const files[] = {
        TITLE_PAGE ":: A\nX\n",
        TITLE_PAGE ":: A\nX\n[[On->C]]\n",
        TITLE_PAGE ":: A\n---\nx\n---\nX\n",
        TITLE_PAGE ":: A\n<b>x\n",
        TITLE_PAGE ":: A\n[[On\n",
        ":: StoryTitle\n\n:: Start\nX\n[[Start]]\n",
        ":: StoryTitle\nX\n:: A\nX\n[[A]]\n",
    };
    const struct temp_path folder = temp_folder();
    const struct temp_path path = temp_join(&folder, "t.twee");
    struct draft draft;
    struct findings findings = {.count = 0};
    struct buf found = {.at = NULL};
    write_file(path.text, slice_str(files[_i]));
    ck_assert_int_eq(draft_read(path.text, &draft), OK);
    draft_findings(&draft, &findings);
    draft_place(&draft, &findings);
    findings_print(&findings, SLICE("t"), &found);
    ck_assert_msg(findings.count == 1, "%.*s", SLICE_ARG(buf_slice(&found)));
    buf_release(&found);
    findings_release(&findings);
    draft_release(&draft);
}
END_TEST

START_TEST(many_mistakes_are_told_at_once_and_end_somewhere)
{
    struct buf text = {.at = NULL};
    struct findings findings = {.count = 0};
    struct twee twee;
    buf_append(&text, SLICE(TITLE_PAGE ":: A [won]\n"));
    for (size_t i = 0; i < 3 * LIMIT_FINDINGS; i++)
        buf_append(&text, SLICE("<<x>>\n"));
    ck_assert_int_eq(twee_read(buf_slice(&text), &twee, &findings), ERR_INVALID);
    ck_assert_uint_eq(findings.count, (size_t)LIMIT_FINDINGS + 1);
    ck_assert_slice_str(findings.list[LIMIT_FINDINGS].text, "further findings are not shown");
    findings_release(&findings);
    twee_release(&twee);
    buf_release(&text);
}
END_TEST

START_TEST(a_file_too_long_is_refused)
{
    struct buf text = {.at = NULL};
    struct findings findings = {.count = 0};
    struct twee twee;
    buf_append(&text, SLICE(TITLE_PAGE ":: A [won]\nX\n"));
    while (text.len < LIMIT_STORY_BYTES)
        buf_byte(&text, '\n');
    ck_assert_int_eq(twee_read(buf_slice(&text), &twee, &findings), OK);
    twee_release(&twee);
    buf_byte(&text, '\n');
    ck_assert_int_eq(twee_read(buf_slice(&text), &twee, &findings), ERR_INVALID);
    ck_assert_slice_str(findings.list[0].text, "the file is too long");
    findings_release(&findings);
    twee_release(&twee);
    buf_release(&text);
}
END_TEST

START_TEST(a_passage_too_long_is_refused)
{
    struct buf text = {.at = NULL};
    struct findings findings = {.count = 0};
    struct twee twee;
    buf_append(&text, SLICE(TITLE_PAGE ":: A [won]\n"));
    for (size_t i = 0; i < 100 * 1024; i++)
        buf_byte(&text, '`');
    ck_assert_int_eq(twee_read(buf_slice(&text), &twee, &findings), ERR_INVALID);
    ck_assert(
        has(findings.list[0].text, "the passage has 102401 bytes; at most 98304 are allowed"));
    findings_release(&findings);
    twee_release(&twee);
    buf_release(&text);
}
END_TEST

START_TEST(too_many_passages_are_refused)
{
    struct buf text = {.at = NULL};
    struct findings findings = {.count = 0};
    struct twee twee;
    for (size_t i = 0; i <= LIMIT_SECTIONS + 100; i++)
        buf_printf(&text, ":: p%zu [won]\nX\n", i);
    ck_assert_int_eq(twee_read(buf_slice(&text), &twee, &findings), ERR_INVALID);
    ck_assert(has(findings.list[0].text, "10101 passages; at most 10100 are allowed"));
    findings_release(&findings);
    twee_release(&twee);
    buf_release(&text);
}
END_TEST

static const struct {
    const char *name, *content;
    bool twee;
} kinds[] = {
    {"a.twee", "{", true},
    {"a.TW", "", true},
    {"a.json", ":: A", false},
    {"standard input", ":: A", true},
    {"x", "\xEF\xBB\xBF\n\n:: A", true},
    {"x", "{\"a\": 1}", false},
    {"x", "", false},
};

START_TEST(twee_is_known_by_its_name_or_its_first_line)
{
    ck_assert_int_eq(twee_is(slice_str(kinds[_i].name), slice_str(kinds[_i].content)),
                     kinds[_i].twee);
}
END_TEST

/* There and back. */

/* The document as Twee, and that as JSON again. */
static void there_and_back(const char *why, struct slice document, struct buf *ret_twee)
{
    struct arena arena = {.blocks = NULL};
    struct findings findings = {.count = 0};
    const struct json *root = NULL;
    struct twee twee;
    struct buf found = {.at = NULL};
    ck_assert_int_eq(json_parse(document, &limits, &arena, &root, NULL), OK);
    twee_write(root, ret_twee);
    const enum status st = twee_read(buf_slice(ret_twee), &twee, &findings);
    findings_print(&findings, slice_str(why), &found);
    ck_assert_msg(st == OK && findings.count == 0, "%.*s\n%.*s", SLICE_ARG(buf_slice(&found)),
                  SLICE_ARG(buf_slice(ret_twee)));
    assert_same_json(why, buf_slice(&twee.json), document);
    buf_release(&found);
    findings_release(&findings);
    twee_release(&twee);
    arena_release(&arena);
}

static int is_json(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static const char *const folders[] = {
    CASYS_SOURCE_DIR "/stories",
    CASYS_SOURCE_DIR "/tests/app/stories",
    CASYS_SOURCE_DIR "/tests/app/earlier",
    CASYS_SOURCE_DIR "/tests/e2e/stories",
};

START_TEST(every_story_comes_back_the_same)
{
    struct dirent **names;
    const int count = scandir(folders[_i], &names, is_json, alphasort);
    ck_assert_int_gt(count, 0);
    for (int i = 0; i < count; i++) {
        struct buf path = {.at = NULL};
        struct buf story = {.at = NULL};
        struct buf twee = {.at = NULL};
        buf_printf(&path, "%s/%s", folders[_i], names[i]->d_name);
        buf_byte(&path, '\0');
        read_file((const char *)path.at, &story);
        there_and_back(names[i]->d_name, buf_slice(&story), &twee);
        buf_release(&twee);
        buf_release(&story);
        buf_release(&path);
        free(names[i]);
    }
    free(names);
}
END_TEST

/* Stories made of what is hard to write in Twee. */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 747796405U + 2891336453U;
    return ((*state >> ((*state >> 28) + 4)) ^ *state) >> 8;
}

static const char *const pieces[] = {
    "word",     " ",  "\n", "\n\n",  "---", "--",   "::", ":: A", "[[",    "]]",    "[[A]]",
    "->",       "<-", "|",  "{",     "}",   "`",    "``", "\\",   "\\[[",  "<<x>>", "(set: 1)",
    "<b>",      "$x", "$5", "[if]",  "/*",  "*/",   "@@", "***",  "\t",    "  ",    "- ",
    "\xC3\xA9", "\"", "<%", "|x>[a", "][",  "]<x|", ".",  "won",  "[won]", "12",    "Go",
};

/* A text of up to 6 pieces; on one line and not blank if wanted. */
static void random_text(uint32_t *state, bool line, struct buf *ret)
{
    struct json_out *out = json_out_new(ret);
    struct buf text = {.at = NULL};
    const uint32_t count = next_random(state) % 6;
    for (uint32_t i = 0; i < count; i++) {
        const struct slice piece = slice_str(pieces[next_random(state) % COUNT_OF(pieces)]);
        if (!line || (piece.at[0] != '\n' && piece.at[0] != '\t'))
            buf_append(&text, piece);
    }
    if (line)
        buf_byte(&text, 'x');
    json_out_string(out, buf_slice(&text));
    json_out_free(out);
    buf_release(&text);
}

static void random_choice(uint32_t *state, uint32_t index, uint32_t sections, struct buf *ret)
{
    static const char *const more[] = {
        "",
        "",
        "",
        ",\"type\":\"direct\"",
        ",\"when\":{\"visited\":2},\"once\":true",
        ",\"effects\":[{\"stat\":\"a\",\"lose\":\"1d2\"},{\"go\":1}]",
    };
    static const char *const ids[] = {"go", "word", "choice", "choice-12", "x", "go-2"};
    const unsigned a = 1 + next_random(state) % sections;
    const unsigned b = 1 + next_random(state) % sections;
    /* Ids and texts are unique in a section. */
    buf_printf(ret, "{\"id\":\"%s%s\",\"text\":", ids[next_random(state) % COUNT_OF(ids)],
               index == 0   ? ""
               : index == 1 ? "-b"
               : index == 2 ? "-c"
                            : "-d");
    const size_t start = ret->len;
    random_text(state, true, ret);
    ret->len--;
    buf_printf(ret, "%s\"", index == 0 ? "" : index == 1 ? " b" : index == 2 ? " c" : " d");
    ck_assert_uint_gt(ret->len, start);
    switch (next_random(state) % 4) {
    case 0:
        buf_printf(ret, ",\"check\":{\"dice\":\"luck\",\"success\":%u,\"failure\":%u}", a, b);
        break;
    case 1:
        buf_printf(
            ret, ",\"check\":{\"dice\":\"table\",\"outcomes\":[{\"max\":3,\"to\":%u},{\"to\":%u}]}",
            a, b);
        break;
    default: buf_printf(ret, ",\"to\":%u", a);
    }
    buf_printf(ret, "%s}", more[next_random(state) % COUNT_OF(more)]);
}

static void random_section(uint32_t *state, uint32_t number, uint32_t sections, struct buf *ret)
{
    static const char *const endings[] = {
        ",\"ending\":{\"kind\":\"won\",\"title\":\"[won]\"}",
        ",\"ending\":{\"kind\":\"lost\",\"title\":\"2\"},\"choices\":[]",
        ",\"fight\":{\"foes\":[],\"win\":1,\"lose\":1,\"flee\":{\"to\":1}}",
    };
    buf_printf(ret, "%s{\"number\":%u,\"text\":", number > 1 ? "," : "", (unsigned)number);
    random_text(state, false, ret);
    const uint32_t count = next_random(state) % 5;
    if (count == 0)
        buf_append(ret, slice_str(endings[next_random(state) % COUNT_OF(endings)]));
    for (uint32_t i = 0; i < count; i++) {
        buf_append(ret, i == 0 ? SLICE(",\"choices\":[") : SLICE(","));
        random_choice(state, i, sections, ret);
    }
    buf_append(ret, count > 0 ? SLICE("]") : SLICE(""));
    if (next_random(state) % 4 == 0)
        buf_append(ret, SLICE(",\"enter\":[{\"go\":1,\"when\":{\"visited\":1}}]"));
    buf_byte(ret, '}');
}

static void random_story(uint32_t *state, struct buf *ret)
{
    static const char *const titles[] = {"T", " T", ":: T", "A \\\\ B", "[[T]]", "{T}"};
    const uint32_t sections = 1 + next_random(state) % 6;
    buf_printf(ret,
               "{\"format\":\"casys-story/1\",\"id\":\"r\",\"title\":\"%s\",\"start\":%u,"
               "\"character\":{\"stats\":{\"to\":3,\"go\":1}},"
               "\"items\":{\"to\":{\"use\":{\"effects\":[{\"go\":1}]}}},"
               "\"stats\":{\"win\":{\"zero_section\":1}},\"sections\":[",
               titles[next_random(state) % COUNT_OF(titles)],
               (unsigned)(1 + next_random(state) % sections));
    for (uint32_t i = 1; i <= sections; i++)
        random_section(state, i, sections, ret);
    buf_append(ret, SLICE("]}"));
}

START_TEST(a_random_story_comes_back_the_same)
{
    uint32_t state = 20260000U + (uint32_t)_i;
    for (int i = 0; i < 100; i++) {
        struct buf story = {.at = NULL};
        struct buf first = {.at = NULL};
        struct buf second = {.at = NULL};
        random_story(&state, &story);
        there_and_back("random", buf_slice(&story), &first);
        there_and_back("random again", buf_slice(&story), &second);
        ck_assert(slice_eq(buf_slice(&first), buf_slice(&second)));
        buf_release(&second);
        buf_release(&first);
        buf_release(&story);
    }
}
END_TEST

START_TEST(a_file_cut_anywhere_is_read_or_refused)
{
    struct buf text = {.at = NULL};
    read_file(CASYS_SOURCE_DIR "/tests/fuzz/corpus/fuzz_twee/every-construct.twee", &text);
    for (size_t cut = 0; cut <= text.len; cut++) {
        struct arena arena = {.blocks = NULL};
        struct findings findings = {.count = 0};
        struct twee twee;
        const struct json *root = NULL;
        const enum status st = twee_read(slice_make(text.at, cut), &twee, &findings);
        ck_assert_int_eq(st, findings.mistakes > 0 ? ERR_INVALID : OK);
        if (twee.json.len > 0)
            ck_assert_int_eq(json_parse(buf_slice(&twee.json), &limits, &arena, &root, NULL), OK);
        else
            ck_assert_int_eq(st, ERR_INVALID);
        if (cut == text.len)
            ck_assert_int_eq(st, OK);
        findings_release(&findings);
        twee_release(&twee);
        arena_release(&arena);
    }
    buf_release(&text);
}
END_TEST

static TCase *reading(void)
{
    TCase *tcase = tcase_create("reading");
    tcase_set_timeout(tcase, 60); /* the longest file is large for a sanitizer */
    tcase_add_loop_test(tcase, a_construct_becomes_json, 0, (int)COUNT_OF(constructs));
    tcase_add_loop_test(tcase, a_mistake_is_found_with_its_line_and_passage, 0,
                        (int)COUNT_OF(mistakes));
    tcase_add_loop_test(tcase, a_warning_keeps_nothing_from_being_read, 0, (int)COUNT_OF(warnings));
    tcase_add_loop_test(tcase, what_the_loader_finds_has_its_place_in_the_file, 0,
                        (int)COUNT_OF(judged));
    tcase_add_loop_test(tcase, one_mistake_is_one_finding, 0, 7);
    tcase_add_test(tcase, many_mistakes_are_told_at_once_and_end_somewhere);
    tcase_add_test(tcase, a_file_too_long_is_refused);
    tcase_add_test(tcase, a_passage_too_long_is_refused);
    tcase_add_test(tcase, too_many_passages_are_refused);
    tcase_add_loop_test(tcase, twee_is_known_by_its_name_or_its_first_line, 0,
                        (int)COUNT_OF(kinds));
    tcase_add_test(tcase, a_file_cut_anywhere_is_read_or_refused);
    return tcase;
}

static TCase *round_trips(void)
{
    TCase *tcase = tcase_create("round trips");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_story_comes_back_the_same, 0, (int)COUNT_OF(folders));
    tcase_add_loop_test(tcase, a_random_story_comes_back_the_same, 0, 20);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("twee");
    suite_add_tcase(suite, reading());
    suite_add_tcase(suite, round_trips());
    return run_suite(suite);
}
