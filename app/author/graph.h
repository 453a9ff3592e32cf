/* A story as a picture: a node for each section, an arrow for each way on, as text of the language DOT
 * (Graphviz). Kinds are told apart by shape and line, never by colour alone:
 *
 *     box, bold frame       where the story begins      arrow         a choice
 *     box                   a section                   dashed arrow  needs something
 *     hexagon               a fight                     dotted arrow  dice: + success, - failure, or
 *     double octagon        a won ending                              the totals of a table
 *     octagon               a lost ending               bold arrow    a forced move
 *
 * With a test run, what nobody saw has a dashed frame and the word "unseen", and the rest a shade that
 * is darker the more runs came there. Pure. */
#ifndef CASYS_AUTHOR_GRAPH_H
#define CASYS_AUTHOR_GRAPH_H

#include "app/author/explore.h"

/* explored may be NULL: no coverage. */
void graph_print(const struct story *story, const struct explored *explored, struct buf *ret);

#endif
