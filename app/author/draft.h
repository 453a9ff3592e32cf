/* A story file as its author works on it: the story, if it can be read, its source as JSON, so that
 * everything in the story has a place in the file, and what the loader says is wrong. A file in Twee
 * becomes JSON first (app/author/twee.h); draft_place gives findings their places in the Twee file. */
#ifndef CASYS_AUTHOR_DRAFT_H
#define CASYS_AUTHOR_DRAFT_H

#include "app/author/findings.h"
#include "app/author/twee.h"
#include "app/story_loader.h"

struct draft {
    struct slice file; /* as findings name it; borrowed */
    struct buf bytes;  /* the file, when draft_read read it */
    bool is_twee;
    struct twee twee;              /* when it is */
    struct findings twee_findings; /* what is wrong with it as Twee */
    struct slice source;           /* the JSON: bytes, twee.json, or borrowed from the story */
    struct arena arena;            /* the JSON tree */
    const struct json *root;       /* NULL when it is not JSON */
    const struct json **sections;  /* of each section of the story, by index */
    struct story *story;           /* NULL when nothing of it can be read; one reference */
    bool sound;                    /* the loader finds nothing wrong: the story can be played */
    struct story_report report;    /* what the loader says */
};

/* Read a file, JSON or Twee by its name or else its content; "-" is standard input. path is borrowed
 * until draft_release.
 * OK           draft->sound says whether it can be played. A Twee file with mistakes has no story,
 *              because something harmless stands for what is wrong, and no further mistakes should
 *              be found in that.
 * ERR_IO       it cannot be read; the report says why. */
enum status draft_read(const char *path, struct draft *ret) MUST_CHECK;

/* The same of bytes at hand, which are borrowed until draft_release, as is file. */
void draft_parse(struct slice source, struct slice file, struct draft *ret);

/* The draft of a sound story; file is borrowed. */
void draft_of(const struct story *story, struct slice file, struct draft *ret);

/* After any of the two. */
void draft_release(struct draft *draft);

/* The places of parts: the choice of a section, the member of an object. NULL when there is none,
 * also when the first argument is NULL. */
const struct json *draft_section(const struct draft *draft, size_t section);
const struct json *draft_choice(const struct draft *draft, size_t section, size_t choice);
const struct json *draft_item(const struct json *array, size_t index);

/* What the loader found, as findings with lines and pointers of the source. */
void draft_findings(const struct draft *draft, struct findings *findings);

/* The last step before findings are shown: of a Twee file they get the file's lines and passages, and
 * what is wrong with it as Twee is added. Sorts them. */
void draft_place(const struct draft *draft, struct findings *findings);

#endif
