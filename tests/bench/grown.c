#include "tests/bench/grown.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/bench/bench.h"

enum {
    ROUNDS = 200,     /* visits to each short game */
    LONG_TICKS = 200, /* visits between two to the long ones */
    PHASES = 1000,
};

struct grown {
    sqlite3 *db;
    sqlite3_stmt *game, *list, *row;
};

/* A journal row of the game that was played; the bytes are in `texts` of its model. */
struct event {
    int64_t at_ms;
    size_t request_at, request_len, print_at, print_len, event_at, event_len;
};

struct model {
    struct event *events; /* owned, one for each version */
    struct buf texts;
};

/* A game on its way from version 1 to its last. */
struct copy {
    const struct model *model;
    int64_t row, tail;
    uint32_t versions, done;
    uint32_t phase; /* so that games of one length do not move together */
};

struct growth {
    sqlite3 *db;
    sqlite3_stmt *add, *end;
    struct model models[GROWN_KINDS_MAX];
    struct copy *copies; /* owned; in the order of the kinds */
    size_t count;
    int64_t seq;
};

/* ---- SQLite, where everything works or the program ends ---- */

static void execute(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        bench_die("%s: %s", sql, sqlite3_errmsg(db));
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
        bench_die("%s: %s", sql, sqlite3_errmsg(db));
    return stmt;
}

static bool step(sqlite3_stmt *stmt)
{
    const int result = sqlite3_step(stmt);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        bench_die("SQLite: %s", sqlite3_errmsg(sqlite3_db_handle(stmt)));
    return result == SQLITE_ROW;
}

static void run(sqlite3_stmt *stmt)
{
    while (step(stmt))
        ;
    (void)sqlite3_reset(stmt);
}

static sqlite3 *open_file(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        bench_die("%s: %s", path, sqlite3_errmsg(db));
    return db;
}

static int64_t ask_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = prepare(db, sql);
    const int64_t number = step(stmt) ? sqlite3_column_int64(stmt, 0) : 0;
    (void)sqlite3_finalize(stmt);
    return number;
}

static void bind_name(sqlite3_stmt *stmt, int at, const char *name)
{
    (void)sqlite3_bind_text(stmt, at, name, -1, SQLITE_TRANSIENT);
}

/* ---- making it ---- */

void grown_name(size_t kind, uint32_t number, char ret[GROWN_NAME_SIZE])
{
    /* An odd factor: every number gives another one. 22 characters, of which the last may be 'A'. */
    (void)snprintf(ret, GROWN_NAME_SIZE, "bench%c%015uA", (char)('a' + (int)(kind % 26)),
                   number * UINT32_C(2654435761));
}

static void keep_column(sqlite3_stmt *stmt, int at, struct buf *texts, size_t *ret_at,
                        size_t *ret_len)
{
    *ret_at = texts->len;
    *ret_len = (size_t)sqlite3_column_bytes(stmt, at);
    buf_append(texts, slice_make(sqlite3_column_blob(stmt, at), *ret_len));
}

static void read_model(struct growth *growth, const struct grown_kind *kind, struct model *ret)
{
    uint32_t version = 0;
    sqlite3_stmt *stmt =
        prepare(growth->db, "SELECT at_ms, request_id, request_print, event FROM journal"
                            " WHERE game = (SELECT id FROM games WHERE name = ?1) ORDER BY seq");

    ret->events = bench_array(kind->versions, sizeof *ret->events);
    bind_name(stmt, 1, kind->like);
    for (; step(stmt); version++) {
        if (version == kind->versions)
            bench_die("%s has more than %u versions", kind->like, kind->versions);
        struct event *event = &ret->events[version];
        event->at_ms = sqlite3_column_int64(stmt, 0);
        keep_column(stmt, 1, &ret->texts, &event->request_at, &event->request_len);
        keep_column(stmt, 2, &ret->texts, &event->print_at, &event->print_len);
        keep_column(stmt, 3, &ret->texts, &event->event_at, &event->event_len);
    }
    if (version != kind->versions)
        bench_die("%s has %u versions, not %u", kind->like, version, kind->versions);
    (void)sqlite3_finalize(stmt);
}

/* The rows of the games, and of their owner as a member; what the journal gives is filled in later. */
static void add_games(struct growth *growth, const struct grown_kind *kinds, size_t count)
{
    sqlite3_stmt *add = prepare(
        growth->db,
        "INSERT INTO games (name, story, owner, link, seed, created_ms, updated_ms, version, tail,"
        "                   status, section, state, snapshot)"
        " SELECT ?1, story, owner, link, seed, created_ms, updated_ms, version, tail, status,"
        "        section, state, CAST(replace(CAST(snapshot AS TEXT), name, ?1) AS BLOB)"
        "   FROM games WHERE name = ?2");
    sqlite3_stmt *member = prepare(growth->db, "INSERT INTO members (session, game, role)"
                                               " SELECT owner, ?1, 1 FROM games WHERE id = ?1");
    for (size_t k = 0; k < count; k++) {
        if (kinds[k].copies == 0)
            continue;
        read_model(growth, &kinds[k], &growth->models[k]);
        for (uint32_t i = 0; i < kinds[k].copies; i++) {
            char name[GROWN_NAME_SIZE];
            struct copy *copy = &growth->copies[growth->count++];
            grown_name(k, i, name);
            bind_name(add, 1, name);
            bind_name(add, 2, kinds[k].like);
            run(add);
            *copy = (struct copy){.model = &growth->models[k],
                                  .row = sqlite3_last_insert_rowid(growth->db),
                                  .versions = kinds[k].versions,
                                  .phase = i * UINT32_C(2654435761) % PHASES};
            (void)sqlite3_bind_int64(member, 1, copy->row);
            run(member);
        }
    }
    (void)sqlite3_finalize(add);
    (void)sqlite3_finalize(member);
}

static void bind_text_at(sqlite3_stmt *stmt, int at, const struct model *model, size_t from,
                         size_t len)
{
    if (len == 0)
        (void)sqlite3_bind_null(stmt, at);
    else
        (void)sqlite3_bind_blob(stmt, at, model->texts.at + from, (int)len, SQLITE_STATIC);
}

static void add_version(struct growth *growth, struct copy *copy)
{
    const struct model *model = copy->model;
    const struct event *event = &model->events[copy->done++];
    sqlite3_stmt *add = growth->add;

    (void)sqlite3_bind_int64(add, 1, ++growth->seq);
    (void)sqlite3_bind_int64(add, 2, copy->row);
    (void)sqlite3_bind_int64(add, 3, copy->done);
    if (copy->done == 1)
        (void)sqlite3_bind_null(add, 4);
    else
        (void)sqlite3_bind_int64(add, 4, copy->tail);
    (void)sqlite3_bind_int64(add, 5, event->at_ms);
    bind_text_at(add, 6, model, event->request_at, event->request_len);
    bind_text_at(add, 7, model, event->print_at, event->print_len);
    bind_text_at(add, 8, model, event->event_at, event->event_len);
    run(add);
    copy->tail = growth->seq;
}

/* The versions that a game has at this tick of all. */
static void advance(struct growth *growth, struct copy *copy, uint64_t tick, uint64_t ticks)
{
    const uint64_t due = (tick * copy->versions + copy->phase * ticks / PHASES) / ticks;
    while (copy->done < copy->versions && copy->done < due)
        add_version(growth, copy);
}

/* All games move on together from the first tick to the last. Each tick has a look at one short
 * game; the long ones, of which there are few, are looked at often enough to have a version at a
 * time. */
static void add_journal(struct growth *growth)
{
    size_t longs = 0;
    while (longs < growth->count && growth->copies[longs].versions > ROUNDS)
        longs++;
    const size_t shorts = growth->count - longs;
    const uint64_t ticks = ROUNDS * (uint64_t)shorts;
    for (uint64_t tick = 1; tick <= ticks; tick++) {
        for (size_t i = 0; tick % LONG_TICKS == 0 && i < longs; i++)
            advance(growth, &growth->copies[i], tick, ticks);
        advance(growth, &growth->copies[longs + tick % shorts], tick, ticks);
    }
    for (size_t i = 0; i < growth->count; i++) {
        struct copy *copy = &growth->copies[i];
        advance(growth, copy, ticks, ticks);
        (void)sqlite3_bind_int64(growth->end, 1, copy->row);
        (void)sqlite3_bind_int64(growth->end, 2, copy->tail);
        run(growth->end);
    }
}

/* Millions of rows are put in order at once much faster than one by one. What makes the indexes again
 * is their own text, so that they are what the server made. */
static void add_without_indexes(struct growth *growth)
{
    struct buf drop = {0}, make = {0};
    sqlite3_stmt *stmt = prepare(growth->db, "SELECT name, sql FROM sqlite_schema WHERE"
                                             " type = 'index' AND tbl_name = 'journal'"
                                             " AND sql IS NOT NULL");
    while (step(stmt)) {
        buf_printf(&drop, "DROP INDEX %s;", (const char *)sqlite3_column_text(stmt, 0));
        buf_printf(&make, "%s;", (const char *)sqlite3_column_text(stmt, 1));
    }
    (void)sqlite3_finalize(stmt);
    buf_byte(&drop, '\0');
    buf_byte(&make, '\0');
    execute(growth->db, (const char *)drop.at);
    growth->add =
        prepare(growth->db, "INSERT INTO journal (seq, game, version, prev, at_ms, request_id,"
                            "                     request_print, event)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    growth->end = prepare(growth->db, "UPDATE games SET tail = ?2 WHERE id = ?1");
    add_journal(growth);
    (void)sqlite3_finalize(growth->add);
    (void)sqlite3_finalize(growth->end);
    execute(growth->db, (const char *)make.at);
    buf_release(&drop);
    buf_release(&make);
}

uint64_t grown_make(const char *path, const struct grown_kind *kinds, size_t count)
{
    struct growth growth = {.db = open_file(path)};
    size_t copies = 0;

    ENSURE(count <= GROWN_KINDS_MAX);
    for (size_t k = 0; k < count; k++) {
        ENSURE(k == 0 || kinds[k].versions <= kinds[k - 1].versions);
        copies += kinds[k].copies;
    }
    growth.copies = bench_array(copies, sizeof *growth.copies);
    /* Nothing is lost when this is interrupted: it is made anew every time. */
    execute(growth.db, "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF;"
                       "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;"
                       "PRAGMA foreign_keys = OFF; BEGIN");
    growth.seq = ask_number(growth.db, "SELECT max(seq) FROM journal");
    add_games(&growth, kinds, count);
    add_without_indexes(&growth);
    execute(growth.db, "COMMIT; PRAGMA journal_mode = WAL");
    const int64_t rows = ask_number(growth.db, "SELECT count(*) FROM journal");
    (void)sqlite3_close(growth.db);
    for (size_t k = 0; k < count; k++) {
        free(growth.models[k].events);
        buf_release(&growth.models[k].texts);
    }
    free(growth.copies);
    return (uint64_t)rows;
}

void grown_forget(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    /* Only what is on the disk can be forgotten. */
    if (fd < 0 || fdatasync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
        bench_die("%s: %s", path, strerror(errno));
    close(fd);
}

/* ---- reading it ---- */

struct grown *grown_open(const char *path)
{
    struct grown *grown = bench_array(1, sizeof *grown);

    grown->db = open_file(path);
    grown->game = prepare(grown->db, "SELECT g.id, g.seed, g.version, g.state, g.snapshot, t.hash,"
                                     "       s.name"
                                     "  FROM games g, stories t, sessions s"
                                     " WHERE g.name = ?1 AND t.id = g.story AND s.id = g.owner");
    grown->list =
        prepare(grown->db, "SELECT g.name, t.story_id, t.title, g.version, g.status, g.section,"
                           "       g.created_ms, g.updated_ms"
                           "  FROM members m CROSS JOIN games g CROSS JOIN stories t"
                           " WHERE m.session = (SELECT owner FROM games WHERE name = ?1)"
                           "   AND m.game < ?2 AND g.id = m.game AND t.id = g.story"
                           " ORDER BY m.game DESC LIMIT ?3");
    grown->row = prepare(grown->db, "SELECT version, at_ms, event FROM journal WHERE seq = ?1");
    return grown;
}

void grown_close(struct grown *grown)
{
    (void)sqlite3_finalize(grown->game);
    (void)sqlite3_finalize(grown->list);
    (void)sqlite3_finalize(grown->row);
    (void)sqlite3_close(grown->db);
    free(grown);
}

/* Touch every column, as whoever wants the row does; dies when there are other rows than expected. */
static void read_rows(sqlite3_stmt *stmt, uint32_t expected)
{
    uint32_t count = 0;
    for (; step(stmt); count++) {
        for (int at = 0; at < sqlite3_column_count(stmt); at++) {
            if (sqlite3_column_type(stmt, at) == SQLITE_BLOB)
                (void)sqlite3_column_blob(stmt, at);
            else
                (void)sqlite3_column_text(stmt, at);
        }
    }
    (void)sqlite3_reset(stmt);
    if (count != expected)
        bench_die("%u rows in place of %u", count, expected);
}

void grown_read_game(struct grown *grown, const char *name)
{
    bind_name(grown->game, 1, name);
    read_rows(grown->game, 1);
}

void grown_read_list(struct grown *grown, const char *like, uint64_t below, uint32_t count)
{
    bind_name(grown->list, 1, like);
    (void)sqlite3_bind_int64(grown->list, 2, (sqlite3_int64)below);
    (void)sqlite3_bind_int64(grown->list, 3, count);
    read_rows(grown->list, count);
}

void grown_find(struct grown *grown, const char *name, uint64_t from, uint32_t count,
                int64_t *ret_seqs)
{
    uint32_t found = 0;
    sqlite3_stmt *stmt =
        prepare(grown->db, "SELECT seq FROM journal WHERE game = (SELECT id FROM games WHERE"
                           " name = ?1) AND request_id IS NOT NULL"
                           " AND version >= ?2 AND version < ?2 + ?3 ORDER BY seq");
    bind_name(stmt, 1, name);
    (void)sqlite3_bind_int64(stmt, 2, (sqlite3_int64)from);
    (void)sqlite3_bind_int64(stmt, 3, count);
    while (step(stmt) && found < count)
        ret_seqs[found++] = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    if (found != count)
        bench_die("%s has %u versions from %llu", name, found, (unsigned long long)from);
}

void grown_read_rows(struct grown *grown, const int64_t *seqs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)sqlite3_bind_int64(grown->row, 1, seqs[i]);
        read_rows(grown->row, 1);
    }
}
