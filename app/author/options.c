#include "app/author/options.h"

#include <stdio.h>
#include <string.h>

static const struct option {
    const char *name;
    enum option_bit bit;
    const char *value; /* what it takes, or NULL */
    const char *help;
} known[] = {
    {"--json", OPTION_JSON, NULL, "the result as JSON"},
    {"--runs", OPTION_RUNS, "N", "how often the story is played (1000)"},
    {"--seed", OPTION_SEED, "S", "a number; the same one gives the same dice (1; play: chance)"},
    {"--progress", OPTION_PROGRESS, NULL, "say how far it is, also when no terminal looks"},
    {"--svg", OPTION_SVG, NULL, "a picture instead of DOT; needs Graphviz"},
    {"--coverage", OPTION_COVERAGE, NULL, "colour what a test run reached"},
    {"-o", OPTION_OUT, "FILE", "write there instead of standard output"},
    {"--name", OPTION_NAME, "N", "the hero's name"},
    {"--db", OPTION_DB, "DB", "the server's database"},
    {"--dry-run", OPTION_DRY_RUN, NULL, "only say what would be done"},
    {"--stories", OPTION_STORIES, "PATH", "folder of gamebooks, or one file (stories)"},
    {"--story", OPTION_STORY, "ID", "only games of this story"},
    {"--game", OPTION_GAME, "GAME_ID", "only this game"},
    {"--keep-link-games-days", OPTION_KEEP_LINK_GAMES, "N", "as the setting of serve"},
    {"--keep-sessions-days", OPTION_KEEP_SESSIONS, "N", "as the setting of serve"},
    {"--keep-request-ids-days", OPTION_KEEP_REQUEST_IDS, "N", "as the setting of serve"},
};

static const struct option *option_find(const char *name, unsigned takes)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if ((takes & known[i].bit) != 0 && strcmp(known[i].name, name) == 0)
            return &known[i];
    }
    return NULL;
}

static bool set_days(uint64_t *days, const char *value)
{
    return slice_to_u64(slice_str(value), OPTIONS_DAYS_MAX, days) == OK;
}

static bool set_option(struct options *options, const struct option *option, const char *value)
{
    options->given |= option->bit;
    switch (option->bit) {
    case OPTION_JSON: options->json = true; return true;
    case OPTION_SVG: options->svg = true; return true;
    case OPTION_COVERAGE: options->coverage = true; return true;
    case OPTION_PROGRESS: options->progress = true; return true;
    case OPTION_RUNS:
        return slice_to_u64(slice_str(value), OPTIONS_RUNS_MAX, &options->runs) == OK &&
               options->runs > 0;
    case OPTION_SEED: return slice_to_u64(slice_str(value), UINT64_MAX, &options->seed) == OK;
    case OPTION_NAME: options->name = value; return true;
    case OPTION_DRY_RUN: options->dry_run = true; return true;
    case OPTION_DB: options->db = value; return value[0] != '\0';
    case OPTION_OUT: options->out = value; return value[0] != '\0';
    case OPTION_STORIES: options->stories = value; return value[0] != '\0';
    case OPTION_STORY: options->story = value; return value[0] != '\0';
    case OPTION_GAME: options->game = value; return value[0] != '\0';
    case OPTION_KEEP_LINK_GAMES: return set_days(&options->keep_link_games_days, value);
    case OPTION_KEEP_SESSIONS: return set_days(&options->keep_sessions_days, value);
    case OPTION_KEEP_REQUEST_IDS: return set_days(&options->keep_request_ids_days, value);
    }
    ENSURE(false); /* every option is handled above */
}

static enum status wrong(char reason[200], const char *what, const char *why)
{
    snprintf(reason, 200, "%.100s: %s", what, why);
    text_one_line(reason);
    return ERR_INVALID;
}

enum status options_parse(int argc, char **argv, int first, unsigned takes, struct options *ret,
                          char reason[200])
{
    *ret = (struct options){.runs = OPTIONS_RUNS, .seed = 1, .stories = "stories"};
    bool only_files = false;
    for (int i = first; i < argc; i++) {
        if (only_files || argv[i][0] != '-' || argv[i][1] == '\0') {
            if (ret->file_count == OPTIONS_FILES_MAX)
                return wrong(reason, argv[i], "too many files");
            ret->files[ret->file_count++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_files = true;
            continue;
        }
        const struct option *option = option_find(argv[i], takes);
        if (!option)
            return wrong(reason, argv[i], "no such option here");
        if (option->value && i + 1 == argc)
            return wrong(reason, argv[i], "a value is missing");
        const char *value = option->value ? argv[++i] : "";
        if (!set_option(ret, option, value))
            return wrong(reason, argv[i - 1], "cannot have this value");
    }
    return OK;
}

void options_help(unsigned takes, struct buf *ret)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        char left[32];
        if ((takes & known[i].bit) == 0)
            continue;
        snprintf(left, sizeof left, "%s %s", known[i].name, known[i].value ? known[i].value : "");
        buf_printf(ret, "    %-12s %s\n", left, known[i].help);
    }
}
