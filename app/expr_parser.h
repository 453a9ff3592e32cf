/* Reads the expressions of stories (docs/stories.md, "Expressions") and compiles them to trees for
 * the rules (app/game/expr.h): names to indices, `capacity` to its number. From what binds least to
 * what binds most, each level being made of the ones below it:
 *
 *     or     and     not     = != < <= > >= (not chained)     + -     * / %     - before a value
 *     ( )  123  2d6  gold  stat.ID  min(a, b) ...
 *
 * Pure; any thread; allocates in the arena only. */
#ifndef CASYS_EXPR_PARSER_H
#define CASYS_EXPR_PARSER_H

#include "app/game/expr.h"

/* What an expression may have besides numbers and operators. */
enum {
    EXPR_MAY_HAVE_DICE = 1,
    EXPR_MAY_HAVE_NAMES = 2,
};

struct expr_error {
    size_t place;     /* of the first byte that is wrong, from 1 */
    char reason[200]; /* for people; one line */
};

/* Compile a text of 1 to LIMIT_EXPR_BYTES bytes. Of the story, the names must be known: stats, items,
 * flags, counters, section numbers, and the capacity. The time is in proportion to the text.
 * ERR_INVALID    it is no expression, has what it may not have, names what does not exist, or is
 *                larger than LIMIT_EXPR_NODES or LIMIT_EXPR_DEPTH; *ret_error says it. */
enum status expr_parse(struct slice text, const struct story *story, unsigned may,
                       struct arena *arena, const struct expr **ret,
                       struct expr_error *ret_error) MUST_CHECK;

/* What a tree can give at least and at most, whatever the dice say. It has no names (ENSURE). */
void expr_bounds(const struct expr *expr, int32_t *ret_min, int32_t *ret_max);

/* Has the tree a node of that kind? */
bool expr_has(const struct expr *expr, enum expr_kind kind);

/* How many nodes it has, and how many levels. */
size_t expr_nodes(const struct expr *expr);
size_t expr_height(const struct expr *expr);

#endif
