/* What storage/store.h promises of people: sessions, devices, carries, members, invitations, saves. */
#include <string.h>

#include "app/base/limits.h"
#include "tests/storage/engine.h"
#include "tests/storage/sample.h"

/* ---- sessions ---- */

START_TEST(a_session_is_found_by_its_hash_only)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    uint64_t rows[4];
    ck_assert_ok(store_begin(store));
    for (unsigned i = 0; i < COUNT_OF(rows); i++)
        rows[i] = add_session(store, i);
    ck_assert_ok(store_commit(store));
    for (unsigned i = 0; i < COUNT_OF(rows); i++) {
        struct store_session session;
        struct sample_hash hash = sample_hash(i);
        ck_assert_ok(store_session_find(store, hash.bytes, &arena, &session));
        ck_assert_uint_eq(session.row, rows[i]);
        ck_assert_slice_eq(session.name, sample_text("session-%u", i));
        hash.bytes[SHA256_LEN - 1] ^= 1;
        ck_assert_status(store_session_find(store, hash.bytes, &arena, &session), ERR_NOT_FOUND);
    }
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(a_taken_hash_or_name_is_refused)
{
    struct store *store = engine_writer();
    const struct sample_hash first = sample_hash(1), second = sample_hash(2);
    uint64_t row = 0;
    ck_assert_ok(store_begin(store));
    const uint64_t taken = add_session(store, 1);
    ck_assert_status(store_session_add(store, SLICE("session-1"), 1, &row), ERR_CONFLICT);
    ck_assert_ok(store_session_add(store, SLICE("new"), 1, &row));
    ck_assert_uint_ne(row, taken);
    struct store_new_device device = sample_device(7, &first);
    ck_assert_status(store_device_add(store, row, &device), ERR_CONFLICT);
    device = sample_device(1, &second);
    ck_assert_status(store_device_add(store, taken, &device), ERR_CONFLICT);
    ck_assert_ok(store_device_add(store, row, &device)); /* a name is of its session only */
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

/* ---- devices ---- */

struct seen_devices {
    struct store_device first;
    char names[LIMIT_DEVICES][80];
    size_t count, stop_after;
};

static bool on_device(void *arg, const struct store_device *device)
{
    struct seen_devices *seen = arg;
    ck_assert_uint_lt(seen->count, LIMIT_DEVICES);
    if (seen->count == 0)
        seen->first = *device;
    memcpy(seen->names[seen->count], device->name.at, device->name.len);
    seen->names[seen->count++][device->name.len] = '\0';
    return seen->count != seen->stop_after;
}

START_TEST(a_session_has_its_devices_oldest_first)
{
    struct store *store = engine_writer();
    struct sample_hash hash = sample_hash(100);
    ck_assert_ok(store_begin(store));
    const uint64_t session = add_session(store, 1), other = add_session(store, 2);
    for (unsigned i = 2; i <= LIMIT_DEVICES; i++) {
        hash = sample_hash(100 + i);
        const struct store_new_device device = sample_device(40 - i, &hash);
        struct store_new_device late = device;
        late.at_ms = 100 + (int64_t)i;
        ck_assert_ok(store_device_add(store, session, &late));
    }
    hash = sample_hash(200);
    const struct store_new_device more = sample_device(200, &hash);
    ck_assert_status(store_device_add(store, session, &more), ERR_FULL);
    ck_assert_status(store_device_add(store, other + 1, &more), ERR_CONFLICT);
    ck_assert_status(store_device_add(store, UINT64_MAX, &more), ERR_CONFLICT);
    ck_assert_ok(store_device_add(store, other, &more));
    ck_assert_ok(store_commit(store));

    struct seen_devices seen = {.count = 0};
    ck_assert_ok(store_device_list(store, session, on_device, &seen));
    ck_assert_uint_eq(seen.count, LIMIT_DEVICES);
    ck_assert_str_eq(seen.names[0], "device-1");
    ck_assert_int_eq(seen.first.created_ms, 6);
    ck_assert_int_eq(seen.first.seen_ms, 6);
    ck_assert_int_eq(seen.first.rotated_ms, 6);
    for (unsigned i = 2; i <= LIMIT_DEVICES; i++)
        ck_assert_slice_eq(slice_str(seen.names[i - 1]), sample_text("device-%u", 40 - i));
    seen = (struct seen_devices){.stop_after = 3};
    ck_assert_ok(store_device_list(store, session, on_device, &seen));
    ck_assert_uint_eq(seen.count, 3);
    seen = (struct seen_devices){.count = 0};
    ck_assert_ok(store_device_list(store, other + 1, on_device, &seen));
    ck_assert_uint_eq(seen.count, 0);
    store_free(store);
}
END_TEST

static struct store_session must_find(struct store *store, unsigned secret, struct arena *arena)
{
    struct store_session session;
    const struct sample_hash hash = sample_hash(secret);
    ck_assert_ok(store_session_find(store, hash.bytes, arena, &session));
    return session;
}

static enum status find_secret(struct store *store, unsigned secret)
{
    struct arena arena = {0};
    struct store_session session;
    const struct sample_hash hash = sample_hash(secret);
    const enum status st = store_session_find(store, hash.bytes, &arena, &session);
    arena_release(&arena);
    return st;
}

START_TEST(each_device_has_a_secret_of_its_own)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    const struct sample_hash hash = sample_hash(2);
    ck_assert_ok(store_begin(store));
    const uint64_t session = add_session(store, 1);
    const struct store_new_device second = sample_device(2, &hash);
    ck_assert_ok(store_device_add(store, session, &second));
    ck_assert_ok(store_device_seen(store, session, SLICE("device-2"), 99));
    ck_assert_status(store_device_seen(store, session, SLICE("device-3"), 99), ERR_NOT_FOUND);
    ck_assert_status(store_device_seen(store, session + 1, SLICE("device-2"), 99), ERR_NOT_FOUND);
    ck_assert_ok(store_commit(store));
    const struct store_session one = must_find(store, 1, &arena), two = must_find(store, 2, &arena);
    ck_assert_uint_eq(one.row, session);
    ck_assert_uint_eq(two.row, session);
    ck_assert_slice_str(one.device.name, "device-1");
    ck_assert_slice_str(two.device.name, "device-2");
    ck_assert_slice_str(two.device.label, "label 2");
    ck_assert_int_eq(one.device.seen_ms, 6);
    ck_assert_int_eq(two.device.seen_ms, 99);
    ck_assert(!one.previous && !two.previous);

    ck_assert_ok(store_begin(store));
    ck_assert_status(store_device_remove(store, session, SLICE("device-3")), ERR_NOT_FOUND);
    ck_assert_status(store_device_remove(store, session, sample_bytes(65)), ERR_NOT_FOUND);
    ck_assert_status(store_device_remove(store, session + 1, SLICE("device-1")), ERR_NOT_FOUND);
    ck_assert_ok(store_device_remove(store, session, SLICE("device-1")));
    ck_assert_ok(store_commit(store));
    ck_assert_status(find_secret(store, 1), ERR_NOT_FOUND);
    ck_assert_ok(find_secret(store, 2));
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(a_rotated_secret_is_told_from_the_present_one)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    const struct sample_hash second = sample_hash(12), third = sample_hash(13);
    ck_assert_ok(store_begin(store));
    const uint64_t session = add_session(store, 1), other = add_session(store, 2);
    ck_assert_ok(store_device_rotate(store, session, SLICE("device-1"), second.bytes, 50, 110));
    ck_assert_status(store_device_rotate(store, other, SLICE("device-2"), second.bytes, 50, 110),
                     ERR_CONFLICT);
    ck_assert_status(store_device_rotate(store, other, SLICE("device-1"), third.bytes, 50, 110),
                     ERR_NOT_FOUND);
    ck_assert_ok(store_commit(store));
    struct store_session found = must_find(store, 12, &arena);
    ck_assert(!found.previous);
    ck_assert_int_eq(found.previous_until_ms, 0);
    ck_assert_int_eq(found.device.rotated_ms, 50);
    ck_assert_int_eq(found.device.seen_ms, 50);
    ck_assert_int_eq(found.device.created_ms, 6);
    found = must_find(store, 1, &arena);
    ck_assert(found.previous);
    ck_assert_int_eq(found.previous_until_ms, 110);
    ck_assert_uint_eq(found.row, session);
    ck_assert_slice_str(found.device.name, "device-1");

    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_device_rotate(store, session, SLICE("device-1"), third.bytes, 70, 130));
    ck_assert_ok(store_commit(store));
    ck_assert_status(find_secret(store, 1), ERR_NOT_FOUND);
    ck_assert(must_find(store, 12, &arena).previous);
    ck_assert(!must_find(store, 13, &arena).previous);
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(a_device_has_limits)
{
    struct store *store = engine_writer();
    const struct sample_hash hash = sample_hash(2);
    ck_assert_ok(store_begin(store));
    const uint64_t session = add_session(store, 1);
    struct store_new_device device = sample_device(2, &hash);
    device.name = sample_bytes(65);
    ck_assert_status(store_device_add(store, session, &device), ERR_TOO_LARGE);
    device.name = sample_bytes(64);
    device.label = sample_bytes(LIMIT_DEVICE_LABEL_BYTES + 1);
    ck_assert_status(store_device_add(store, session, &device), ERR_TOO_LARGE);
    device.label = sample_bytes(LIMIT_DEVICE_LABEL_BYTES);
    ck_assert_ok(store_device_add(store, session, &device));
    ck_assert_ok(store_commit(store));
    ck_assert_ok(find_secret(store, 2));
    store_free(store);
}
END_TEST

/* ---- carries ---- */

START_TEST(a_carry_is_taken_once)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    struct store_carry carry;
    const struct sample_hash first = sample_hash(1), second = sample_hash(2),
                             third = sample_hash(3);
    ck_assert_ok(store_begin(store));
    const uint64_t session = add_session(store, 1), other = add_session(store, 2);
    ck_assert_status(store_carry_add(store, other + 1, first.bytes, 10), ERR_CONFLICT);
    ck_assert_status(store_carry_add(store, UINT64_MAX, first.bytes, 10), ERR_CONFLICT);
    ck_assert_ok(store_carry_add(store, session, first.bytes, 10));
    ck_assert_status(store_carry_add(store, other, first.bytes, 10), ERR_CONFLICT);
    /* One for each session: the second is instead of the first. */
    ck_assert_ok(store_carry_add(store, session, second.bytes, -20));
    ck_assert_ok(store_carry_add(store, other, third.bytes, 30));
    ck_assert_ok(store_commit(store));

    ck_assert_ok(store_begin(store));
    ck_assert_status(store_carry_take(store, first.bytes, &arena, &carry), ERR_NOT_FOUND);
    ck_assert_ok(store_carry_take(store, second.bytes, &arena, &carry));
    ck_assert_uint_eq(carry.session, session);
    ck_assert_slice_str(carry.session_name, "session-1");
    ck_assert_int_eq(carry.expires_ms, -20);
    ck_assert_status(store_carry_take(store, second.bytes, &arena, &carry), ERR_NOT_FOUND);
    store_rollback(store);
    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_carry_take(store, second.bytes, &arena, &carry));
    ck_assert_ok(store_commit(store));
    ck_assert_ok(store_begin(store));
    ck_assert_status(store_carry_take(store, second.bytes, &arena, &carry), ERR_NOT_FOUND);
    ck_assert_ok(store_carry_take(store, third.bytes, &arena, &carry));
    ck_assert_uint_eq(carry.session, other);
    ck_assert_ok(store_commit(store));
    arena_release(&arena);
    store_free(store);
}
END_TEST

/* ---- members ---- */

START_TEST(a_role_is_given_changed_and_taken_away)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    enum store_role role;
    ck_assert_ok(store_member_find(store, place.game, place.session, &role));
    ck_assert_int_eq(role, STORE_OWNER);
    static const enum store_role roles[] = {STORE_PLAYER, STORE_SPECTATOR, STORE_NOBODY,
                                            STORE_NOBODY, STORE_PLAYER};
    ck_assert_ok(store_begin(store));
    const uint64_t other = add_session(store, 2);
    ck_assert_ok(store_commit(store));
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        ck_assert_ok(store_begin(store));
        ck_assert_ok(store_member_set(store, place.game, other, roles[i]));
        ck_assert_ok(store_commit(store));
        ck_assert_ok(store_member_find(store, place.game, other, &role));
        ck_assert_int_eq(role, roles[i]);
    }
    ck_assert_ok(store_member_find(store, place.game, place.session, &role));
    ck_assert_int_eq(role, STORE_OWNER);
    store_free(store);
}
END_TEST

START_TEST(a_member_of_nothing_is_refused)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    const struct {
        uint64_t game, session;
    } nothing[] = {{place.game + 1, place.session},
                   {place.game, place.session + 1},
                   {0, place.session},
                   {place.game, 0},
                   {UINT64_MAX, place.session},
                   {place.game, UINT64_MAX}};
    ck_assert_ok(store_begin(store));
    for (size_t i = 0; i < COUNT_OF(nothing); i++) {
        enum store_role role;
        ck_assert_status(store_member_set(store, nothing[i].game, nothing[i].session, STORE_PLAYER),
                         ERR_CONFLICT);
        ck_assert_ok(store_member_set(store, nothing[i].game, nothing[i].session, STORE_NOBODY));
        ck_assert_ok(store_member_find(store, nothing[i].game, nothing[i].session, &role));
        ck_assert_int_eq(role, STORE_NOBODY);
    }
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

struct seen_members {
    struct store_member of[16];
    size_t count, stop_after;
};

static bool on_member(void *arg, const struct store_member *member)
{
    struct seen_members *seen = arg;
    ck_assert_uint_lt(seen->count, COUNT_OF(seen->of));
    ck_assert_slice_eq(member->session_name, sample_text("session-%u", (unsigned)member->session));
    seen->of[seen->count++] = *member;
    return seen->count != seen->stop_after;
}

START_TEST(the_members_of_a_game_come_by_session)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    for (unsigned i = 2; i <= 9; i++) {
        const uint64_t session = add_session(store, i);
        ck_assert_uint_eq(session, i);
        ck_assert_ok(
            store_member_set(store, place.game, session, i % 2 ? STORE_PLAYER : STORE_SPECTATOR));
    }
    (void)add_game(store, 2, 3, 1);
    ck_assert_ok(store_member_set(store, place.game, 5, STORE_NOBODY));
    ck_assert_ok(store_member_set(store, place.game, 6, STORE_OWNER));
    ck_assert_ok(store_commit(store));

    struct seen_members seen = {.count = 0};
    ck_assert_ok(store_member_list(store, place.game, 0, SIZE_MAX, on_member, &seen));
    ck_assert_uint_eq(seen.count, 8);
    ck_assert_uint_eq(seen.of[0].session, place.session);
    ck_assert_int_eq(seen.of[0].role, STORE_OWNER);
    ck_assert_int_eq(seen.of[1].role, STORE_SPECTATOR);
    ck_assert_uint_eq(seen.of[4].session, 6);
    ck_assert_int_eq(seen.of[4].role, STORE_OWNER);
    seen = (struct seen_members){.count = 0};
    ck_assert_ok(store_member_list(store, place.game, 3, 2, on_member, &seen));
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_uint_eq(seen.of[0].session, 4);
    ck_assert_uint_eq(seen.of[1].session, 6);
    seen = (struct seen_members){.stop_after = 1};
    ck_assert_ok(store_member_list(store, place.game, 0, 9, on_member, &seen));
    ck_assert_uint_eq(seen.count, 1);
    seen = (struct seen_members){.count = 0};
    ck_assert_ok(store_member_list(store, place.game, UINT64_MAX, 9, on_member, &seen));
    ck_assert_ok(store_member_list(store, place.game, 0, 0, on_member, &seen));
    ck_assert_ok(store_member_list(store, place.game + 2, 0, 9, on_member, &seen));
    ck_assert_uint_eq(seen.count, 0);
    store_free(store);
}
END_TEST

/* ---- invitations ---- */

static struct store_new_invitation invitation_of(uint64_t game, unsigned number,
                                                 const struct sample_hash *secret)
{
    return (struct store_new_invitation){.game = game,
                                         .secret_hash = secret->bytes,
                                         .name = sample_text("invitation-%u", number),
                                         .role = STORE_PLAYER,
                                         .once = number % 2 == 1,
                                         .at_ms = 1000 + (int64_t)number,
                                         .expires_ms = number % 3 == 0 ? INT64_MAX : -7};
}

static enum status invite(struct store *store, uint64_t game, unsigned number, unsigned secret)
{
    const struct sample_hash hash = sample_hash(secret);
    const struct store_new_invitation invitation = invitation_of(game, number, &hash);
    return store_invitation_add(store, &invitation);
}

struct seen_invitations {
    char names[LIMIT_INVITATIONS][80];
    size_t count, stop_after;
};

static bool on_invitation(void *arg, const struct store_invitation *invitation)
{
    struct seen_invitations *seen = arg;
    ck_assert_uint_lt(seen->count, LIMIT_INVITATIONS);
    ck_assert_slice_str(invitation->game_name, "game-1");
    memcpy(seen->names[seen->count], invitation->name.at, invitation->name.len);
    seen->names[seen->count++][invitation->name.len] = '\0';
    return seen->count != seen->stop_after;
}

START_TEST(an_invitation_is_found_by_its_secret_until_it_is_taken_away)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    struct store_invitation found;
    const struct sample_place place = sample_place(store, 1);
    const struct sample_hash first = sample_hash(1), unknown = sample_hash(9);
    ck_assert_ok(store_begin(store));
    const uint64_t other = add_game(store, 2, place.session, 1);
    ck_assert_ok(invite(store, place.game, 1, 1));
    ck_assert_ok(invite(store, place.game, 3, 3));
    ck_assert_status(invite(store, place.game, 3, 4), ERR_CONFLICT);
    ck_assert_status(invite(store, other, 4, 3), ERR_CONFLICT);
    ck_assert_status(invite(store, other + 1, 5, 5), ERR_CONFLICT);
    ck_assert_status(invite(store, UINT64_MAX, 5, 5), ERR_CONFLICT);
    ck_assert_ok(invite(store, other, 3, 4)); /* a name is of its game only */
    ck_assert_ok(store_commit(store));

    ck_assert_ok(store_invitation_find(store, first.bytes, &arena, &found));
    ck_assert_uint_eq(found.game, place.game);
    ck_assert_slice_str(found.game_name, "game-1");
    ck_assert_slice_str(found.name, "invitation-1");
    ck_assert_int_eq(found.role, STORE_PLAYER);
    ck_assert(found.once);
    ck_assert_int_eq(found.created_ms, 1001);
    ck_assert_int_eq(found.expires_ms, -7);
    const struct sample_hash third = sample_hash(3);
    ck_assert_ok(store_invitation_find(store, third.bytes, &arena, &found));
    ck_assert(found.expires_ms == INT64_MAX);
    ck_assert_status(store_invitation_find(store, unknown.bytes, &arena, &found), ERR_NOT_FOUND);

    ck_assert_ok(store_begin(store));
    ck_assert_status(store_invitation_remove(store, other, SLICE("invitation-1")), ERR_NOT_FOUND);
    ck_assert_status(store_invitation_remove(store, other, sample_bytes(65)), ERR_NOT_FOUND);
    ck_assert_ok(store_invitation_remove(store, place.game, SLICE("invitation-1")));
    ck_assert_ok(store_commit(store));
    ck_assert_status(store_invitation_find(store, first.bytes, &arena, &found), ERR_NOT_FOUND);
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(the_invitations_of_a_game_come_oldest_first)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    ck_assert_ok(store_begin(store));
    for (unsigned i = 0; i < LIMIT_INVITATIONS; i++)
        ck_assert_ok(invite(store, place.game, i, i));
    ck_assert_status(invite(store, place.game, LIMIT_INVITATIONS, LIMIT_INVITATIONS), ERR_FULL);
    ck_assert_ok(store_commit(store));
    struct seen_invitations seen = {.count = 0};
    ck_assert_ok(store_invitation_list(store, place.game, on_invitation, &seen));
    ck_assert_uint_eq(seen.count, LIMIT_INVITATIONS);
    for (unsigned i = 0; i < LIMIT_INVITATIONS; i++)
        ck_assert_slice_eq(slice_str(seen.names[i]), sample_text("invitation-%u", i));
    seen = (struct seen_invitations){.stop_after = 2};
    ck_assert_ok(store_invitation_list(store, place.game, on_invitation, &seen));
    ck_assert_uint_eq(seen.count, 2);
    seen = (struct seen_invitations){.count = 0};
    ck_assert_ok(store_invitation_list(store, place.game + 1, on_invitation, &seen));
    ck_assert_uint_eq(seen.count, 0);
    store_free(store);
}
END_TEST

START_TEST(an_invitation_has_limits)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 1);
    const struct sample_hash hash = sample_hash(1);
    struct store_new_invitation invitation = invitation_of(place.game, 1, &hash);
    ck_assert_ok(store_begin(store));
    invitation.name = sample_bytes(65);
    ck_assert_status(store_invitation_add(store, &invitation), ERR_TOO_LARGE);
    invitation.name = sample_bytes(64);
    ck_assert_ok(store_invitation_add(store, &invitation));
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

/* ---- saves ---- */

static enum status save_at(struct store *store, uint64_t game, uint64_t session, uint32_t slot,
                           uint64_t version)
{
    const struct store_save save = {.slot = slot,
                                    .name = sample_text("save %u", (unsigned)slot),
                                    .version = version,
                                    .section = -(int32_t)slot,
                                    .at_ms = 100 + (int64_t)slot};
    return store_save_put(store, game, session, &save);
}

struct seen_saves {
    uint32_t slots[LIMIT_SAVES];
    size_t count, stop_after;
};

static bool on_save(void *arg, const struct store_save *save)
{
    struct seen_saves *seen = arg;
    ck_assert_uint_lt(seen->count, LIMIT_SAVES);
    ck_assert_slice_eq(save->name, sample_text("save %u", (unsigned)save->slot));
    seen->slots[seen->count++] = save->slot;
    return seen->count != seen->stop_after;
}

static size_t count_saves(struct store *store, uint64_t game, uint64_t session)
{
    struct seen_saves seen = {.count = 0};
    ck_assert_ok(store_save_list(store, game, session, on_save, &seen));
    return seen.count;
}

START_TEST(a_save_is_its_members_and_reads_back)
{
    struct store *store = engine_writer();
    struct arena arena = {0};
    struct store_save save;
    const struct sample_place place = sample_place(store, 5);
    ck_assert_ok(store_begin(store));
    const uint64_t player = add_session(store, 2);
    ck_assert_ok(store_member_set(store, place.game, player, STORE_PLAYER));
    ck_assert_ok(save_at(store, place.game, place.session, 20, 5));
    ck_assert_ok(save_at(store, place.game, place.session, 3, 1));
    ck_assert_ok(save_at(store, place.game, player, 3, 2));
    ck_assert_ok(save_at(store, place.game, place.session, 3, 4)); /* over the one before */
    ck_assert_ok(store_commit(store));

    ck_assert_ok(store_save_find(store, place.game, place.session, 3, &arena, &save));
    ck_assert_uint_eq(save.slot, 3);
    ck_assert_slice_str(save.name, "save 3");
    ck_assert_uint_eq(save.version, 4);
    ck_assert_int_eq(save.section, -3);
    ck_assert_int_eq(save.at_ms, 103);
    ck_assert_status(store_save_find(store, place.game, place.session, 4, &arena, &save),
                     ERR_NOT_FOUND);
    ck_assert_status(store_save_find(store, place.game + 1, player, 3, &arena, &save),
                     ERR_NOT_FOUND);
    struct seen_saves seen = {.count = 0};
    ck_assert_ok(store_save_list(store, place.game, place.session, on_save, &seen));
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_uint_eq(seen.slots[0], 3);
    ck_assert_uint_eq(seen.slots[1], 20);
    seen = (struct seen_saves){.stop_after = 1};
    ck_assert_ok(store_save_list(store, place.game, place.session, on_save, &seen));
    ck_assert_uint_eq(seen.count, 1);

    ck_assert_ok(store_begin(store));
    ck_assert_ok(store_save_remove(store, place.game, place.session, 3));
    ck_assert_status(store_save_remove(store, place.game, place.session, 3), ERR_NOT_FOUND);
    ck_assert_ok(store_commit(store));
    ck_assert_uint_eq(count_saves(store, place.game, place.session), 1);
    ck_assert_uint_eq(count_saves(store, place.game, player), 1);
    arena_release(&arena);
    store_free(store);
}
END_TEST

START_TEST(saves_go_with_the_membership)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 2);
    ck_assert_ok(store_begin(store));
    const uint64_t player = add_session(store, 2);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_ok(store_member_set(store, place.game, player, STORE_PLAYER));
        ck_assert_uint_eq(count_saves(store, place.game, player), 0);
        ck_assert_ok(save_at(store, place.game, player, 1, 1));
        ck_assert_ok(save_at(store, place.game, player, 2, 2));
        ck_assert_ok(store_member_set(store, place.game, player, STORE_SPECTATOR));
        ck_assert_uint_eq(count_saves(store, place.game, player), 2);
        ck_assert_ok(store_member_set(store, place.game, player, STORE_NOBODY));
        ck_assert_uint_eq(count_saves(store, place.game, player), 0);
    }
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

START_TEST(a_save_of_what_is_not_there_is_refused)
{
    struct store *store = engine_writer();
    const struct sample_place place = sample_place(store, 3);
    ck_assert_ok(store_begin(store));
    const uint64_t stranger = add_session(store, 2);
    const struct {
        uint64_t game, session, version;
    } refused[] = {
        {place.game, stranger, 1},
        {place.game, UINT64_MAX, 1},
        {place.game + 1, place.session, 1},
        {UINT64_MAX, place.session, 1},
        {place.game, place.session, 0},
        {place.game, place.session, 4},
        {place.game, place.session, UINT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        ck_assert_status(save_at(store, refused[i].game, refused[i].session, 1, refused[i].version),
                         ERR_CONFLICT);
    ck_assert_status(save_at(store, place.game, place.session, LIMIT_SAVES + 1, 1), ERR_TOO_LARGE);
    struct store_save save = {
        .slot = 1, .name = sample_bytes(LIMIT_SAVE_NAME_BYTES + 1), .version = 1};
    ck_assert_status(store_save_put(store, place.game, place.session, &save), ERR_TOO_LARGE);
    save.name = sample_bytes(LIMIT_SAVE_NAME_BYTES);
    ck_assert_ok(store_save_put(store, place.game, place.session, &save));
    ck_assert_ok(store_commit(store));
    store_free(store);
}
END_TEST

void storage_suite_people(TCase *tests)
{
    tcase_add_test(tests, a_session_is_found_by_its_hash_only);
    tcase_add_test(tests, a_taken_hash_or_name_is_refused);
    tcase_add_test(tests, a_session_has_its_devices_oldest_first);
    tcase_add_test(tests, each_device_has_a_secret_of_its_own);
    tcase_add_test(tests, a_rotated_secret_is_told_from_the_present_one);
    tcase_add_test(tests, a_device_has_limits);
    tcase_add_test(tests, a_carry_is_taken_once);
    tcase_add_test(tests, a_role_is_given_changed_and_taken_away);
    tcase_add_test(tests, a_member_of_nothing_is_refused);
    tcase_add_test(tests, the_members_of_a_game_come_by_session);
    tcase_add_test(tests, an_invitation_is_found_by_its_secret_until_it_is_taken_away);
    tcase_add_test(tests, the_invitations_of_a_game_come_oldest_first);
    tcase_add_test(tests, an_invitation_has_limits);
    tcase_add_test(tests, a_save_is_its_members_and_reads_back);
    tcase_add_test(tests, saves_go_with_the_membership);
    tcase_add_test(tests, a_save_of_what_is_not_there_is_refused);
}
