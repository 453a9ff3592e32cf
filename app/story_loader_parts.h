/* What the files of the story loader share; nobody else includes it.
 *
 *   story_loader.c          the document as a whole, sections, Markdown, the public functions
 *   story_loader_fields.c   findings; members of objects with their type and range
 *   story_loader_sheet.c    stats, items, flags, the character at the start
 *   story_loader_rules.c    conditions, effects
 *   story_loader_choices.c  checks, choices, fights
 *   story_loader_words.c    what players read of rules: "Rope", "Skill at least 8"
 *
 * A mistake is noted as a finding and the reading goes on with a harmless value (an index of -1, an
 * empty text), so that an author sees many mistakes at once. A story with a finding is thrown away
 * as a whole: the harmless values never reach a game. */
#ifndef CASYS_STORY_LOADER_PARTS_H
#define CASYS_STORY_LOADER_PARTS_H

#include "app/expr_parser.h"
#include "app/json.h"
#include "app/story_loader.h"

/* One story being read. */
struct loading {
    struct slice file;   /* as findings name it */
    struct slice source; /* the document, borrowed from the story */
    struct story *story;
    struct arena *arena;  /* the story's: for what stays */
    struct arena scratch; /* the JSON tree and words of findings; gone when the story is read */
    struct story_report *report;
    size_t findings;     /* of this story */
    uint32_t conditions; /* leaves and groups of the choice at hand */
};

/* Findings and fields. Lists of names end with NULL. */

/* Note what is wrong with a value (NULL: the file as a whole). */
void finding(struct loading *l, const struct json *at, const char *format, ...) PRINTF_LIKE(3, 4);

/* Text of an author inside a finding: one line, cut when long, NUL-terminated, in scratch. */
const char *shown(struct loading *l, struct slice text);

/* Is it of that kind? A finding if not; NULL is never, without a finding. */
bool want_kind(struct loading *l, const struct json *value, enum json_kind kind);

/* A finding for each member that is not in the list. */
void want_known(struct loading *l, const struct json *object, const char *const *names);

/* Which one of these members the object has, exactly one; the length of the list and a finding
 * otherwise. */
size_t want_one(struct loading *l, const struct json *object, const char *const *names);

/* The member, or NULL and a finding. */
const struct json *want_member(struct loading *l, const struct json *object, const char *name);

enum want {
    WANT_REQUIRED = 1,
    WANT_LINES = 2, /* the text may have line breaks and tabs */
};

/* The member's text, 1 to bytes_max bytes, not only spaces, in the story's arena; empty when it is
 * absent and not required, or wrong. */
struct slice want_text(struct loading *l, const struct json *object, const char *name,
                       size_t bytes_max, unsigned wants);

/* A whole number; *ret stays as it is when it is absent (NULL) or wrong. */
void want_number(struct loading *l, const struct json *value, int32_t min, int32_t max,
                 int32_t *ret);

/* The member's whole number; *ret stays as it is when it is absent or wrong. */
void want_int(struct loading *l, const struct json *object, const char *name, int32_t min,
              int32_t max, unsigned wants, int32_t *ret);

/* The member's truth; false when it is absent or wrong. */
bool want_bool(struct loading *l, const struct json *object, const char *name);

/* A text with an expression (app/expr_parser.h), in the story's arena; NULL and a finding when it is
 * wrong. The story tracks what the expression asks for from now on. */
const struct expr *want_expr(struct loading *l, const struct json *value, unsigned may);

/* Is it 1 to bytes_max of a-z 0-9 - (and _ if wanted)? A finding if not. */
bool want_id(struct loading *l, const struct json *at, struct slice id, size_t bytes_max,
             bool underscore);

/* What a name stands for; -1 and a finding when there is no such thing or the value is no string
 * (sections: no number). `section` takes the member of an object, which is required. */
int32_t want_stat(struct loading *l, const struct json *value);
int32_t want_item(struct loading *l, const struct json *value);
int32_t want_flag(struct loading *l, const struct json *value);
int32_t want_counter(struct loading *l, const struct json *value);
int32_t want_section(struct loading *l, const struct json *object, const char *name);

/* The same without a finding. */
int32_t stat_find(const struct story *story, struct slice id);
int32_t item_find(const struct story *story, struct slice id);
int32_t flag_find(const struct story *story, struct slice name);

/* The parts. Each takes the value of its member, which may be NULL, and writes into l->story. */

/* stats, items, flags, counters and character of the document; section numbers must be known. */
void read_sheet(struct loading *l, const struct json *root);

/* A condition with all its parts, in the story's arena. NULL when the value is. */
const struct condition *read_when(struct loading *l, const struct json *value);

/* effects: an array. Without may_go, a forced move is a mistake. */
void read_effects(struct loading *l, const struct json *effects, bool may_go,
                  const struct effect **ret, size_t *ret_count);
void read_choices(struct loading *l, const struct json *choices, struct section *section);
const struct fight *read_fight(struct loading *l, const struct json *value);

/* Default words for players; in the story's arena. Children have their text already. */
struct slice words_of_condition(struct loading *l, const struct condition *condition);
struct slice words_of_section(struct loading *l, const struct section *section);

#endif
