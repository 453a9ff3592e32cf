/* Where a hero can come to, and with what: the story followed from its start with ranges instead of
 * numbers (app/author/ranges.h), until nothing new shows. */
#ifndef CASYS_AUTHOR_FLOW_H
#define CASYS_AUTHOR_FLOW_H

#include "app/author/ranges.h"

/* What can become of a check's throw, or of a fight: bits. */
enum { FLOW_SUCCESS = 1, FLOW_FAILURE = 2 };

struct flow_choice {
    bool possible;
    unsigned results;  /* chance, combat, luck, roll: FLOW_SUCCESS, FLOW_FAILURE */
    uint32_t outcomes; /* table: bit of each */
};

struct flow_section {
    bool reached;                /* the hero can be there */
    bool rests;                  /* and stay until a choice is made */
    struct range *arrival;       /* NULL unless reached */
    struct range *rest;          /* NULL unless it rests; the sheet when a choice is made */
    uint32_t touched;            /* bit of a stat: a command that led here may have changed it */
    uint32_t above;              /* bit of a stat: it surely was above its minimum before */
    unsigned joins;              /* how often something new came */
    bool waiting;                /* in the queue */
    struct flow_choice *choices; /* of a section without fight: one for each choice */
};

struct flow_edge {
    int32_t from, to;
    bool forced; /* by a forced move */
};

struct flow {
    struct sheet sheet;
    struct arena arena;
    struct flow_section *sections;
    bool *visited;  /* of each section: reached */
    int32_t *queue; /* a ring of section_count */
    size_t queue_at, queue_count;
    bool *uses;              /* of each item: it can be used somewhere */
    struct flow_edge *edges; /* owned; every way that can be gone, perhaps more than once */
    size_t edge_count, edge_cap;
    bool recording;
};

void flow_init(struct flow *flow, const struct story *story);
void flow_release(struct flow *flow);

#endif
