#include "app/author/backup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/author/author.h"
#include "app/author/options.h"
#include "app/author/verify.h"
#include "app/base/log.h"
#include "storage/sqlite_file.h"
#include "storage/sqlite_store.h"

enum { SAMPLE_GAMES = 100 }; /* played again; all of them when there are not more */

/* One run of one of the two commands. */
struct job {
    const char *command; /* "backup" or "restore" */
    struct options options;
    const char *file;
    struct sqlite_survey found; /* by check_file */
    struct verified played;
    char reason[200];
};

static int complain(const struct job *job, const char *path, const char *what)
{
    SCOPED(buf_release) struct buf line = {.at = NULL};
    buf_printf(&line, "%s%s%s", path ? path : "", path ? ": " : "", what);
    buf_byte(&line, '\0');
    text_one_line((char *)line.at);
    fprintf(stderr, "casysd %s: %s\n", job->command, (const char *)line.at);
    return AUTHOR_USAGE;
}

static int fail(const struct job *job, const char *path, enum status st)
{
    (void)complain(job, path, job->reason);
    return st == ERR_CORRUPT ? AUTHOR_MISTAKES : AUTHOR_USAGE;
}

/* ---- what is in a database, and whether it is whole ---- */

static void on_wrong(void *arg, struct slice line)
{
    const struct job *job = arg;
    SCOPED(buf_release) struct buf text = {.at = NULL};
    buf_append(&text, line);
    buf_byte(&text, '\0');
    (void)complain(job, "damaged", (const char *)text.at);
}

static void on_game(void *arg, bool good, struct slice line)
{
    if (!good)
        on_wrong(arg, line);
}

static enum status play_sample(struct job *job, struct store *store)
{
    const struct verify_config config = {
        .store = store,
        .every = (job->found.games + SAMPLE_GAMES - 1) / SAMPLE_GAMES,
        .on_game = on_game,
        .arg = job,
    };
    const enum status st = verify_store(&config, &job->played);
    snprintf(job->reason, sizeof job->reason, "the database is damaged");
    return st == OK && job->played.wrong > 0 ? ERR_CORRUPT : st;
}

static void print_contents(const struct job *job, const char *path)
{
    const struct sqlite_survey *found = &job->found;
    char newest[TIME_TEXT_SIZE];
    time_text(found->newest_ms, newest);
    printf("%s: %" PRIu64 " games, %" PRIu64 " versions, %" PRIu64 " sessions, %" PRIu64
           " stories, %" PRIu64 " bytes, newest change %s\n",
           path, found->games, found->versions, found->sessions, found->stories, found->bytes,
           found->games > 0 ? newest : "never");
    printf("checked: every page, every reference, %" PRIu64 " of %" PRIu64 " games played again\n",
           job->played.games, found->games);
}

static enum status look_into(struct job *job, const char *path)
{
    struct store *store;
    enum status st = sqlite_store_open(path, SQLITE_READER, &store, job->reason);
    if (st != OK)
        return st;
    st = sqlite_store_survey(store, &job->found, job->reason);
    if (st == OK)
        st = play_sample(job, store);
    store_free(store);
    return st;
}

/* Read all of the database at path. OK: it is whole, and job says what is in it. */
static enum status check_file(struct job *job, const char *path)
{
    const enum status st = sqlite_store_check(path, on_wrong, job, job->reason);
    return st == OK ? look_into(job, path) : st;
}

/* ---- copies ---- */

static enum status copy_file(struct job *job, const char *from, const char *to)
{
    struct store *store;
    enum status st = sqlite_store_open(from, SQLITE_READER, &store, job->reason);
    if (st != OK)
        return st;
    st = sqlite_store_copy(store, to, job->reason);
    store_free(store);
    return st;
}

/* Copy `from` to the new file `beside`, check that, and give it its name by `place`. Whatever goes
 * wrong, `beside` is gone in the end. */
static int copy_checked(struct job *job, const char *from, const char *to,
                        enum status (*place)(const char *from, const char *to, char *ret_reason))
{
    SCOPED(buf_release) struct buf name = {.at = NULL};
    buf_printf(&name, "%s.new", to);
    buf_byte(&name, '\0');
    const char *beside = (const char *)name.at;
    enum status st = sqlite_file_new(beside, job->reason);
    if (st == ERR_CONFLICT)
        return complain(job, beside,
                        "is there: another copy is being made, or one was interrupted; remove it"
                        " then");
    if (st != OK)
        return fail(job, NULL, st);
    st = copy_file(job, from, beside);
    if (st == OK)
        st = check_file(job, beside);
    if (st != OK) {
        (void)unlink(beside);
        return fail(job, from, st);
    }
    st = place(beside, to, job->reason);
    if (st != OK) {
        (void)unlink(beside); /* it may have its name already */
        return fail(job, NULL, st);
    }
    print_contents(job, to);
    return AUTHOR_GOOD;
}

/* ---- the commands ---- */

static int parse(struct job *job, int argc, char **argv, unsigned takes)
{
    if (options_parse(argc, argv, 2, takes, &job->options, job->reason) != OK)
        return complain(job, NULL, job->reason);
    if (job->options.file_count != 1 || !job->options.db)
        return complain(job, NULL, "a file and --db DB are wanted (--help explains)");
    job->file = job->options.files[0];
    return AUTHOR_GOOD;
}

static bool asks_for_help(int argc, char **argv)
{
    return argc == 3 && strcmp(argv[2], "--help") == 0;
}

int backup_run(int argc, char **argv)
{
    struct job job = {.command = "backup"};
    if (asks_for_help(argc, argv)) {
        puts(
            "casysd backup FILE --db DB\n\n"
            "Copies the database into the new file FILE, also while a server works on it: all that\n"
            "was acknowledged before is in the copy. The copy is checked before it gets its name.\n\n"
            "Exit codes: 0 FILE is there and whole, 1 the database is damaged, 2 the command is\n"
            "wrong, or a file cannot be read or written. With 1 and 2 there is no FILE.");
        return AUTHOR_GOOD;
    }
    const int wrong = parse(&job, argc, argv, OPTION_DB);
    if (wrong)
        return wrong;
    if (access(job.file, F_OK) == 0)
        return complain(&job, job.file, "is there already, and nothing is overwritten");
    return copy_checked(&job, job.options.db, job.file, sqlite_file_place);
}

static int restore_dry(struct job *job)
{
    const char *db = job->options.db;
    enum status st = check_file(job, job->file);
    if (st != OK)
        return fail(job, job->file, st);
    print_contents(job, job->file);
    st = sqlite_file_is_free(db, job->reason);
    if (st != OK)
        return fail(job, db, st);
    printf("would be taken: %s %s\n", db,
           access(db, F_OK) == 0 ? "would be kept beside it as .old" : "is not there yet");
    return AUTHOR_GOOD;
}

static int restore(struct job *job)
{
    const char *db = job->options.db;
    const bool was_there = access(db, F_OK) == 0;
    int held;
    const enum status st = sqlite_file_hold(db, &held, job->reason);
    if (st != OK)
        return fail(job, db, st);
    const int result = copy_checked(job, job->file, db, sqlite_file_replace);
    if (result != AUTHOR_GOOD && !was_there)
        (void)unlink(db); /* the empty one that was held */
    (void)close(held);
    return result;
}

int restore_run(int argc, char **argv)
{
    struct job job = {.command = "restore"};
    if (asks_for_help(argc, argv)) {
        puts(
            "casysd restore FILE --db DB [--dry-run]\n\n"
            "Puts a copy of the backup FILE in the place of the database, when no server has that\n"
            "open. The database that was there is kept as DB.old, its log as DB.old-wal.\n"
            "--dry-run checks FILE, says what is in it and whether it would be taken, and changes\n"
            "nothing.\n\n"
            "Exit codes: 0 done, 1 FILE is damaged, 2 the command is wrong, a server has the database\n"
            "open, or a file cannot be read or written.");
        return AUTHOR_GOOD;
    }
    const int wrong = parse(&job, argc, argv, OPTION_DB | OPTION_DRY_RUN);
    if (wrong)
        return wrong;
    return job.options.dry_run ? restore_dry(&job) : restore(&job);
}
