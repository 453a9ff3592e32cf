/* What stands behind a command of app/author/author.h on its command line. */
#ifndef CASYS_AUTHOR_OPTIONS_H
#define CASYS_AUTHOR_OPTIONS_H

#include "app/base/bytes.h"

enum {
    OPTIONS_FILES_MAX = 256,
    OPTIONS_RUNS_MAX = 10000000,
    OPTIONS_RUNS = 1000, /* without --runs */
    OPTIONS_DAYS_MAX = 36500,
};

/* Which options a command takes. */
enum option_bit {
    OPTION_JSON = 1,
    OPTION_SVG = 2,
    OPTION_COVERAGE = 4,
    OPTION_PROGRESS = 8,
    OPTION_RUNS = 16,
    OPTION_SEED = 32,
    OPTION_NAME = 64,
    OPTION_OUT = 128,
    OPTION_DB = 256,
    OPTION_DRY_RUN = 512,
    OPTION_STORIES = 1024,
    OPTION_STORY = 2048,
    OPTION_GAME = 4096,
    OPTION_KEEP_LINK_GAMES = 8192,
    OPTION_KEEP_SESSIONS = 16384,
    OPTION_KEEP_REQUEST_IDS = 32768,
};

struct options {
    const char *files[OPTIONS_FILES_MAX]; /* borrowed from argv */
    size_t file_count;
    unsigned given; /* bits of those that stood on the command line */
    bool json, svg, coverage, progress, dry_run;
    uint64_t runs; /* 1..OPTIONS_RUNS_MAX */
    uint64_t seed;
    const char *name;              /* borrowed from argv; or NULL */
    const char *out;               /* the same */
    const char *db;                /* the same */
    const char *stories;           /* the same; "stories" without --stories */
    const char *story;             /* borrowed from argv; or NULL */
    const char *game;              /* the same */
    uint64_t keep_link_games_days; /* 0: for ever, likewise below */
    uint64_t keep_sessions_days;
    uint64_t keep_request_ids_days;
};

/* Read argv[first..argc). `takes` are the options that the command knows.
 * ERR_INVALID    reason is one line that says what is wrong. */
enum status options_parse(int argc, char **argv, int first, unsigned takes, struct options *ret,
                          char reason[200]) MUST_CHECK;

/* Append "  --runs N   ..." for each option that the command takes. */
void options_help(unsigned takes, struct buf *ret);

#endif
