/* Expressions: values that a story computes, such as "2d6+3" or "min(gold, 5)". The story loader
 * compiles their text (docs/stories.md) to a tree in the story's arena; this module evaluates it.
 * There are no loops and no names left: a tree has at most LIMIT_EXPR_NODES nodes and is at most
 * LIMIT_EXPR_DEPTH nodes high (the loader checks both), so each has a bounded cost. Pure; any
 * thread. */
#ifndef CASYS_GAME_EXPR_H
#define CASYS_GAME_EXPR_H

#include "app/game/game.h"

enum expr_kind {
    /* Leaves. */
    EXPR_NUMBER,  /* value, within +-LIMIT_EXPR_INTEGER; "capacity" is compiled to one */
    EXPR_DICE,    /* value dice (1..DICE_COUNT_MAX) with `faces` faces (2..DICE_FACES_MAX) */
    EXPR_STAT,    /* value: index of the stat */
    EXPR_ITEM,    /* value: index of the item; its quantity */
    EXPR_GOLD,    /* gold */
    EXPR_FLAG,    /* value: index of the flag; 0 or 1 */
    EXPR_COUNTER, /* value: index of the counter */
    EXPR_VISITED, /* value: index of the section; 0 or 1. story.tracks_visits is set */
    EXPR_ROLL,    /* total of the last roll for the hero. story.tracks_roll is set */
    EXPR_CARRIED, /* all quantities together */

    /* One operand: left. */
    EXPR_NOT,    /* 1 if it is 0, else 0 */
    EXPR_NEGATE, /* - */
    EXPR_ABS,

    /* Two operands. Both are always evaluated, left first, so that dice come in one order. */
    EXPR_OR,  /* 1 if one is not 0, else 0 */
    EXPR_AND, /* 1 if none is 0, else 0 */
    EXPR_EQUAL,
    EXPR_UNEQUAL,
    EXPR_LESS,
    EXPR_LESS_EQUAL,
    EXPR_GREATER,
    EXPR_GREATER_EQUAL,
    EXPR_ADD,
    EXPR_SUBTRACT,
    EXPR_MULTIPLY,
    EXPR_DIVIDE,    /* truncates toward zero; by 0: 0 */
    EXPR_REMAINDER, /* has the sign of left; by 0: 0 */
    EXPR_MIN,
    EXPR_MAX,
};

struct expr {
    enum expr_kind kind;
    int32_t value;
    int32_t faces;
    const struct expr *left, *right; /* NULL where the kind has no such operand */
};

/* Where dice of an expression are thrown and written down, and what as. */
struct throws {
    struct play *play; /* app/game/play.h */
    enum roll_purpose purpose;
};

/* Its value. All arithmetic stops at +-LIMIT_EXPR_INTEGER. Each dice node becomes a roll of the
 * event. throws is NULL for an expression without dice. */
int32_t expr_value(const struct expr *expr, const struct state *state, const struct throws *throws);

/* How many of its nodes are dice. NULL has none. */
size_t expr_dice_count(const struct expr *expr);

#endif
