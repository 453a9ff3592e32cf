/* bench_bare count DB STATE GAMES BATCH_MAX: durable choices without rules.
 *
 * A game is a number from 0 and a counter. A choice adds one to it, whatever it says. All choices
 * of a turn of the loop, at most BATCH_MAX at a time, are one transaction with one synchronisation
 * (WAL, synchronous=FULL, as casysd); after it the sender gets an acknowledgement and the state in
 * one send, everybody else at the game the state.
 *
 * What it stores has the same number of rows and indexes as in storage/sqlite_schema.c: a row of the
 * journal with its unique index (game, request id), and the changed row of the game, which has a
 * unique name. But the rows hold only {game, version} and the request id: no event, no state, no
 * snapshot, no link, no time, and so many games share a page. There is no check of anything, no
 * foreign key, no duplicate, no membership. What it sends has the size of a real state: STATE is the
 * file with one, in which only the version is replaced. Checkpoints run in this thread, as seldom as
 * casysd asks for them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/wire.h"

enum {
    GAMES_MAX = 10000,
    WATCHERS_MAX = 8, /* connections of one game */
    BATCH_MAX = 4096,
    REQUEST_ID_MAX = 64,
};

struct game {
    uint64_t version;
    struct bare_conn *conns[WATCHERS_MAX];
    size_t conn_count;
};

/* A choice of this turn. */
struct choice {
    struct game *game;
    struct bare_conn *sender;
    char request_id[REQUEST_ID_MAX];
    size_t request_id_len;
    uint64_t version; /* that it made */
};

struct count {
    sqlite3 *db;
    sqlite3_stmt *add, *move;
    struct game *games; /* owned */
    size_t game_count;
    struct choice choices[BATCH_MAX];
    size_t choice_count, batch_max;
    struct buf before, after; /* owned: the state around its version */
    struct buf state, out;    /* owned: scratch */
};

static void execute(struct count *count, const char *sql)
{
    if (sqlite3_exec(count->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        bench_die("%s: %s", sql, sqlite3_errmsg(count->db));
}

static sqlite3_stmt *prepare(struct count *count, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(count->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
        bench_die("%s: %s", sql, sqlite3_errmsg(count->db));
    return stmt;
}

static void step(struct count *count, sqlite3_stmt *stmt)
{
    if (sqlite3_step(stmt) != SQLITE_DONE)
        bench_die("SQLite: %s", sqlite3_errmsg(count->db));
    (void)sqlite3_reset(stmt);
}

static void open_database(struct count *count, const char *path)
{
    if (sqlite3_open(path, &count->db) != SQLITE_OK)
        bench_die("%s: %s", path, sqlite3_errmsg(count->db));
    execute(count, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8000");
    execute(count, "CREATE TABLE games (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
                   "                    version INTEGER NOT NULL);"
                   "CREATE TABLE journal (seq INTEGER PRIMARY KEY, game INTEGER NOT NULL,"
                   "                      version INTEGER NOT NULL, request_id BLOB NOT NULL);"
                   "CREATE UNIQUE INDEX journal_request ON journal (game, request_id);"
                   "BEGIN");
    sqlite3_stmt *create = prepare(count, "INSERT INTO games VALUES (?1, hex(randomblob(16)), 1)");
    for (size_t i = 0; i < count->game_count; i++) {
        count->games[i].version = 1;
        (void)sqlite3_bind_int64(create, 1, (sqlite3_int64)i);
        step(count, create);
    }
    (void)sqlite3_finalize(create);
    execute(count, "COMMIT");
    count->add =
        prepare(count, "INSERT INTO journal (game, version, request_id) VALUES (?1, ?2, ?3)");
    count->move = prepare(count, "UPDATE games SET version = ?2 WHERE id = ?1");
}

/* STATE is one frame's payload. */
static void read_state(struct count *count, const char *path)
{
    struct buf file = {0};

    bench_read_file(path, &file);
    const struct slice text = buf_slice(&file);
    const struct slice value = wire_after_key(text, "version");
    size_t digits = 0;
    while (digits < value.len && value.at[digits] >= '0' && value.at[digits] <= '9')
        digits++;
    if (digits == 0)
        bench_die("%s has no version", path);
    buf_append(&count->before, slice_make(text.at, text.len - value.len));
    buf_append(&count->after, slice_make(value.at + digits, value.len - digits));
    buf_release(&file);
}

static void *start(struct bare *bare, int argc, char **argv)
{
    static struct count count;
    uint64_t games = 0, batch_max = 0;

    (void)bare;
    if (argc != 4 || slice_to_u64(slice_str(argv[2]), GAMES_MAX, &games) != OK ||
        slice_to_u64(slice_str(argv[3]), BATCH_MAX, &batch_max) != OK || batch_max == 0)
        bench_die("count: DB STATE GAMES BATCH_MAX, please");
    count.game_count = (size_t)games;
    count.games = bench_array(count.game_count, sizeof *count.games);
    count.batch_max = (size_t)batch_max;
    open_database(&count, argv[0]);
    read_state(&count, argv[1]);
    return &count;
}

static void make_state(struct count *count, uint64_t version)
{
    buf_clear(&count->state);
    buf_append(&count->state, buf_slice(&count->before));
    buf_printf(&count->state, "%llu", (unsigned long long)version);
    buf_append(&count->state, buf_slice(&count->after));
}

static struct game *find_game(struct count *count, struct slice text)
{
    uint64_t number = 0;
    if (slice_to_u64(text, GAMES_MAX, &number) != OK || number >= count->game_count)
        bench_die("no such game: %.*s", SLICE_ARG(text));
    return &count->games[number];
}

static void on_open(struct bare *bare, struct bare_conn *conn, struct slice target)
{
    struct count *count = bare->arg;
    struct slice name = SLICE_NONE;

    (void)slice_split(&target, '=', &name);
    struct game *game = find_game(count, target);
    if (game->conn_count == WATCHERS_MAX)
        bench_die("too many connections of one game");
    game->conns[game->conn_count++] = conn;
    conn->arg = game;
    make_state(count, game->version);
    buf_clear(&count->out);
    buf_append(&count->out, buf_slice(&bare->answer));
    wire_server_frame(&count->out, WIRE_TEXT, buf_slice(&count->state));
    bare_send(bare, conn, buf_slice(&count->out));
}

static void on_drop(struct bare *bare, struct bare_conn *conn)
{
    struct game *game = conn->arg;

    (void)bare;
    for (size_t i = 0; i < game->conn_count; i++) {
        if (game->conns[i] == conn)
            game->conns[i] = game->conns[--game->conn_count];
    }
}

static void store(struct count *count, struct choice *choice)
{
    const sqlite3_int64 game = choice->game - count->games;

    choice->version = ++choice->game->version;
    (void)sqlite3_bind_int64(count->add, 1, game);
    (void)sqlite3_bind_int64(count->add, 2, (sqlite3_int64)choice->version);
    (void)sqlite3_bind_blob(count->add, 3, choice->request_id, (int)choice->request_id_len,
                            SQLITE_STATIC);
    step(count, count->add);
    (void)sqlite3_bind_int64(count->move, 1, game);
    (void)sqlite3_bind_int64(count->move, 2, (sqlite3_int64)choice->version);
    step(count, count->move);
}

static void tell(struct bare *bare, struct count *count, const struct choice *choice)
{
    struct buf ack = {0};

    make_state(count, choice->version);
    buf_clear(&count->out);
    buf_printf(&ack,
               "{\"type\":\"choice_ack\",\"request_id\":\"%.*s\",\"game_id\":\"%zu\","
               "\"version\":%llu,\"duplicate\":false}",
               (int)choice->request_id_len, choice->request_id,
               (size_t)(choice->game - count->games), (unsigned long long)choice->version);
    wire_server_frame(&count->out, WIRE_TEXT, buf_slice(&ack));
    const size_t state_at = count->out.len;
    wire_server_frame(&count->out, WIRE_TEXT, buf_slice(&count->state));
    buf_release(&ack);
    for (size_t i = 0; i < choice->game->conn_count; i++) {
        struct bare_conn *conn = choice->game->conns[i];
        const size_t from = conn == choice->sender ? 0 : state_at;
        bare_send(bare, conn, slice_make(count->out.at + from, count->out.len - from));
    }
}

/* One transaction. */
static void commit(struct bare *bare)
{
    struct count *count = bare->arg;

    if (count->choice_count == 0)
        return;
    execute(count, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < count->choice_count; i++)
        store(count, &count->choices[i]);
    execute(count, "COMMIT");
    for (size_t i = 0; i < count->choice_count; i++)
        tell(bare, count, &count->choices[i]);
    count->choice_count = 0;
}

static void on_frame(struct bare *bare, struct bare_conn *conn, uint8_t opcode,
                     struct slice payload)
{
    struct count *count = bare->arg;
    const struct slice request_id = wire_text(payload, "request_id");

    if (opcode != WIRE_TEXT)
        return;
    struct choice *choice = &count->choices[count->choice_count++];
    choice->game = find_game(count, wire_text(payload, "game_id"));
    choice->sender = conn;
    if (request_id.len == 0 || request_id.len > sizeof choice->request_id)
        bench_die("a choice without a usable request id");
    memcpy(choice->request_id, request_id.at, request_id.len);
    choice->request_id_len = request_id.len;
    if (count->choice_count == count->batch_max)
        commit(bare);
}

const struct bare_ops bare_count_ops = {.start = start,
                                        .on_open = on_open,
                                        .on_frame = on_frame,
                                        .on_turn = commit,
                                        .on_drop = on_drop};
