/* What the disk pays for is random pages, so the schema is built around one append:
 *
 *     games   one row per game: latest version, state and snapshot  <- rewritten by each append
 *        | tail
 *        v
 *     journal seq 91  game 7 version 3  prev 80   <- rows are only ever added at the end,
 *             seq 90  game 4 version 9  prev 12      whatever game they are of
 *             seq 80  game 7 version 2  prev 55
 *
 * A game's history is the walk along `prev` from `tail`. An index (game, version) would cost one
 * random page per append; the walk costs a page per row, and only whoever reads history pays it.
 * The one index of the journal holds request ids, because "applied once" has to hold across
 * restarts.
 *
 * Constraints say what must hold whatever the code above does (the foreign keys cost about 1 us of
 * 20 us of CPU time per append, in batches of 64):
 * - A game's tail refers to a journal row. The reference is not a deferred one, although that could
 *   refuse a game without its version 1 at COMMIT: adding a row to the journal would then look
 *   through all games for one that waits for it. The store counts instead.
 * - journal.prev has no foreign key: looking the row up would read the very page that this layout
 *   avoids. The walk checks each link.
 * - No length exceeds what app/base/limits.h allowed when the table was made (see the assertions).
 *
 * Large columns come last in their rows: a list of games then never reads the pages of a snapshot.
 * The columns `name`, `story_id`, `title` and `text` are TEXT for the people who look into the
 * file; length() of a text stops at a NUL, so it is taken of the bytes. */
#include "storage/sqlite_schema.h"

#include "app/base/compiler.h"
#include "app/base/limits.h"
#include "storage/store.h"

_Static_assert(LIMIT_ID_BYTES <= 64 && LIMIT_REQUEST_ID_BYTES <= 256 && LIMIT_LABEL_BYTES <= 1024 &&
                   LIMIT_STORY_BYTES <= 8388608 && LIMIT_EVENT_BYTES <= 65536 &&
                   LIMIT_STATE_BYTES <= 65536 && LIMIT_SNAPSHOT_BYTES <= 524288 &&
                   LIMIT_FEEDBACK_BYTES <= 4096,
               "a larger limit needs a migration that lets the tables have it");
_Static_assert(SHA256_LEN == 32 && STORE_SEED_LEN == 32 && STORE_PRINT_LEN == 16,
               "lengths of the schema");
_Static_assert(SQLITE_APPLICATION_ID == 1128354649, "the number of SQL_TOUCH");
_Static_assert(STORE_OWNER == 1 && STORE_SPECTATOR == 3, "roles of the schema");

const char *const sqlite_migrations[SQLITE_SCHEMA_NUMBER] = {
    "CREATE TABLE sessions ("
    "    id INTEGER PRIMARY KEY,"
    "    secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),"
    "    name TEXT NOT NULL UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 64),"
    "    created_ms INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE stories ("
    "    id INTEGER PRIMARY KEY,"
    "    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
    "    story_id TEXT NOT NULL CHECK (length(CAST(story_id AS BLOB)) BETWEEN 1 AND 64),"
    "    title TEXT NOT NULL CHECK (length(CAST(title AS BLOB)) <= 1024),"
    "    source BLOB NOT NULL CHECK (length(source) <= 8388608)"
    ") STRICT;"

    "CREATE TABLE games ("
    "    id INTEGER PRIMARY KEY,"
    "    name TEXT NOT NULL UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 64),"
    "    story INTEGER NOT NULL REFERENCES stories (id),"
    "    owner INTEGER NOT NULL REFERENCES sessions (id),"
    "    link INTEGER NOT NULL CHECK (link IN (0, 1)),"
    "    seed BLOB NOT NULL CHECK (length(seed) = 32),"
    "    created_ms INTEGER NOT NULL,"
    "    updated_ms INTEGER NOT NULL,"
    "    version INTEGER NOT NULL CHECK (version >= 0),"
    "    tail INTEGER REFERENCES journal (seq),"
    "    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 255),"
    "    section INTEGER NOT NULL CHECK (section BETWEEN -2147483648 AND 2147483647),"
    "    state BLOB NOT NULL CHECK (length(state) <= 65536),"
    "    snapshot BLOB NOT NULL CHECK (length(snapshot) <= 524288),"
    "    CHECK ((version = 0) = (tail IS NULL))"
    ") STRICT;"

    "CREATE TABLE journal ("
    "    seq INTEGER PRIMARY KEY CHECK (seq > 0),"
    "    game INTEGER NOT NULL REFERENCES games (id),"
    "    version INTEGER NOT NULL CHECK (version > 0),"
    "    prev INTEGER CHECK (prev > 0),"
    "    at_ms INTEGER NOT NULL,"
    "    request_id BLOB CHECK (length(request_id) BETWEEN 1 AND 256),"
    "    request_print BLOB CHECK (length(request_print) = 16),"
    "    event BLOB NOT NULL CHECK (length(event) <= 65536),"
    "    CHECK ((version = 1) = (prev IS NULL)),"
    "    CHECK ((request_id IS NULL) = (request_print IS NULL))"
    ") STRICT;"

    "CREATE UNIQUE INDEX journal_request ON journal (game, request_id)"
    "    WHERE request_id IS NOT NULL;"

    "CREATE TABLE members ("
    "    session INTEGER NOT NULL REFERENCES sessions (id),"
    "    game INTEGER NOT NULL REFERENCES games (id),"
    "    role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 3),"
    "    PRIMARY KEY (session, game)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE feedback ("
    "    id INTEGER PRIMARY KEY,"
    "    at_ms INTEGER NOT NULL,"
    "    game TEXT NOT NULL CHECK (length(CAST(game AS BLOB)) <= 64),"
    "    text TEXT NOT NULL CHECK (length(CAST(text AS BLOB)) <= 4096)"
    ") STRICT;",
};

const char *const sqlite_statements[SQL_COUNT] = {
    [SQL_GAME_LOAD] = "SELECT g.id, g.name, t.hash, g.owner, s.name, g.link, g.seed, g.version,"
                      "       g.state, g.snapshot"
                      "  FROM games g CROSS JOIN stories t CROSS JOIN sessions s"
                      " WHERE g.name = ?1 AND g.version > 0 AND t.id = g.story AND s.id = g.owner",
    [SQL_REQUEST_FIND] = "SELECT version, request_print FROM journal"
                         " WHERE game = ?1 AND request_id = ?2",
    [SQL_SESSION_FIND] = "SELECT id, name FROM sessions WHERE secret_hash = ?1",
    [SQL_MEMBER_FIND] = "SELECT role FROM members WHERE session = ?1 AND game = ?2",
    [SQL_STORY_LOAD] = "SELECT source FROM stories WHERE hash = ?1",
    [SQL_LIST] = "SELECT g.id, g.name, t.story_id, t.title, g.version, g.status, g.section,"
                 "       g.created_ms, g.updated_ms"
                 "  FROM members m CROSS JOIN games g CROSS JOIN stories t"
                 " WHERE m.session = ?1 AND m.game < ?2 AND g.id = m.game AND g.version > 0"
                 "   AND t.id = g.story"
                 " ORDER BY m.game DESC LIMIT ?3",
    [SQL_SCAN] = "SELECT g.id, g.name, t.story_id, t.title, g.version, g.status, g.section,"
                 "       g.created_ms, g.updated_ms"
                 "  FROM games g CROSS JOIN stories t"
                 " WHERE g.id > ?1 AND g.version > 0 AND t.id = g.story"
                 " ORDER BY g.id LIMIT ?2",
    [SQL_TAIL] = "SELECT version, tail FROM games WHERE id = ?1",
    [SQL_JOURNAL_ROW] = "SELECT game, version, prev, at_ms, event FROM journal WHERE seq = ?1",

    /* IMMEDIATE: a second writer is met here and not in the middle of a batch. */
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_SAVEPOINT] = "SAVEPOINT one_call",
    [SQL_SAVEPOINT_UNDO] = "ROLLBACK TO one_call",
    [SQL_SAVEPOINT_RELEASE] = "RELEASE one_call",
    [SQL_STORY_FIND] = "SELECT id FROM stories WHERE hash = ?1",
    [SQL_STORY_ADD] = "INSERT INTO stories (hash, story_id, title, source) VALUES (?1, ?2, ?3, ?4)",
    [SQL_GAME_ADD] = "INSERT INTO games (name, story, owner, link, seed, created_ms, updated_ms,"
                     "                   version, tail, status, section, state, snapshot)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0, NULL, 0, 0, x'', x'')",
    [SQL_MEMBER_PUT] = "INSERT INTO members (session, game, role) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (session, game) DO UPDATE SET role = excluded.role",
    [SQL_MEMBER_DROP] = "DELETE FROM members WHERE session = ?1 AND game = ?2",
    [SQL_JOURNAL_ADD] = "INSERT INTO journal (game, version, prev, at_ms, request_id,"
                        "                     request_print, event)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_GAME_MOVE] = "UPDATE games SET version = ?3, tail = ?4, updated_ms = ?5, status = ?6,"
                      "       section = ?7, state = ?8, snapshot = ?9"
                      " WHERE id = ?1 AND version = ?2",
    [SQL_SESSION_ADD] = "INSERT INTO sessions (secret_hash, name, created_ms) VALUES (?1, ?2, ?3)",
    /* The number that is there already: page 1 is written, and nothing has changed. */
    [SQL_TOUCH] = "PRAGMA application_id = 1128354649",
    [SQL_PAGES] = "PRAGMA page_count",
    [SQL_FEEDBACK_ADD] = "INSERT INTO feedback (game, text, at_ms) VALUES (?1, ?2, ?3)",
};
