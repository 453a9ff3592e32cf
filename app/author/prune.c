#include "app/author/prune.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/author/author.h"
#include "app/author/options.h"
#include "app/base/log.h"
#include "app/upkeep.h"
#include "storage/sqlite_store.h"

static const char *const kinds[] = {
    [STORE_STALE_LINK_GAMES] = "link game",   [STORE_STALE_SESSIONS] = "session",
    [STORE_STALE_DEVICES] = "device",         [STORE_STALE_CARRIES] = "carry code",
    [STORE_STALE_INVITATIONS] = "invitation", [STORE_STALE_REQUEST_IDS] = "request id",
};
_Static_assert(sizeof kinds / sizeof *kinds == STORE_STALE_COUNT, "a word for each kind");

static int complain(const char *command, const char *what, const char *why)
{
    char line[400];
    (void)snprintf(line, sizeof line, "%.150s%s%.200s", what, why ? ": " : "", why ? why : "");
    text_one_line(line);
    fprintf(stderr, "casysd %s: %s\n", command, line);
    return AUTHOR_USAGE;
}

static int fail(const char *command, const char *what, const char *why, enum status st)
{
    (void)complain(command, what, why);
    return st == ERR_CORRUPT ? AUTHOR_MISTAKES : AUTHOR_USAGE;
}

static bool asks_for_help(int argc, char **argv)
{
    return argc == 3 && strcmp(argv[2], "--help") == 0;
}

static int64_t unix_ms(void)
{
    struct timespec now;
    ENSURE(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- prune ---- */

static enum status drop_game(void *arg, const struct store_stale_row *row, bool *ret_gone)
{
    *ret_gone = true;
    return store_game_doom(arg, row->row);
}

/* Of carries and request ids there is nothing to tell but how many. */
static bool on_dry(void *arg, const struct store_stale_row *row)
{
    const struct upkeep *upkeep = arg;
    char when[TIME_TEXT_SIZE];
    if (row->name.len > 0) {
        time_text(row->at_ms, when);
        printf("would go: %s %.*s, %s\n", kinds[upkeep->kind], (int)row->name.len,
               (const char *)row->name.at, when);
    }
    return true;
}

static void print_found(const struct upkeep *upkeep)
{
    printf("%s:", upkeep->config.dry ? "would go in all" : "gone");
    for (size_t i = 0; i < STORE_STALE_COUNT; i++)
        printf("%s %" PRIu64 " %s%s", i ? "," : "", upkeep->found[i],
               i == STORE_STALE_CARRIES ? "carry codes" : kinds[i],
               i == STORE_STALE_CARRIES ? "" : "s");
    printf("\n");
}

/* Until a round has ended, and what it left is taken out. */
static enum status run_upkeep(struct upkeep *upkeep, int64_t now_ms)
{
    bool ended = false, round = false;
    enum status st = OK;
    while (st == OK && (!ended || upkeep->purging || upkeep->vacuuming)) {
        st = upkeep_step(upkeep, now_ms, &round);
        ended = ended || round;
    }
    return st;
}

static int prune(const struct options *options)
{
    char reason[200];
    struct store *store;
    struct upkeep upkeep;
    enum status st = sqlite_store_open(
        options->db, options->dry_run ? SQLITE_READER : SQLITE_WRITER, &store, reason);
    if (st != OK)
        return fail("prune", options->db, reason, st);
    upkeep_init(&upkeep, &(struct upkeep_config){
                             .store = store,
                             .settings = {.link_games_days = options->keep_link_games_days,
                                          .sessions_days = options->keep_sessions_days,
                                          .request_ids_days = options->keep_request_ids_days},
                             .dry = options->dry_run,
                             .on_game = drop_game,
                             .on_dry = on_dry,
                             .arg = options->dry_run ? (void *)&upkeep : (void *)store,
                         });
    st = run_upkeep(&upkeep, unix_ms());
    store_free(store);
    if (st != OK)
        return fail("prune", options->db, status_name(st), st);
    print_found(&upkeep);
    return AUTHOR_GOOD;
}

int prune_run(int argc, char **argv)
{
    char reason[200];
    struct options options;
    if (asks_for_help(argc, argv)) {
        puts(
            "casysd prune --db DB [--keep-link-games-days N] [--keep-sessions-days N]\n"
            "             [--keep-request-ids-days N] [--dry-run]\n\n"
            "Takes out of a database that no server has open what a server with the same settings\n"
            "takes out once a day; without settings only what has expired. --dry-run, also beside\n"
            "a server, only says what would go. Private games never go.\n\n"
            "Exit codes: 0 done, 1 the database is damaged, 2 the command is wrong, or the\n"
            "database cannot be opened or written.");
        return AUTHOR_GOOD;
    }
    const unsigned takes = OPTION_DB | OPTION_DRY_RUN | OPTION_KEEP_LINK_GAMES |
                           OPTION_KEEP_SESSIONS | OPTION_KEEP_REQUEST_IDS;
    if (options_parse(argc, argv, 2, takes, &options, reason) != OK)
        return complain("prune", reason, NULL);
    if (options.file_count != 0 || !options.db)
        return complain("prune", "--db DB is wanted, and no file (--help explains)", NULL);
    return prune(&options);
}

/* ---- compact ---- */

int compact_run(int argc, char **argv)
{
    char reason[200];
    struct options options;
    uint64_t before, after;
    if (asks_for_help(argc, argv)) {
        puts("casysd compact --db DB\n\n"
             "Writes the database anew without its unused pages, when no server has it open; from\n"
             "then on a server gives them back by itself. It needs as much free space as the\n"
             "database has now.\n\n"
             "Exit codes: 0 done, 1 the database is damaged, 2 the command is wrong, or the\n"
             "database cannot be opened or written; it is then as it was.");
        return AUTHOR_GOOD;
    }
    if (options_parse(argc, argv, 2, OPTION_DB, &options, reason) != OK)
        return complain("compact", reason, NULL);
    if (options.file_count != 0 || !options.db)
        return complain("compact", "--db DB is wanted, and no file (--help explains)", NULL);
    const enum status st = sqlite_store_compact(options.db, &before, &after, reason);
    if (st != OK)
        return fail("compact", options.db, reason, st);
    printf("%s: %" PRIu64 " bytes, was %" PRIu64 "\n", options.db, after, before);
    return AUTHOR_GOOD;
}
