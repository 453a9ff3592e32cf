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

struct stat_def {
    struct slice id;      /* "endurance" */
    struct slice name;    /* for people */
    int32_t min, max;     /* inclusive; what an effect leads out of it is clamped */
    int32_t initial;      /* min..max */
    int32_t zero_section; /* index of the section entered when the stat reaches min, or -1 */
};

struct item_def {
    struct slice id;
    struct slice name;
    struct slice description; /* plain text, may be empty */
    int32_t initial;          /* quantity at the start */
};

enum condition_kind {
    CONDITION_ALL,  /* every child holds; no child: holds */
    CONDITION_ANY,  /* one child holds; no child: does not hold */
    CONDITION_NOT,  /* its one child does not hold */
    CONDITION_ITEM, /* quantity of item `index` within min..max */
    CONDITION_STAT, /* value of stat `index` within min..max */
    CONDITION_GOLD, /* gold within min..max */
    CONDITION_FLAG, /* flag `index` is set */
};

struct condition {
    enum condition_kind kind;
    int32_t index;
    int32_t min, max;  /* inclusive; INT32_MIN and INT32_MAX where the author gave no bound */
    struct slice text; /* for people: "Rope", "skill at least 8", "not: met the keeper" */
    const struct condition *children;
    size_t child_count;
};

enum effect_kind { EFFECT_STAT, EFFECT_ITEM, EFFECT_GOLD, EFFECT_FLAG };

/* One change of the character or the flags. What would leave a range is clamped: a stat to its
 * min..max, gold to 0..LIMIT_GOLD, an item to 0..what the capacity still holds. */
struct effect {
    enum effect_kind kind;
    int32_t index; /* stat, item or flag; unused for gold */
    bool set;      /* value replaces; otherwise it is added */
    int32_t value; /* flag: 0 or 1, and set is true */
};

enum choice_type { CHOICE_DIRECT, CHOICE_CONDITIONAL, CHOICE_DICE, CHOICE_MIXED };
enum dice_type { DICE_NONE, DICE_CHANCE, DICE_COMBAT };

/* Chance: 2d6 + modifier <= the stat is a success.
 * Combat: each round both roll 2d6 + skill; the lower one loses `damage` endurance (a tie hurts
 * nobody); it ends in success when the foe's endurance is 0, in failure when the hero's is, or
 * after LIMIT_COMBAT_ROUNDS. What the hero lost stays lost. */
struct check {
    enum dice_type type;
    int32_t stat;      /* chance: the tested stat; combat: the skill stat */
    int32_t modifier;  /* chance only */
    int32_t endurance; /* combat: the hero's stat that is wounded */
    struct slice foe_name;
    int32_t foe_skill, foe_endurance, damage;
};

struct choice {
    struct slice id; /* unique in its section */
    struct slice text;
    enum choice_type type;
    const struct condition *condition; /* NULL unless conditional or mixed */
    const struct effect *effects;      /* applied on choosing, before any roll */
    size_t effect_count;
    struct check check;     /* DICE_NONE unless dice or mixed */
    int32_t target;         /* section index; with dice: on success */
    int32_t target_failure; /* section index with dice, else -1 */
    struct slice json; /* what players see of it while it is available (app/snapshot.h); opaque */
};

enum ending { ENDING_NONE, ENDING_WON, ENDING_LOST };

struct section {
    int32_t number;
    struct slice html;      /* safe HTML, rendered once */
    struct slice html_json; /* the same as a JSON string (app/snapshot.h); opaque to the rules */
    struct slice summary;   /* what one can do here, in plain words: rules.rules_summary */
    const struct effect *effects; /* on entering */
    size_t effect_count;
    const struct choice *choices; /* in the author's order */
    size_t choice_count;
    enum ending ending;
    struct slice ending_title; /* empty unless an ending */
};

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
};

/* A zeroed story with one reference; the loader fills it. */
struct story *story_new(void);
struct story *story_ref(struct story *story);
void story_unref(struct story *story);

/* The index of the section with this number, or -1. */
int32_t story_section_find(const struct story *story, int32_t number);

const char *choice_type_name(enum choice_type type); /* "direct" ... as in the contract */
const char *dice_type_name(enum dice_type type);     /* "none", "chance", "combat" */

#endif
