/* Rows are immutable and live in one arena until the fake is freed; a table is an array of pointers
 * to rows, and changing a row replaces its pointer. So a transaction is a copy of the arrays, commit
 * is putting the copy in place, and rollback is forgetting it. Lookups walk the arrays: tests are
 * small. */
#include "tests/support/fake_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "app/base/limits.h"

/* In the tables before TABLE_DEVICES row numbers are positions + 1 and nothing is ever taken out. */
enum {
    TABLE_GAMES,
    TABLE_JOURNAL,
    TABLE_SESSIONS,
    TABLE_STORIES,
    TABLE_MEMBERS,
    TABLE_DEVICES,
    TABLE_CARRIES,
    TABLE_INVITATIONS,
    TABLE_SAVES,
    TABLE_COUNT
};

struct table {
    const void **rows;
    size_t count, cap;
};

struct tables {
    struct table of[TABLE_COUNT];
};

struct game_row {
    struct store_game game; /* version 0: not begun, or */
    bool doomed;            /* deleted, or its past has no end yet */
    uint64_t past;          /* versions of that */
    bool ended;             /* deleted for good: no past that goes on */
    size_t story;           /* row */
    uint8_t status;
    int32_t section;
    int64_t created_ms, updated_ms;
};

struct journal_row {
    uint64_t game;
    struct store_journal_row row;
    struct slice request_id;
    uint8_t request_print[STORE_PRINT_LEN];
};

struct session_row {
    struct slice name;
    int64_t created_ms;
    bool gone;
};

struct device_row {
    uint64_t session;
    struct store_device device;
    uint8_t secret_hash[SHA256_LEN], previous_hash[SHA256_LEN];
    bool rotated; /* there is a previous hash */
    int64_t previous_until_ms;
};

struct carry_row {
    uint64_t session;
    uint8_t code_hash[SHA256_LEN];
    int64_t expires_ms;
};

struct invitation_row {
    struct store_invitation invitation;
    uint8_t secret_hash[SHA256_LEN];
};

struct save_row {
    uint64_t game, session;
    struct store_save save;
};

struct story_row {
    uint8_t hash[SHA256_LEN];
    struct slice id, title, source;
};

struct member_row {
    uint64_t game, session;
    enum store_role role; /* STORE_NOBODY: taken away */
};

struct failure {
    unsigned left; /* calls until it fails; 0: none waits */
    bool stays;
    enum status status;
};

struct hook {
    fake_hook_fn *run;
    void *arg;
};

struct fake_store {
    pthread_mutex_t lock; /* around each call, hooks excepted */
    struct arena arena;   /* every row ever made */
    struct tables committed;
    struct failure failures[FAKE_CALL_COUNT];
    unsigned calls[FAKE_CALL_COUNT];
    struct hook hooks[FAKE_CALL_COUNT];
    unsigned stores; /* open */
    bool has_writer;
    size_t wal_pages;
    uint64_t bytes;
};

/* One opened store. */
struct fake {
    struct store store;
    struct fake_store *data;
    bool writer;
    bool open, broken; /* as in the engine on disk */
    struct tables working;
};

/* ---- tables ---- */

static void table_add(struct table *table, const void *row)
{
    if (table->count == table->cap) {
        table->cap = table->cap ? 2 * table->cap : 16;
        table->rows = realloc(table->rows, table->cap * sizeof *table->rows);
        ENSURE(table->rows);
    }
    table->rows[table->count++] = row;
}

static void table_remove(struct table *table, size_t at)
{
    table->count--;
    memmove(&table->rows[at], &table->rows[at + 1], (table->count - at) * sizeof *table->rows);
}

static void tables_release(struct tables *tables)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        free(tables->of[i].rows);
    *tables = (struct tables){0};
}

static struct tables tables_copy(const struct tables *from)
{
    struct tables copy = {0};
    for (size_t t = 0; t < TABLE_COUNT; t++) {
        for (size_t i = 0; i < from->of[t].count; i++)
            table_add(&copy.of[t], from->of[t].rows[i]);
    }
    return copy;
}

static const void *table_row(const struct table *table, uint64_t row)
{
    return row == 0 || row > table->count ? NULL : table->rows[row - 1];
}

static struct fake *fake_of(struct store *store)
{
    return container_of(store, struct fake, store);
}

/* What this store sees. */
static struct tables *tables_of(struct fake *fake)
{
    return fake->open ? &fake->working : &fake->data->committed;
}

static const struct table *table_of(struct fake *fake, size_t which)
{
    return &tables_of(fake)->of[which];
}

/* NULL: there is no such session. */
static const struct session_row *find_session(struct fake *fake, uint64_t row)
{
    const struct session_row *session = table_row(table_of(fake, TABLE_SESSIONS), row);
    return session && !session->gone ? session : NULL;
}

/* NULL: there is no such game, or it was deleted. */
static const struct game_row *find_alive(struct fake *fake, uint64_t row)
{
    const struct game_row *game = table_row(table_of(fake, TABLE_GAMES), row);
    return game && !game->doomed ? game : NULL;
}

static const struct game_row *find_game(struct fake *fake, struct slice name)
{
    const struct table *games = table_of(fake, TABLE_GAMES);
    for (size_t i = 0; i < games->count; i++) {
        const struct game_row *game = games->rows[i];
        if (slice_eq(game->game.name, name))
            return game;
    }
    return NULL;
}

static const struct journal_row *find_request(struct fake *fake, uint64_t game, struct slice id)
{
    const struct table *journal = table_of(fake, TABLE_JOURNAL);
    for (size_t i = 0; i < journal->count; i++) {
        const struct journal_row *row = journal->rows[i];
        if (row->game == game && row->request_id.len > 0 && slice_eq(row->request_id, id))
            return row;
    }
    return NULL;
}

/* The row of a story, or 0. */
static size_t find_story(struct fake *fake, const uint8_t *hash)
{
    const struct table *stories = table_of(fake, TABLE_STORIES);
    for (size_t i = 0; i < stories->count; i++) {
        const struct story_row *story = stories->rows[i];
        if (memcmp(story->hash, hash, SHA256_LEN) == 0)
            return i + 1;
    }
    return 0;
}

/* The position of a membership, or SIZE_MAX. */
static size_t find_member(struct fake *fake, uint64_t game, uint64_t session)
{
    const struct table *members = table_of(fake, TABLE_MEMBERS);
    for (size_t i = 0; i < members->count; i++) {
        const struct member_row *member = members->rows[i];
        if (member->game == game && member->session == session)
            return i;
    }
    return SIZE_MAX;
}

/* ---- every call begins and ends here ---- */

/* The status this call is to fail with, or OK. */
static enum status take_failure(struct failure *failure)
{
    if (failure->left == 0 || (failure->left > 1 && failure->left--))
        return OK;
    if (!failure->stays)
        failure->left = 0;
    return failure->status;
}

static bool breaks(enum status st)
{
    return st != OK && st != ERR_CONFLICT && st != ERR_NOT_FOUND && st != ERR_TOO_LARGE;
}

/* Lock, count, and fail on cue. */
static enum status enter(struct fake *fake, enum fake_call call)
{
    struct fake_store *data = fake->data;
    const struct hook *hook = &data->hooks[call];
    if (hook->run)
        hook->run(hook->arg);
    ENSURE(pthread_mutex_lock(&data->lock) == 0);
    data->calls[call]++;
    const enum status st = take_failure(&data->failures[call]);
    if (breaks(st) && fake->open)
        fake->broken = true;
    return st;
}

/* The same for a call that writes. */
static enum status enter_writing(struct fake *fake, enum fake_call call)
{
    ENSURE(fake->writer && fake->open);
    const bool broken = fake->broken;
    const enum status st = enter(fake, call);
    return broken ? ERR_IO : st;
}

static enum status leave(struct fake *fake, enum status st)
{
    ENSURE(pthread_mutex_unlock(&fake->data->lock) == 0);
    return st;
}

/* ---- transactions ---- */

static enum status fake_begin(struct store *store)
{
    struct fake *fake = fake_of(store);
    ENSURE(fake->writer && !fake->open);
    const enum status st = enter(fake, FAKE_BEGIN);
    if (st == OK) {
        fake->working = tables_copy(&fake->data->committed);
        fake->open = true;
        fake->broken = false;
    }
    return leave(fake, st);
}

static void fake_rollback(struct store *store)
{
    struct fake *fake = fake_of(store);
    tables_release(&fake->working);
    fake->open = false;
    fake->broken = false;
}

static bool every_game_has_a_version(struct fake *fake)
{
    const struct table *games = table_of(fake, TABLE_GAMES);
    for (size_t i = 0; i < games->count; i++) {
        const struct game_row *game = games->rows[i];
        if (game->game.version == 0 && !game->doomed)
            return false;
    }
    return true;
}

static enum status fake_commit(struct store *store)
{
    struct fake *fake = fake_of(store);
    enum status st = enter_writing(fake, FAKE_COMMIT);
    if (st == OK && !every_game_has_a_version(fake))
        st = ERR_CONFLICT;
    if (st == OK) {
        tables_release(&fake->data->committed);
        fake->data->committed = fake->working;
        fake->working = (struct tables){0};
    }
    fake_rollback(store);
    return leave(fake, st);
}

/* ---- writing ---- */

static size_t put_story(struct fake *fake, const struct store_story *new)
{
    const size_t found = find_story(fake, new->hash);
    if (found)
        return found;
    struct arena *arena = &fake->data->arena;
    struct story_row *story = arena_alloc(arena, sizeof *story);
    memcpy(story->hash, new->hash, SHA256_LEN);
    story->id = arena_dup(arena, new->id);
    story->title = arena_dup(arena, new->title);
    story->source = arena_dup(arena, new->source);
    table_add(&fake->working.of[TABLE_STORIES], story);
    return fake->working.of[TABLE_STORIES].count;
}

static void put_member(struct fake *fake, uint64_t game, uint64_t session, enum store_role role)
{
    struct member_row *member = arena_alloc(&fake->data->arena, sizeof *member);
    *member = (struct member_row){.game = game, .session = session, .role = role};
    const size_t at = find_member(fake, game, session);
    if (at == SIZE_MAX)
        table_add(&fake->working.of[TABLE_MEMBERS], member);
    else
        fake->working.of[TABLE_MEMBERS].rows[at] = member;
}

static enum status fake_game_create(struct store *store, const struct store_new_game *new,
                                    uint64_t *ret_row)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_GAME_CREATE);
    if (st != OK)
        return leave(fake, st);
    const struct session_row *owner = find_session(fake, new->owner);
    if (!owner || find_game(fake, new->name))
        return leave(fake, ERR_CONFLICT);
    struct arena *arena = &fake->data->arena;
    struct game_row *row = arena_alloc(arena, sizeof *row);
    row->doomed = new->has_past;
    row->past = 0;
    row->ended = false;
    row->story = put_story(fake, &(struct store_story){new->story_hash, new->story_id,
                                                       new->story_title, new->story_source});
    row->created_ms = new->at_ms;
    row->updated_ms = new->at_ms;
    row->game = (struct store_game){.name = arena_dup(arena, new->name),
                                    .owner = new->owner,
                                    .owner_name = owner->name,
                                    .link = new->link,
                                    .origin = arena_dup(arena, new->origin)};
    row->game.row = fake->working.of[TABLE_GAMES].count + 1;
    memcpy(row->game.story_hash, new->story_hash, SHA256_LEN);
    memcpy(row->game.seed, new->seed, STORE_SEED_LEN);
    table_add(&fake->working.of[TABLE_GAMES], row);
    if (!new->has_past)
        put_member(fake, row->game.row, new->owner, STORE_OWNER);
    *ret_row = row->game.row;
    return leave(fake, OK);
}

static void add_journal(struct fake *fake, const struct store_entry *entry)
{
    struct arena *arena = &fake->data->arena;
    struct journal_row *row = arena_alloc(arena, sizeof *row);
    row->game = entry->game;
    row->row = (struct store_journal_row){
        .version = entry->version, .at_ms = entry->at_ms, .event = arena_dup(arena, entry->event)};
    row->request_id = arena_dup(arena, entry->request_id);
    memcpy(row->request_print, entry->request_print, STORE_PRINT_LEN);
    table_add(&fake->working.of[TABLE_JOURNAL], row);
}

static enum status fake_append(struct store *store, const struct store_entry *entry)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_APPEND);
    if (st != OK)
        return leave(fake, st);
    const struct game_row *game = find_alive(fake, entry->game);
    if (!game || entry->version != game->game.version + 1)
        return leave(fake, ERR_CONFLICT);
    if (entry->request_id.len > 0 && find_request(fake, entry->game, entry->request_id))
        return leave(fake, ERR_CONFLICT);
    struct arena *arena = &fake->data->arena;
    struct game_row *moved = arena_alloc(arena, sizeof *moved);
    *moved = *game;
    moved->game.version = entry->version;
    moved->game.state = arena_dup(arena, entry->state);
    moved->game.snapshot = arena_dup(arena, entry->snapshot);
    moved->status = entry->status;
    moved->section = entry->section;
    moved->updated_ms = entry->at_ms;
    if (entry->edition) {
        moved->story = put_story(fake, entry->edition);
        memcpy(moved->game.story_hash, entry->edition->hash, SHA256_LEN);
    }
    fake->working.of[TABLE_GAMES].rows[entry->game - 1] = moved;
    add_journal(fake, entry);
    return leave(fake, OK);
}

/* A changed copy of a game whose past is being written, or NULL. */
static struct game_row *change_past(struct fake *fake, uint64_t game)
{
    const struct game_row *row = table_row(table_of(fake, TABLE_GAMES), game);
    if (!row || !row->doomed || row->ended)
        return NULL;
    struct game_row *changed = arena_alloc(&fake->data->arena, sizeof *changed);
    *changed = *row;
    return changed;
}

static enum status fake_past_add(struct store *store, uint64_t game,
                                 const struct store_journal_row *rows, size_t count)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_PAST_ADD);
    if (st != OK)
        return leave(fake, st);
    struct game_row *changed = change_past(fake, game);
    bool follows = changed != NULL;
    for (size_t i = 0; i < count && follows; i++)
        follows = rows[i].version == changed->past + 1 + i;
    if (!follows)
        return leave(fake, ERR_CONFLICT);
    for (size_t i = 0; i < count; i++)
        add_journal(fake, &(struct store_entry){.game = game,
                                                .version = rows[i].version,
                                                .at_ms = rows[i].at_ms,
                                                .event = rows[i].event});
    changed->past += count;
    fake->working.of[TABLE_GAMES].rows[game - 1] = changed;
    return leave(fake, OK);
}

static enum status fake_past_end(struct store *store, uint64_t game)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_PAST_END);
    if (st != OK)
        return leave(fake, st);
    struct game_row *changed = change_past(fake, game);
    if (!changed || changed->past == 0)
        return leave(fake, ERR_CONFLICT);
    changed->doomed = false;
    changed->game.version = changed->past;
    fake->working.of[TABLE_GAMES].rows[game - 1] = changed;
    put_member(fake, game, changed->game.owner, STORE_OWNER);
    return leave(fake, OK);
}

static enum status fake_session_add(struct store *store, struct slice name, int64_t at_ms,
                                    uint64_t *ret_row)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_SESSION_ADD);
    if (st != OK)
        return leave(fake, st);
    struct table *sessions = &fake->working.of[TABLE_SESSIONS];
    for (size_t i = 0; i < sessions->count; i++) {
        const struct session_row *other = sessions->rows[i];
        if (!other->gone && slice_eq(other->name, name))
            return leave(fake, ERR_CONFLICT);
    }
    struct session_row *row = arena_alloc(&fake->data->arena, sizeof *row);
    *row = (struct session_row){.name = arena_dup(&fake->data->arena, name), .created_ms = at_ms};
    table_add(sessions, row);
    *ret_row = sessions->count;
    return leave(fake, OK);
}

/* The position of a device, or SIZE_MAX. */
static size_t find_device(struct fake *fake, uint64_t session, struct slice name)
{
    const struct table *devices = table_of(fake, TABLE_DEVICES);
    for (size_t i = 0; i < devices->count; i++) {
        const struct device_row *row = devices->rows[i];
        if (row->session == session && slice_eq(row->device.name, name))
            return i;
    }
    return SIZE_MAX;
}

static bool is_secret_taken(struct fake *fake, const uint8_t hash[SHA256_LEN])
{
    const struct table *devices = table_of(fake, TABLE_DEVICES);
    for (size_t i = 0; i < devices->count; i++) {
        const struct device_row *row = devices->rows[i];
        if (memcmp(row->secret_hash, hash, SHA256_LEN) == 0)
            return true;
    }
    return false;
}

static size_t count_devices(struct fake *fake, uint64_t session)
{
    const struct table *devices = table_of(fake, TABLE_DEVICES);
    size_t count = 0;
    for (size_t i = 0; i < devices->count; i++) {
        const struct device_row *row = devices->rows[i];
        count += row->session == session;
    }
    return count;
}

static enum status fake_device_add(struct store *store, uint64_t session,
                                   const struct store_new_device *new)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_DEVICE_ADD);
    if (st != OK)
        return leave(fake, st);
    if (count_devices(fake, session) >= LIMIT_DEVICES)
        return leave(fake, ERR_FULL);
    if (!find_session(fake, session) || find_device(fake, session, new->name) != SIZE_MAX ||
        is_secret_taken(fake, new->secret_hash))
        return leave(fake, ERR_CONFLICT);
    struct arena *arena = &fake->data->arena;
    struct device_row *row = arena_alloc(arena, sizeof *row);
    *row = (struct device_row){.session = session,
                               .device = {.name = arena_dup(arena, new->name),
                                          .label = arena_dup(arena, new->label),
                                          .created_ms = new->at_ms,
                                          .seen_ms = new->at_ms,
                                          .rotated_ms = new->at_ms}};
    memcpy(row->secret_hash, new->secret_hash, SHA256_LEN);
    table_add(&fake->working.of[TABLE_DEVICES], row);
    return leave(fake, OK);
}

/* A copy of a device's row in its place, to be changed. NULL: there is no such device. */
static struct device_row *change_device(struct fake *fake, uint64_t session, struct slice name)
{
    const size_t at = find_device(fake, session, name);
    if (at == SIZE_MAX)
        return NULL;
    struct device_row *changed = arena_alloc(&fake->data->arena, sizeof *changed);
    const struct device_row *row = fake->working.of[TABLE_DEVICES].rows[at];
    *changed = *row;
    fake->working.of[TABLE_DEVICES].rows[at] = changed;
    return changed;
}

static enum status fake_device_rotate(struct store *store, uint64_t session, struct slice name,
                                      const uint8_t secret_hash[SHA256_LEN], int64_t at_ms,
                                      int64_t previous_until_ms)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_DEVICE_ROTATE);
    if (st != OK)
        return leave(fake, st);
    if (find_device(fake, session, name) == SIZE_MAX)
        return leave(fake, ERR_NOT_FOUND);
    if (is_secret_taken(fake, secret_hash))
        return leave(fake, ERR_CONFLICT);
    struct device_row *row = change_device(fake, session, name);
    memcpy(row->previous_hash, row->secret_hash, SHA256_LEN);
    memcpy(row->secret_hash, secret_hash, SHA256_LEN);
    row->rotated = true;
    row->previous_until_ms = previous_until_ms;
    row->device.rotated_ms = at_ms;
    row->device.seen_ms = at_ms;
    return leave(fake, OK);
}

static enum status fake_device_seen(struct store *store, uint64_t session, struct slice name,
                                    int64_t at_ms)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_DEVICE_SEEN);
    if (st != OK)
        return leave(fake, st);
    struct device_row *row = change_device(fake, session, name);
    if (!row)
        return leave(fake, ERR_NOT_FOUND);
    row->device.seen_ms = at_ms;
    return leave(fake, OK);
}

static enum status fake_device_remove(struct store *store, uint64_t session, struct slice name)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_DEVICE_REMOVE);
    if (st != OK)
        return leave(fake, st);
    const size_t at = find_device(fake, session, name);
    if (at == SIZE_MAX)
        return leave(fake, ERR_NOT_FOUND);
    table_remove(&fake->working.of[TABLE_DEVICES], at);
    return leave(fake, OK);
}

/* The position of the carry with this code, or SIZE_MAX. */
static size_t find_carry(struct fake *fake, const uint8_t code_hash[SHA256_LEN])
{
    const struct table *carries = table_of(fake, TABLE_CARRIES);
    for (size_t i = 0; i < carries->count; i++) {
        const struct carry_row *row = carries->rows[i];
        if (memcmp(row->code_hash, code_hash, SHA256_LEN) == 0)
            return i;
    }
    return SIZE_MAX;
}

static enum status fake_carry_add(struct store *store, uint64_t session,
                                  const uint8_t code_hash[SHA256_LEN], int64_t expires_ms)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_CARRY_ADD);
    if (st != OK)
        return leave(fake, st);
    struct table *carries = &fake->working.of[TABLE_CARRIES];
    if (!find_session(fake, session) || find_carry(fake, code_hash) != SIZE_MAX)
        return leave(fake, ERR_CONFLICT);
    for (size_t i = carries->count; i > 0; i--) {
        const struct carry_row *old = carries->rows[i - 1];
        if (old->session == session)
            table_remove(carries, i - 1);
    }
    struct carry_row *row = arena_alloc(&fake->data->arena, sizeof *row);
    *row = (struct carry_row){.session = session, .expires_ms = expires_ms};
    memcpy(row->code_hash, code_hash, SHA256_LEN);
    table_add(carries, row);
    return leave(fake, OK);
}

static enum status fake_carry_take(struct store *store, const uint8_t code_hash[SHA256_LEN],
                                   struct arena *arena, struct store_carry *ret)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_CARRY_TAKE);
    if (st != OK)
        return leave(fake, st);
    const size_t at = find_carry(fake, code_hash);
    if (at == SIZE_MAX)
        return leave(fake, ERR_NOT_FOUND);
    const struct carry_row *row = fake->working.of[TABLE_CARRIES].rows[at];
    const struct session_row *session = find_session(fake, row->session);
    *ret = (struct store_carry){.session = row->session,
                                .session_name = arena_dup(arena, session->name),
                                .expires_ms = row->expires_ms};
    table_remove(&fake->working.of[TABLE_CARRIES], at);
    return leave(fake, OK);
}

static enum status fake_invitation_add(struct store *store, const struct store_new_invitation *new)
{
    struct fake *fake = fake_of(store);
    enum status st = enter_writing(fake, FAKE_INVITATION_ADD);
    if (st != OK)
        return leave(fake, st);
    struct table *invitations = &fake->working.of[TABLE_INVITATIONS];
    const struct game_row *game = find_alive(fake, new->game);
    size_t of_game = 0;
    for (size_t i = 0; i < invitations->count; i++) {
        const struct invitation_row *other = invitations->rows[i];
        const bool same_game = other->invitation.game == new->game;
        of_game += same_game;
        if (memcmp(other->secret_hash, new->secret_hash, SHA256_LEN) == 0 ||
            (same_game && slice_eq(other->invitation.name, new->name)))
            st = ERR_CONFLICT;
    }
    if (of_game >= LIMIT_INVITATIONS)
        return leave(fake, ERR_FULL);
    if (!game || st != OK)
        return leave(fake, ERR_CONFLICT);
    struct arena *arena = &fake->data->arena;
    struct invitation_row *row = arena_alloc(arena, sizeof *row);
    *row = (struct invitation_row){.invitation = {.game = new->game,
                                                  .game_name = game->game.name,
                                                  .name = arena_dup(arena, new->name),
                                                  .role = new->role,
                                                  .once = new->once,
                                                  .created_ms = new->at_ms,
                                                  .expires_ms = new->expires_ms}};
    memcpy(row->secret_hash, new->secret_hash, SHA256_LEN);
    table_add(invitations, row);
    return leave(fake, OK);
}

/* The position of an invitation, or SIZE_MAX. */
static size_t find_invitation(struct fake *fake, uint64_t game, struct slice name)
{
    const struct table *invitations = table_of(fake, TABLE_INVITATIONS);
    for (size_t i = 0; i < invitations->count; i++) {
        const struct invitation_row *row = invitations->rows[i];
        if (row->invitation.game == game && slice_eq(row->invitation.name, name))
            return i;
    }
    return SIZE_MAX;
}

static enum status fake_invitation_remove(struct store *store, uint64_t game, struct slice name)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_INVITATION_REMOVE);
    if (st != OK)
        return leave(fake, st);
    const size_t at = find_invitation(fake, game, name);
    if (at == SIZE_MAX)
        return leave(fake, ERR_NOT_FOUND);
    table_remove(&fake->working.of[TABLE_INVITATIONS], at);
    return leave(fake, OK);
}

/* The position of what a slot holds, or SIZE_MAX. */
static size_t find_save(struct fake *fake, uint64_t game, uint64_t session, uint32_t slot)
{
    const struct table *saves = table_of(fake, TABLE_SAVES);
    for (size_t i = 0; i < saves->count; i++) {
        const struct save_row *row = saves->rows[i];
        if (row->game == game && row->session == session && row->save.slot == slot)
            return i;
    }
    return SIZE_MAX;
}

static bool is_member(struct fake *fake, uint64_t game, uint64_t session)
{
    const size_t at = find_member(fake, game, session);
    if (at == SIZE_MAX)
        return false;
    const struct member_row *member = table_of(fake, TABLE_MEMBERS)->rows[at];
    return member->role != STORE_NOBODY;
}

static enum status fake_save_put(struct store *store, uint64_t game, uint64_t session,
                                 const struct store_save *save)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_SAVE_PUT);
    if (st != OK)
        return leave(fake, st);
    const struct game_row *of = find_alive(fake, game);
    if (!of || save->version < 1 || save->version > of->game.version ||
        !is_member(fake, game, session))
        return leave(fake, ERR_CONFLICT);
    struct save_row *row = arena_alloc(&fake->data->arena, sizeof *row);
    *row = (struct save_row){.game = game, .session = session, .save = *save};
    row->save.name = arena_dup(&fake->data->arena, save->name);
    const size_t at = find_save(fake, game, session, save->slot);
    if (at == SIZE_MAX)
        table_add(&fake->working.of[TABLE_SAVES], row);
    else
        fake->working.of[TABLE_SAVES].rows[at] = row;
    return leave(fake, OK);
}

static enum status fake_save_remove(struct store *store, uint64_t game, uint64_t session,
                                    uint32_t slot)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_SAVE_REMOVE);
    if (st != OK)
        return leave(fake, st);
    const size_t at = find_save(fake, game, session, slot);
    if (at == SIZE_MAX)
        return leave(fake, ERR_NOT_FOUND);
    table_remove(&fake->working.of[TABLE_SAVES], at);
    return leave(fake, OK);
}

static void drop_saves(struct fake *fake, uint64_t game, uint64_t session)
{
    for (uint32_t slot = 1; slot <= LIMIT_SAVES; slot++) {
        const size_t at = find_save(fake, game, session, slot);
        if (at != SIZE_MAX)
            table_remove(&fake->working.of[TABLE_SAVES], at);
    }
}

/* Take out all rows of a table that `of` says yes to. */
static void drop_rows(struct table *table, bool (*of)(const void *row, uint64_t number),
                      uint64_t number)
{
    for (size_t i = table->count; i > 0; i--) {
        if (of(table->rows[i - 1], number))
            table_remove(table, i - 1);
    }
}

static bool is_save_of(const void *row, uint64_t game)
{
    return ((const struct save_row *)row)->game == game;
}

static bool is_invitation_to(const void *row, uint64_t game)
{
    return ((const struct invitation_row *)row)->invitation.game == game;
}

static bool is_device_of(const void *row, uint64_t session)
{
    return ((const struct device_row *)row)->session == session;
}

static bool is_carry_of(const void *row, uint64_t session)
{
    return ((const struct carry_row *)row)->session == session;
}

static bool is_member_of(const void *row, uint64_t game)
{
    return ((const struct member_row *)row)->game == game;
}

static enum status fake_game_doom(struct store *store, uint64_t game)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_GAME_DOOM);
    if (st != OK)
        return leave(fake, st);
    const struct game_row *row = find_alive(fake, game);
    if (!row || row->game.version == 0)
        return leave(fake, ERR_NOT_FOUND);
    struct game_row *doomed = arena_alloc(&fake->data->arena, sizeof *doomed);
    *doomed = *row;
    doomed->doomed = true;
    doomed->ended = true;
    doomed->game.version = 0;
    fake->working.of[TABLE_GAMES].rows[game - 1] = doomed;
    drop_rows(&fake->working.of[TABLE_SAVES], is_save_of, game);
    drop_rows(&fake->working.of[TABLE_INVITATIONS], is_invitation_to, game);
    drop_rows(&fake->working.of[TABLE_MEMBERS], is_member_of, game);
    return leave(fake, OK);
}

static void forget_session(struct fake *fake, uint64_t session)
{
    struct session_row *gone = arena_alloc(&fake->data->arena, sizeof *gone);
    *gone = *find_session(fake, session);
    gone->gone = true;
    fake->working.of[TABLE_SESSIONS].rows[session - 1] = gone;
    drop_rows(&fake->working.of[TABLE_DEVICES], is_device_of, session);
    drop_rows(&fake->working.of[TABLE_CARRIES], is_carry_of, session);
}

static void forget_request(struct fake *fake, uint64_t seq)
{
    struct journal_row *row = arena_alloc(&fake->data->arena, sizeof *row);
    *row = *(const struct journal_row *)table_row(table_of(fake, TABLE_JOURNAL), seq);
    row->request_id = SLICE_NONE;
    fake->working.of[TABLE_JOURNAL].rows[seq - 1] = row;
}

static enum status fake_prune_drop(struct store *store, enum store_stale kind,
                                   const struct store_stale_row *row)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter_writing(fake, FAKE_PRUNE_DROP);
    if (st != OK)
        return leave(fake, st);
    switch (kind) {
    case STORE_STALE_SESSIONS: forget_session(fake, row->row); break;
    case STORE_STALE_DEVICES:
        table_remove(&fake->working.of[TABLE_DEVICES], find_device(fake, row->row, row->name));
        break;
    case STORE_STALE_CARRIES:
        drop_rows(&fake->working.of[TABLE_CARRIES], is_carry_of, row->row);
        break;
    case STORE_STALE_INVITATIONS:
        table_remove(&fake->working.of[TABLE_INVITATIONS],
                     find_invitation(fake, row->row, row->name));
        break;
    case STORE_STALE_REQUEST_IDS: forget_request(fake, row->row); break;
    case STORE_STALE_LINK_GAMES:
    case STORE_STALE_COUNT: ENSURE(false);
    }
    return leave(fake, OK);
}

static enum status fake_member_set(struct store *store, uint64_t game, uint64_t session,
                                   enum store_role role)
{
    struct fake *fake = fake_of(store);
    enum status st = enter_writing(fake, FAKE_MEMBER_SET);
    if (st != OK)
        return leave(fake, st);
    const bool known = find_alive(fake, game) && find_session(fake, session);
    /* To take away what never was is no conflict. */
    if (known)
        put_member(fake, game, session, role);
    if (role == STORE_NOBODY)
        drop_saves(fake, game, session);
    else if (!known)
        st = ERR_CONFLICT;
    return leave(fake, st);
}

static enum status fake_feedback_add(struct store *store, struct slice game, struct slice text,
                                     int64_t at_ms)
{
    struct fake *fake = fake_of(store);
    (void)game;
    (void)text;
    (void)at_ms;
    return leave(fake, enter_writing(fake, FAKE_FEEDBACK_ADD)); /* nobody reads it back */
}

static enum status fake_touch(struct store *store)
{
    struct fake *fake = fake_of(store);
    return leave(fake, enter_writing(fake, FAKE_TOUCH));
}

/* ---- reading ---- */

static enum status fake_game_load(struct store *store, struct slice name, struct arena *arena,
                                  struct store_game *ret)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_GAME_LOAD);
    if (st != OK)
        return leave(fake, st);
    const struct game_row *row = find_game(fake, name);
    if (!row || row->game.version == 0)
        return leave(fake, ERR_NOT_FOUND);
    *ret = row->game;
    ret->name = arena_dup(arena, row->game.name);
    ret->owner_name = arena_dup(arena, row->game.owner_name);
    ret->state = arena_dup(arena, row->game.state);
    ret->snapshot = arena_dup(arena, row->game.snapshot);
    ret->origin = arena_dup(arena, row->game.origin);
    return leave(fake, OK);
}

static enum status fake_request_find(struct store *store, uint64_t game, struct slice request_id,
                                     uint64_t *ret_version, uint8_t ret_print[STORE_PRINT_LEN])
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_REQUEST_FIND);
    if (st != OK)
        return leave(fake, st);
    const struct journal_row *row = find_request(fake, game, request_id);
    if (!row)
        return leave(fake, ERR_NOT_FOUND);
    *ret_version = row->row.version;
    memcpy(ret_print, row->request_print, STORE_PRINT_LEN);
    return leave(fake, OK);
}

static struct store_device copy_device(const struct device_row *row, struct arena *arena)
{
    struct store_device device = row->device;
    device.name = arena_dup(arena, device.name);
    device.label = arena_dup(arena, device.label);
    return device;
}

static enum status fake_session_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                     struct arena *arena, struct store_session *ret)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_SESSION_FIND);
    if (st != OK)
        return leave(fake, st);
    const struct table *devices = table_of(fake, TABLE_DEVICES);
    for (size_t i = 0; i < devices->count; i++) {
        const struct device_row *row = devices->rows[i];
        const bool present = memcmp(row->secret_hash, secret_hash, SHA256_LEN) == 0;
        const bool previous =
            row->rotated && memcmp(row->previous_hash, secret_hash, SHA256_LEN) == 0;
        if (!present && !previous)
            continue;
        const struct session_row *session = find_session(fake, row->session);
        *ret = (struct store_session){.row = row->session,
                                      .name = arena_dup(arena, session->name),
                                      .device = copy_device(row, arena),
                                      .previous = !present,
                                      .previous_until_ms = present ? 0 : row->previous_until_ms};
        return leave(fake, OK);
    }
    return leave(fake, ERR_NOT_FOUND);
}

static enum status fake_device_list(struct store *store, uint64_t session, store_device_fn *visit,
                                    void *arg)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_DEVICE_LIST);
    if (st != OK)
        return leave(fake, st);
    const struct table *devices = table_of(fake, TABLE_DEVICES);
    for (size_t i = 0; i < devices->count; i++) { /* as they were added: oldest first */
        const struct device_row *row = devices->rows[i];
        if (row->session == session && !visit(arg, &row->device))
            break;
    }
    return leave(fake, OK);
}

static enum status fake_member_find(struct store *store, uint64_t game, uint64_t session,
                                    enum store_role *ret)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_MEMBER_FIND);
    if (st != OK)
        return leave(fake, st);
    const size_t at = find_member(fake, game, session);
    *ret = STORE_NOBODY;
    if (at != SIZE_MAX) {
        const struct member_row *member = table_of(fake, TABLE_MEMBERS)->rows[at];
        *ret = member->role;
    }
    return leave(fake, OK);
}

static enum status fake_member_list(struct store *store, uint64_t game, uint64_t above,
                                    size_t count, store_member_fn *visit, void *arg)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_MEMBER_LIST);
    if (st != OK)
        return leave(fake, st);
    const struct table *sessions = table_of(fake, TABLE_SESSIONS);
    uint64_t session = above;
    for (bool go_on = true; go_on && count > 0 && session < sessions->count;) {
        const struct session_row *row = table_row(sessions, ++session);
        if (!is_member(fake, game, session))
            continue;
        const struct member_row *member =
            table_of(fake, TABLE_MEMBERS)->rows[find_member(fake, game, session)];
        const struct store_member listed = {
            .session = session, .session_name = row->name, .role = member->role};
        count--;
        go_on = visit(arg, &listed);
    }
    return leave(fake, OK);
}

static enum status fake_invitation_list(struct store *store, uint64_t game,
                                        store_invitation_fn *visit, void *arg)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_INVITATION_LIST);
    if (st != OK)
        return leave(fake, st);
    const struct table *invitations = table_of(fake, TABLE_INVITATIONS);
    for (size_t i = 0; i < invitations->count; i++) { /* as they were added: oldest first */
        const struct invitation_row *row = invitations->rows[i];
        if (row->invitation.game == game && !visit(arg, &row->invitation))
            break;
    }
    return leave(fake, OK);
}

static enum status fake_invitation_find(struct store *store, const uint8_t secret_hash[SHA256_LEN],
                                        struct arena *arena, struct store_invitation *ret)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_INVITATION_FIND);
    if (st != OK)
        return leave(fake, st);
    const struct table *invitations = table_of(fake, TABLE_INVITATIONS);
    for (size_t i = 0; i < invitations->count; i++) {
        const struct invitation_row *row = invitations->rows[i];
        if (memcmp(row->secret_hash, secret_hash, SHA256_LEN) != 0)
            continue;
        *ret = row->invitation;
        ret->game_name = arena_dup(arena, row->invitation.game_name);
        ret->name = arena_dup(arena, row->invitation.name);
        return leave(fake, OK);
    }
    return leave(fake, ERR_NOT_FOUND);
}

static enum status fake_save_list(struct store *store, uint64_t game, uint64_t session,
                                  store_save_fn *visit, void *arg)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_SAVE_LIST);
    if (st != OK)
        return leave(fake, st);
    bool go_on = true;
    for (uint32_t slot = 1; go_on && slot <= LIMIT_SAVES; slot++) {
        const size_t at = find_save(fake, game, session, slot);
        if (at == SIZE_MAX)
            continue;
        const struct save_row *row = table_of(fake, TABLE_SAVES)->rows[at];
        go_on = visit(arg, &row->save);
    }
    return leave(fake, OK);
}

static enum status fake_save_find(struct store *store, uint64_t game, uint64_t session,
                                  uint32_t slot, struct arena *arena, struct store_save *ret)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_SAVE_FIND);
    if (st != OK)
        return leave(fake, st);
    const size_t at = find_save(fake, game, session, slot);
    if (at == SIZE_MAX)
        return leave(fake, ERR_NOT_FOUND);
    const struct save_row *row = table_of(fake, TABLE_SAVES)->rows[at];
    *ret = row->save;
    ret->name = arena_dup(arena, row->save.name);
    return leave(fake, OK);
}

static enum status fake_story_load(struct store *store, const uint8_t hash[SHA256_LEN],
                                   struct arena *arena, struct slice *ret_source)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_STORY_LOAD);
    if (st != OK)
        return leave(fake, st);
    const struct story_row *story =
        table_row(table_of(fake, TABLE_STORIES), find_story(fake, hash));
    if (!story)
        return leave(fake, ERR_NOT_FOUND);
    *ret_source = arena_dup(arena, story->source);
    return leave(fake, OK);
}

static bool visit_listed(struct fake *fake, const struct game_row *row, store_list_fn *visit,
                         void *arg)
{
    const struct story_row *story = table_row(table_of(fake, TABLE_STORIES), row->story);
    const struct store_listed listed = {.row = row->game.row,
                                        .name = row->game.name,
                                        .story_id = story->id,
                                        .story_title = story->title,
                                        .version = row->game.version,
                                        .status = row->status,
                                        .section = row->section,
                                        .created_ms = row->created_ms,
                                        .updated_ms = row->updated_ms};
    return visit(arg, &listed);
}

static enum status fake_list(struct store *store, uint64_t session, uint64_t below, size_t count,
                             store_list_fn *visit, void *arg)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_LIST);
    if (st != OK)
        return leave(fake, st);
    const struct table *games = table_of(fake, TABLE_GAMES);
    uint64_t row = below == 0 || below > games->count ? games->count : below - 1;
    for (bool go_on = true; go_on && count > 0 && row > 0; row--) {
        const struct game_row *game = table_row(games, row);
        if (game->game.version == 0 || !is_member(fake, row, session))
            continue;
        count--;
        go_on = visit_listed(fake, game, visit, arg);
    }
    return leave(fake, OK);
}

static enum status fake_scan(struct store *store, uint64_t above, size_t count,
                             store_list_fn *visit, void *arg)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_SCAN);
    if (st != OK)
        return leave(fake, st);
    const struct table *games = table_of(fake, TABLE_GAMES);
    uint64_t row = above;
    for (bool go_on = true; go_on && count > 0 && row < games->count;) {
        const struct game_row *game = table_row(games, ++row);
        if (game->game.version == 0)
            continue;
        count--;
        go_on = visit_listed(fake, game, visit, arg);
    }
    return leave(fake, OK);
}

static enum status fake_history(struct store *store, uint64_t game, uint64_t from, uint64_t to,
                                store_history_fn *visit, void *arg)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_HISTORY);
    if (st != OK)
        return leave(fake, st);
    const struct table *journal = table_of(fake, TABLE_JOURNAL);
    bool go_on = find_alive(fake, game) != NULL;
    for (uint64_t seq = journal->count; go_on && seq > 0; seq--) {
        const struct journal_row *row = table_row(journal, seq);
        if (row->game == game && row->row.version >= from && row->row.version <= to)
            go_on = visit(arg, &row->row);
    }
    return leave(fake, OK);
}

/* ---- upkeep ---- */

/* Was a device of the session used since? */
static bool is_in_use(struct fake *fake, uint64_t session, int64_t before_ms)
{
    const struct table *devices = table_of(fake, TABLE_DEVICES);
    for (size_t i = 0; i < devices->count; i++) {
        const struct device_row *row = devices->rows[i];
        if (row->session == session && row->device.seen_ms >= before_ms)
            return true;
    }
    return false;
}

/* Has it a game, or a part in one? */
static bool owns_something(struct fake *fake, uint64_t session)
{
    const struct table *games = table_of(fake, TABLE_GAMES);
    for (uint64_t row = 1; row <= games->count; row++) {
        const struct game_row *game = table_row(games, row);
        if (is_member(fake, row, session) || (!game->doomed && game->game.owner == session))
            return true;
    }
    return false;
}

/* The rows of a kind that a search looks at, as the engine on disk numbers them: which table, and what
 * is the row of the entry at `at`? */
static size_t stale_table(enum store_stale kind)
{
    static const size_t tables[] = {
        [STORE_STALE_LINK_GAMES] = TABLE_GAMES,        [STORE_STALE_SESSIONS] = TABLE_SESSIONS,
        [STORE_STALE_DEVICES] = TABLE_DEVICES,         [STORE_STALE_CARRIES] = TABLE_CARRIES,
        [STORE_STALE_INVITATIONS] = TABLE_INVITATIONS, [STORE_STALE_REQUEST_IDS] = TABLE_JOURNAL};
    return tables[kind];
}

/* Is the entry stale, and how is it told? Its row is told in either case. */
static bool judge_stale(struct fake *fake, enum store_stale kind, int64_t before_ms, size_t at,
                        struct store_stale_row *ret)
{
    const void *entry = table_of(fake, stale_table(kind))->rows[at];
    const struct game_row *game = entry;
    const struct session_row *session = entry;
    const struct device_row *device = entry;
    const struct carry_row *carry = entry;
    const struct invitation_row *invitation = entry;
    const struct journal_row *journal = entry;
    *ret = (struct store_stale_row){.row = at + 1};
    switch (kind) {
    case STORE_STALE_LINK_GAMES:
        ret->name = game->game.name;
        ret->at_ms = game->updated_ms;
        ret->status = game->status;
        return game->game.version > 0 && game->game.link && ret->at_ms < before_ms;
    case STORE_STALE_SESSIONS:
        ret->name = session->name;
        ret->at_ms = session->created_ms;
        return !session->gone && at + 1 < table_of(fake, TABLE_SESSIONS)->count &&
               ret->at_ms < before_ms && !is_in_use(fake, at + 1, before_ms) &&
               !owns_something(fake, at + 1);
    case STORE_STALE_DEVICES:
        ret->row = device->session;
        ret->name = device->device.name;
        ret->at_ms = device->device.seen_ms;
        return ret->at_ms < before_ms && is_in_use(fake, ret->row, before_ms);
    case STORE_STALE_CARRIES:
        ret->row = carry->session;
        ret->at_ms = carry->expires_ms;
        return ret->at_ms < before_ms;
    case STORE_STALE_INVITATIONS:
        ret->row = invitation->invitation.game;
        ret->name = invitation->invitation.name;
        ret->at_ms = invitation->invitation.expires_ms;
        return ret->at_ms != INT64_MAX && ret->at_ms < before_ms;
    case STORE_STALE_REQUEST_IDS:
        ret->at_ms = journal->row.at_ms;
        return journal->request_id.len > 0 && ret->at_ms < before_ms;
    case STORE_STALE_COUNT: break;
    }
    return false;
}

static enum status fake_prune_find(struct store *store, enum store_stale kind, int64_t before_ms,
                                   uint64_t above, size_t rows, store_stale_fn *visit, void *arg,
                                   uint64_t *ret_next)
{
    struct fake *fake = fake_of(store);
    const enum status st = enter(fake, FAKE_PRUNE_FIND);
    if (st != OK)
        return leave(fake, st);
    const uint64_t to = rows > UINT64_MAX - above ? UINT64_MAX : above + rows;
    bool go_on = true;
    *ret_next = 0;
    for (size_t i = 0; go_on && i < table_of(fake, stale_table(kind))->count; i++) {
        struct store_stale_row row;
        const bool stale = judge_stale(fake, kind, before_ms, i, &row);
        if (row.row > to)
            *ret_next = to;
        else if (stale && row.row > above)
            go_on = visit(arg, &row);
    }
    return leave(fake, OK);
}

/* What is deleted is never looked at again here, and memory goes with the fake. */
static enum status fake_upkeep(struct store *store, enum fake_call call, bool *ret_more)
{
    struct fake *fake = fake_of(store);
    ENSURE(fake->writer && !fake->open);
    *ret_more = false;
    return leave(fake, enter(fake, call));
}

static enum status fake_purge(struct store *store, size_t rows, bool *ret_more)
{
    (void)rows;
    return fake_upkeep(store, FAKE_PURGE, ret_more);
}

static enum status fake_vacuum(struct store *store, size_t pages, bool *ret_more)
{
    (void)pages;
    return fake_upkeep(store, FAKE_VACUUM, ret_more);
}

/* ---- the rest ---- */

static enum status fake_checkpoint(struct store *store)
{
    struct fake *fake = fake_of(store);
    return leave(fake, enter(fake, FAKE_CHECKPOINT));
}

static uint64_t fake_bytes(struct store *store)
{
    struct fake_store *data = fake_of(store)->data;
    ENSURE(pthread_mutex_lock(&data->lock) == 0);
    const uint64_t bytes = data->bytes;
    ENSURE(pthread_mutex_unlock(&data->lock) == 0);
    return bytes;
}

static size_t fake_wal_pages(struct store *store)
{
    struct fake_store *data = fake_of(store)->data;
    ENSURE(pthread_mutex_lock(&data->lock) == 0);
    const size_t pages = data->wal_pages;
    ENSURE(pthread_mutex_unlock(&data->lock) == 0);
    return pages;
}

static void fake_free(struct store *store)
{
    struct fake *fake = fake_of(store);
    struct fake_store *data = fake->data;
    fake_rollback(store);
    ENSURE(pthread_mutex_lock(&data->lock) == 0);
    data->stores--;
    data->has_writer = data->has_writer && !fake->writer;
    ENSURE(pthread_mutex_unlock(&data->lock) == 0);
    free(fake);
}

static const struct store_ops fake_ops = {
    .begin = fake_begin,
    .commit = fake_commit,
    .rollback = fake_rollback,
    .game_create = fake_game_create,
    .append = fake_append,
    .session_add = fake_session_add,
    .device_add = fake_device_add,
    .device_rotate = fake_device_rotate,
    .device_seen = fake_device_seen,
    .device_remove = fake_device_remove,
    .carry_add = fake_carry_add,
    .carry_take = fake_carry_take,
    .invitation_add = fake_invitation_add,
    .invitation_remove = fake_invitation_remove,
    .save_put = fake_save_put,
    .save_remove = fake_save_remove,
    .past_add = fake_past_add,
    .past_end = fake_past_end,
    .game_doom = fake_game_doom,
    .prune_drop = fake_prune_drop,
    .member_set = fake_member_set,
    .feedback_add = fake_feedback_add,
    .touch = fake_touch,
    .game_load = fake_game_load,
    .request_find = fake_request_find,
    .session_find = fake_session_find,
    .device_list = fake_device_list,
    .member_find = fake_member_find,
    .member_list = fake_member_list,
    .invitation_list = fake_invitation_list,
    .invitation_find = fake_invitation_find,
    .save_list = fake_save_list,
    .save_find = fake_save_find,
    .story_load = fake_story_load,
    .list = fake_list,
    .scan = fake_scan,
    .history = fake_history,
    .prune_find = fake_prune_find,
    .purge = fake_purge,
    .vacuum = fake_vacuum,
    .checkpoint = fake_checkpoint,
    .wal_pages = fake_wal_pages,
    .bytes = fake_bytes,
    .free = fake_free,
};

static struct store *open_fake(struct fake_store *data, bool writer)
{
    struct fake *fake = malloc(sizeof *fake);
    ENSURE(fake);
    *fake = (struct fake){.store = {.ops = &fake_ops}, .data = data, .writer = writer};
    ENSURE(pthread_mutex_lock(&data->lock) == 0);
    ENSURE(!writer || !data->has_writer);
    data->stores++;
    data->has_writer = data->has_writer || writer;
    ENSURE(pthread_mutex_unlock(&data->lock) == 0);
    return &fake->store;
}

struct store *fake_store_writer(struct fake_store *fake)
{
    return open_fake(fake, true);
}

struct store *fake_store_reader(struct fake_store *fake)
{
    return open_fake(fake, false);
}

struct fake_store *fake_store_new(void)
{
    struct fake_store *fake = malloc(sizeof *fake);
    ENSURE(fake);
    *fake = (struct fake_store){.stores = 0};
    ENSURE(pthread_mutex_init(&fake->lock, NULL) == 0);
    return fake;
}

void fake_store_free(struct fake_store *fake)
{
    if (!fake)
        return;
    ENSURE(fake->stores == 0);
    tables_release(&fake->committed);
    arena_release(&fake->arena);
    ENSURE(pthread_mutex_destroy(&fake->lock) == 0);
    free(fake);
}

static void set_failure(struct fake_store *fake, enum fake_call call, struct failure failure)
{
    ENSURE(call < FAKE_CALL_COUNT && failure.status != OK);
    ENSURE(pthread_mutex_lock(&fake->lock) == 0);
    fake->failures[call] = failure;
    ENSURE(pthread_mutex_unlock(&fake->lock) == 0);
}

void fake_store_fail(struct fake_store *fake, enum fake_call call, unsigned nth, enum status status)
{
    set_failure(fake, call, (struct failure){.left = nth, .status = status});
}

void fake_store_fail_from(struct fake_store *fake, enum fake_call call, unsigned nth,
                          enum status status)
{
    set_failure(fake, call, (struct failure){.left = nth, .stays = true, .status = status});
}

unsigned fake_store_calls(struct fake_store *fake, enum fake_call call)
{
    ENSURE(call < FAKE_CALL_COUNT);
    ENSURE(pthread_mutex_lock(&fake->lock) == 0);
    const unsigned calls = fake->calls[call];
    ENSURE(pthread_mutex_unlock(&fake->lock) == 0);
    return calls;
}

void fake_store_hook(struct fake_store *fake, enum fake_call call, fake_hook_fn *hook, void *arg)
{
    ENSURE(call < FAKE_CALL_COUNT);
    fake->hooks[call] = (struct hook){.run = hook, .arg = arg};
}

void fake_store_set_bytes(struct fake_store *fake, uint64_t bytes)
{
    ENSURE(pthread_mutex_lock(&fake->lock) == 0);
    fake->bytes = bytes;
    ENSURE(pthread_mutex_unlock(&fake->lock) == 0);
}

void fake_store_set_wal_pages(struct fake_store *fake, size_t pages)
{
    ENSURE(pthread_mutex_lock(&fake->lock) == 0);
    fake->wal_pages = pages;
    ENSURE(pthread_mutex_unlock(&fake->lock) == 0);
}
