/* Games that begin with the journal of another one, written in several transactions.
 *
 * Until its past is whole, such a game is a deleted one: without a version, so that nobody finds it,
 * and with a row in `doomed` that leads through what is there of its journal. Whatever becomes of the
 * program meanwhile, the purge takes it away; so nobody may purge while a past is being written. */
#include "storage/sqlite_engine.h"

#include "app/base/limits.h"

/* What is there of a past. */
struct past {
    int64_t seq;      /* of the newest row; 0: none yet */
    int64_t versions; /* rows */
    uint64_t owner;   /* of the game */
};

static enum status find_past(struct sqlite_store *s, uint64_t game, struct past *ret)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_PAST_FIND);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st == ERR_NOT_FOUND ? ERR_CONFLICT : st;
    const bool good = sqlite_column_link(stmt, 0, INT64_MAX, &ret->seq) &&
                      sqlite_column_int(stmt, 1, 0, INT64_MAX, &ret->versions) &&
                      sqlite_column_count(stmt, 2, &ret->owner);
    sqlite_done(stmt);
    return good ? OK : ERR_CORRUPT;
}

static enum status write_past(struct sqlite_store *s, enum sqlite_statement which, uint64_t game,
                              const struct past *past)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, which);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    sqlite_bind_link(stmt, 2, past->seq);
    sqlite_bind_int(stmt, 3, past->versions);
    return sqlite_run(s, stmt);
}

/* Half of a call may have happened: that must not be committed. */
static enum status whole(struct sqlite_store *s, enum status st)
{
    if (st != OK)
        s->broken = true;
    return st == ERR_CONFLICT ? ERR_IO : st;
}

enum status sqlite_past_begin(struct sqlite_store *s, uint64_t game)
{
    return write_past(s, SQL_DOOMED_ADD, game, &(struct past){.seq = 0});
}

static enum status add_row(struct sqlite_store *s, uint64_t game,
                           const struct store_journal_row *row, struct past *past)
{
    const struct store_entry entry = {
        .game = game, .version = row->version, .at_ms = row->at_ms, .event = row->event};
    const enum status st = sqlite_put_journal(s, &entry, past->seq);
    past->seq = sqlite3_last_insert_rowid(s->db);
    past->versions++;
    return st;
}

/* Do they follow what is there? */
static bool follow(const struct past *past, const struct store_journal_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].version != (uint64_t)past->versions + 1 + i)
            return false;
    }
    return true;
}

enum status sqlite_past_add(struct store *store, uint64_t game,
                            const struct store_journal_row *rows, size_t count)
{
    struct sqlite_store *s = sqlite_engine(store);
    struct past past;
    enum status st = sqlite_check_writable(s);
    if (st == OK)
        st = find_past(s, game, &past);
    if (st == OK && !follow(&past, rows, count))
        st = ERR_CONFLICT;
    if (st != OK)
        return st;
    for (size_t i = 0; st == OK && i < count; i++)
        st = add_row(s, game, &rows[i], &past);
    if (st == OK)
        st = write_past(s, SQL_DOOMED_MOVE, game, &past);
    return whole(s, st);
}

enum status sqlite_past_end(struct store *store, uint64_t game)
{
    struct sqlite_store *s = sqlite_engine(store);
    struct past past;
    enum status st = sqlite_check_writable(s);
    if (st == OK)
        st = find_past(s, game, &past);
    if (st == OK && past.versions == 0)
        st = ERR_CONFLICT;
    if (st != OK)
        return st;
    st = write_past(s, SQL_PAST_END, game, &past);
    sqlite3_stmt *drop = sqlite_statement_of(s, SQL_DOOMED_DROP);
    sqlite_bind_int(drop, 1, sqlite_clamp(game));
    if (st == OK)
        st = sqlite_run(s, drop);
    if (st == OK)
        st = sqlite_put_member(s, game, past.owner, STORE_OWNER);
    return whole(s, st);
}
