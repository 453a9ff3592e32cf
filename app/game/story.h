/* A story as the rules see it: an immutable gamebook, compiled and checked by the story loader.
 * Names are resolved to indices, so that a step neither searches nor fails on a name. Everything
 * lives in the story's arena and is borrowed until story_unref. Shared by all threads, read only.
 *
 * The JSON form, with what every field means, is app/story_loader.h. */
#ifndef CASYS_GAME_STORY_H
#define CASYS_GAME_STORY_H

#include <stdatomic.h>

#include "app/base/arena.h"
#include "app/base/crypto.h"
#include "app/base/limits.h"

struct expr; /* a value that is computed: app/game/expr.h */
struct condition;
struct effect;

struct stat_def {
    struct slice id;      /* "endurance" */
    struct slice name;    /* for people */
    int32_t min, max;     /* inclusive; what an effect leads out of it is clamped */
    int32_t initial;      /* min..max */
    int32_t zero_section; /* index of the section entered when the stat reaches min, or -1 */
    /* Thrown when a run begins, and clamped; then `initial` counts for nothing. NULL: not thrown.
     * Numbers and dice only, LIMIT_EFFECT_DICE dice nodes at most. */
    const struct expr *initial_dice;
};

/* A hidden number of the story: never told to players, neither its value nor its name. */
struct counter_def {
    struct slice id;
    int32_t min, max; /* inclusive; what an effect leads out of it is clamped */
    int32_t initial;  /* min..max */
};

enum condition_kind {
    CONDITION_ALL,     /* every child holds; no child: holds */
    CONDITION_ANY,     /* one child holds; no child: does not hold */
    CONDITION_NOT,     /* its one child does not hold */
    CONDITION_ITEM,    /* quantity of item `index` within min..max */
    CONDITION_STAT,    /* value of stat `index` within min..max */
    CONDITION_GOLD,    /* gold within min..max */
    CONDITION_FLAG,    /* flag `index` is set */
    CONDITION_COUNTER, /* counter `index` within min..max */
    CONDITION_VISITED, /* section `index` was entered in this run; story.tracks_visits is set */
    CONDITION_ROLL,    /* the last roll for the hero within min..max; story.tracks_roll is set */
    CONDITION_TEST,    /* `test` is not 0; it has no dice */
    CONDITION_ROUND,   /* rounds of the fight that are over within min..max; only story_finish
                          makes it, no author writes it */
};

struct condition {
    enum condition_kind kind;
    int32_t index;
    int32_t min, max;  /* inclusive; INT32_MIN and INT32_MAX where the author gave no bound */
    struct slice text; /* for people: "Rope", "skill at least 8", "not: met the keeper" */
    const struct condition *children;
    size_t child_count;
    const struct expr *test; /* CONDITION_TEST only */
};

enum effect_kind { EFFECT_STAT, EFFECT_ITEM, EFFECT_GOLD, EFFECT_FLAG, EFFECT_COUNTER, EFFECT_GO };

/* One change of the character, the flags or the counters, or a forced move. What would leave a
 * range is clamped: a stat or a counter to its min..max, gold to 0..LIMIT_GOLD, an item to 0..what
 * the capacity still holds. "gain" and "lose" of the format are `add` of the value and of the
 * negated value (an expression below 0 counts as 0 there: max(0, x), -max(0, x)); "mark" and
 * "unmark" set a flag to 1 and to 0. All dice nodes of one list of effects together are at most
 * LIMIT_EFFECT_DICE. */
struct effect {
    enum effect_kind kind;
    int32_t index;             /* stat, item, flag, counter; go: section; unused for gold */
    bool set;                  /* value replaces; otherwise it is added */
    int32_t value;             /* flag: 0 or 1, and set is true; unused for go */
    const struct expr *amount; /* computed, instead of value; NULL: value. Never of flag and go */
    const struct condition *when; /* judged when its turn comes; NULL: always */
};

enum choice_type { CHOICE_DIRECT, CHOICE_CONDITIONAL, CHOICE_DICE, CHOICE_MIXED };
enum dice_type { DICE_NONE, DICE_CHANCE, DICE_COMBAT, DICE_LUCK, DICE_ROLL, DICE_TABLE };

/* One line of an outcome table. */
struct outcome {
    int32_t max;                  /* it is this one up to that total; the last one: INT32_MAX */
    int32_t target;               /* section index */
    const struct effect *effects; /* applied before the target is entered */
    size_t effect_count;
};

/* Chance: 2d6 + modifier <= the stat is a success.
 * Combat: each round both roll 2d6 + skill; the lower one loses `damage` endurance (a tie hurts
 * nobody); it ends in success when the foe's endurance is 0, in failure when the hero's is, or
 * after LIMIT_COMBAT_ROUNDS. What the hero lost stays lost.
 * Luck: 2d6 <= the stat is a success; then the stat loses 1 either way.
 * Roll: the throw is a success when it is at least, or at most, the goal.
 * Table: the throw picks the first outcome whose max is not below it.
 *
 * When a throw of anything but combat failed (of a table: always), `rerolls` are left and
 * reroll_when holds, the game stays where it is and offers two choices, "reroll" and "accept". */
struct check {
    enum dice_type type;
    int32_t stat;      /* chance, luck: the tested stat; combat: the skill stat */
    int32_t modifier;  /* chance only */
    int32_t endurance; /* combat: the hero's stat that is wounded */
    struct slice foe_name;
    int32_t foe_skill, foe_endurance, damage;
    const struct expr *throw; /* roll, table: has exactly one dice node; its value is the total */
    const struct expr *goal;  /* roll: has no dice */
    bool at_least;            /* roll: the total must be at least the goal; else at most */
    const struct outcome *outcomes; /* table: 1..LIMIT_OUTCOMES, max ascending */
    size_t outcome_count;
    int32_t rerolls;                     /* 0..LIMIT_REROLLS */
    const struct condition *reroll_when; /* NULL: always */
    const struct effect *reroll_effects; /* the price of one */
    size_t reroll_effect_count;
};

/* What choosing it does. Authors write ACT_CHOICE; the others follow from fights, items and checks
 * and are made by story_finish, but for the last two, which belong to no story. */
enum choice_act {
    ACT_CHOICE,
    ACT_USE,    /* use item `index`: id "use:ITEM" */
    ACT_ATTACK, /* one round of the section's fight: id "attack" */
    ACT_LUCK,   /* the same, and test your luck: id "luck" */
    ACT_FLEE,   /* leave the fight: id "flee" */
    ACT_REROLL, /* throw again: id "reroll" */
    ACT_ACCEPT, /* let the throw count: id "accept" */
};

struct choice {
    struct slice id; /* unique in its section */
    struct slice text;
    enum choice_type type;
    const struct condition *condition; /* NULL unless conditional or mixed */
    const struct effect *effects;      /* applied on choosing, before any roll */
    size_t effect_count;
    struct check check;     /* DICE_NONE unless dice or mixed */
    int32_t target;         /* section index; with dice: on success; table, use: -1 */
    int32_t target_failure; /* section index with dice that fail, else -1 */
    struct slice json; /* what players see of it while it is available (app/snapshot.h); opaque */
    enum choice_act act;
    int32_t index; /* its place in the section; of a use: the item. story_finish fills it in */
    int32_t once;  /* 0: as often as one likes; else 1..story.once_count, its own number */
    bool hidden;   /* not shown while its condition does not hold */
};

struct item_use {
    struct choice choice; /* the loader: text, condition, effects; the rest is story_finish's */
    bool keep;            /* using it does not use it up */
    bool in_fight;        /* possible in a fight, as a round in which no foe attacks */
};

struct item_def {
    struct slice id; /* at most LIMIT_USE_ID_BYTES long if it can be used */
    struct slice name;
    struct slice description;   /* plain text, may be empty */
    int32_t initial;            /* quantity at the start */
    const struct item_use *use; /* NULL: cannot be used */
};

struct foe {
    struct slice name;
    int32_t skill;
    int32_t endurance; /* 1..LIMIT_FOE_ENDURANCE */
    int32_t damage;    /* what its blow takes, 0..LIMIT_STAT_MAX */
};

/* A fight, one round for each command. In a round the hero and each foe that fights roll 2d6 +
 * skill; the lower one loses what the other's blow takes (a tie hurts nobody). In turn the first
 * living foe fights; together all living ones do, but the hero strikes only the first of them.
 * A round with luck: if somebody was hurt, 2d6 <= the luck stat doubles the wound dealt and halves
 * the wounds taken (rounded down); otherwise the wound dealt is halved (at least 1) and the wounds
 * taken are 1 more; the luck stat loses 1 either way.
 * Fleeing takes one blow of the first living foe. The fight is won when no foe lives, and lost when
 * the hero's endurance is at its minimum or after LIMIT_COMBAT_ROUNDS. */
struct fight {
    const struct foe *foes;
    size_t foe_count; /* 1..LIMIT_FOES */
    bool together;
    int32_t skill, endurance; /* the hero's stats */
    int32_t damage;           /* what the hero's blow takes */
    int32_t luck;             /* stat, or -1: luck is not offered */
    int32_t flee_target;      /* section index, or -1: fleeing is not offered */
    int32_t flee_after;       /* rounds that must be over before */
    const struct effect *flee_effects;
    size_t flee_effect_count;
    int32_t win, lose;                              /* section indices */
    struct slice attack_text, luck_text, flee_text; /* empty: the words below */
};

#define FIGHT_ATTACK_TEXT "Attack"
#define FIGHT_LUCK_TEXT   "Attack and test your luck"
#define FIGHT_FLEE_TEXT   "Flee"

enum ending { ENDING_NONE, ENDING_WON, ENDING_LOST };

struct section {
    int32_t number;
    struct slice html;      /* safe HTML, rendered once */
    struct slice html_json; /* the same as a JSON string (app/snapshot.h); opaque to the rules */
    struct slice summary;   /* what one can do here, in plain words: rules.rules_summary */
    const struct effect *effects; /* on entering */
    size_t effect_count;
    const struct choice *choices; /* in the author's order; of a fight: story_finish makes them */
    size_t choice_count;
    enum ending ending;
    struct slice ending_title;  /* empty unless an ending */
    const struct effect *leave; /* on leaving for another section; without go */
    size_t leave_count;
    const struct fight *fight; /* NULL: none */
};

/* What an author says of going back, beside a number. */
enum { UNDO_NONE = -1, UNDO_FREE = 0 };

struct story {
    atomic_uint refs;
    struct arena arena;       /* owns all that the pointers below lead to */
    uint8_t hash[SHA256_LEN]; /* the story's name: of its canonical form (app/library.h) */
    struct slice source;      /* the file as it was read; kept with every game that plays it */
    struct slice id;          /* a short name for people and URLs: [a-z0-9-], 1..64 */
    struct slice title, author, license, language;
    struct slice summary; /* plain text */
    struct slice hero;    /* default name */
    int32_t start;        /* section index */
    int32_t undo; /* how often one may go back in a run: UNDO_FREE, UNDO_NONE, or 1..LIMIT_UNDO */
    int32_t capacity;
    int32_t gold;
    const struct stat_def *stats;
    size_t stat_count;
    const struct item_def *items;
    size_t item_count;
    const struct slice *flags; /* names */
    size_t flag_count;
    const struct section *sections; /* ascending by number */
    size_t section_count;
    const struct counter_def *counters;
    size_t counter_count;
    int32_t once_count; /* choices with `once`, at most LIMIT_ONCE */
    bool tracks_visits; /* some condition or expression asks for visited sections */
    bool tracks_roll;   /* some condition or expression asks for the last roll */
    bool has_rerolls;   /* story_finish: some check allows rerolls */
    size_t foes_max;    /* story_finish: the most foes of one fight; 0: there are none */
};

/* A zeroed story with one reference; the loader fills it. */
struct story *story_new(void);
struct story *story_ref(struct story *story);
void story_unref(struct story *story);

/* Once, by whoever made the story, when all else is in it and before it is shared: makes the choices
 * of fights and uses, counts what state_encode must know. */
void story_finish(struct story *story);

/* The index of the section with this number, or -1. */
int32_t story_section_find(const struct story *story, int32_t number);

const char *choice_type_name(enum choice_type type); /* "direct" ... as in the contract */
/* "none", "chance", "combat". The list is closed for clients: luck, roll and table are "chance". */
const char *dice_type_name(enum dice_type type);

#endif
