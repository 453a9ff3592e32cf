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
 * So that old pages of a long game are no long walks, every 64th version has a place in an index
 * (journal_milestone): the walk begins at the one above the rows that are wanted. Measured, a choice
 * costs the same with it and without.
 * The other index of the journal holds request ids, because "applied once" has to hold across
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

_Static_assert(LIMIT_ID_BYTES <= 64 && LIMIT_REQUEST_ID_BYTES <= 256 && LIMIT_LABEL_BYTES <= 1024 &&
                   LIMIT_STORY_BYTES <= 8388608 && LIMIT_EVENT_BYTES <= 65536 &&
                   LIMIT_STATE_BYTES <= 65536 && LIMIT_SNAPSHOT_BYTES <= 524288 &&
                   LIMIT_FEEDBACK_BYTES <= 4096 && LIMIT_ORIGIN_BYTES <= 1048576 &&
                   LIMIT_SAVES <= 20 && LIMIT_SAVE_NAME_BYTES <= 200 &&
                   LIMIT_DEVICE_LABEL_BYTES <= 200,
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

    /* 2: a session's secret moves to its first device, which gets the session's name (names of
     * devices are unique in their session only) and counts as used today: nobody is to be forgotten
     * for what schema 1 did not write down. */
    "CREATE TABLE devices ("
    "    session INTEGER NOT NULL REFERENCES sessions (id),"
    "    name TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 64),"
    "    secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),"
    "    previous_hash BLOB CHECK (length(previous_hash) = 32),"
    "    previous_until_ms INTEGER,"
    "    label TEXT NOT NULL CHECK (length(CAST(label AS BLOB)) <= 200),"
    "    created_ms INTEGER NOT NULL,"
    "    seen_ms INTEGER NOT NULL,"
    "    rotated_ms INTEGER NOT NULL,"
    "    PRIMARY KEY (session, name),"
    "    CHECK ((previous_hash IS NULL) = (previous_until_ms IS NULL))"
    ") STRICT, WITHOUT ROWID;"

    "CREATE UNIQUE INDEX devices_previous ON devices (previous_hash)"
    "    WHERE previous_hash IS NOT NULL;"

    "INSERT INTO devices (session, name, secret_hash, label, created_ms, seen_ms, rotated_ms)"
    "    SELECT id, name, secret_hash, '', created_ms,"
    "           CAST(strftime('%s', 'now') AS INTEGER) * 1000, created_ms"
    "      FROM sessions ORDER BY id;"

    "CREATE TABLE sessions_new ("
    "    id INTEGER PRIMARY KEY,"
    "    name TEXT NOT NULL UNIQUE CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 64),"
    "    created_ms INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO sessions_new (id, name, created_ms)"
    "    SELECT id, name, created_ms FROM sessions ORDER BY id;"
    "DROP TABLE sessions;"
    "ALTER TABLE sessions_new RENAME TO sessions;"

    "CREATE TABLE carries ("
    "    session INTEGER PRIMARY KEY REFERENCES sessions (id),"
    "    code_hash BLOB NOT NULL UNIQUE CHECK (length(code_hash) = 32),"
    "    expires_ms INTEGER NOT NULL"
    ") STRICT;"

    /* Of NULL bytes when there is none: read with the row's header, not behind the snapshot. */
    "ALTER TABLE games ADD COLUMN origin BLOB CHECK (length(origin) BETWEEN 1 AND 1048576);"

    /* Written when a game is made and when it goes, never by an append. */
    "CREATE INDEX games_owner ON games (owner);"
    "CREATE INDEX members_game ON members (game);"

    "CREATE TABLE invitations ("
    "    game INTEGER NOT NULL REFERENCES games (id),"
    "    name TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 64),"
    "    secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),"
    "    role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 3),"
    "    once INTEGER NOT NULL CHECK (once IN (0, 1)),"
    "    created_ms INTEGER NOT NULL,"
    "    expires_ms INTEGER,"
    "    PRIMARY KEY (game, name)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE saves ("
    "    game INTEGER NOT NULL,"
    "    session INTEGER NOT NULL,"
    "    slot INTEGER NOT NULL CHECK (slot BETWEEN 1 AND 20),"
    "    name TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 200),"
    "    version INTEGER NOT NULL CHECK (version > 0),"
    "    section INTEGER NOT NULL CHECK (section BETWEEN -2147483648 AND 2147483647),"
    "    at_ms INTEGER NOT NULL,"
    "    PRIMARY KEY (game, session, slot),"
    "    FOREIGN KEY (session, game) REFERENCES members (session, game)"
    ") STRICT, WITHOUT ROWID;"

    /* Every 64th version of a game can be found without a walk to it. */
    "CREATE INDEX journal_milestone ON journal (game, version) WHERE version % 64 = 0;"

    /* Games that were deleted and whose rows are still to be taken out: `left` journal rows from
     * `seq` on along the links. */
    "CREATE TABLE doomed ("
    "    game INTEGER PRIMARY KEY REFERENCES games (id),"
    "    seq INTEGER CHECK (seq > 0),"
    "    left INTEGER NOT NULL CHECK (left >= 0),"
    "    CHECK (left > 0 OR seq IS NULL)"
    ") STRICT;"

    /* How far the upkeep has come. */
    "CREATE TABLE marks ("
    "    name TEXT PRIMARY KEY CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 64),"
    "    value INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;",
};

const char *const sqlite_statements[SQL_COUNT] = {
    [SQL_GAME_LOAD] = "SELECT g.id, g.name, t.hash, g.owner, s.name, g.link, g.seed, g.version,"
                      "       g.state, g.snapshot, g.origin"
                      "  FROM games g CROSS JOIN stories t CROSS JOIN sessions s"
                      " WHERE g.name = ?1 AND g.version > 0 AND t.id = g.story AND s.id = g.owner",
    [SQL_REQUEST_FIND] = "SELECT version, request_print FROM journal"
                         " WHERE game = ?1 AND request_id = ?2",
    [SQL_SESSION_FIND] = "SELECT s.id, s.name, d.name, d.label, d.created_ms, d.seen_ms,"
                         "       d.rotated_ms, d.previous_until_ms"
                         "  FROM devices d CROSS JOIN sessions s"
                         " WHERE d.secret_hash = ?1 AND s.id = d.session",
    [SQL_SESSION_FIND_PREVIOUS] = "SELECT s.id, s.name, d.name, d.label, d.created_ms, d.seen_ms,"
                                  "       d.rotated_ms, d.previous_until_ms"
                                  "  FROM devices d CROSS JOIN sessions s"
                                  " WHERE d.previous_hash = ?1 AND s.id = d.session",
    /* Of LIMIT_DEVICES at most, and so are those of a game's invitations: they may be sorted. */
    [SQL_DEVICE_LIST] = "SELECT name, label, created_ms, seen_ms, rotated_ms FROM devices"
                        " WHERE session = ?1 ORDER BY created_ms, name",
    [SQL_MEMBER_FIND] = "SELECT role FROM members WHERE session = ?1 AND game = ?2",
    [SQL_MEMBER_LIST] = "SELECT m.session, s.name, m.role"
                        "  FROM members m INDEXED BY members_game CROSS JOIN sessions s"
                        " WHERE m.game = ?1 AND m.session > ?2 AND s.id = m.session"
                        " ORDER BY m.session LIMIT ?3",
    [SQL_INVITATION_LIST] = "SELECT i.game, g.name, i.name, i.role, i.once, i.created_ms,"
                            "       i.expires_ms"
                            "  FROM invitations i CROSS JOIN games g"
                            " WHERE i.game = ?1 AND g.id = i.game ORDER BY i.created_ms, i.name",
    [SQL_INVITATION_FIND] = "SELECT i.game, g.name, i.name, i.role, i.once, i.created_ms,"
                            "       i.expires_ms"
                            "  FROM invitations i CROSS JOIN games g"
                            " WHERE i.secret_hash = ?1 AND g.id = i.game",
    [SQL_SAVE_LIST] = "SELECT slot, name, version, section, at_ms FROM saves"
                      " WHERE game = ?1 AND session = ?2 ORDER BY slot",
    [SQL_SAVE_FIND] = "SELECT slot, name, version, section, at_ms FROM saves"
                      " WHERE game = ?1 AND session = ?2 AND slot = ?3",
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
    [SQL_MILESTONE] = "SELECT version, seq FROM journal INDEXED BY journal_milestone"
                      " WHERE game = ?1 AND version >= ?2 AND version % 64 = 0"
                      " ORDER BY version LIMIT 1",
    [SQL_JOURNAL_ROW] = "SELECT game, version, prev, at_ms, event FROM journal WHERE seq = ?1",
    /* Row, name, time, status, of rows with ?1 < row <= ?2 that nobody used since ?3. */
    [SQL_STALE + STORE_STALE_LINK_GAMES] =
        "SELECT id, name, updated_ms, status FROM games"
        " WHERE id > ?1 AND id <= ?2 AND version > 0 AND link = 1 AND updated_ms < ?3"
        " ORDER BY id",
    /* The newest one stays, so that no row number is ever used again. */
    [SQL_STALE + STORE_STALE_SESSIONS] =
        "SELECT id, name, created_ms, 0 FROM sessions s"
        " WHERE id > ?1 AND id <= ?2 AND id < (SELECT max(id) FROM sessions)"
        "   AND created_ms < ?3"
        "   AND NOT EXISTS (SELECT 1 FROM devices WHERE session = s.id AND seen_ms >= ?3)"
        "   AND NOT EXISTS (SELECT 1 FROM members WHERE session = s.id)"
        "   AND NOT EXISTS (SELECT 1 FROM games WHERE owner = s.id)"
        " ORDER BY id",
    [SQL_STALE + STORE_STALE_DEVICES] =
        "SELECT session, name, seen_ms, 0 FROM devices d"
        " WHERE session > ?1 AND session <= ?2 AND seen_ms < ?3"
        "   AND EXISTS (SELECT 1 FROM devices WHERE session = d.session AND seen_ms >= ?3)"
        " ORDER BY session, name",
    [SQL_STALE + STORE_STALE_CARRIES] =
        "SELECT session, x'', expires_ms, 0 FROM carries"
        " WHERE session > ?1 AND session <= ?2 AND expires_ms < ?3 ORDER BY session",
    [SQL_STALE + STORE_STALE_INVITATIONS] =
        "SELECT game, name, expires_ms, 0 FROM invitations"
        " WHERE game > ?1 AND game <= ?2 AND expires_ms < ?3 ORDER BY game, name",
    [SQL_STALE + STORE_STALE_REQUEST_IDS] =
        "SELECT seq, x'', at_ms, 0 FROM journal"
        " WHERE seq > ?1 AND seq <= ?2 AND request_id IS NOT NULL AND at_ms < ?3 ORDER BY seq",
    [SQL_LAST + STORE_STALE_LINK_GAMES] = "SELECT max(id) FROM games",
    [SQL_LAST + STORE_STALE_SESSIONS] = "SELECT max(id) FROM sessions",
    [SQL_LAST + STORE_STALE_DEVICES] = "SELECT max(session) FROM devices",
    [SQL_LAST + STORE_STALE_CARRIES] = "SELECT max(session) FROM carries",
    [SQL_LAST + STORE_STALE_INVITATIONS] = "SELECT max(game) FROM invitations",
    [SQL_LAST + STORE_STALE_REQUEST_IDS] = "SELECT max(seq) FROM journal",
    [SQL_MARK_FIND] = "SELECT value FROM marks WHERE name = ?1",
    [SQL_JOURNAL_TIME] = "SELECT at_ms FROM journal WHERE seq > ?1 ORDER BY seq LIMIT 1",

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
                     "                   version, tail, status, section, state, snapshot, origin)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0, NULL, 0, 0, x'', x'', ?7)",
    [SQL_MEMBER_PUT] = "INSERT INTO members (session, game, role) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (session, game) DO UPDATE SET role = excluded.role",
    [SQL_MEMBER_DROP] = "DELETE FROM members WHERE session = ?1 AND game = ?2",
    [SQL_JOURNAL_ADD] = "INSERT INTO journal (game, version, prev, at_ms, request_id,"
                        "                     request_print, event)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_GAME_MOVE] = "UPDATE games SET version = ?3, tail = ?4, updated_ms = ?5, status = ?6,"
                      "       section = ?7, state = ?8, snapshot = ?9"
                      " WHERE id = ?1 AND version = ?2",
    [SQL_GAME_EDITION] = "UPDATE games SET story = ?2 WHERE id = ?1",
    [SQL_SESSION_ADD] = "INSERT INTO sessions (name, created_ms) VALUES (?1, ?2)",
    [SQL_DEVICE_COUNT] = "SELECT count(*) FROM devices WHERE session = ?1",
    [SQL_DEVICE_ADD] =
        "INSERT INTO devices (session, name, secret_hash, label, created_ms, seen_ms,"
        "                     rotated_ms)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5)",
    [SQL_DEVICE_ROTATE] = "UPDATE devices SET previous_hash = secret_hash, previous_until_ms = ?5,"
                          "       secret_hash = ?3, rotated_ms = ?4, seen_ms = ?4"
                          " WHERE session = ?1 AND name = ?2",
    [SQL_DEVICE_SEEN] = "UPDATE devices SET seen_ms = ?3 WHERE session = ?1 AND name = ?2",
    [SQL_DEVICE_DROP] = "DELETE FROM devices WHERE session = ?1 AND name = ?2",
    [SQL_CARRY_PUT] = "INSERT INTO carries (session, code_hash, expires_ms) VALUES (?1, ?2, ?3)"
                      " ON CONFLICT (session) DO UPDATE SET code_hash = excluded.code_hash,"
                      "                                     expires_ms = excluded.expires_ms",
    [SQL_CARRY_FIND] = "SELECT c.session, s.name, c.expires_ms"
                       "  FROM carries c CROSS JOIN sessions s"
                       " WHERE c.code_hash = ?1 AND s.id = c.session",
    [SQL_CARRY_DROP] = "DELETE FROM carries WHERE code_hash = ?1",
    [SQL_INVITATION_COUNT] = "SELECT count(*) FROM invitations WHERE game = ?1",
    [SQL_INVITATION_ADD] = "INSERT INTO invitations (game, name, secret_hash, role, once,"
                           "                         created_ms, expires_ms)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [SQL_INVITATION_DROP] = "DELETE FROM invitations WHERE game = ?1 AND name = ?2",
    [SQL_SAVE_PUT] = "INSERT INTO saves (game, session, slot, name, version, section, at_ms)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                     " ON CONFLICT (game, session, slot) DO UPDATE SET name = excluded.name,"
                     "    version = excluded.version, section = excluded.section,"
                     "    at_ms = excluded.at_ms",
    [SQL_SAVE_DROP] = "DELETE FROM saves WHERE game = ?1 AND session = ?2 AND slot = ?3",
    [SQL_SAVES_DROP] = "DELETE FROM saves WHERE game = ?1 AND session = ?2",
    [SQL_GAME_EMPTY] =
        "UPDATE games SET version = 0, tail = NULL, seed = zeroblob(32), state = x'',"
        "       snapshot = x'', origin = NULL WHERE id = ?1",
    [SQL_GAME_SAVES_DROP] = "DELETE FROM saves WHERE game = ?1",
    [SQL_GAME_MEMBERS_DROP] = "DELETE FROM members WHERE game = ?1",
    [SQL_GAME_INVITATIONS_DROP] = "DELETE FROM invitations WHERE game = ?1",
    [SQL_DOOMED_ADD] = "INSERT INTO doomed (game, seq, left) VALUES (?1, ?2, ?3)",
    /* A game that was deleted has lost its seed. */
    [SQL_PAST_FIND] = "SELECT d.seq, d.left, g.owner FROM doomed d CROSS JOIN games g"
                      " WHERE d.game = ?1 AND g.id = d.game AND g.seed <> zeroblob(32)",
    [SQL_PAST_END] = "UPDATE games SET tail = ?2, version = ?3 WHERE id = ?1",
    [SQL_DOOMED_FIND] = "SELECT left FROM doomed WHERE game = ?1",
    /* The row of the newest game waits for a newer one, so that no row number is ever used again. */
    [SQL_DOOMED_NEXT] = "SELECT game, seq, left FROM doomed"
                        " WHERE game > ?1 AND (seq IS NOT NULL OR"
                        "       (left = 0 AND game < (SELECT max(id) FROM games)))"
                        " ORDER BY game LIMIT 1",
    [SQL_DOOMED_MOVE] = "UPDATE doomed SET seq = ?2, left = ?3 WHERE game = ?1",
    [SQL_DOOMED_DROP] = "DELETE FROM doomed WHERE game = ?1",
    [SQL_JOURNAL_DROP] = "DELETE FROM journal WHERE seq = ?1",
    [SQL_GAME_IS_NEWEST] = "SELECT id = (SELECT max(id) FROM games) FROM games WHERE id = ?1",
    [SQL_GAME_DROP] = "DELETE FROM games WHERE id = ?1",
    [SQL_SESSION_DEVICES_DROP] = "DELETE FROM devices WHERE session = ?1",
    [SQL_SESSION_CARRY_DROP] = "DELETE FROM carries WHERE session = ?1",
    [SQL_SESSION_DROP] = "DELETE FROM sessions WHERE id = ?1",
    [SQL_REQUEST_FORGET] = "UPDATE journal SET request_id = NULL, request_print = NULL"
                           " WHERE seq = ?1",
    [SQL_MARK_PUT] = "INSERT INTO marks (name, value) VALUES (?1, ?2)"
                     " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [SQL_FREE_PAGES] = "SELECT freelist_count, page_count, auto_vacuum"
                       "  FROM pragma_freelist_count, pragma_page_count, pragma_auto_vacuum",
    /* The number that is there already: page 1 is written, and nothing has changed. */
    [SQL_TOUCH] = "PRAGMA application_id = 1128354649",
    [SQL_PAGES] = "PRAGMA page_count",
    [SQL_FEEDBACK_ADD] = "INSERT INTO feedback (game, text, at_ms) VALUES (?1, ?2, ?3)",
};

enum { NEWEST = SQLITE_SCHEMA_NUMBER };

const struct sqlite_look sqlite_looks[] = {
    {1, NEWEST, "games",
     "SELECT count(max(state, snapshot)) FROM (SELECT state, snapshot FROM games "
     "ORDER BY id DESC LIMIT 100)"},
    {1, NEWEST, "journal",
     "SELECT count(max(event, prev)) FROM (SELECT event, prev FROM journal ORDER BY "
     "seq DESC LIMIT 100)"},
    {1, NEWEST, "journal_request",
     "SELECT count(*) FROM (SELECT game FROM journal INDEXED BY journal_request "
     "WHERE request_id IS NOT NULL ORDER BY game DESC, request_id DESC LIMIT 100)"},
    {2, NEWEST, "journal_milestone",
     "SELECT count(*) FROM (SELECT game FROM journal INDEXED BY journal_milestone "
     "WHERE version % 64 = 0 ORDER BY game DESC, version DESC LIMIT 100)"},
    {1, NEWEST, "sessions",
     "SELECT count(name) FROM (SELECT name FROM sessions ORDER BY id DESC LIMIT 100)"},
    {1, 1, "sessions",
     "SELECT count(secret_hash) FROM (SELECT secret_hash FROM sessions ORDER BY "
     "secret_hash DESC LIMIT 100)"},
    {2, NEWEST, "devices",
     "SELECT count(max(label, secret_hash)) FROM (SELECT label, secret_hash FROM "
     "devices ORDER BY session DESC, name DESC LIMIT 100)"},
    {2, NEWEST, "devices",
     "SELECT count(*) FROM (SELECT secret_hash FROM devices ORDER BY secret_hash "
     "DESC LIMIT 100)"},
    {2, NEWEST, "devices_previous",
     "SELECT count(*) FROM (SELECT previous_hash FROM devices INDEXED BY "
     "devices_previous WHERE previous_hash IS NOT NULL ORDER BY previous_hash DESC "
     "LIMIT 100)"},
    {2, NEWEST, "carries",
     "SELECT count(*) FROM (SELECT code_hash FROM carries ORDER BY session DESC "
     "LIMIT 100)"},
    {2, NEWEST, "carries",
     "SELECT count(*) FROM (SELECT code_hash FROM carries ORDER BY code_hash DESC "
     "LIMIT 100)"},
    {1, NEWEST, "sessions",
     "SELECT count(*) FROM (SELECT name FROM sessions ORDER BY name DESC LIMIT 100)"},
    {1, NEWEST, "games",
     "SELECT count(*) FROM (SELECT name FROM games ORDER BY name DESC LIMIT 100)"},
    {2, NEWEST, "games_owner",
     "SELECT count(*) FROM (SELECT owner FROM games INDEXED BY games_owner ORDER BY "
     "owner DESC, id DESC LIMIT 100)"},
    {1, NEWEST, "stories",
     "SELECT count(max(hash, title)) FROM (SELECT hash, title FROM stories ORDER BY "
     "id DESC LIMIT 100)"},
    {1, NEWEST, "stories",
     "SELECT count(*) FROM (SELECT hash FROM stories ORDER BY hash DESC LIMIT 100)"},
    {1, NEWEST, "members",
     "SELECT count(role) FROM (SELECT role FROM members ORDER BY session DESC, game "
     "DESC LIMIT 100)"},
    {2, NEWEST, "members_game",
     "SELECT count(*) FROM (SELECT game FROM members INDEXED BY members_game ORDER "
     "BY game DESC, session DESC LIMIT 100)"},
    {2, NEWEST, "invitations",
     "SELECT count(max(name, secret_hash)) FROM (SELECT name, secret_hash FROM "
     "invitations ORDER BY game DESC, name DESC LIMIT 100)"},
    {2, NEWEST, "invitations",
     "SELECT count(*) FROM (SELECT secret_hash FROM invitations ORDER BY secret_hash "
     "DESC LIMIT 100)"},
    {2, NEWEST, "saves",
     "SELECT count(name) FROM (SELECT name FROM saves ORDER BY game DESC, session "
     "DESC, slot DESC LIMIT 100)"},
    {2, NEWEST, "doomed",
     "SELECT count(left) FROM (SELECT left FROM doomed ORDER BY game DESC LIMIT 100)"},
    {2, NEWEST, "marks",
     "SELECT count(value) FROM (SELECT value FROM marks ORDER BY name LIMIT 100)"},
    {1, NEWEST, "feedback",
     "SELECT count(max(game, text)) FROM (SELECT game, text FROM feedback ORDER BY "
     "id DESC LIMIT 100)"},
    {.table = NULL},
};
