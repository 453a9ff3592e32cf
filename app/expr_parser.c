/* Recursive descent. What recurs is what an author opens: a parenthesis, a function, a `not`, a sign.
 * Each of them makes the tree one level higher, so the depth of the recursion has the same limit as
 * the tree and is checked on the way down. */
#include "app/expr_parser.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LEVEL_OR = 1, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_SUM, LEVEL_PRODUCT };

static const struct operator
{
    struct slice sign;
    enum expr_kind kind;
    int level;
}
operators[] = {
    /* The longer sign first where one begins with another. */
    {SLICE_INIT("or"), EXPR_OR, LEVEL_OR},
    {SLICE_INIT("and"), EXPR_AND, LEVEL_AND},
    {SLICE_INIT("="), EXPR_EQUAL, LEVEL_COMPARE},
    {SLICE_INIT("!="), EXPR_UNEQUAL, LEVEL_COMPARE},
    {SLICE_INIT("<="), EXPR_LESS_EQUAL, LEVEL_COMPARE},
    {SLICE_INIT("<"), EXPR_LESS, LEVEL_COMPARE},
    {SLICE_INIT(">="), EXPR_GREATER_EQUAL, LEVEL_COMPARE},
    {SLICE_INIT(">"), EXPR_GREATER, LEVEL_COMPARE},
    {SLICE_INIT("+"), EXPR_ADD, LEVEL_SUM},
    {SLICE_INIT("-"), EXPR_SUBTRACT, LEVEL_SUM},
    {SLICE_INIT("*"), EXPR_MULTIPLY, LEVEL_PRODUCT},
    {SLICE_INIT("/"), EXPR_DIVIDE, LEVEL_PRODUCT},
    {SLICE_INIT("%"), EXPR_REMAINDER, LEVEL_PRODUCT},
};

struct parser {
    struct slice text;
    size_t at;
    const struct story *story;
    unsigned may;
    struct arena *arena;
    size_t open;              /* parentheses, functions, signs around this place */
    size_t nodes;             /* made so far */
    struct expr_error *error; /* the first one; place 0: none yet */
};

/* A tree and its levels. expr is NULL after an error. */
struct part {
    const struct expr *expr;
    size_t height;
};

static const struct part no_part = {NULL, 0};

static PRINTF_LIKE(3, 4) struct part refuse(struct parser *p, size_t at, const char *format, ...)
{
    if (p->error->place > 0)
        return no_part;
    p->error->place = at + 1;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(p->error->reason, sizeof p->error->reason, format, arguments);
    va_end(arguments);
    return no_part;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_of_id(uint8_t c)
{
    return is_letter(c) || is_digit(c) || c == '-' || c == '_';
}

/* The next byte that is no space; 0 at the end, which no expression contains. */
static uint8_t peek(struct parser *p)
{
    while (p->at < p->text.len && p->text.at[p->at] == ' ')
        p->at++;
    return p->at < p->text.len ? p->text.at[p->at] : 0;
}

/* The bytes from here on that are of that kind, taken. */
static struct slice take_run(struct parser *p, bool (*of_kind)(uint8_t))
{
    const size_t from = p->at;
    while (p->at < p->text.len && of_kind(p->text.at[p->at]))
        p->at++;
    return slice_make(p->text.at + from, p->at - from);
}

/* Is this sign next? Words end where no letter, digit or - follows. */
static bool is_next(struct parser *p, struct slice sign)
{
    (void)peek(p);
    const struct slice rest = slice_make(p->text.at + p->at, p->text.len - p->at);
    if (!slice_starts(rest, sign))
        return false;
    return !is_letter(sign.at[0]) || rest.len == sign.len || !is_of_id(rest.at[sign.len]);
}

static bool take(struct parser *p, struct slice sign)
{
    if (!is_next(p, sign))
        return false;
    p->at += sign.len;
    return true;
}

/* What stands here, for a message: one character, or a word. */
static const char *found(struct parser *p, char ret[64])
{
    const uint8_t c = peek(p);
    if (c == 0)
        return "nothing";
    struct parser ahead = *p;
    const struct slice word = take_run(&ahead, is_of_id);
    const struct slice shown = word.len > 0 ? word : slice_make(p->text.at + p->at, 1);
    const bool plain = c > ' ' && c < 0x7f;
    (void)snprintf(ret, 64, "\"%.*s\"", plain ? (int)(shown.len < 40 ? shown.len : 40) : 1,
                   plain ? (const char *)shown.at : "?");
    return ret;
}

static struct part make(struct parser *p, size_t at, struct expr expr, size_t below)
{
    if (++p->nodes > LIMIT_EXPR_NODES)
        return refuse(p, at, "more than %d numbers, names and operators", LIMIT_EXPR_NODES);
    if (below + 1 > LIMIT_EXPR_DEPTH)
        return refuse(p, at, "more than %d levels; put parts in parentheses", LIMIT_EXPR_DEPTH);
    struct expr *node = arena_alloc(p->arena, sizeof *node);
    *node = expr;
    return (struct part){node, below + 1};
}

static struct part leaf(struct parser *p, size_t at, enum expr_kind kind, int32_t value)
{
    return make(p, at, (struct expr){.kind = kind, .value = value}, 0);
}

static struct part pair(struct parser *p, size_t at, enum expr_kind kind, struct part left,
                        struct part right)
{
    if (!left.expr || !right.expr)
        return no_part;
    return make(p, at, (struct expr){.kind = kind, .left = left.expr, .right = right.expr},
                left.height > right.height ? left.height : right.height);
}

static struct part dice(struct parser *p, size_t at, uint64_t count)
{
    uint64_t faces = 0;
    p->at++; /* the d */
    const struct slice digits = take_run(p, is_digit);
    if (slice_to_u64(digits, DICE_FACES_MAX, &faces) != OK || faces < 2 || count < 1 ||
        count > DICE_COUNT_MAX)
        return refuse(p, at, "dice are 1d2 to %dd%d", DICE_COUNT_MAX, DICE_FACES_MAX);
    if (!(p->may & EXPR_MAY_HAVE_DICE))
        return refuse(p, at, "there are no dice here");
    return make(p, at,
                (struct expr){.kind = EXPR_DICE, .value = (int32_t)count, .faces = (int32_t)faces},
                0);
}

static struct part number(struct parser *p)
{
    const size_t at = p->at;
    const struct slice digits = take_run(p, is_digit);
    uint64_t value = 0;
    if (slice_to_u64(digits, LIMIT_EXPR_INTEGER, &value) != OK)
        return refuse(p, at, "numbers go up to %d", LIMIT_EXPR_INTEGER);
    if (p->at < p->text.len && p->text.at[p->at] == 'd')
        return dice(p, at, value);
    return leaf(p, at, EXPR_NUMBER, (int32_t)value);
}

/* Names. */

static int32_t find_stat(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->stat_count; i++) {
        if (slice_eq(story->stats[i].id, id))
            return (int32_t)i;
    }
    return -1;
}

static int32_t find_item(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->item_count; i++) {
        if (slice_eq(story->items[i].id, id))
            return (int32_t)i;
    }
    return -1;
}

static int32_t find_flag(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->flag_count; i++) {
        if (slice_eq(story->flags[i], id))
            return (int32_t)i;
    }
    return -1;
}

static int32_t find_counter(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->counter_count; i++) {
        if (slice_eq(story->counters[i].id, id))
            return (int32_t)i;
    }
    return -1;
}

static int32_t find_section(const struct story *story, struct slice id)
{
    uint64_t section = 0;
    if (slice_to_u64(id, LIMIT_SECTION_NUMBER, &section) != OK)
        return -1;
    return story_section_find(story, (int32_t)section);
}

/* stat.ID and the like. */
static const struct {
    struct slice word;
    enum expr_kind kind;
    int32_t (*find)(const struct story *story, struct slice id);
    const char *where; /* it is to be defined */
} families[] = {
    {SLICE_INIT("stat"), EXPR_STAT, find_stat, "define it in /stats"},
    {SLICE_INIT("item"), EXPR_ITEM, find_item, "define it in /items"},
    {SLICE_INIT("flag"), EXPR_FLAG, find_flag, "list it in /flags"},
    {SLICE_INIT("counter"), EXPR_COUNTER, find_counter, "define it in /counters"},
    {SLICE_INIT("visited"), EXPR_VISITED, find_section, "there is no such section"},
};

static const struct {
    struct slice word;
    enum expr_kind kind;
} lone_names[] = {
    {SLICE_INIT("gold"), EXPR_GOLD},
    {SLICE_INIT("roll"), EXPR_ROLL},
    {SLICE_INIT("carried"), EXPR_CARRIED},
};

static const struct {
    struct slice word;
    enum expr_kind kind;
    bool two;
} functions[] = {
    {SLICE_INIT("min"), EXPR_MIN, true},
    {SLICE_INIT("max"), EXPR_MAX, true},
    {SLICE_INIT("abs"), EXPR_ABS, false},
};

static struct part expression(struct parser *p, int level);

/* One more thing is opened; false when they are too many. */
static bool open_one(struct parser *p, size_t at)
{
    if (p->open + 1 < LIMIT_EXPR_DEPTH) {
        p->open++;
        return true;
    }
    (void)refuse(p, at, "more than %d levels", LIMIT_EXPR_DEPTH);
    return false;
}

static struct part one(struct parser *p, size_t at, enum expr_kind kind, struct part operand)
{
    p->open--;
    if (!operand.expr)
        return no_part;
    return make(p, at, (struct expr){.kind = kind, .left = operand.expr}, operand.height);
}

static struct part family_name(struct parser *p, size_t at, size_t family)
{
    p->at++; /* the point */
    const struct slice id = take_run(p, is_of_id);
    const int32_t index = families[family].find(p->story, id);
    if (index < 0)
        return refuse(p, at, "unknown %.*s.%.*s; %s", SLICE_ARG(families[family].word),
                      (int)(id.len < LIMIT_ID_BYTES ? id.len : LIMIT_ID_BYTES), (const char *)id.at,
                      families[family].where);
    return leaf(p, at, families[family].kind, index);
}

/* stat.ID, gold ... or none of them: *ret_is_name is false. */
static struct part name(struct parser *p, size_t at, struct slice word, bool *ret_is_name)
{
    *ret_is_name = true;
    const bool point = p->at < p->text.len && p->text.at[p->at] == '.';
    for (size_t i = 0; point && i < COUNT_OF(families); i++) {
        if (slice_eq(word, families[i].word))
            return family_name(p, at, i);
    }
    for (size_t i = 0; !point && i < COUNT_OF(lone_names); i++) {
        if (slice_eq(word, lone_names[i].word))
            return leaf(p, at, lone_names[i].kind, 0);
    }
    if (!point && slice_eq(word, SLICE("capacity")))
        return leaf(p, at, EXPR_NUMBER, p->story->capacity);
    *ret_is_name = false;
    return no_part;
}

static struct part expect(struct parser *p, struct part before, const char *sign)
{
    char what[64];
    if (!before.expr || take(p, slice_str(sign)))
        return before;
    return refuse(p, p->at, "\"%s\" is expected, not %s", sign, found(p, what));
}

static struct part call(struct parser *p, size_t at, size_t function)
{
    p->at++; /* the parenthesis */
    if (!open_one(p, at))
        return no_part;
    const enum expr_kind kind = functions[function].kind;
    if (!functions[function].two)
        return one(p, at, kind, expect(p, expression(p, LEVEL_OR), ")"));
    const struct part left = expect(p, expression(p, LEVEL_OR), ",");
    const struct part right = left.expr ? expect(p, expression(p, LEVEL_OR), ")") : no_part;
    p->open--;
    return pair(p, at, kind, left, right);
}

static struct part word(struct parser *p)
{
    const size_t at = p->at;
    const struct slice word = take_run(p, is_letter);
    const uint8_t next = peek(p);
    for (size_t i = 0; next == '(' && i < COUNT_OF(functions); i++) {
        if (slice_eq(word, functions[i].word))
            return call(p, at, i);
    }
    p->at = at + word.len; /* a name has its point at once */
    bool is_name = false;
    const struct part part = name(p, at, word, &is_name);
    if (is_name && part.expr && !(p->may & EXPR_MAY_HAVE_NAMES))
        return refuse(p, at, "only numbers and dice are allowed here");
    if (is_name)
        return part;
    return refuse(p, at,
                  "unknown name \"%.*s\"; known: stat.ID, item.ID, gold, flag.ID, counter.ID, "
                  "visited.NUMBER, roll, carried, capacity, min(), max(), abs()",
                  (int)(word.len < 40 ? word.len : 40), (const char *)word.at);
}

static struct part group(struct parser *p, size_t at)
{
    p->at++; /* the parenthesis */
    if (!open_one(p, at))
        return no_part;
    struct part inside = expect(p, expression(p, LEVEL_OR), ")");
    p->open--;
    if (inside.expr && ++inside.height > LIMIT_EXPR_DEPTH)
        return refuse(p, at, "more than %d levels", LIMIT_EXPR_DEPTH);
    return inside;
}

static struct part value(struct parser *p)
{
    char what[64];
    const uint8_t next = peek(p);
    const size_t at = p->at;
    if (is_digit(next))
        return number(p);
    if (is_letter(next))
        return word(p);
    if (next == '(')
        return group(p, at);
    if (next != '-')
        return refuse(p, at, "a value is expected, not %s", found(p, what));
    p->at++;
    return open_one(p, at) ? one(p, at, EXPR_NEGATE, value(p)) : no_part;
}

/* The operator that is next, if it binds at least as much as level; NULL otherwise. */
static const struct operator* operator_next(struct parser *p, int level)
{
    for (size_t i = 0; i < COUNT_OF(operators); i++) {
        if (operators[i].level >= level && is_next(p, operators[i].sign))
            return &operators[i];
    }
    return NULL;
}

/* Everything from here on whose operators bind at least as much as level. */
static struct part expression(struct parser *p, int level)
{
    const size_t start = (peek(p), p->at);
    struct part left;
    if (level <= LEVEL_NOT && take(p, SLICE("not")))
        left = open_one(p, start) ? one(p, start, EXPR_NOT, expression(p, LEVEL_NOT)) : no_part;
    else
        left = value(p);
    for (const struct operator* next = operator_next(p, level); left.expr && next;
         next = operator_next(p, level)) {
        const size_t at = p->at;
        p->at += next->sign.len;
        left = pair(p, at, next->kind, left, expression(p, next->level + 1));
        const struct operator* after = operator_next(p, level);
        if (next->level == LEVEL_COMPARE && after && after->level == LEVEL_COMPARE)
            return refuse(p, p->at, "comparisons are not chained; write \"and\" between them");
    }
    return left;
}

enum status expr_parse(struct slice text, const struct story *story, unsigned may,
                       struct arena *arena, const struct expr **ret, struct expr_error *ret_error)
{
    char what[64];
    struct parser p = {
        .text = text, .story = story, .may = may, .arena = arena, .error = ret_error};
    *ret_error = (struct expr_error){.place = 0};
    if (text.len > LIMIT_EXPR_BYTES) {
        (void)refuse(&p, LIMIT_EXPR_BYTES, "longer than %d bytes", LIMIT_EXPR_BYTES);
        return ERR_INVALID;
    }
    const struct part whole = expression(&p, LEVEL_OR);
    if (whole.expr && (peek(&p), p.at < text.len))
        (void)refuse(&p, p.at, "an operator is expected, not %s", found(&p, what));
    if (ret_error->place > 0)
        return ERR_INVALID;
    *ret = whole.expr;
    return OK;
}

/* Bounds. Every operation is monotone in each operand where it matters, so the extremes of the
 * result are among those of the operands. */

struct bounds {
    int32_t min, max;
};

static struct bounds spread(const int32_t *values, size_t count)
{
    struct bounds ret = {values[0], values[0]};
    for (size_t i = 1; i < count; i++) {
        ret.min = values[i] < ret.min ? values[i] : ret.min;
        ret.max = values[i] > ret.max ? values[i] : ret.max;
    }
    return ret;
}

static bool within(int32_t value, struct bounds bounds)
{
    return value >= bounds.min && value <= bounds.max;
}

static int32_t pair_value(enum expr_kind kind, int32_t left, int32_t right)
{
    const struct expr a = {.kind = EXPR_NUMBER, .value = left};
    const struct expr b = {.kind = EXPR_NUMBER, .value = right};
    const struct expr both = {.kind = kind, .left = &a, .right = &b};
    return expr_value(&both, NULL, NULL);
}

static struct bounds bounds_of(const struct expr *expr);

static struct bounds pair_bounds(const struct expr *expr)
{
    const struct bounds a = bounds_of(expr->left);
    const struct bounds b = bounds_of(expr->right);
    /* Around 0 a quotient is not monotone: there the sides of 0 count as well. */
    const int32_t lefts[] = {a.min, a.max};
    const int32_t rights[] = {b.min, b.max, 0, 1, -1};
    int32_t values[COUNT_OF(lefts) * COUNT_OF(rights)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(lefts); i++) {
        for (size_t k = 0; k < COUNT_OF(rights); k++) {
            if (k < 2 || (expr->kind == EXPR_DIVIDE && within(rights[k], b)))
                values[count++] = pair_value(expr->kind, lefts[i], rights[k]);
        }
    }
    return spread(values, count);
}

static struct bounds remainder_bounds(const struct expr *expr)
{
    const struct bounds a = bounds_of(expr->left);
    const struct bounds b = bounds_of(expr->right);
    const int32_t most = -b.min > b.max ? -b.min : b.max;
    /* It has the sign of the left side and is below the right one, both without their sign. */
    const int32_t under = most > 0 ? most - 1 : 0;
    const int32_t low = a.min > -under ? a.min : -under;
    const int32_t high = a.max < under ? a.max : under;
    return (struct bounds){a.min >= 0 ? 0 : low, a.max <= 0 ? 0 : high};
}

static struct bounds bounds_of(const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_NUMBER: return (struct bounds){expr->value, expr->value};
    case EXPR_DICE: return (struct bounds){expr->value, expr->value * expr->faces};
    case EXPR_NEGATE: {
        const struct bounds of = bounds_of(expr->left);
        return (struct bounds){-of.max, -of.min};
    }
    case EXPR_ABS: {
        const struct bounds of = bounds_of(expr->left);
        const int32_t low = of.min > 0 ? of.min : of.max < 0 ? -of.max : 0;
        return (struct bounds){low, -of.min > of.max ? -of.min : of.max};
    }
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY:
    case EXPR_DIVIDE:
    case EXPR_MIN:
    case EXPR_MAX: return pair_bounds(expr);
    case EXPR_REMAINDER: return remainder_bounds(expr);
    case EXPR_NOT:
    case EXPR_OR:
    case EXPR_AND:
    case EXPR_EQUAL:
    case EXPR_UNEQUAL:
    case EXPR_LESS:
    case EXPR_LESS_EQUAL:
    case EXPR_GREATER:
    case EXPR_GREATER_EQUAL: return (struct bounds){0, 1};
    case EXPR_STAT:
    case EXPR_ITEM:
    case EXPR_GOLD:
    case EXPR_FLAG:
    case EXPR_COUNTER:
    case EXPR_VISITED:
    case EXPR_ROLL:
    case EXPR_CARRIED: break; /* what a state holds has no bounds here */
    }
    ENSURE(false); /* every kind without a name is handled above */
}

void expr_bounds(const struct expr *expr, int32_t *ret_min, int32_t *ret_max)
{
    const struct bounds bounds = bounds_of(expr);
    *ret_min = bounds.min;
    *ret_max = bounds.max;
}

bool expr_has(const struct expr *expr, enum expr_kind kind)
{
    return expr &&
           (expr->kind == kind || expr_has(expr->left, kind) || expr_has(expr->right, kind));
}

size_t expr_nodes(const struct expr *expr)
{
    return expr ? 1 + expr_nodes(expr->left) + expr_nodes(expr->right) : 0;
}

size_t expr_height(const struct expr *expr)
{
    if (!expr)
        return 0;
    const size_t left = expr_height(expr->left);
    const size_t right = expr_height(expr->right);
    return 1 + (left > right ? left : right);
}
