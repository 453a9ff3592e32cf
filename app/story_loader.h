/* Reads a gamebook, JSON of format casys-story/1, and compiles it to a struct story: names to
 * indices, Markdown to safe HTML (libcmark; its only address). Everything that a story can get
 * wrong is found here, so that the rules never meet it. Start-up code; any thread.
 *
 * The format, an object with the members
 *
 *   format     "casys-story/1"
 *   id         short name for URLs: 1 to 64 of a-z 0-9 -
 *   title, author, license, language, summary     texts; author to summary optional
 *   start      number of the first section
 *   undo       "free" (so it is if absent), "none", or 1 to 99: how often players may undo or load
 *              an earlier version in each run
 *   character  {"name","gold","capacity","stats":{id: initial},"items":{id: quantity}}, optional
 *   stats      {id: {"name","min","max","initial","zero_section"}}: endurance, chance and skill are
 *              always there (0..24, initial 20); here they get another initial value or name or a
 *              zero_section (the section that is entered when the stat reaches its minimum), and
 *              a story adds stats of its own
 *   items      {id: {"name","description"}}
 *   flags      [name, ...]
 *   sections   [{"number","text","enter":[effect...],"choices":[choice...],
 *                "ending":{"kind":"won"|"lost","title"}}]; a section has choices or an ending
 *
 *   choice     {"id","text","type":"direct"|"conditional"|"dice"|"mixed","to",
 *               "when":condition,"effects":[effect...],"check":check}
 *              direct: to. conditional: to and when. dice: check. mixed: when and check.
 *   check      {"dice":"chance","stat":"chance","modifier":0,"success":number,"failure":number}
 *              {"dice":"combat","foe":{"name","skill","endurance"},"damage":2,
 *               "success":number,"failure":number}
 *   condition  {"all":[...]} {"any":[...]} {"not":...} {"item":id,"min","max"} (min 1 if neither)
 *              {"stat":id,"min","max"} {"gold":{"min","max"}} {"flag":name}; any may have "text",
 *              the words that players read
 *   effect     {"stat":id,"add":n} {"stat":id,"set":n} {"item":id,"add":n} {"item":id,"set":n}
 *              {"gold":{"add":n}} {"gold":{"set":n}} {"flag":name,"set":true|false} (set true if absent)
 *
 * Names of stats, items, flags and choices are 1 to 64 of a-z 0-9 - _; a choice's id is no number,
 * because clients may name a choice by the number of its section. Ids and texts of choices are
 * unique in their section. Of a stat, name, max and initial are required and min is 0 if absent; of
 * the three usual ones nothing is. An effect adds at most the whole range of what it changes.
 *
 * A section's text is Markdown: paragraphs, emphasis, headings ## to ####, lists, quotes, rules and
 * `code`. HTML, links, images and code blocks are mistakes; everything else is plain text.
 *
 * An unknown member is a mistake: a typing error would otherwise change the story in silence. */
#ifndef CASYS_STORY_LOADER_H
#define CASYS_STORY_LOADER_H

#include "app/game/story.h"

/* One finding; text is "file:line: pointer: reason", file as given. */
struct story_report {
    struct buf text; /* one line each, ends with a newline; owned */
    size_t count;
};

void story_report_release(struct story_report *report);

/* Compile the source, which is copied. `file` is used in findings only.
 * OK             *ret holds one reference.
 * ERR_INVALID    *report says what is wrong, as many findings as could be told apart. */
enum status story_parse(struct slice source, struct slice file, struct story **ret,
                        struct story_report *report) MUST_CHECK;

/* For tools that look for further mistakes. As story_parse, but with ERR_INVALID *ret is what could
 * be read all the same, or NULL when that is nothing. Harmless values stand where something was wrong
 * (an index of -1, an empty text): such a story is never played. */
enum status story_parse_draft(struct slice source, struct slice file, struct story **ret,
                              struct story_report *report) MUST_CHECK;

/* The bytes of a file, or of standard input for "-", at most one more than LIMIT_STORY_BYTES. ERR_IO
 * (reported) when it cannot be read. */
enum status story_source_read(const char *path, struct buf *ret,
                              struct story_report *report) MUST_CHECK;

/* Read and compile a file. As story_parse; ERR_IO (reported) when it cannot be read. */
enum status story_read(const char *path, struct story **ret,
                       struct story_report *report) MUST_CHECK;

#endif
