/* casysd: wires the layers together; the only file that knows all of them.
 *
 * Start: settings, stories, page, database, io threads' inboxes, archive, sequencer, io threads.
 * SIGHUP: the stories folder is read again, by this thread, and each of the others is sent what can
 * be begun from now on.
 * Stop, on SIGTERM or SIGINT, in the order that loses nothing: refuse new work; let the sequencer
 * commit and answer what it has; let the archive answer; then the io threads, which find all the
 * answers in their inboxes, send them, say goodbye and end. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "app/archive.h"
#include "app/author/author.h"
#include "app/author/check.h"
#include "app/config.h"
#include "app/library.h"
#include "app/sequencer.h"
#include "handlers/server.h"
#include "storage/sqlite_store.h"

enum {
    EXIT_WRONG_SETTING = 2,
    HEAP_KEPT_BYTES = 8 * 1024 * 1024,
    HEAP_STEP_BYTES = 256 * 1024,
    MINUTE_MS = 60 * 1000,
    DAY_MS = 24 * 60 * MINUTE_MS,
};

struct program {
    struct config config;
    struct catalogue catalogue;
    struct static_files *files;
    struct store *writer, *reader, *checkpointer;
    struct front *front;
    struct archive *archive;
    struct sequencer *sequencer;
};

/* Static, so that what h2o keeps for open connections stays reachable until the process is gone. */
static struct program program;

static int64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t seal_text(uint64_t payload_len, uint8_t room[UPDATE_HEADROOM])
{
    uint8_t header[WS_HEADER_MAX];
    const size_t len = ws_header_write(header, WS_TEXT, payload_len);
    memcpy(room + UPDATE_HEADROOM - len, header, len);
    return len;
}

static int fail(const char *what, const char *reason)
{
    fprintf(stderr, "casysd: %s%s%s\n", what, what[0] ? ": " : "", reason);
    return EXIT_WRONG_SETTING;
}

/* One line for each finding: a mistake in one story does not keep the others from being played. */
static bool read_stories(const struct config *config, struct catalogue *ret)
{
    struct buf report = {.at = NULL};
    const enum status st = catalogue_read(
        ret, config->stories, config->check_stories ? story_may_be_served : NULL, &report);
    struct slice rest = buf_slice(&report);
    struct slice line;
    while (slice_split(&rest, '\n', &line))
        fprintf(stderr, "casysd: --stories: %.*s\n", SLICE_ARG(line));
    buf_release(&report);
    return st == OK;
}

static int open_stores(struct program *p)
{
    char reason[200];
    if (sqlite_store_open(p->config.db, SQLITE_WRITER, &p->writer, reason) != OK ||
        sqlite_store_open(p->config.db, SQLITE_READER, &p->reader, reason) != OK ||
        sqlite_store_open(p->config.db, SQLITE_CHECKPOINTER, &p->checkpointer, reason) != OK)
        return fail("--db", reason);
    return 0;
}

static int prepare(struct program *p)
{
    char reason[200];
    if (!read_stories(&p->config, &p->catalogue))
        return EXIT_WRONG_SETTING;
    if (static_files_read(p->config.static_dir, &p->files, reason) != OK)
        return fail("--static", reason);
    const int wrong = open_stores(p);
    if (wrong)
        return wrong;
    if (front_new(&p->config, &p->catalogue, p->files, &p->front, reason) != OK)
        return fail("", reason);
    return 0;
}

static void start(struct program *p)
{
    p->archive = archive_start(&(struct archive_config){
        .reader = p->reader,
        .checkpointer = p->checkpointer,
        .rotate_ms = (int64_t)p->config.rotate_days * DAY_MS,
        .now_ms = unix_ms,
        .catalogue = &p->catalogue,
        .io = front_inboxes(p->front),
        .threads = (unsigned)p->config.threads,
        .seal = seal_text,
    });
    p->sequencer = sequencer_new(&(struct sequencer_config){
        .store = p->writer,
        .catalogue = &p->catalogue,
        .io = front_inboxes(p->front),
        .threads = (unsigned)p->config.threads,
        .archive = archive_inbox(p->archive),
        .games_max = p->config.games_max,
        .batch_max = p->config.batch_max,
        .saves_max = (uint32_t)p->config.saves_max,
        .people = {.members = p->config.members_max,
                   .invitations = p->config.invitations_max,
                   .devices = p->config.devices_max,
                   .carry_ms = (int64_t)p->config.carry_minutes * MINUTE_MS},
        .link_games = p->config.link_games,
        .upkeep = {.link_games_days = p->config.keep_link_games_days,
                   .sessions_days = p->config.keep_sessions_days,
                   .request_ids_days = p->config.keep_request_ids_days},
        .seal = seal_text,
        .now_ms = unix_ms,
        .random = crypto_random,
    });
    sequencer_start(p->sequencer);
    front_start(p->front, p->sequencer);
}

static void log_story(const char *event, const struct story *story)
{
    char hash[2 * SHA256_LEN + 1];
    crypto_hex(slice_make(story->hash, SHA256_LEN), hash);
    log_event(LOG_INFO, event, L_SLICE("story", story->id), L_STR("hash", hash));
}

static void log_changes(const struct catalogue *before, const struct catalogue *now)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct story *story = now->stories[i];
        const struct story *old = catalogue_find(before, story->id);
        if (!old)
            log_story("story_added", story);
        else if (memcmp(old->hash, story->hash, SHA256_LEN) != 0)
            log_story("story_changed", story);
    }
    for (size_t i = 0; i < before->count; i++) {
        if (!catalogue_find(now, before->stories[i]->id))
            log_story("story_removed", before->stories[i]);
    }
}

/* A folder without a story that can be played, or with two of one id, changes nothing. */
static void read_stories_again(struct program *p)
{
    struct catalogue now;
    if (!read_stories(&p->config, &now)) {
        catalogue_release(&now);
        log_event(LOG_ERROR, "stories_stay", L_INT("stories", p->catalogue.count));
        return;
    }
    catalogue_share(&now, &p->catalogue);
    /* Those who make games first: what GET /api/stories lists can be begun. */
    catalogue_send(&now, sequencer_inbox(p->sequencer));
    catalogue_send(&now, archive_inbox(p->archive));
    for (unsigned i = 0; i < p->config.threads; i++)
        catalogue_send(&now, front_inboxes(p->front)[i]);
    log_changes(&p->catalogue, &now);
    log_event(LOG_INFO, "stories_read", L_INT("stories", now.count));
    catalogue_release(&p->catalogue);
    p->catalogue = now;
}

static void stop(struct program *p)
{
    front_refuse(p->front);
    sequencer_stop(p->sequencer);
    archive_stop(p->archive);
    front_stop(p->front);
    sequencer_free(p->sequencer);
}

static void release(struct program *p)
{
    front_free(p->front);
    store_free(p->checkpointer);
    store_free(p->reader);
    store_free(p->writer);
    static_files_free(p->files);
    catalogue_release(&p->catalogue);
}

/* Snapshots come from the sequencer's heap and are given back by io threads, hundreds at a time:
 * without this the heap would be cut down and grown again with every batch (measured: 8 % of the
 * server's system time). */
static void keep_heap(void)
{
    mallopt(M_TRIM_THRESHOLD, HEAP_KEPT_BYTES);
    mallopt(M_TOP_PAD, HEAP_STEP_BYTES);
}

/* Every connection is a descriptor: take as many as the system gives. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_event(LOG_WARN, "descriptor_limit_stays", L_STR("reason", strerror(errno)));
}

static void say_ready(const struct program *p)
{
    const bool six = strchr(p->config.listen_host, ':') != NULL;
    printf("casysd ready on http://%s%s%s:%u\n", six ? "[" : "", p->config.listen_host,
           six ? "]" : "", (unsigned)front_port(p->front));
    fflush(stdout);
}

static int serve(struct program *p)
{
    sigset_t signals;
    int signal_number = 0;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    /* Blocked in every thread that starts from here; this one waits for them. */
    ENSURE(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
    log_setup(STDERR_FILENO, p->config.log_level);
    raise_descriptor_limit();
    keep_heap();
    const int wrong = prepare(p);
    if (wrong) {
        release(p);
        return wrong;
    }
    start(p);
    log_event(LOG_INFO, "started", L_INT("port", front_port(p->front)),
              L_INT("threads", p->config.threads), L_INT("stories", p->catalogue.count),
              L_STR("db", p->config.db));
    say_ready(p);
    ENSURE(sigwait(&signals, &signal_number) == 0);
    while (signal_number == SIGHUP) {
        read_stories_again(p);
        ENSURE(sigwait(&signals, &signal_number) == 0);
    }
    log_event(LOG_INFO, "stopping", L_STR("signal", strsignal(signal_number)));
    stop(p);
    log_event(LOG_INFO, "stopped");
    release(p);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    char reason[200];
    struct buf help = {.at = NULL};
    if (author_knows(argc, argv))
        return author_run(argc, argv);
    switch (config_parse(argc, argv, &program.config, reason)) {
    case CONFIG_RUN: return serve(&program);
    case CONFIG_HELP:
        config_help(&help);
        fwrite(help.at, 1, help.len, stdout);
        buf_release(&help);
        return EXIT_SUCCESS;
    case CONFIG_VERSION: printf("casysd %s\n", CASYSD_VERSION); return EXIT_SUCCESS;
    case CONFIG_WRONG: return fail("", reason);
    }
    return EXIT_FAILURE;
}
