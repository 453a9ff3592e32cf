/* What the files of Twee share; nobody else includes it.
 *
 *   twee_file.c      the container: passages with their headers; findings; names
 *   twee_body.c      inside a passage: front block, text, links
 *   twee_foreign.c   what other story formats have and this one has not
 *   twee_numbers.c   which passage has which number
 *   twee_read.c      passages to JSON, the public functions
 *   twee_write.c     JSON to passages
 *
 * A mistake is noted and the reading goes on with something harmless, so that an author sees many
 * mistakes at once. */
#ifndef CASYS_AUTHOR_TWEE_PARTS_H
#define CASYS_AUTHOR_TWEE_PARTS_H

#include "app/author/twee.h"

enum passage_kind {
    PASSAGE_SECTION,
    PASSAGE_TITLE,
    PASSAGE_DATA,
    PASSAGE_CASYS,
    PASSAGE_REFUSED /* a script and the like: named as a mistake, and no section */
};

struct link {
    struct slice text, target; /* without the space around them; in the source */
    struct slice whole;        /* with its brackets */
};

struct passage {
    struct slice name; /* without escapes */
    const struct slice *tags;
    size_t tag_count;
    struct slice body; /* in the source, up to the next header */
    uint32_t offset;   /* of the header in the source */
    enum passage_kind kind;
    /* A section's body; twee_body_read. */
    const struct json *front; /* an object, or NULL */
    uint32_t front_base;      /* plus an offset in the front block: the offset in the source */
    struct slice text;
    const uint32_t *text_offsets; /* of each line of the text: where it is in the source */
    size_t text_line_count;
    struct link *links; /* at most LIMIT_SECTION_CHOICES */
    size_t link_count;
    bool broken;   /* a mistake in it may be why no way leads on */
    bool has_tags; /* one was HTML: the loader would say so again */
    int32_t number;
};

/* One file being read. */
struct twee_reading {
    struct twee *twee;
    struct arena *arena; /* the same as &twee->arena */
    struct findings *findings;
    size_t first;             /* finding of this file */
    bool full;                /* it was said that further ones are not shown */
    struct passage **by_name; /* the sections, sorted */
};

/* Note a mistake or a warning at an offset of the source. Nothing more is noted after
 * LIMIT_FINDINGS. */
void twee_mistake(struct twee_reading *r, uint32_t offset, const char *format, ...)
    PRINTF_LIKE(3, 4);
void twee_warning(struct twee_reading *r, uint32_t offset, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Text of an author inside a finding: one line, cut when long, with a NUL; in the arena. */
const char *twee_shown(struct arena *arena, struct slice text);

/* Where in the source a piece of it begins. */
uint32_t twee_offset(const struct twee *twee, struct slice piece);
/* The line of an offset, from 1. */
uint32_t twee_line(const struct twee *twee, uint32_t offset);
/* The passage that has the offset, or NULL before the first one. */
const struct passage *twee_passage_at(const struct twee *twee, uint32_t offset);

/* The source of the twee and its lines; its passages with their headers, kinds and bodies. */
void twee_split(struct twee_reading *r, struct slice content);
bool passage_has_tag(const struct passage *passage, struct slice tag);
/* The section of that name, or NULL. */
struct passage *twee_find(const struct twee_reading *r, struct slice name);

/* The JSON of a piece of the source with or without the braces of an object; NULL and, if wanted, a
 * finding when it is none. Offsets in it count from *ret_base. */
const struct json *twee_json(struct twee_reading *r, struct slice piece, const char *what,
                             bool mistake, uint32_t *ret_base);

/* Everything of the passage's body. Whatever is wrong also marks the passage as broken. */
void twee_body_read(struct twee_reading *r, struct passage *passage);

/* [[...]] at the front of s, on one line, leads somewhere. */
bool link_read(struct slice s, struct link *ret);

/* Is there, at `at` of the text, something of another story format? Notes it and gives the bytes to
 * step over, else 0. */
size_t foreign_read(struct twee_reading *r, struct slice text, size_t at);
/* The same for lines of variables at the begin of a text, which Chapbook has. */
bool foreign_variables(struct twee_reading *r, struct slice text);
/* The same for what counts on a line of its own. */
bool foreign_line(struct twee_reading *r, struct slice line);

/* Give each section its number: its own, that of its name, 1 for the start (which may be NULL), the
 * smallest free one. */
void twee_number(struct twee_reading *r, struct passage *start);

bool twee_is_one_of(struct slice word, const char *const *list, size_t count);

/* Does this member of an object name a section to which the story goes on; one that is only meant? */
bool twee_is_way(const struct json *member);
bool twee_is_mention(const struct json *member);

/* Room in an id for "choice-" before or "-12" behind. */
enum { CHOICE_SLUG_MAX = LIMIT_CHOICE_ID_BYTES - 8 };

/* Words as an id: small letters, digits and single - between, at most len_max; may be empty. */
struct slice twee_slug(struct arena *arena, struct slice words, size_t len_max);
/* The id that a choice has by its text when no other one of the section has it: a slug that is no
 * number and not empty. */
struct slice twee_choice_id(struct arena *arena, struct slice text);

#endif
