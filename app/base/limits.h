/* Everything a peer or an author can make grow has its limit here. n is accepted, n + 1 is refused
 * with a documented answer. Numbers that an operator may change are settings (app/config.h) whose
 * defaults these are; GET /api/limits lists them. */
#ifndef CASYS_BASE_LIMITS_H
#define CASYS_BASE_LIMITS_H

enum {
    /* What clients send. */
    LIMIT_MESSAGE_BYTES = 64 * 1024, /* one WebSocket message; one HTTP body */
    LIMIT_MESSAGE_FRAGMENTS = 256,   /* frames of one message */
    LIMIT_JSON_DEPTH = 32,           /* nested arrays and objects of a message */
    LIMIT_JSON_NODES = 4096,         /* values in a message */
    LIMIT_HEADER_BYTES = 16 * 1024,  /* header block of a request, names and values */
    LIMIT_REQUEST_ID_CHARS = 64,     /* request id, Idempotency-Key; code points */
    LIMIT_REQUEST_ID_BYTES = 4 * LIMIT_REQUEST_ID_CHARS,
    LIMIT_ID_BYTES = 64,            /* a game id or story id in a request */
    LIMIT_CHOICE_ID_BYTES = 64,     /* a choice's id */
    LIMIT_CHOICE_TEXT_BYTES = 1024, /* a choice's text */
    LIMIT_NAME_CHARS = 50,          /* a character's name, code points (CASYS) */
    LIMIT_FEEDBACK_BYTES = 4096,    /* a player's feedback */
    LIMIT_PAGE = 100,               /* rows of one page of games or history */
    LIMIT_WAIT_S = 55,              /* long poll */

    /* What authors write. */
    LIMIT_STORY_BYTES = 8 * 1024 * 1024,
    LIMIT_STORY_DEPTH = 32,
    LIMIT_STORY_NODES = 2 * 1024 * 1024,
    LIMIT_STORIES = 1000,
    LIMIT_SECTIONS = 10000,
    LIMIT_SECTION_NUMBER = 999999,
    LIMIT_SECTION_CHOICES = 32,
    LIMIT_SECTION_EFFECTS = 32, /* on entering; as many again on choosing */
    LIMIT_CONDITIONS = 64,      /* leaves and groups of one choice */
    LIMIT_CONDITION_DEPTH = 8,
    LIMIT_STATS = 16,
    LIMIT_ITEMS = 128,
    LIMIT_FLAGS = 256,
    LIMIT_COUNTERS = 64,
    LIMIT_ONCE = 4096,       /* choices of a story that can be chosen once only */
    LIMIT_USE_ID_BYTES = 60, /* of an item that can be used: its choice is "use:" and the id */
    LIMIT_FOES = 8,          /* of one fight */
    LIMIT_OUTCOMES = 20,     /* of one table */
    LIMIT_REROLLS = 9,       /* of one check */
    LIMIT_EXPR_NODES = 64,
    LIMIT_EXPR_DEPTH = 16,
    LIMIT_EXPR_INTEGER = 1000000000,  /* either sign; arithmetic stops there */
    LIMIT_EXPR_BYTES = 400,           /* an expression as it is written */
    LIMIT_LABEL_BYTES = 200,          /* a title, an author, the name of a stat, an item or a foe */
    LIMIT_SUMMARY_BYTES = 2000,       /* a story's summary */
    LIMIT_DESCRIPTION_BYTES = 500,    /* of an item */
    LIMIT_CONDITION_TEXT_BYTES = 400, /* the words for players */
    LIMIT_SECTION_TEXT_BYTES = 32 * 1024, /* Markdown */
    LIMIT_SECTION_HTML_BYTES = 64 * 1024, /* what becomes of it */
    LIMIT_FOE_ENDURANCE = 1000,
    LIMIT_FINDINGS = 100,      /* shown of one story */
    LIMIT_COMBAT_ROUNDS = 100, /* then the foe is given up as undefeated */
    LIMIT_MOVES = 16,          /* forced moves of one command; then the hero stays where they are */
    LIMIT_UNDO = 99,           /* loads and undos in a run that a story can allow by a number */
    LIMIT_EFFECT_DICE = 4,     /* dice terms of one list of effects, of one initial value */
    /* Lists of effects that one command applies: that of the choice, that of an outcome; then for
     * the target, each forced move and a zero_section one on leaving and one on entering. */
    LIMIT_LISTS = 2 + 2 * (1 + LIMIT_MOVES + 1),
    /* Rolls of one command: of effects, of a whole fight or of a round of one, of checks. */
    LIMIT_ROLLS = LIMIT_LISTS * LIMIT_EFFECT_DICE + 2 * LIMIT_COMBAT_ROUNDS + 2 * LIMIT_FOES + 8,

    /* A character (CASYS). */
    LIMIT_STAT_MAX = 24,      /* endurance, chance, skill */
    LIMIT_OWN_STAT = 1000000, /* a story's own stat, either sign */
    LIMIT_GOLD = 999999,
    LIMIT_CAPACITY = 1000, /* sum of quantities */

    /* Going back. */
    LIMIT_LOADS = 10000, /* in one run, whatever its story allows: a replay keeps what they need */
    LIMIT_REVIVALS = 64, /* of them, those that take up a run which was over */

    /* The folder of the browser's page. */
    LIMIT_STATIC_FILES = 1000,
    LIMIT_STATIC_FILE_BYTES = 4 * 1024 * 1024, /* one file */
    LIMIT_STATIC_BYTES = 64 * 1024 * 1024,     /* all of them */
    LIMIT_STATIC_DEPTH = 8,                    /* folders in each other */

    /* What the server keeps. */
    LIMIT_IO_THREADS = 64,
    LIMIT_STATE_BYTES = 64 * 1024,               /* an encoded state */
    LIMIT_SNAPSHOT_BYTES = 512 * 1024,           /* an encoded snapshot */
    LIMIT_EVENT_BYTES = 64 * 1024,               /* a journal event */
    LIMIT_EXPORT_BYTES = 8 * 1024 * 1024,        /* a game as one document, to be carried away */
    LIMIT_EXPORTS = 8,                           /* of them at once, of an io thread */
    LIMIT_COPY_VERSIONS = 10000,                 /* of a past that a fork or an import copies */
    LIMIT_IMPORT_NODES = 1024 * 1024,            /* values in a document to be imported */
    LIMIT_EXPORT_NODES = LIMIT_EXPORT_BYTES / 2, /* values in it: more there cannot be */
    LIMIT_ORIGIN_BYTES = 1024 * 1024,  /* what a forked or imported game tells of its past */
    LIMIT_SAVES = 20,                  /* of a session in a game */
    LIMIT_SAVE_NAME_BYTES = 4 * 50,    /* of 50 code points */
    LIMIT_DEVICES = 20,                /* of a session */
    LIMIT_DEVICE_LABEL_BYTES = 4 * 50, /* of 50 code points */
    LIMIT_INVITATIONS = 100,           /* open ones of a game */
    LIMIT_MEMBERS = 1000,              /* of a game */
    LIMIT_GAMES_IN_MEMORY = 20000,     /* games that nobody may be watching */
    LIMIT_BATCH = 256,                 /* commands of one transaction */
};

#endif
