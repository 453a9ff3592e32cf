/* Members, invitations, devices and carry codes at the sequencer: who may come, who has to go, and that
 * a change which could not be committed has not happened. */
#include <string.h>

#include "tests/app/world.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, CARRY_MS = 600000, PREVIOUS_MS = 60000 };

static struct world w;
static int64_t now = WORLD_START_MS;

static int64_t test_clock(void)
{
    return now;
}

static void setup(void)
{
    world_init(&w);
    w.config.now_ms = test_clock;
    world_start(&w);
}

static void teardown(void)
{
    world_release(&w);
}

/* ---- short words ---- */

struct person {
    char secret[crypto_base64_size(SHA256_LEN)];
    struct id session;
};

static enum status read_as(struct id game, const char *who)
{
    return world_ask(&w, &(struct ask){.kind = COMMAND_READ, .game = game, .who = who})->status;
}

static struct id session_of(const char *who)
{
    struct arena arena = {0};
    struct store_session session;
    uint8_t hash[SHA256_LEN];
    struct id id;
    crypto_sha256(slice_str(who), hash);
    ck_assert_status(store_session_find(w.writer, hash, &arena, &session), OK);
    ck_assert_status(id_parse(session.name, &id), OK);
    arena_release(&arena);
    return id;
}

static struct command *invite(const struct start *start, enum store_role role, bool once)
{
    struct command *made = world_ask(&w, &(struct ask){.kind = COMMAND_INVITE,
                                                       .game = start->game,
                                                       .who = start->secret,
                                                       .give = role,
                                                       .once = once});
    ck_assert_status(made->status, OK);
    ck_assert(!made->new_session);
    return made;
}

static struct command *accept(const char *code, const char *who)
{
    return world_ask(&w, &(struct ask){.kind = COMMAND_ACCEPT, .code = code, .who = who});
}

/* Somebody new who has accepted an invitation to the game. */
static struct person join(const struct start *start, enum store_role role)
{
    struct person person;
    const struct command *accepted = accept(invite(start, role, true)->secret, NULL);
    ck_assert_status(accepted->status, OK);
    ck_assert(accepted->new_session);
    ck_assert_int_eq(accepted->role, role);
    memcpy(person.secret, accepted->secret, sizeof(person.secret));
    person.session = session_of(person.secret);
    return person;
}

static enum status set_role(const struct start *start, struct id who, enum store_role role)
{
    return world_ask(&w, &(struct ask){.kind = COMMAND_MEMBER_SET,
                                       .game = start->game,
                                       .who = start->secret,
                                       .other = who,
                                       .give = role})
        ->status;
}

static enum status remove_member(struct id game, const char *as, struct id who)
{
    return world_ask(
               &w,
               &(struct ask){.kind = COMMAND_MEMBER_REMOVE, .game = game, .who = as, .other = who})
        ->status;
}

static struct command *of_session(enum command_kind kind, const char *who)
{
    return world_ask(&w, &(struct ask){.kind = kind, .who = who, .bearer = true});
}

static struct command *enter(const char *code)
{
    return world_ask(&w, &(struct ask){.kind = COMMAND_ENTER, .code = code});
}

static enum status end_device(const char *who, struct id device)
{
    return world_ask(&w, &(struct ask){.kind = COMMAND_DEVICE_REMOVE, .who = who, .other = device})
        ->status;
}

/* The one notice that each io thread has got with the last batch, behind everything else. */
static const struct notice *told(void)
{
    const struct notice *notice = NULL;
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        ck_assert_uint_ge(w.seen_count[thread], 1);
        const struct seen *last = &w.seen[thread][w.seen_count[thread] - 1];
        ck_assert_int_eq(last->kind, MAIL_NOTICE);
        ck_assert(!notice || notice == last->notice);
        notice = last->notice;
    }
    return notice;
}

static size_t notices(void)
{
    size_t count = 0;
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        for (size_t i = 0; i < w.seen_count[thread]; i++)
            count += w.seen[thread][i].kind == MAIL_NOTICE;
    }
    return count;
}

/* ---- members ---- */

START_TEST(who_was_let_in_is_let_in_until_it_is_over)
{
    const struct start start = world_create(&w, false);
    const struct person player = join(&start, STORE_PLAYER);
    ck_assert_status(read_as(start.game, player.secret), OK);
    ck_assert_status(remove_member(start.game, start.secret, player.session), OK);
    const struct notice *notice = told();
    ck_assert_int_eq(notice->kind, NOTICE_ROLE);
    ck_assert(id_eq(notice->game, start.game));
    ck_assert_int_eq(notice->role, STORE_NOBODY);
    ck_assert_uint_ne(notice->session, 0);
    ck_assert_status(read_as(start.game, player.secret), ERR_GAME_NOT_FOUND);
    ck_assert_status(remove_member(start.game, start.secret, player.session), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_role_is_another_one_at_once)
{
    const struct start start = world_create(&w, false);
    const struct person player = join(&start, STORE_PLAYER);
    const struct ask choose = {
        .kind = COMMAND_CHOICE, .game = start.game, .who = player.secret, .choice = "nowhere"};
    ck_assert_status(world_ask(&w, &choose)->status, ERR_UNKNOWN_CHOICE);
    ck_assert_status(set_role(&start, player.session, STORE_SPECTATOR), OK);
    ck_assert_int_eq(told()->role, STORE_SPECTATOR);
    ck_assert_status(world_ask(&w, &choose)->status, ERR_FORBIDDEN);
    ck_assert_status(set_role(&start, player.session, STORE_SPECTATOR), OK);
    ck_assert_uint_eq(notices(), 0); /* nothing was new */
    ck_assert_status(set_role(&start, player.session, STORE_PLAYER), OK);
    ck_assert_status(world_ask(&w, &choose)->status, ERR_UNKNOWN_CHOICE);
}
END_TEST

START_TEST(a_game_is_handed_over_and_never_without_an_owner)
{
    const struct start start = world_create(&w, false);
    const struct id first = session_of(start.secret);
    const struct person second = join(&start, STORE_PLAYER);
    ck_assert_status(set_role(&start, first, STORE_PLAYER), ERR_LAST_OWNER);
    ck_assert_status(remove_member(start.game, start.secret, first), ERR_LAST_OWNER);
    ck_assert_status(set_role(&start, second.session, STORE_OWNER), OK);
    ck_assert_status(set_role(&start, first, STORE_SPECTATOR), OK);
    ck_assert_status(set_role(&start, first, STORE_OWNER), ERR_FORBIDDEN);
    ck_assert_status(remove_member(start.game, second.secret, second.session), ERR_LAST_OWNER);
    /* Who began it goes, and it is still a game. */
    ck_assert_status(remove_member(start.game, start.secret, first), OK);
    ck_assert_status(read_as(start.game, start.secret), ERR_GAME_NOT_FOUND);
    ck_assert_status(read_as(start.game, second.secret), OK);
}
END_TEST

START_TEST(others_are_sent_away_by_owners_only)
{
    const struct start start = world_create(&w, false);
    const struct person player = join(&start, STORE_PLAYER);
    const struct person spectator = join(&start, STORE_SPECTATOR);
    const struct start stranger = world_stranger(&w);
    ck_assert_status(remove_member(start.game, player.secret, spectator.session), ERR_FORBIDDEN);
    ck_assert_status(remove_member(start.game, player.secret, (struct id){0, 0}), ERR_FORBIDDEN);
    ck_assert_status(remove_member(start.game, stranger.secret, session_of(stranger.secret)),
                     ERR_GAME_NOT_FOUND);
    ck_assert_status(remove_member(start.game, NULL, spectator.session), ERR_GAME_NOT_FOUND);
    ck_assert_status(remove_member(start.game, spectator.secret, spectator.session), OK);
    ck_assert_status(read_as(start.game, spectator.secret), ERR_GAME_NOT_FOUND);
}
END_TEST

START_TEST(many_members_are_known_apart)
{
    enum { COUNT = 12 }; /* more than a game remembers at once */
    w.config.people.members = COUNT + 1;
    world_restart(&w);
    const struct start start = world_create(&w, false);
    struct person people[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        people[i] = join(&start, i % 2 ? STORE_PLAYER : STORE_SPECTATOR);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            const struct ask ask = {.kind = COMMAND_CHOICE,
                                    .game = start.game,
                                    .who = people[i].secret,
                                    .choice = "nowhere"};
            ck_assert_status(world_ask(&w, &ask)->status,
                             i % 2 ? ERR_UNKNOWN_CHOICE : ERR_FORBIDDEN);
        }
    }
}
END_TEST

START_TEST(a_choice_asks_the_database_nothing_about_people)
{
    const struct start start = world_create(&w, false);
    const struct person player = join(&start, STORE_PLAYER);
    const struct ask choose = {
        .kind = COMMAND_CHOICE, .game = start.game, .who = player.secret, .choice = "nowhere"};
    (void)world_ask(&w, &choose);
    const unsigned members = fake_store_calls(w.file, FAKE_MEMBER_FIND);
    const unsigned sessions = fake_store_calls(w.file, FAKE_SESSION_FIND);
    for (int i = 0; i < 10; i++)
        (void)world_ask(&w, &choose);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_MEMBER_FIND), members);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_SESSION_FIND), sessions);
}
END_TEST

/* ---- invitations ---- */

START_TEST(an_invitation_for_one_is_for_one)
{
    const struct start start = world_create(&w, false);
    const struct start guest = world_stranger(&w);
    const struct command *made = invite(&start, STORE_PLAYER, true);
    struct command *accepted = accept(made->secret, guest.secret);
    ck_assert_status(accepted->status, OK);
    ck_assert(id_eq(accepted->game, start.game));
    ck_assert(!accepted->new_session);
    ck_assert_status(accept(made->secret, NULL)->status, ERR_CODE_NOT_FOUND);
    ck_assert_status(accept("another", NULL)->status, ERR_CODE_NOT_FOUND);
    ck_assert_status(read_as(start.game, guest.secret), OK);
}
END_TEST

START_TEST(an_invitation_for_many_is_good_until_it_is_revoked)
{
    const struct start start = world_create(&w, false);
    const struct command *made = invite(&start, STORE_SPECTATOR, false);
    const struct ask revoke = {.kind = COMMAND_INVITATION_REMOVE,
                               .game = start.game,
                               .who = start.secret,
                               .other = made->made};
    ck_assert_status(accept(made->secret, NULL)->status, OK);
    ck_assert_status(accept(made->secret, NULL)->status, OK);
    ck_assert_status(world_ask(&w, &revoke)->status, OK);
    ck_assert_status(world_ask(&w, &revoke)->status, ERR_NOT_FOUND);
    ck_assert_status(accept(made->secret, NULL)->status, ERR_CODE_NOT_FOUND);
}
END_TEST

START_TEST(an_invitation_never_lowers_a_role_and_is_then_not_used_up)
{
    const struct start start = world_create(&w, false);
    const struct person player = join(&start, STORE_PLAYER);
    const struct command *lower = invite(&start, STORE_SPECTATOR, true);
    struct command *accepted = accept(lower->secret, player.secret);
    ck_assert_status(accepted->status, OK);
    ck_assert_int_eq(accepted->role, STORE_PLAYER);
    ck_assert_uint_eq(notices(), 0);
    ck_assert_status(accept(lower->secret, NULL)->status, OK);
    const struct command *higher = invite(&start, STORE_OWNER, true);
    accepted = accept(higher->secret, player.secret);
    ck_assert_int_eq(accepted->role, STORE_OWNER);
    ck_assert_int_eq(told()->role, STORE_OWNER);
    ck_assert_status(accept(higher->secret, player.secret)->status, ERR_CODE_NOT_FOUND);
}
END_TEST

START_TEST(there_is_room_for_so_many)
{
    const struct start start = world_create(&w, false);
    const struct command *open = invite(&start, STORE_PLAYER, false);
    struct person last;
    for (size_t i = 1; i < w.config.people.members; i++) {
        const struct command *accepted = accept(open->secret, NULL);
        ck_assert_status(accepted->status, OK);
        memcpy(last.secret, accepted->secret, sizeof(last.secret));
    }
    ck_assert_status(accept(open->secret, NULL)->status, ERR_MEMBERS_FULL);
    /* Who is there already takes no more room. */
    ck_assert_status(accept(invite(&start, STORE_OWNER, true)->secret, last.secret)->status, OK);
    for (size_t i = 1; i < w.config.people.invitations; i++)
        (void)invite(&start, STORE_PLAYER, true);
    const struct ask more = {
        .kind = COMMAND_INVITE, .game = start.game, .who = start.secret, .give = STORE_PLAYER};
    ck_assert_status(world_ask(&w, &more)->status, ERR_INVITATIONS_FULL);
}
END_TEST

/* ---- devices ---- */

START_TEST(a_code_opens_the_session_once_and_for_some_time)
{
    const struct start start = world_create(&w, false);
    const struct command *carried = of_session(COMMAND_CARRY, start.secret);
    ck_assert_status(carried->status, OK);
    ck_assert(!carried->new_session);
    ck_assert_int_eq(carried->expires_ms, now + CARRY_MS);
    now += CARRY_MS - 1;
    const struct command *entered = enter(carried->secret);
    ck_assert_status(entered->status, OK);
    ck_assert(entered->new_session);
    ck_assert(id_eq(entered->self, session_of(start.secret)));
    ck_assert_status(read_as(start.game, entered->secret), OK);
    ck_assert_status(enter(carried->secret)->status, ERR_CODE_NOT_FOUND);
    const struct command *late = of_session(COMMAND_CARRY, start.secret);
    now += CARRY_MS;
    ck_assert_status(enter(late->secret)->status, ERR_CODE_NOT_FOUND);
}
END_TEST

START_TEST(a_newer_code_takes_the_place_of_the_older)
{
    const struct start start = world_create(&w, false);
    const struct command *older = of_session(COMMAND_CARRY, start.secret);
    const struct command *newer = of_session(COMMAND_CARRY, start.secret);
    ck_assert_status(enter(older->secret)->status, ERR_CODE_NOT_FOUND);
    ck_assert_status(enter(newer->secret)->status, OK);
}
END_TEST

START_TEST(a_session_has_so_many_devices)
{
    const struct start start = world_create(&w, false);
    for (size_t i = 1; i < w.config.people.devices; i++)
        ck_assert_status(enter(of_session(COMMAND_CARRY, start.secret)->secret)->status, OK);
    ck_assert_status(of_session(COMMAND_CARRY, start.secret)->status, ERR_DEVICES_FULL);
}
END_TEST

START_TEST(fewer_devices_than_there_were_is_the_operators_word)
{
    const struct start start = world_create(&w, false);
    char code[crypto_base64_size(SHA256_LEN)];
    memcpy(code, of_session(COMMAND_CARRY, start.secret)->secret, sizeof(code));
    w.config.people.devices = 1;
    world_restart(&w);
    ck_assert_status(enter(code)->status, ERR_DEVICES_FULL);
}
END_TEST

START_TEST(an_ended_device_is_nobody_from_then_on)
{
    const struct start start = world_create(&w, false);
    const struct command *entered = enter(of_session(COMMAND_CARRY, start.secret)->secret);
    const struct command *code = of_session(COMMAND_CARRY, entered->secret);
    ck_assert_status(of_session(COMMAND_KNOWN, entered->secret)->status, OK);
    ck_assert_status(end_device(start.secret, (struct id){1, 2}), ERR_NOT_FOUND);
    ck_assert_status(end_device(start.secret, entered->made), OK);
    ck_assert_int_eq(told()->kind, NOTICE_DEVICE_ENDED);
    ck_assert(id_eq(told()->device, entered->made));
    ck_assert_status(of_session(COMMAND_KNOWN, entered->secret)->status, ERR_UNAUTHORIZED);
    ck_assert_status(read_as(start.game, entered->secret), ERR_GAME_NOT_FOUND);
    /* Nor can it come back by a code that it made before. */
    ck_assert_status(enter(code->secret)->status, ERR_CODE_NOT_FOUND);
    ck_assert_status(read_as(start.game, start.secret), OK);
    world_restart(&w);
    ck_assert_status(of_session(COMMAND_KNOWN, entered->secret)->status, ERR_UNAUTHORIZED);
}
END_TEST

START_TEST(the_secret_before_is_good_for_a_minute_more)
{
    const struct start start = world_create(&w, false);
    const struct command *rotated = of_session(COMMAND_ROTATE, start.secret);
    ck_assert_status(rotated->status, OK);
    ck_assert(rotated->new_session);
    ck_assert_int_eq(told()->kind, NOTICE_NEW_SECRET);
    now += PREVIOUS_MS - 1;
    ck_assert_status(of_session(COMMAND_KNOWN, start.secret)->status, OK);
    now++;
    ck_assert_status(of_session(COMMAND_KNOWN, start.secret)->status, ERR_UNAUTHORIZED);
    ck_assert_status(read_as(start.game, start.secret), ERR_GAME_NOT_FOUND);
    world_restart(&w);
    ck_assert_status(of_session(COMMAND_KNOWN, start.secret)->status, ERR_UNAUTHORIZED);
    ck_assert_status(of_session(COMMAND_KNOWN, rotated->secret)->status, OK);
    ck_assert_status(read_as(start.game, rotated->secret), OK);
}
END_TEST

START_TEST(whoever_lost_the_new_secret_asks_again_with_the_one_before)
{
    const struct start start = world_create(&w, false);
    const struct command *lost = of_session(COMMAND_ROTATE, start.secret);
    const struct command *again = of_session(COMMAND_ROTATE, start.secret);
    ck_assert_status(again->status, OK);
    ck_assert_status(of_session(COMMAND_KNOWN, start.secret)->status, ERR_UNAUTHORIZED);
    ck_assert_status(of_session(COMMAND_KNOWN, lost->secret)->status, OK);
    now += PREVIOUS_MS;
    ck_assert_status(of_session(COMMAND_KNOWN, lost->secret)->status, ERR_UNAUTHORIZED);
    ck_assert_status(of_session(COMMAND_KNOWN, again->secret)->status, OK);
}
END_TEST

START_TEST(that_a_device_was_used_is_written_once_a_day_and_not_by_a_choice)
{
    const struct start start = world_create(&w, false);
    const struct ask choose = {
        .kind = COMMAND_CHOICE, .game = start.game, .who = start.secret, .choice = "nowhere"};
    ck_assert_status(read_as(start.game, start.secret), OK);
    now += DAY_MS - 1;
    ck_assert_status(read_as(start.game, start.secret), OK);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_DEVICE_SEEN), 0);
    now++;
    (void)world_ask(&w, &choose);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_DEVICE_SEEN), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_status(read_as(start.game, start.secret), OK);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_DEVICE_SEEN), 1);
    world_restart(&w);
    ck_assert_status(read_as(start.game, start.secret), OK);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_DEVICE_SEEN), 1);
    /* Nobody is refused for it. */
    now += DAY_MS;
    fake_store_fail(w.file, FAKE_DEVICE_SEEN, 1, ERR_IO);
    ck_assert_status(read_as(start.game, start.secret), OK);
    ck_assert(sequencer_healthy(w.sequencer));
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_DEVICE_SEEN), 2);
}
END_TEST

/* ---- a batch that fails ---- */

static const enum fake_call writes[] = {
    FAKE_BEGIN,       FAKE_MEMBER_SET, FAKE_INVITATION_ADD, FAKE_INVITATION_REMOVE,
    FAKE_SESSION_ADD, FAKE_DEVICE_ADD, FAKE_DEVICE_ROTATE,  FAKE_DEVICE_REMOVE,
    FAKE_CARRY_ADD,   FAKE_CARRY_TAKE, FAKE_COMMIT,
};

START_TEST(of_a_change_that_failed_nothing_has_happened)
{
    const struct start start = world_create(&w, false);
    const struct person player = join(&start, STORE_PLAYER);
    const struct person spectator = join(&start, STORE_SPECTATOR);
    const struct command *open = invite(&start, STORE_PLAYER, true);
    const struct command *entered = enter(of_session(COMMAND_CARRY, start.secret)->secret);
    const struct command *code = of_session(COMMAND_CARRY, start.secret);
    const struct ask asks[] = {
        {.kind = COMMAND_MEMBER_REMOVE,
         .game = start.game,
         .who = start.secret,
         .other = player.session},
        {.kind = COMMAND_READ, .game = start.game, .who = player.secret},
        {.kind = COMMAND_ACCEPT, .code = open->secret},
        {.kind = COMMAND_INVITE, .game = start.game, .who = start.secret, .give = STORE_OWNER},
        {.kind = COMMAND_DEVICE_REMOVE, .who = start.secret, .other = entered->made},
        {.kind = COMMAND_ROTATE, .who = spectator.secret},
        {.kind = COMMAND_CARRY, .who = player.secret},
        {.kind = COMMAND_ENTER, .code = code->secret},
        {.kind = COMMAND_KNOWN, .who = entered->secret, .bearer = true},
    };
    struct command *asked[COUNT_OF(asks)];
    fake_store_fail(w.file, writes[_i], 1, ERR_IO);
    world_batch(&w, asks, COUNT_OF(asks), asked);
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        ck_assert_msg(asked[i]->status == ERR_STORAGE || asks[i].kind == COMMAND_READ ||
                          asks[i].kind == COMMAND_KNOWN,
                      "call %d, command %zu: %s", (int)writes[_i], i,
                      status_name(asked[i]->status));
        ck_assert(!asked[i]->new_session);
    }
    ck_assert_uint_eq(notices(), 0);
    /* Everybody is what they were, and every code still opens what it did. */
    ck_assert_status(read_as(start.game, player.secret), OK);
    ck_assert_status(of_session(COMMAND_KNOWN, entered->secret)->status, OK);
    ck_assert_status(of_session(COMMAND_KNOWN, spectator.secret)->status, OK);
    ck_assert_status(accept(open->secret, NULL)->status, OK);
    ck_assert_status(end_device(start.secret, entered->made), OK);
}
END_TEST

START_TEST(who_was_sent_away_in_a_batch_is_away_for_the_rest_of_it)
{
    const struct start start = world_create(&w, false);
    const struct person player = join(&start, STORE_PLAYER);
    const struct ask asks[] = {
        {.kind = COMMAND_READ, .game = start.game, .who = player.secret},
        {.kind = COMMAND_MEMBER_REMOVE,
         .game = start.game,
         .who = start.secret,
         .other = player.session},
        {.kind = COMMAND_ATTACH, .game = start.game, .who = player.secret, .thread = 1},
    };
    struct command *asked[COUNT_OF(asks)];
    world_batch(&w, asks, COUNT_OF(asks), asked);
    ck_assert_status(asked[0]->status, OK);
    ck_assert_status(asked[1]->status, OK);
    ck_assert_status(asked[2]->status, ERR_GAME_NOT_FOUND);
    (void)told();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("people");
    TCase *members = tcase_create("members");
    tcase_add_checked_fixture(members, setup, teardown);
    tcase_add_test(members, who_was_let_in_is_let_in_until_it_is_over);
    tcase_add_test(members, a_role_is_another_one_at_once);
    tcase_add_test(members, a_game_is_handed_over_and_never_without_an_owner);
    tcase_add_test(members, others_are_sent_away_by_owners_only);
    tcase_add_test(members, many_members_are_known_apart);
    tcase_add_test(members, a_choice_asks_the_database_nothing_about_people);
    tcase_add_test(members, an_invitation_for_one_is_for_one);
    tcase_add_test(members, an_invitation_for_many_is_good_until_it_is_revoked);
    tcase_add_test(members, an_invitation_never_lowers_a_role_and_is_then_not_used_up);
    tcase_add_test(members, there_is_room_for_so_many);
    suite_add_tcase(suite, members);

    TCase *devices = tcase_create("devices");
    tcase_add_checked_fixture(devices, setup, teardown);
    tcase_add_test(devices, a_code_opens_the_session_once_and_for_some_time);
    tcase_add_test(devices, a_newer_code_takes_the_place_of_the_older);
    tcase_add_test(devices, a_session_has_so_many_devices);
    tcase_add_test(devices, fewer_devices_than_there_were_is_the_operators_word);
    tcase_add_test(devices, an_ended_device_is_nobody_from_then_on);
    tcase_add_test(devices, the_secret_before_is_good_for_a_minute_more);
    tcase_add_test(devices, whoever_lost_the_new_secret_asks_again_with_the_one_before);
    tcase_add_test(devices, that_a_device_was_used_is_written_once_a_day_and_not_by_a_choice);
    suite_add_tcase(suite, devices);

    TCase *batches = tcase_create("batches");
    tcase_add_checked_fixture(batches, setup, teardown);
    tcase_add_loop_test(batches, of_a_change_that_failed_nothing_has_happened, 0,
                        (int)COUNT_OF(writes));
    tcase_add_test(batches, who_was_sent_away_in_a_batch_is_away_for_the_rest_of_it);
    suite_add_tcase(suite, batches);
    return run_suite(suite);
}
