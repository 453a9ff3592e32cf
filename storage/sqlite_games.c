/* Games, their journal and their stories. What an append costs, and why the history is a walk:
 * storage/sqlite_schema.c. */
#include "storage/sqlite_engine.h"

#include "app/base/limits.h"

enum { MILESTONE_VERSIONS = 64 }; /* of the schema */

static enum status put_story(struct sqlite_store *s, const struct store_story *story,
                             int64_t *ret_row)
{
    sqlite3_stmt *find = sqlite_statement_of(s, SQL_STORY_FIND);
    sqlite_bind_blob(find, 1, slice_make(story->hash, SHA256_LEN));
    const enum status st = sqlite_first_row(s, find);
    if (st == OK) {
        *ret_row = sqlite3_column_int64(find, 0);
        sqlite_done(find);
    }
    if (st != ERR_NOT_FOUND)
        return st;
    sqlite3_stmt *add = sqlite_statement_of(s, SQL_STORY_ADD);
    sqlite_bind_blob(add, 1, slice_make(story->hash, SHA256_LEN));
    sqlite_bind_text(add, 2, story->id);
    sqlite_bind_text(add, 3, story->title);
    sqlite_bind_blob(add, 4, story->source);
    const enum status added = sqlite_run(s, add);
    *ret_row = sqlite3_last_insert_rowid(s->db);
    return added;
}

static enum status put_game(struct sqlite_store *s, const struct store_new_game *game,
                            uint64_t *ret_row)
{
    const struct store_story edition = {game->story_hash, game->story_id, game->story_title,
                                        game->story_source};
    int64_t story = 0;
    enum status st = put_story(s, &edition, &story);
    if (st != OK)
        return st;
    sqlite3_stmt *add = sqlite_statement_of(s, SQL_GAME_ADD);
    sqlite_bind_text(add, 1, game->name);
    sqlite_bind_int(add, 2, story);
    sqlite_bind_int(add, 3, sqlite_clamp(game->owner));
    sqlite_bind_int(add, 4, game->link);
    sqlite_bind_blob(add, 5, slice_make(game->seed, STORE_SEED_LEN));
    sqlite_bind_int(add, 6, game->at_ms);
    if (game->origin.len > 0) /* otherwise it stays NULL */
        sqlite_bind_blob(add, 7, game->origin);
    st = sqlite_run(s, add);
    if (st != OK)
        return st;
    const uint64_t row = (uint64_t)sqlite3_last_insert_rowid(s->db);
    st = game->has_past ? sqlite_past_begin(s, row)
                        : sqlite_put_member(s, row, game->owner, STORE_OWNER);
    if (st == OK)
        *ret_row = row;
    return st;
}

enum status sqlite_game_create(struct store *store, const struct store_new_game *game,
                               uint64_t *ret_row)
{
    struct sqlite_store *s = sqlite_engine(store);
    enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    /* Three rows or none: the savepoint takes back the story of a game whose name is taken. */
    st = sqlite_run_plain(s, SQL_SAVEPOINT);
    if (st != OK)
        return st;
    const enum status put = put_game(s, game, ret_row);
    if (put != OK && !s->broken)
        st = sqlite_run_plain(s, SQL_SAVEPOINT_UNDO);
    if (st == OK && !s->broken)
        st = sqlite_run_plain(s, SQL_SAVEPOINT_RELEASE);
    if (st == OK)
        st = put;
    s->unborn += st == OK && !game->has_past;
    return st;
}

enum status sqlite_find_tail(struct sqlite_store *s, uint64_t game, int64_t *ret_version,
                             int64_t *ret_tail)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_TAIL);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    const bool good = sqlite_column_int(stmt, 0, 0, INT64_MAX, ret_version) &&
                      sqlite_column_link(stmt, 1, INT64_MAX, ret_tail) &&
                      (*ret_version == 0) == (*ret_tail == 0);
    sqlite_done(stmt);
    return good ? OK : ERR_CORRUPT;
}

enum status sqlite_put_journal(struct sqlite_store *s, const struct store_entry *entry,
                               int64_t prev)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_JOURNAL_ADD);
    sqlite_bind_int(stmt, 1, sqlite_clamp(entry->game));
    sqlite_bind_int(stmt, 2, sqlite_clamp(entry->version));
    sqlite_bind_link(stmt, 3, prev);
    sqlite_bind_int(stmt, 4, entry->at_ms);
    if (entry->request_id.len > 0) { /* otherwise both stay NULL */
        sqlite_bind_blob(stmt, 5, entry->request_id);
        sqlite_bind_blob(stmt, 6, slice_make(entry->request_print, STORE_PRINT_LEN));
    }
    sqlite_bind_blob(stmt, 7, entry->event);
    return sqlite_run(s, stmt);
}

static enum status move_game(struct sqlite_store *s, const struct store_entry *entry, int64_t tail)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_GAME_MOVE);
    sqlite_bind_int(stmt, 1, sqlite_clamp(entry->game));
    sqlite_bind_int(stmt, 2, sqlite_clamp(entry->version) - 1);
    sqlite_bind_int(stmt, 3, sqlite_clamp(entry->version));
    sqlite_bind_int(stmt, 4, tail);
    sqlite_bind_int(stmt, 5, entry->at_ms);
    sqlite_bind_int(stmt, 6, entry->status);
    sqlite_bind_int(stmt, 7, entry->section);
    sqlite_bind_blob(stmt, 8, entry->state);
    sqlite_bind_blob(stmt, 9, entry->snapshot);
    return sqlite_run(s, stmt);
}

/* The edition of the entry, if it comes with one, becomes that of its game. */
static enum status change_edition(struct sqlite_store *s, const struct store_entry *entry)
{
    int64_t story = 0;
    if (!entry->edition)
        return OK;
    enum status st = put_story(s, entry->edition, &story);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_GAME_EDITION);
    sqlite_bind_int(stmt, 1, sqlite_clamp(entry->game));
    sqlite_bind_int(stmt, 2, story);
    return sqlite_run(s, stmt);
}

/* Of a game without a version. Such a one is never committed, so it is of this transaction; or it
 * was deleted. */
static enum status check_unborn(struct sqlite_store *s, uint64_t game)
{
    const enum status st = sqlite_check_alive(s, game);
    return st == OK && s->unborn == 0 ? ERR_CORRUPT : st;
}

enum status sqlite_append(struct store *store, const struct store_entry *entry)
{
    struct sqlite_store *s = sqlite_engine(store);
    enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    int64_t version = 0, tail = 0;
    st = sqlite_find_tail(s, entry->game, &version, &tail);
    if (st == ERR_NOT_FOUND)
        return ERR_CONFLICT;
    if (st != OK)
        return st;
    if (version == 0)
        st = check_unborn(s, entry->game);
    if (st != OK)
        return st;
    if (version == INT64_MAX || entry->version != (uint64_t)version + 1)
        return ERR_CONFLICT;
    st = sqlite_put_journal(s, entry, tail);
    if (st != OK)
        return st; /* ERR_CONFLICT: the request id is taken, and no row was added */
    st = move_game(s, entry, sqlite3_last_insert_rowid(s->db));
    const bool moved = st == OK && sqlite3_changes(s->db) == 1;
    if (moved)
        st = change_edition(s, entry);
    if (moved && st == OK) {
        s->unborn -= version == 0;
        return OK;
    }
    /* The journal row is there and the game did not move, or has another edition: that must never be
     * committed. */
    s->broken = true;
    return st == OK ? ERR_CORRUPT : ERR_IO;
}

enum status sqlite_feedback_add(struct store *store, struct slice game, struct slice text,
                                int64_t at_ms)
{
    struct sqlite_store *s = sqlite_engine(store);
    const enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_FEEDBACK_ADD);
    sqlite_bind_text(stmt, 1, game);
    sqlite_bind_text(stmt, 2, text);
    sqlite_bind_int(stmt, 3, at_ms);
    return sqlite_run(s, stmt);
}

/* The row of SQL_GAME_LOAD; its texts are borrowed from the statement. */
static bool read_game(sqlite3_stmt *stmt, struct store_game *ret)
{
    int64_t link = 0;
    *ret = (struct store_game){0};
    const bool good =
        sqlite_column_count(stmt, 0, &ret->row) && sqlite_column_id(stmt, 1, &ret->name) &&
        sqlite_column_fixed(stmt, 2, ret->story_hash, SHA256_LEN) &&
        sqlite_column_count(stmt, 3, &ret->owner) && sqlite_column_id(stmt, 4, &ret->owner_name) &&
        sqlite_column_int(stmt, 5, 0, 1, &link) &&
        sqlite_column_fixed(stmt, 6, ret->seed, STORE_SEED_LEN) &&
        sqlite_column_count(stmt, 7, &ret->version) &&
        sqlite_column_bytes(stmt, 8, 0, LIMIT_STATE_BYTES, &ret->state) &&
        sqlite_column_bytes(stmt, 9, 0, LIMIT_SNAPSHOT_BYTES, &ret->snapshot) &&
        (sqlite3_column_type(stmt, 10) == SQLITE_NULL ||
         sqlite_column_bytes(stmt, 10, 1, LIMIT_ORIGIN_BYTES, &ret->origin));
    ret->link = link == 1;
    return good;
}

enum status sqlite_game_load(struct store *store, struct slice name, struct arena *arena,
                             struct store_game *ret)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_GAME_LOAD);
    sqlite_bind_text(stmt, 1, name);
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    struct store_game game;
    const bool good = read_game(stmt, &game);
    if (good) {
        game.name = arena_dup(arena, game.name);
        game.owner_name = arena_dup(arena, game.owner_name);
        game.state = arena_dup(arena, game.state);
        game.snapshot = arena_dup(arena, game.snapshot);
        game.origin = arena_dup(arena, game.origin);
        *ret = game;
    }
    sqlite_done(stmt);
    return good ? OK : ERR_CORRUPT;
}

enum status sqlite_request_find(struct store *store, uint64_t game, struct slice request_id,
                                uint64_t *ret_version, uint8_t ret_print[STORE_PRINT_LEN])
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_REQUEST_FIND);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    sqlite_bind_blob(stmt, 2, request_id);
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    uint64_t version = 0;
    const bool good = sqlite_column_count(stmt, 0, &version) &&
                      sqlite_column_fixed(stmt, 1, ret_print, STORE_PRINT_LEN);
    sqlite_done(stmt);
    if (!good)
        return ERR_CORRUPT;
    *ret_version = version;
    return OK;
}

enum status sqlite_story_load(struct store *store, const uint8_t hash[SHA256_LEN],
                              struct arena *arena, struct slice *ret_source)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_STORY_LOAD);
    sqlite_bind_blob(stmt, 1, slice_make(hash, SHA256_LEN));
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    struct slice source;
    const bool good = sqlite_column_bytes(stmt, 0, 0, LIMIT_STORY_BYTES, &source);
    if (good)
        *ret_source = arena_dup(arena, source);
    sqlite_done(stmt);
    return good ? OK : ERR_CORRUPT;
}

/* The row of SQL_LIST and SQL_SCAN; its texts are borrowed from the statement. */
static bool read_listed(sqlite3_stmt *stmt, struct store_listed *ret)
{
    int64_t status = 0, section = 0;
    *ret = (struct store_listed){0};
    const bool good = sqlite_column_count(stmt, 0, &ret->row) &&
                      sqlite_column_id(stmt, 1, &ret->name) &&
                      sqlite_column_id(stmt, 2, &ret->story_id) &&
                      sqlite_column_bytes(stmt, 3, 0, LIMIT_LABEL_BYTES, &ret->story_title) &&
                      sqlite_column_count(stmt, 4, &ret->version) &&
                      sqlite_column_int(stmt, 5, 0, UINT8_MAX, &status) &&
                      sqlite_column_int(stmt, 6, INT32_MIN, INT32_MAX, &section) &&
                      sqlite_column_time(stmt, 7, &ret->created_ms) &&
                      sqlite_column_time(stmt, 8, &ret->updated_ms);
    ret->status = (uint8_t)status;
    ret->section = (int32_t)section;
    return good;
}

/* Ends the statement, which has its arguments. */
static enum status visit_listed(struct sqlite_store *s, sqlite3_stmt *stmt, store_list_fn *visit,
                                void *arg)
{
    enum status st = sqlite_first_row(s, stmt);
    while (st == OK) {
        struct store_listed listed;
        if (!read_listed(stmt, &listed))
            st = ERR_CORRUPT;
        else if (!visit(arg, &listed))
            break;
        else
            st = sqlite_first_row(s, stmt);
    }
    sqlite_done(stmt);
    return st == ERR_NOT_FOUND ? OK : st;
}

enum status sqlite_list(struct store *store, uint64_t session, uint64_t below, size_t count,
                        store_list_fn *visit, void *arg)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_LIST);
    sqlite_bind_int(stmt, 1, sqlite_clamp(session));
    sqlite_bind_int(stmt, 2, below == 0 ? INT64_MAX : sqlite_clamp(below));
    sqlite_bind_int(stmt, 3, sqlite_clamp(count));
    return visit_listed(s, stmt, visit, arg);
}

enum status sqlite_scan(struct store *store, uint64_t above, size_t count, store_list_fn *visit,
                        void *arg)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_SCAN);
    sqlite_bind_int(stmt, 1, sqlite_clamp(above));
    sqlite_bind_int(stmt, 2, sqlite_clamp(count));
    return visit_listed(s, stmt, visit, arg);
}

/* One step of the walk through a game's journal. The links are followed, not trusted: a row must
 * be of this game and of the version that is due, and only version 1 has nothing before it. */
struct walk {
    int64_t game;
    int64_t version; /* due */
    int64_t seq;
};

static bool read_journal_row(sqlite3_stmt *stmt, const struct walk *walk, int64_t *ret_prev,
                             struct store_journal_row *ret)
{
    int64_t game = 0, version = 0;
    *ret = (struct store_journal_row){.version = (uint64_t)walk->version};
    return sqlite_column_int(stmt, 0, walk->game, walk->game, &game) &&
           sqlite_column_int(stmt, 1, walk->version, walk->version, &version) &&
           sqlite_column_link(stmt, 2, walk->seq - 1, ret_prev) &&
           (walk->version == 1) == (*ret_prev == 0) && sqlite_column_time(stmt, 3, &ret->at_ms);
}

/* Visit the row that is due when its version is at most `to`, and make the one before it due. */
static enum status walk_step(struct sqlite_store *s, struct walk *walk, int64_t to,
                             store_history_fn *visit, void *arg, bool *ret_go_on)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_JOURNAL_ROW);
    sqlite_bind_int(stmt, 1, walk->seq);
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st == ERR_NOT_FOUND ? ERR_CORRUPT : st;
    int64_t prev = 0;
    struct store_journal_row row;
    bool good = read_journal_row(stmt, walk, &prev, &row);
    if (good && walk->version <= to) {
        good = sqlite_column_bytes(stmt, 4, 0, LIMIT_EVENT_BYTES, &row.event);
        *ret_go_on = good && visit(arg, &row);
    }
    sqlite_done(stmt);
    walk->seq = prev;
    walk->version--;
    return good ? OK : ERR_CORRUPT;
}

/* Leave out what lies above `to`, as far as a milestone leads near it; the walk then goes at most
 * 63 rows in vain. The row that it leads to is checked like every other one. */
static enum status walk_to_milestone(struct sqlite_store *s, struct walk *walk, int64_t to)
{
    if (walk->version - to < MILESTONE_VERSIONS)
        return OK;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_MILESTONE);
    sqlite_bind_int(stmt, 1, walk->game);
    sqlite_bind_int(stmt, 2, to);
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st == ERR_NOT_FOUND ? ERR_CORRUPT : st;
    const bool good = sqlite_column_int(stmt, 0, to, walk->version, &walk->version) &&
                      sqlite_column_link(stmt, 1, walk->seq, &walk->seq);
    sqlite_done(stmt);
    return good ? OK : ERR_CORRUPT;
}

/* Rows of the journal never change and their links only lead back, so the walk needs no
 * transaction around it: whatever is appended meanwhile comes after the tail it began with. */
enum status sqlite_history(struct store *store, uint64_t game, uint64_t from, uint64_t to,
                           store_history_fn *visit, void *arg)
{
    struct sqlite_store *s = sqlite_engine(store);
    struct walk walk = {.game = sqlite_clamp(game)};
    enum status st = sqlite_find_tail(s, game, &walk.version, &walk.seq);
    if (st != OK)
        return st == ERR_NOT_FOUND ? OK : st;
    const int64_t first = from == 0 ? 1 : sqlite_clamp(from);
    bool go_on = true;
    st = walk_to_milestone(s, &walk, sqlite_clamp(to));
    while (st == OK && go_on && walk.version >= first)
        st = walk_step(s, &walk, sqlite_clamp(to), visit, arg, &go_on);
    return st;
}
