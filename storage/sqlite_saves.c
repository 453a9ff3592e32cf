/* Versions that members gave a name. */
#include "storage/sqlite_engine.h"

#include "app/base/limits.h"

/* A statement about one session's saves of a game, with its first two arguments. */
static sqlite3_stmt *about_saves(struct sqlite_store *s, enum sqlite_statement which, uint64_t game,
                                 uint64_t session)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, which);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    sqlite_bind_int(stmt, 2, sqlite_clamp(session));
    return stmt;
}

enum status sqlite_save_put(struct store *store, uint64_t game, uint64_t session,
                            const struct store_save *save)
{
    struct sqlite_store *s = sqlite_engine(store);
    int64_t version = 0, tail = 0;
    enum status st = sqlite_check_writable(s);
    if (st == OK)
        st = sqlite_find_tail(s, game, &version, &tail);
    if (st != OK)
        return st == ERR_NOT_FOUND ? ERR_CONFLICT : st;
    if (save->version < 1 || save->version > (uint64_t)version)
        return ERR_CONFLICT;
    sqlite3_stmt *stmt = about_saves(s, SQL_SAVE_PUT, game, session);
    sqlite_bind_int(stmt, 3, save->slot);
    sqlite_bind_text(stmt, 4, save->name);
    sqlite_bind_int(stmt, 5, sqlite_clamp(save->version));
    sqlite_bind_int(stmt, 6, save->section);
    sqlite_bind_int(stmt, 7, save->at_ms);
    return sqlite_run(s, stmt);
}

enum status sqlite_save_remove(struct store *store, uint64_t game, uint64_t session, uint32_t slot)
{
    struct sqlite_store *s = sqlite_engine(store);
    const enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = about_saves(s, SQL_SAVE_DROP, game, session);
    sqlite_bind_int(stmt, 3, slot);
    return sqlite_run_on_row(s, stmt);
}

/* Its name is borrowed from the statement. */
static bool read_save(sqlite3_stmt *stmt, struct store_save *ret)
{
    int64_t slot = 0, section = 0;
    *ret = (struct store_save){.slot = 0};
    const bool good = sqlite_column_int(stmt, 0, 1, LIMIT_SAVES, &slot) &&
                      sqlite_column_bytes(stmt, 1, 1, LIMIT_SAVE_NAME_BYTES, &ret->name) &&
                      sqlite_column_count(stmt, 2, &ret->version) &&
                      sqlite_column_int(stmt, 3, INT32_MIN, INT32_MAX, &section) &&
                      sqlite_column_time(stmt, 4, &ret->at_ms);
    ret->slot = (uint32_t)slot;
    ret->section = (int32_t)section;
    return good;
}

enum status sqlite_save_list(struct store *store, uint64_t game, uint64_t session,
                             store_save_fn *visit, void *arg)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = about_saves(s, SQL_SAVE_LIST, game, session);
    enum status st = sqlite_first_row(s, stmt);
    while (st == OK) {
        struct store_save save;
        if (!read_save(stmt, &save))
            st = ERR_CORRUPT;
        else if (!visit(arg, &save))
            break;
        else
            st = sqlite_first_row(s, stmt);
    }
    sqlite_done(stmt);
    return st == ERR_NOT_FOUND ? OK : st;
}

enum status sqlite_save_find(struct store *store, uint64_t game, uint64_t session, uint32_t slot,
                             struct arena *arena, struct store_save *ret)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = about_saves(s, SQL_SAVE_FIND, game, session);
    sqlite_bind_int(stmt, 3, slot);
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    struct store_save save;
    const bool good = read_save(stmt, &save);
    if (good) {
        save.name = arena_dup(arena, save.name);
        *ret = save;
    }
    sqlite_done(stmt);
    return good ? OK : ERR_CORRUPT;
}
