/* Twee 3, the text form of Twine's stories, to casys-story/1 and back. It changes the form only:
 * what a story may say is judged by the story loader, on the JSON that comes out of here. Pure;
 * any thread.
 *
 * The container is that of the Twee 3 specification (version 3.0.2, Interactive Fiction Technology
 * Foundation): passages with a header `:: Name [tags] {metadata}`, a backslash before [ ] { } and \
 * in names and tags, trailing blank lines of a passage left out, the passages StoryTitle and
 * StoryData. Metadata is where Twine draws a passage; it is no part of a story. Our dialect is the
 * story format `Casys`:
 *
 *   StoryCasys    a passage with the JSON of everything that is no section, with or without the
 *                 outer braces. `format`, `title`, `start` and `id` may be left out: the title
 *                 comes from StoryTitle, the start from StoryData or else the passage `Start`, the
 *                 id from the title
 *   a section     every other passage
 *   number        in the front block; else the passage's name, when that is a number; else 1 for
 *                 the start and the smallest free number, in the order of the file
 *   front block   between two lines `---` at the begin of the passage: members of the section in
 *                 JSON, with or without the outer braces. `text` only when the passage has none
 *   links         [[text->Name]], [[Name<-text]], [[text|Name]], [[Name]] become choices in their
 *                 order. A line that has nothing but links is taken out of the text; of a link
 *                 inside a sentence the words stay
 *   choices       of the front block: an object adds its members to the link with its `text`, or,
 *                 without a text, to the link whose id would be its `id`. One with a text of no
 *                 link is a choice of its own and stands before the link that the next entry
 *                 names, or at the end. With a `check` a link leads to `success`, else to `to`
 *   a target      to, success, failure, go, win and lose of a fight, visited, zero_section: a
 *                 number, a passage's name, or [[Name]], which Twine draws as an arrow
 *   an id         of a choice that has none: its text in small letters and digits with - between
 *   an ending     `ending` in the front block, or a tag won or lost; the title is the passage's
 *                 name when it is not given
 *
 * A backslash before a character makes it an ordinary one, and `code` is ordinary too, as in
 * Markdown. Macros, inserts, variables, scripts, styles and HTML are mistakes: they are never run,
 * and never dropped in silence. */
#ifndef CASYS_AUTHOR_TWEE_H
#define CASYS_AUTHOR_TWEE_H

#include "app/author/findings.h"

struct passage;

/* A Twee file that was read. */
struct twee {
    struct arena arena; /* all of it but the JSON */
    struct buf json;    /* the story, one value a line: what the loader judges */
    uint32_t *origins;  /* of each line of it: an offset in source */
    size_t origin_count;
    struct slice source;   /* the file, with \n at the ends of lines and no byte order mark */
    const uint32_t *lines; /* offsets of the lines' first bytes */
    size_t line_count;
    struct passage *passages; /* in the order of the file */
    size_t passage_count;
    struct passage **sections; /* the passages that are sections, in the order of /sections */
    size_t section_count;
};

/* Is it Twee, by the end of the file's name (.twee, .tw), or because its first line begins with ::? */
bool twee_is(struct slice name, struct slice content);

/* Read a Twee file. Findings have its lines, and the passage in the place of a pointer.
 * OK             ret->json is the story; there may be warnings.
 * ERR_INVALID    there are mistakes. ret->json is what could be read all the same, with something
 *                harmless where a mistake is, so that a loader may look for more; empty when that is
 *                nothing.
 * In both cases twee_release is due. */
enum status twee_read(struct slice content, struct twee *ret, struct findings *findings) MUST_CHECK;
void twee_release(struct twee *twee);

/* Findings about lines and pointers of twee->json, from number `first` on, become findings about
 * lines and passages of the file. */
void twee_place(const struct twee *twee, struct findings *findings, size_t first);

/* Append a story as Twee. root is a document that the story loader accepts (ENSURE). */
void twee_write(const struct json *root, struct buf *ret);

#endif
