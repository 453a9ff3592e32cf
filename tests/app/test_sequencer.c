/* What each command does, who may give it, and what is refused. One command at a time; batches and
 * failures have programs of their own. */
#include <stdlib.h>
#include <string.h>

#include "app/base/metrics.h"
#include "tests/app/world.h"

/* Four of them are as long as a request id may be. */
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static struct world w;

static void setup(void)
{
    world_init(&w);
    world_start(&w);
}

static void teardown(void)
{
    world_release(&w);
}

/* ---- create ---- */

START_TEST(a_game_without_a_session_makes_one)
{
    const struct command *made = world_ask(&w, &(struct ask){.kind = COMMAND_CREATE});
    ck_assert_status(made->status, OK);
    ck_assert(made->new_session);
    ck_assert_uint_eq(strlen(made->secret), 43);
    ck_assert_uint_eq(made->version, 1);
    ck_assert_uint_eq(made->update->version, 1);
    ck_assert(id_eq(made->update->game, made->game));
    ck_assert(!id_eq(made->game, (struct id){0, 0}));
    ck_assert_uint_eq(world_version(&w, made->game), 1);
}
END_TEST

START_TEST(a_known_session_gets_no_second_secret)
{
    const struct start start = world_create(&w, false);
    const struct command *made =
        world_ask(&w, &(struct ask){.kind = COMMAND_CREATE, .who = start.secret});
    struct arena arena = {0};
    ck_assert_status(made->status, OK);
    ck_assert(!made->new_session);
    ck_assert_str_eq(made->secret, "");
    const uint64_t first = world_stored(&w, start.game, &arena).owner;
    ck_assert_uint_eq(world_stored(&w, made->game, &arena).owner, first);
    arena_release(&arena);
}
END_TEST

START_TEST(a_session_is_still_known_after_a_restart)
{
    const struct start start = world_create(&w, false);
    world_restart(&w);
    const struct command *made =
        world_ask(&w, &(struct ask){.kind = COMMAND_CREATE, .who = start.secret, .bearer = true});
    ck_assert_status(made->status, OK);
    ck_assert(!made->new_session);
}
END_TEST

START_TEST(the_database_holds_no_secret)
{
    const struct command *made = world_ask(&w, &(struct ask){.kind = COMMAND_CREATE});
    struct arena arena = {0};
    struct store_session session;
    uint8_t hash[SHA256_LEN];
    crypto_sha256(slice_str(made->secret), hash);
    ck_assert_status(store_session_find(w.writer, hash, &arena, &session), OK);
    ck_assert_uint_eq(session.name.len, ID_TEXT_LEN);
    ck_assert(!slice_eq(session.name, slice_str(made->secret)));
    arena_release(&arena);
}
END_TEST

START_TEST(a_stale_cookie_gets_a_new_session)
{
    const struct command *made =
        world_ask(&w, &(struct ask){.kind = COMMAND_CREATE, .who = "of an older database"});
    ck_assert_status(made->status, OK);
    ck_assert(made->new_session);
}
END_TEST

static const struct {
    const char *why;
    struct ask ask;
    bool no_links;
    enum status status;
} creates[] = {
    {"a bearer that is not known",
     {.who = "nobody has it", .bearer = true},
     false,
     ERR_UNAUTHORIZED},
    {"a story that is not there", {.story = "no-such-story"}, false, ERR_STORY_NOT_FOUND},
    {"a hash of no story",
     {.story = "0000000000000000000000000000000000000000000000000000000000000000"},
     false,
     ERR_STORY_NOT_FOUND},
    {"a name with a control character", {.name = "Ann\n"}, false, ERR_INVALID_MESSAGE},
    {"a name of 51 characters",
     {.name = "AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEEEF"},
     false,
     ERR_INVALID_MESSAGE},
    {"a link game where there are none", {.link = true}, true, ERR_FORBIDDEN},
    {"a name of 50 characters",
     {.name = "AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDDDDDDDDDEEEEEEEEEE"},
     false,
     OK},
    {"a link game", {.link = true}, false, OK},
    {"a private game where there are no link games", {.link = false}, true, OK},
};

START_TEST(a_game_is_made_only_of_what_is_valid)
{
    w.config.link_games = !creates[_i].no_links;
    world_restart(&w);
    const struct command *made = world_ask(&w, &creates[_i].ask);
    ck_assert_msg(made->status == creates[_i].status, "%s: %s", creates[_i].why,
                  status_name(made->status));
    const bool is_made = creates[_i].status == OK;
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_GAME_CREATE), is_made ? 1 : 0);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_SESSION_ADD), is_made ? 1 : 0);
    ck_assert((made->update != NULL) == is_made);
    ck_assert(made->new_session == is_made);
}
END_TEST

START_TEST(a_story_is_found_by_its_hash)
{
    char hex[2 * SHA256_LEN + 1];
    crypto_hex(slice_make(w.catalogue.stories[0]->hash, SHA256_LEN), hex);
    const struct command *made = world_ask(&w, &(struct ask){.kind = COMMAND_CREATE, .story = hex});
    ck_assert_status(made->status, OK);
}
END_TEST

/* ---- who may do what ---- */

enum who { OWNER, PLAYER, SPECTATOR, STRANGER, NOBODY, WHO_COUNT };

static const char *const who_name[WHO_COUNT] = {"owner", "player", "spectator", "stranger",
                                                "nobody"};

/* Rows: what is asked. Columns: who asks. ok, forbidden (-), not there at all (?). */
static const struct {
    const char *what;
    struct ask ask;
    bool link, no_links;
    const char verdict[WHO_COUNT + 1];
} rights[] = {
    {"read", {.kind = COMMAND_READ}, false, false, "+++??"},
    {"attach", {.kind = COMMAND_ATTACH}, false, false, "+++??"},
    {"history", {.kind = COMMAND_HISTORY, .count = 1}, false, false, "+++??"},
    {"feedback", {.kind = COMMAND_FEEDBACK, .feedback = SLICE_INIT("x")}, false, false, "+++??"},
    {"choice", {.kind = COMMAND_CHOICE, .choice = "go"}, false, false, "++-??"},
    {"stop", {.kind = COMMAND_STOP}, false, false, "+--??"},
    {"reset", {.kind = COMMAND_RESET}, false, false, "+--??"},
    {"export", {.kind = COMMAND_EXPORT}, false, false, "+--??"},
    {"read by link", {.kind = COMMAND_READ}, true, false, "+++++"},
    {"attach by link", {.kind = COMMAND_ATTACH}, true, false, "+++++"},
    {"history by link", {.kind = COMMAND_HISTORY, .count = 1}, true, false, "+++++"},
    {"feedback by link", {.kind = COMMAND_FEEDBACK}, true, false, "+++++"},
    {"export by link", {.kind = COMMAND_EXPORT}, true, false, "+++++"},
    {"choice by link", {.kind = COMMAND_CHOICE, .choice = "go"}, true, false, "+++++"},
    {"stop by link", {.kind = COMMAND_STOP}, true, false, "+++++"},
    {"reset by link", {.kind = COMMAND_RESET}, true, false, "+++++"},
    {"read, links off", {.kind = COMMAND_READ}, true, true, "+++??"},
    {"choice, links off", {.kind = COMMAND_CHOICE, .choice = "go"}, true, true, "++-??"},
    {"stop, links off", {.kind = COMMAND_STOP}, true, true, "+--??"},
};

static enum status verdict_of(char mark)
{
    if (mark == '+')
        return OK;
    return mark == '-' ? ERR_FORBIDDEN : ERR_GAME_NOT_FOUND;
}

static void expect_right(size_t row, enum who who)
{
    const struct start start = world_create(&w, rights[row].link);
    const struct start other = world_stranger(&w);
    if (who == PLAYER || who == SPECTATOR)
        world_member(&w, start.game, other.secret, who == PLAYER ? STORE_PLAYER : STORE_SPECTATOR);
    if (rights[row].no_links) {
        w.config.link_games = false;
        world_restart(&w);
    }
    struct ask ask = rights[row].ask;
    ask.game = start.game;
    ask.who = who == NOBODY ? NULL : who == OWNER ? start.secret : other.secret;
    const struct command *asked = world_ask(&w, &ask);
    const enum status expected = verdict_of(rights[row].verdict[who]);
    ck_assert_msg(asked->status == expected, "%s by %s: %s", rights[row].what, who_name[who],
                  status_name(asked->status));
    const bool writes =
        ask.kind == COMMAND_CHOICE || ask.kind == COMMAND_STOP || ask.kind == COMMAND_RESET;
    ck_assert_uint_eq(world_version(&w, start.game), writes && expected == OK ? 2 : 1);
    /* Who may see the game is told where it stands, also with a refusal; a stranger never is. */
    if (ask.kind != COMMAND_HISTORY && ask.kind != COMMAND_EXPORT)
        ck_assert((asked->update != NULL) == (expected != ERR_GAME_NOT_FOUND));
}

START_TEST(everybody_may_do_what_their_role_says)
{
    for (int who = OWNER; who < WHO_COUNT; who++) {
        teardown();
        setup();
        expect_right((size_t)_i, (enum who)who);
    }
}
END_TEST

START_TEST(a_role_that_was_taken_away_is_gone)
{
    const struct start start = world_create(&w, false);
    const struct start other = world_stranger(&w);
    const struct ask read = {.kind = COMMAND_READ, .game = start.game, .who = other.secret};
    world_member(&w, start.game, other.secret, STORE_SPECTATOR);
    ck_assert_status(world_ask(&w, &read)->status, OK);
    world_member(&w, start.game, other.secret, STORE_NOBODY);
    world_restart(&w); /* it was changed behind the back of who remembers */
    ck_assert_status(world_ask(&w, &read)->status, ERR_GAME_NOT_FOUND);
}
END_TEST

START_TEST(an_unknown_bearer_is_refused_whatever_it_asks)
{
    static const enum command_kind kinds[] = {COMMAND_READ,    COMMAND_ATTACH, COMMAND_CHOICE,
                                              COMMAND_STOP,    COMMAND_RESET,  COMMAND_LIST,
                                              COMMAND_HISTORY, COMMAND_EXPORT, COMMAND_FEEDBACK};
    const struct start start = world_create(&w, true);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const struct command *asked = world_ask(&w, &(struct ask){.kind = kinds[i],
                                                                  .who = "not known",
                                                                  .bearer = true,
                                                                  .game = start.game,
                                                                  .choice = "go"});
        ck_assert_status(asked->status, ERR_UNAUTHORIZED);
        ck_assert_ptr_null(asked->update);
    }
    ck_assert_uint_eq(world_version(&w, start.game), 1);
}
END_TEST

/* ---- refusals ---- */

static const struct {
    const char *why;
    struct ask ask;
    enum status status;
} refusals[] = {
    {"no such choice", {.kind = COMMAND_CHOICE, .choice = "fly"}, ERR_UNKNOWN_CHOICE},
    {"no such text", {.kind = COMMAND_CHOICE, .text = "Go o"}, ERR_UNKNOWN_CHOICE},
    {"a section that no choice leads to",
     {.kind = COMMAND_CHOICE, .choice = "8"},
     ERR_UNKNOWN_CHOICE},
    {"a choice that is not available",
     {.kind = COMMAND_CHOICE, .choice = "light"},
     ERR_CHOICE_UNAVAILABLE},
    {"an older version", {.kind = COMMAND_CHOICE, .choice = "go", .version = 2}, ERR_STALE_VERSION},
    {"a version that is still to come",
     {.kind = COMMAND_CHOICE, .choice = "go", .version = 4},
     ERR_STALE_VERSION},
    {"a stale version comes before an unknown choice",
     {.kind = COMMAND_CHOICE, .choice = "fly", .version = 1},
     ERR_STALE_VERSION},
    {"a stale stop", {.kind = COMMAND_STOP, .version = 2}, ERR_STALE_VERSION},
    {"a stale reset", {.kind = COMMAND_RESET, .version = 2}, ERR_STALE_VERSION},
    {"a request id that is too long",
     {.kind = COMMAND_CHOICE, .choice = "go", .request_id = X64 X64 X64 X64 "x"},
     ERR_TOO_LARGE},
};

START_TEST(a_refused_command_changes_nothing)
{
    const struct start start = world_create(&w, false);
    struct ask ask = {
        .kind = COMMAND_CHOICE, .choice = "go", .game = start.game, .who = start.secret};
    world_ask(&w, &ask);
    ask.choice = "back";
    ck_assert_status(world_ask(&w, &ask)->status, OK);
    ck_assert_uint_eq(world_version(&w, start.game), 3);

    ask = refusals[_i].ask;
    ask.game = start.game;
    ask.who = start.secret;
    const struct command *asked = world_ask(&w, &ask);
    ck_assert_msg(asked->status == refusals[_i].status, "%s: %s", refusals[_i].why,
                  status_name(asked->status));
    ck_assert_uint_eq(asked->update->version, 3);
    ck_assert_uint_eq(asked->version, 0);
    ck_assert_uint_eq(world_version(&w, start.game), 3);
    ck_assert(sequencer_healthy(w.sequencer));
}
END_TEST

START_TEST(an_unavailable_choice_says_what_it_needs)
{
    const struct start start = world_create(&w, false);
    const struct command *asked = world_ask(&w, &(struct ask){.kind = COMMAND_CHOICE,
                                                              .choice = "light",
                                                              .game = start.game,
                                                              .who = start.secret});
    ck_assert_status(asked->status, ERR_CHOICE_UNAVAILABLE);
    ck_assert_slice_str(asked->needs,
                        "[{\"item\":\"lamp\",\"text\":\"Lamp\"},"
                        "{\"item\":\"rope\",\"min\":2,\"max\":3,\"text\":\"2 to 3 x Rope\"},"
                        "{\"gold\":true,\"min\":50,\"text\":\"50 gold\"},"
                        "{\"stat\":\"luck\",\"min\":4,\"text\":\"Luck at least 4\"},"
                        "{\"text\":\"the word of the watch\"}]");
}
END_TEST

START_TEST(nothing_is_played_in_a_game_that_is_over)
{
    static const struct {
        const char *why;
        struct ask end;
        const char *status;
    } ends[] = {
        {"won", {.kind = COMMAND_CHOICE, .choice = "win"}, "\"status\":\"won\""},
        {"stopped", {.kind = COMMAND_STOP}, "\"status\":\"stopped\""},
    };
    const struct start start = world_create(&w, false);
    struct ask ask = ends[_i].end;
    ask.game = start.game;
    ask.who = start.secret;
    const struct command *ended = world_ask(&w, &ask);
    ck_assert_status(ended->status, OK);
    ck_assert_ptr_nonnull(memmem(ended->update->snapshot.at, ended->update->snapshot.len,
                                 ends[_i].status, strlen(ends[_i].status)));
    ask = (struct ask){
        .kind = COMMAND_CHOICE, .choice = "go", .game = start.game, .who = start.secret};
    ck_assert_status(world_ask(&w, &ask)->status, ERR_GAME_OVER);
    ask.kind = COMMAND_STOP;
    ck_assert_status(world_ask(&w, &ask)->status, ERR_GAME_OVER);
    ask.kind = COMMAND_RESET;
    const struct command *again = world_ask(&w, &ask);
    ck_assert_status(again->status, OK);
    ck_assert_uint_eq(again->version, 3);
    ask.kind = COMMAND_CHOICE;
    ck_assert_uint_eq(world_ask(&w, &ask)->version, 4);
}
END_TEST

START_TEST(an_id_that_names_no_game_finds_none)
{
    static const enum command_kind kinds[] = {COMMAND_READ, COMMAND_ATTACH,  COMMAND_CHOICE,
                                              COMMAND_STOP, COMMAND_HISTORY, COMMAND_FEEDBACK};
    const struct start start = world_create(&w, true);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const struct ask ask = {.kind = kinds[i],
                                .who = start.secret,
                                .choice = "go",
                                .game = {start.game.high, start.game.low + 4}};
        ck_assert_status(world_ask(&w, &ask)->status, ERR_GAME_NOT_FOUND);
    }
}
END_TEST

/* ---- playing ---- */

START_TEST(a_choice_is_found_in_each_way_a_client_names_it)
{
    static const struct ask ways[] = {
        {.choice = "go"},
        {.text = "Go on"},
        {.choice = "2"},
        {.choice = "no such id", .text = "Go on"},
        {.roll = true, .choice = "0"},
    };
    const struct start start = world_create(&w, false);
    struct ask ask = ways[_i];
    ask.kind = COMMAND_CHOICE;
    ask.game = start.game;
    ask.who = start.secret;
    ask.version = 1;
    const struct command *played = world_ask(&w, &ask);
    ck_assert_status(played->status, OK);
    ck_assert_uint_eq(played->version, 2);
    ck_assert_uint_eq(played->update->version, 2);
    ck_assert(!played->duplicate);
}
END_TEST

START_TEST(what_is_stored_is_what_was_sent)
{
    const struct start start = world_create(&w, false);
    const struct command *played = world_ask(
        &w, &(struct ask){
                .kind = COMMAND_CHOICE, .choice = "go", .game = start.game, .who = start.secret});
    struct arena arena = {0};
    ck_assert_slice_eq(world_stored(&w, start.game, &arena).snapshot, played->update->snapshot);
    ck_assert_slice_eq(played->update->frame, played->update->snapshot); /* no seal was given */
    arena_release(&arena);
}
END_TEST

/* ---- lists, history, feedback ---- */

static size_t shelved(void)
{
    size_t count = 0;
    for (const struct list *node = w.shelf.waiting.next; node != &w.shelf.waiting;
         node = node->next)
        count++;
    return count;
}

START_TEST(what_needs_the_disk_is_handed_to_the_archive)
{
    const struct start start = world_create(&w, false);
    struct command *asked[2];
    const struct ask asks[] = {
        {.kind = COMMAND_LIST, .who = start.secret, .count = 10},
        {.kind = COMMAND_HISTORY, .who = start.secret, .game = start.game, .count = 10},
    };
    world_batch(&w, asks, 2, asked);
    ck_assert_uint_eq(shelved(), 2);
    ck_assert_uint_eq(asked[0]->session, asked[1]->session);
    ck_assert_uint_ne(asked[0]->session, 0);
    ck_assert_uint_eq(w.seen_count[0], 0);
}
END_TEST

START_TEST(nobody_has_no_session)
{
    const struct command *asked =
        world_ask(&w, &(struct ask){.kind = COMMAND_LIST, .who = "stale", .count = 10});
    ck_assert_uint_eq(shelved(), 1);
    ck_assert_uint_eq(asked->session, 0);
}
END_TEST

START_TEST(without_an_archive_the_server_is_stopping)
{
    const struct start start = world_create(&w, false);
    queue_close(&w.shelf);
    const struct command *asked = world_ask(
        &w, &(struct ask){
                .kind = COMMAND_HISTORY, .who = start.secret, .game = start.game, .count = 1});
    ck_assert_status(asked->status, ERR_SHUTTING_DOWN);
}
END_TEST

START_TEST(feedback_needs_no_game_but_has_a_limit)
{
    static uint8_t text[LIMIT_FEEDBACK_BYTES + 1];
    memset(text, 'x', sizeof text);
    struct ask ask = {.kind = COMMAND_FEEDBACK, .feedback = slice_make(text, LIMIT_FEEDBACK_BYTES)};
    ck_assert_status(world_ask(&w, &ask)->status, OK);
    ck_assert_uint_eq(fake_store_calls(w.file, FAKE_FEEDBACK_ADD), 1);
    ask.feedback.len++;
    ck_assert_status(world_ask(&w, &ask)->status, ERR_TOO_LARGE);
    ck_assert(sequencer_healthy(w.sequencer));
}
END_TEST

/* ---- watching ---- */

START_TEST(an_update_goes_once_to_each_thread_that_watches)
{
    const struct start start = world_create(&w, true);
    struct ask ask = {.kind = COMMAND_ATTACH, .game = start.game};
    for (unsigned thread = 0; thread < 2; thread++) {
        ask.thread = thread;
        ck_assert_status(world_ask(&w, &ask)->status, OK);
        ck_assert_status(world_ask(&w, &ask)->status, OK);
    }
    ask = (struct ask){.kind = COMMAND_CHOICE, .choice = "go", .game = start.game, .thread = 2};
    const struct command *played = world_ask(&w, &ask);
    for (unsigned thread = 0; thread < 2; thread++) {
        ck_assert_uint_eq(w.seen_count[thread], 1);
        ck_assert_int_eq(w.seen[thread][0].kind, MAIL_UPDATE);
        ck_assert_ptr_eq(w.seen[thread][0].update, played->update);
    }
    ck_assert_uint_eq(w.seen_count[2], 1);
    ck_assert_ptr_eq(w.seen[2][0].command, played);
}
END_TEST

START_TEST(the_sender_gets_its_answer_before_the_update)
{
    const struct start start = world_create(&w, true);
    struct ask ask = {.kind = COMMAND_ATTACH, .game = start.game, .thread = 1};
    world_ask(&w, &ask);
    ask.kind = COMMAND_CHOICE;
    ask.choice = "go";
    const struct command *played = world_ask(&w, &ask);
    ck_assert_uint_eq(w.seen_count[1], 2);
    ck_assert_ptr_eq(w.seen[1][0].command, played);
    ck_assert_ptr_eq(w.seen[1][1].update, played->update);
}
END_TEST

START_TEST(after_detach_no_update_comes)
{
    const struct start start = world_create(&w, true);
    struct ask ask = {.kind = COMMAND_ATTACH, .game = start.game, .thread = 1};
    world_ask(&w, &ask);
    ask.kind = COMMAND_DETACH;
    ck_assert_status(world_ask(&w, &ask)->status, OK);
    ck_assert_status(world_ask(&w, &ask)->status, OK);
    ask = (struct ask){.kind = COMMAND_CHOICE, .choice = "go", .game = start.game};
    ck_assert_status(world_ask(&w, &ask)->status, OK);
    ck_assert_uint_eq(w.seen_count[1], 0);
}
END_TEST

START_TEST(whoever_may_not_see_a_game_does_not_watch_it)
{
    const struct start start = world_create(&w, false);
    world_ask(&w, &(struct ask){.kind = COMMAND_ATTACH, .game = start.game, .thread = 1});
    world_ask(&w,
              &(struct ask){
                  .kind = COMMAND_CHOICE, .choice = "go", .game = start.game, .who = start.secret});
    ck_assert_uint_eq(w.seen_count[1], 0);
}
END_TEST

/* ---- games in memory ---- */

START_TEST(a_game_that_was_let_go_is_the_same_when_it_comes_back)
{
    enum { GAMES = 6, ROUNDS = 4 };
    struct start starts[GAMES];
    w.config.games_max = 2;
    world_restart(&w);
    for (int i = 0; i < GAMES; i++) {
        starts[i] = world_create(&w, true);
        const struct ask attach = {.kind = COMMAND_ATTACH, .game = starts[i].game, .thread = 1};
        world_ask(&w, &attach);
        ck_assert_int_le(metric_read(METRIC_GAMES_LOADED), 2);
    }
    const int64_t loads = metric_read(METRIC_GAME_LOADS);
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        for (int i = 0; i < GAMES; i++) {
            const struct ask read = {.kind = COMMAND_READ, .game = starts[i].game};
            const struct ask play = {.kind = COMMAND_CHOICE,
                                     .choice = round % 2 ? "go" : "back",
                                     .version = round,
                                     .game = starts[i].game};
            ck_assert_status(world_ask(&w, &play)->status, OK);
            /* Watchers are remembered without the game. */
            ck_assert_uint_eq(world_updates(&w, 1, starts[i].game), 1);
            ck_assert_uint_eq(world_ask(&w, &read)->update->version, round + 1);
            ck_assert_int_le(metric_read(METRIC_GAMES_LOADED), 2);
        }
    }
    ck_assert_int_ge(metric_read(METRIC_GAME_LOADS) - loads, GAMES * (ROUNDS - 1));
}
END_TEST

START_TEST(a_restart_brings_everybody_back_to_where_they_were)
{
    const struct start start = world_create(&w, false);
    const struct ask play = {
        .kind = COMMAND_CHOICE, .choice = "go", .game = start.game, .who = start.secret};
    struct update *before = update_ref(world_ask(&w, &play)->update);
    world_restart(&w);
    const struct ask read = {.kind = COMMAND_READ, .game = start.game, .who = start.secret};
    const struct command *asked = world_ask(&w, &read);
    ck_assert_status(asked->status, OK);
    ck_assert_slice_eq(asked->update->snapshot, before->snapshot);
    update_unref(before);
}
END_TEST

static TCase *tcase_of(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("sequencer");
    TCase *create = tcase_of(suite, "create");
    tcase_add_test(create, a_game_without_a_session_makes_one);
    tcase_add_test(create, a_known_session_gets_no_second_secret);
    tcase_add_test(create, a_session_is_still_known_after_a_restart);
    tcase_add_test(create, the_database_holds_no_secret);
    tcase_add_test(create, a_stale_cookie_gets_a_new_session);
    tcase_add_loop_test(create, a_game_is_made_only_of_what_is_valid, 0, COUNT_OF(creates));
    tcase_add_test(create, a_story_is_found_by_its_hash);

    TCase *rules = tcase_of(suite, "rights and refusals");
    tcase_add_loop_test(rules, everybody_may_do_what_their_role_says, 0, COUNT_OF(rights));
    tcase_add_test(rules, a_role_that_was_taken_away_is_gone);
    tcase_add_test(rules, an_unknown_bearer_is_refused_whatever_it_asks);
    tcase_add_loop_test(rules, a_refused_command_changes_nothing, 0, COUNT_OF(refusals));
    tcase_add_test(rules, an_unavailable_choice_says_what_it_needs);
    tcase_add_loop_test(rules, nothing_is_played_in_a_game_that_is_over, 0, 2);
    tcase_add_test(rules, an_id_that_names_no_game_finds_none);

    TCase *play = tcase_of(suite, "play");
    tcase_add_loop_test(play, a_choice_is_found_in_each_way_a_client_names_it, 0, 5);
    tcase_add_test(play, what_is_stored_is_what_was_sent);
    tcase_add_test(play, what_needs_the_disk_is_handed_to_the_archive);
    tcase_add_test(play, nobody_has_no_session);
    tcase_add_test(play, without_an_archive_the_server_is_stopping);
    tcase_add_test(play, feedback_needs_no_game_but_has_a_limit);

    TCase *watch = tcase_of(suite, "watch");
    tcase_add_test(watch, an_update_goes_once_to_each_thread_that_watches);
    tcase_add_test(watch, the_sender_gets_its_answer_before_the_update);
    tcase_add_test(watch, after_detach_no_update_comes);
    tcase_add_test(watch, whoever_may_not_see_a_game_does_not_watch_it);
    tcase_add_test(watch, a_game_that_was_let_go_is_the_same_when_it_comes_back);
    tcase_add_test(watch, a_restart_brings_everybody_back_to_where_they_were);
    return run_suite(suite);
}
