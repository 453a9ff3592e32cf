/* Who plays: sessions with their devices, carries, members and invitations. */
#include "storage/sqlite_engine.h"

#include "app/base/limits.h"

/* The one number of a query that has its arguments; ends it. */
static enum status count_rows(struct sqlite_store *s, sqlite3_stmt *stmt, int64_t *ret)
{
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    *ret = sqlite3_column_int64(stmt, 0);
    sqlite_done(stmt);
    return OK;
}

static struct slice hash_slice(const uint8_t hash[SHA256_LEN])
{
    return slice_make(hash, SHA256_LEN);
}

/* ---- sessions and devices ---- */

enum status sqlite_session_add(struct store *store, struct slice name, int64_t at_ms,
                               uint64_t *ret_row)
{
    struct sqlite_store *s = sqlite_engine(store);
    enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_SESSION_ADD);
    sqlite_bind_text(stmt, 1, name);
    sqlite_bind_int(stmt, 2, at_ms);
    st = sqlite_run(s, stmt);
    if (st == OK)
        *ret_row = (uint64_t)sqlite3_last_insert_rowid(s->db);
    return st;
}

enum status sqlite_device_add(struct store *store, uint64_t session,
                              const struct store_new_device *device)
{
    struct sqlite_store *s = sqlite_engine(store);
    int64_t count = 0;
    enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *others = sqlite_statement_of(s, SQL_DEVICE_COUNT);
    sqlite_bind_int(others, 1, sqlite_clamp(session));
    st = count_rows(s, others, &count);
    if (st != OK)
        return st;
    if (count >= LIMIT_DEVICES)
        return ERR_FULL;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_DEVICE_ADD);
    sqlite_bind_int(stmt, 1, sqlite_clamp(session));
    sqlite_bind_text(stmt, 2, device->name);
    sqlite_bind_blob(stmt, 3, hash_slice(device->secret_hash));
    sqlite_bind_text(stmt, 4, device->label);
    sqlite_bind_int(stmt, 5, device->at_ms);
    return sqlite_run(s, stmt);
}

/* A statement about one device, with its first two arguments. */
static sqlite3_stmt *about_device(struct sqlite_store *s, enum sqlite_statement which,
                                  uint64_t session, struct slice name)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, which);
    sqlite_bind_int(stmt, 1, sqlite_clamp(session));
    sqlite_bind_text(stmt, 2, name);
    return stmt;
}

enum status sqlite_device_rotate(struct store *store, uint64_t session, struct slice name,
                                 const uint8_t secret_hash[SHA256_LEN], int64_t at_ms,
                                 int64_t previous_until_ms)
{
    struct sqlite_store *s = sqlite_engine(store);
    const enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = about_device(s, SQL_DEVICE_ROTATE, session, name);
    sqlite_bind_blob(stmt, 3, hash_slice(secret_hash));
    sqlite_bind_int(stmt, 4, at_ms);
    sqlite_bind_int(stmt, 5, previous_until_ms);
    return sqlite_run_on_row(s, stmt);
}

enum status sqlite_device_seen(struct store *store, uint64_t session, struct slice name,
                               int64_t at_ms)
{
    struct sqlite_store *s = sqlite_engine(store);
    const enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = about_device(s, SQL_DEVICE_SEEN, session, name);
    sqlite_bind_int(stmt, 3, at_ms);
    return sqlite_run_on_row(s, stmt);
}

enum status sqlite_device_remove(struct store *store, uint64_t session, struct slice name)
{
    struct sqlite_store *s = sqlite_engine(store);
    const enum status st = sqlite_check_writable(s);
    return st != OK ? st : sqlite_run_on_row(s, about_device(s, SQL_DEVICE_DROP, session, name));
}

/* Five columns from `at` on; the texts are borrowed from the statement. */
static bool read_device(sqlite3_stmt *stmt, int at, struct store_device *ret)
{
    *ret = (struct store_device){.created_ms = 0};
    return sqlite_column_id(stmt, at, &ret->name) &&
           sqlite_column_bytes(stmt, at + 1, 0, LIMIT_DEVICE_LABEL_BYTES, &ret->label) &&
           sqlite_column_time(stmt, at + 2, &ret->created_ms) &&
           sqlite_column_time(stmt, at + 3, &ret->seen_ms) &&
           sqlite_column_time(stmt, at + 4, &ret->rotated_ms);
}

/* ERR_NOT_FOUND    no device has this secret as the one that `which` looks for. */
static enum status find_session(struct sqlite_store *s, enum sqlite_statement which,
                                const uint8_t secret_hash[SHA256_LEN], struct arena *arena,
                                struct store_session *ret)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, which);
    sqlite_bind_blob(stmt, 1, hash_slice(secret_hash));
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    struct store_session session = {.previous = which == SQL_SESSION_FIND_PREVIOUS};
    const bool good =
        sqlite_column_count(stmt, 0, &session.row) && sqlite_column_id(stmt, 1, &session.name) &&
        read_device(stmt, 2, &session.device) &&
        (!session.previous || sqlite_column_time(stmt, 7, &session.previous_until_ms));
    if (good) {
        session.name = arena_dup(arena, session.name);
        session.device.name = arena_dup(arena, session.device.name);
        session.device.label = arena_dup(arena, session.device.label);
        *ret = session;
    }
    sqlite_done(stmt);
    return good ? OK : ERR_CORRUPT;
}

enum status sqlite_session_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                struct arena *arena, struct store_session *ret)
{
    struct sqlite_store *s = sqlite_engine(store);
    const enum status st = find_session(s, SQL_SESSION_FIND, secret_hash, arena, ret);
    return st == ERR_NOT_FOUND ? find_session(s, SQL_SESSION_FIND_PREVIOUS, secret_hash, arena, ret)
                               : st;
}

enum status sqlite_device_list(struct store *store, uint64_t session, store_device_fn *visit,
                               void *arg)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_DEVICE_LIST);
    sqlite_bind_int(stmt, 1, sqlite_clamp(session));
    enum status st = sqlite_first_row(s, stmt);
    while (st == OK) {
        struct store_device device;
        if (!read_device(stmt, 0, &device))
            st = ERR_CORRUPT;
        else if (!visit(arg, &device))
            break;
        else
            st = sqlite_first_row(s, stmt);
    }
    sqlite_done(stmt);
    return st == ERR_NOT_FOUND ? OK : st;
}

/* ---- carries ---- */

enum status sqlite_carry_add(struct store *store, uint64_t session,
                             const uint8_t code_hash[SHA256_LEN], int64_t expires_ms)
{
    struct sqlite_store *s = sqlite_engine(store);
    const enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_CARRY_PUT);
    sqlite_bind_int(stmt, 1, sqlite_clamp(session));
    sqlite_bind_blob(stmt, 2, hash_slice(code_hash));
    sqlite_bind_int(stmt, 3, expires_ms);
    return sqlite_run(s, stmt);
}

enum status sqlite_carry_take(struct store *store, const uint8_t code_hash[SHA256_LEN],
                              struct arena *arena, struct store_carry *ret)
{
    struct sqlite_store *s = sqlite_engine(store);
    enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *find = sqlite_statement_of(s, SQL_CARRY_FIND);
    sqlite_bind_blob(find, 1, hash_slice(code_hash));
    st = sqlite_first_row(s, find);
    if (st != OK)
        return st;
    struct store_carry carry = {.session = 0};
    const bool good = sqlite_column_count(find, 0, &carry.session) &&
                      sqlite_column_id(find, 1, &carry.session_name) &&
                      sqlite_column_time(find, 2, &carry.expires_ms);
    if (good)
        carry.session_name = arena_dup(arena, carry.session_name);
    sqlite_done(find);
    if (!good)
        return ERR_CORRUPT;
    sqlite3_stmt *drop = sqlite_statement_of(s, SQL_CARRY_DROP);
    sqlite_bind_blob(drop, 1, hash_slice(code_hash));
    st = sqlite_run(s, drop);
    if (st == OK)
        *ret = carry;
    return st;
}

/* ---- members ---- */

/* What a member saved goes with the membership: the saves refer to it. */
static enum status drop_member(struct sqlite_store *s, uint64_t game, uint64_t session)
{
    sqlite3_stmt *saves = sqlite_statement_of(s, SQL_SAVES_DROP);
    sqlite_bind_int(saves, 1, sqlite_clamp(game));
    sqlite_bind_int(saves, 2, sqlite_clamp(session));
    const enum status st = sqlite_run(s, saves);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_MEMBER_DROP);
    sqlite_bind_int(stmt, 1, sqlite_clamp(session));
    sqlite_bind_int(stmt, 2, sqlite_clamp(game));
    return sqlite_run(s, stmt);
}

enum status sqlite_put_member(struct sqlite_store *s, uint64_t game, uint64_t session,
                              enum store_role role)
{
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_MEMBER_PUT);
    sqlite_bind_int(stmt, 1, sqlite_clamp(session));
    sqlite_bind_int(stmt, 2, sqlite_clamp(game));
    sqlite_bind_int(stmt, 3, role);
    return sqlite_run(s, stmt);
}

enum status sqlite_member_set(struct store *store, uint64_t game, uint64_t session,
                              enum store_role role)
{
    struct sqlite_store *s = sqlite_engine(store);
    enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    if (role == STORE_NOBODY)
        return drop_member(s, game, session);
    st = sqlite_check_alive(s, game);
    return st == OK ? sqlite_put_member(s, game, session, role) : st;
}

enum status sqlite_member_find(struct store *store, uint64_t game, uint64_t session,
                               enum store_role *ret)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_MEMBER_FIND);
    sqlite_bind_int(stmt, 1, sqlite_clamp(session));
    sqlite_bind_int(stmt, 2, sqlite_clamp(game));
    const enum status st = sqlite_first_row(s, stmt);
    if (st == ERR_NOT_FOUND) {
        *ret = STORE_NOBODY;
        return OK;
    }
    if (st != OK)
        return st;
    int64_t role = 0;
    const bool good = sqlite_column_int(stmt, 0, STORE_OWNER, STORE_SPECTATOR, &role);
    sqlite_done(stmt);
    if (!good)
        return ERR_CORRUPT;
    *ret = (enum store_role)role;
    return OK;
}

static bool read_member(sqlite3_stmt *stmt, struct store_member *ret)
{
    int64_t role = 0;
    *ret = (struct store_member){.session = 0};
    const bool good = sqlite_column_count(stmt, 0, &ret->session) &&
                      sqlite_column_id(stmt, 1, &ret->session_name) &&
                      sqlite_column_int(stmt, 2, STORE_OWNER, STORE_SPECTATOR, &role);
    ret->role = (enum store_role)role;
    return good;
}

enum status sqlite_member_list(struct store *store, uint64_t game, uint64_t above, size_t count,
                               store_member_fn *visit, void *arg)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_MEMBER_LIST);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    sqlite_bind_int(stmt, 2, sqlite_clamp(above));
    sqlite_bind_int(stmt, 3, sqlite_clamp(count));
    enum status st = sqlite_first_row(s, stmt);
    while (st == OK) {
        struct store_member member;
        if (!read_member(stmt, &member))
            st = ERR_CORRUPT;
        else if (!visit(arg, &member))
            break;
        else
            st = sqlite_first_row(s, stmt);
    }
    sqlite_done(stmt);
    return st == ERR_NOT_FOUND ? OK : st;
}

/* ---- invitations ---- */

enum status sqlite_invitation_add(struct store *store,
                                  const struct store_new_invitation *invitation)
{
    struct sqlite_store *s = sqlite_engine(store);
    int64_t count = 0;
    enum status st = sqlite_check_writable(s);
    if (st == OK)
        st = sqlite_check_alive(s, invitation->game);
    if (st != OK)
        return st;
    sqlite3_stmt *others = sqlite_statement_of(s, SQL_INVITATION_COUNT);
    sqlite_bind_int(others, 1, sqlite_clamp(invitation->game));
    st = count_rows(s, others, &count);
    if (st != OK)
        return st;
    if (count >= LIMIT_INVITATIONS)
        return ERR_FULL;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_INVITATION_ADD);
    sqlite_bind_int(stmt, 1, sqlite_clamp(invitation->game));
    sqlite_bind_text(stmt, 2, invitation->name);
    sqlite_bind_blob(stmt, 3, hash_slice(invitation->secret_hash));
    sqlite_bind_int(stmt, 4, invitation->role);
    sqlite_bind_int(stmt, 5, invitation->once);
    sqlite_bind_int(stmt, 6, invitation->at_ms);
    if (invitation->expires_ms != INT64_MAX) /* otherwise it stays NULL */
        sqlite_bind_int(stmt, 7, invitation->expires_ms);
    return sqlite_run(s, stmt);
}

enum status sqlite_invitation_remove(struct store *store, uint64_t game, struct slice name)
{
    struct sqlite_store *s = sqlite_engine(store);
    const enum status st = sqlite_check_writable(s);
    if (st != OK)
        return st;
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_INVITATION_DROP);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    sqlite_bind_text(stmt, 2, name);
    return sqlite_run_on_row(s, stmt);
}

/* Its texts are borrowed from the statement. */
static bool read_invitation(sqlite3_stmt *stmt, struct store_invitation *ret)
{
    int64_t role = 0, once = 0;
    *ret = (struct store_invitation){.expires_ms = INT64_MAX};
    const bool good =
        sqlite_column_count(stmt, 0, &ret->game) && sqlite_column_id(stmt, 1, &ret->game_name) &&
        sqlite_column_id(stmt, 2, &ret->name) &&
        sqlite_column_int(stmt, 3, STORE_OWNER, STORE_SPECTATOR, &role) &&
        sqlite_column_int(stmt, 4, 0, 1, &once) && sqlite_column_time(stmt, 5, &ret->created_ms) &&
        (sqlite3_column_type(stmt, 6) == SQLITE_NULL ||
         sqlite_column_time(stmt, 6, &ret->expires_ms));
    ret->role = (enum store_role)role;
    ret->once = once == 1;
    return good;
}

enum status sqlite_invitation_list(struct store *store, uint64_t game, store_invitation_fn *visit,
                                   void *arg)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_INVITATION_LIST);
    sqlite_bind_int(stmt, 1, sqlite_clamp(game));
    enum status st = sqlite_first_row(s, stmt);
    while (st == OK) {
        struct store_invitation invitation;
        if (!read_invitation(stmt, &invitation))
            st = ERR_CORRUPT;
        else if (!visit(arg, &invitation))
            break;
        else
            st = sqlite_first_row(s, stmt);
    }
    sqlite_done(stmt);
    return st == ERR_NOT_FOUND ? OK : st;
}

enum status sqlite_invitation_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                   struct arena *arena, struct store_invitation *ret)
{
    struct sqlite_store *s = sqlite_engine(store);
    sqlite3_stmt *stmt = sqlite_statement_of(s, SQL_INVITATION_FIND);
    sqlite_bind_blob(stmt, 1, hash_slice(secret_hash));
    const enum status st = sqlite_first_row(s, stmt);
    if (st != OK)
        return st;
    struct store_invitation invitation;
    const bool good = read_invitation(stmt, &invitation);
    if (good) {
        invitation.game_name = arena_dup(arena, invitation.game_name);
        invitation.name = arena_dup(arena, invitation.name);
        *ret = invitation;
    }
    sqlite_done(stmt);
    return good ? OK : ERR_CORRUPT;
}
