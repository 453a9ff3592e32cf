/* What is wrong with a story, or may be: a list that is sorted by its place in the file and written
 * for people, one line each, or as JSON. One owner, one thread. */
#ifndef CASYS_AUTHOR_FINDINGS_H
#define CASYS_AUTHOR_FINDINGS_H

#include "app/json.h"

/* A mistake keeps a story from being served; a warning is what an author may have meant. */
enum severity { FOUND_MISTAKE, FOUND_WARNING };

struct found {
    enum severity severity;
    const char *code;     /* what kind it is, for programs: "unreachable"; static */
    uint32_t line;        /* from 1; 0: the file as a whole */
    struct slice pointer; /* RFC 6901, of the value in the file; "" for the document */
    struct slice text;    /* what is wrong and what to do */
};

/* Zero is a valid empty list. */
struct findings {
    struct arena arena; /* for the words of findings */
    struct found *list; /* owned */
    size_t count, cap;
    size_t mistakes, warnings;
};

void findings_release(struct findings *findings);

/* The slices are borrowed until findings_release: findings->arena is the place for them. */
void findings_add(struct findings *findings, const struct found *found);

/* By line; of one line in the order in which they were added. */
void findings_sort(struct findings *findings);

/* "file:line: pointer: text", a warning with the word before its text. */
void findings_print(const struct findings *findings, struct slice file, struct buf *ret);

/* {"file","mistakes":n,"warnings":n,"findings":[{"severity","code","line","pointer","text"}]} */
void findings_encode(const struct findings *findings, struct slice file, struct json_out *out);

#endif
