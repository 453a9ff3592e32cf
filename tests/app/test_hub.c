#include "app/hub.h"

#include <signal.h>
#include <stdlib.h>

#include "tests/support/support.h"

enum { WATCHERS = 60, GAMES = 8, OPERATIONS = 100000 };

/* A watcher that counts what it gets. */
struct reader {
    struct watcher watcher;
    unsigned updates;
    struct update *last;
};

static struct hub hub;
static unsigned idle_calls;
static struct id idle_game;

static void on_idle(void *arg, struct id game)
{
    ck_assert_ptr_eq(arg, &hub);
    ck_assert_uint_eq(hub_count(&hub, game), 0);
    idle_calls++;
    idle_game = game;
}

static void on_update(struct watcher *watcher, struct update *update)
{
    struct reader *reader = container_of(watcher, struct reader, watcher);
    reader->updates++;
    reader->last = update;
}

static struct reader reader_of_nothing(void)
{
    return (struct reader){.watcher.on_update = on_update};
}

static void setup(void)
{
    idle_calls = 0;
    hub_init(&hub, on_idle, &hub);
}

static void teardown(void)
{
    hub_release(&hub);
}

static struct id game_of(size_t number)
{
    return (struct id){1, number};
}

static size_t publish(size_t game)
{
    struct update *update = update_new(game_of(game), 1, SLICE("{}"), 1, NULL);
    const size_t count = hub_publish(&hub, update);
    update_unref(update);
    return count;
}

START_TEST(only_a_confirmed_watcher_gets_updates)
{
    struct reader reader = reader_of_nothing();
    hub_reserve(&hub, &reader.watcher, game_of(1));
    ck_assert(id_eq(watcher_game(&reader.watcher), game_of(1)));
    ck_assert_uint_eq(publish(1), 0);
    hub_confirm(&reader.watcher);
    hub_confirm(&reader.watcher); /* twice is once */
    ck_assert_uint_eq(hub_count(&hub, game_of(1)), 1);
    ck_assert_uint_eq(publish(1), 1);
    ck_assert_uint_eq(publish(2), 0);
    ck_assert_uint_eq(reader.updates, 1);
    hub_leave(&hub, &reader.watcher);
    ck_assert_uint_eq(publish(1), 0);
    ck_assert_uint_eq(reader.updates, 1);
}
END_TEST

START_TEST(the_last_one_to_leave_makes_the_game_idle)
{
    static const struct {
        const char *why;
        bool first_confirmed, second_confirmed;
    } cases[] = {
        {"both confirmed", true, true},
        {"one reserved", true, false},
        {"the other reserved", false, true},
        {"both reserved", false, false},
    };
    struct reader first = reader_of_nothing();
    struct reader second = reader_of_nothing();
    hub_reserve(&hub, &first.watcher, game_of(1));
    hub_reserve(&hub, &second.watcher, game_of(1));
    if (cases[_i].first_confirmed)
        hub_confirm(&first.watcher);
    if (cases[_i].second_confirmed)
        hub_confirm(&second.watcher);
    hub_leave(&hub, &first.watcher);
    hub_leave(&hub, &first.watcher); /* of nothing now */
    ck_assert_uint_eq(idle_calls, 0);
    hub_leave(&hub, &second.watcher);
    ck_assert_msg(idle_calls == 1, "%s", cases[_i].why);
    ck_assert(id_eq(idle_game, game_of(1)));
}
END_TEST

START_TEST(a_watcher_may_come_back)
{
    struct reader reader = reader_of_nothing();
    for (size_t game = 0; game < 3; game++) {
        hub_reserve(&hub, &reader.watcher, game_of(game));
        hub_confirm(&reader.watcher);
        ck_assert_uint_eq(publish(game), 1);
        hub_leave(&hub, &reader.watcher);
    }
    ck_assert_uint_eq(idle_calls, 3);
    ck_assert_uint_eq(reader.updates, 3);
}
END_TEST

/* ---- next to a model ---- */

struct model {
    struct reader readers[WATCHERS];
    size_t game[WATCHERS]; /* GAMES: none */
    bool confirmed[WATCHERS];
};

static uint32_t next_number(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static size_t watching(const struct model *model, size_t game, bool confirmed_only)
{
    size_t count = 0;
    for (size_t i = 0; i < WATCHERS; i++)
        count += model->game[i] == game && (model->confirmed[i] || !confirmed_only);
    return count;
}

static void leave(struct model *model, size_t who)
{
    const size_t game = model->game[who];
    const unsigned idle_before = idle_calls;
    hub_leave(&hub, &model->readers[who].watcher);
    model->game[who] = GAMES;
    model->confirmed[who] = false;
    const bool idle = game < GAMES && watching(model, game, false) == 0;
    ENSURE(idle_calls - idle_before == (idle ? 1 : 0));
}

static void publish_and_compare(struct model *model, size_t game)
{
    unsigned before[WATCHERS];
    for (size_t i = 0; i < WATCHERS; i++)
        before[i] = model->readers[i].updates;
    ENSURE(publish(game) == watching(model, game, true));
    ENSURE(hub_count(&hub, game_of(game)) == watching(model, game, true));
    for (size_t i = 0; i < WATCHERS; i++) {
        const bool expected = model->game[i] == game && model->confirmed[i];
        ENSURE(model->readers[i].updates - before[i] == (expected ? 1 : 0));
    }
}

static void operate(struct model *model, uint32_t *seed)
{
    const size_t who = next_number(seed) % WATCHERS;
    const size_t game = next_number(seed) % GAMES;
    switch (next_number(seed) % 4) {
    case 0:
        leave(model, who);
        hub_reserve(&hub, &model->readers[who].watcher, game_of(game));
        model->game[who] = game;
        break;
    case 1:
        if (model->game[who] < GAMES) {
            hub_confirm(&model->readers[who].watcher);
            model->confirmed[who] = true;
        }
        break;
    case 2: leave(model, who); break;
    default: publish_and_compare(model, game);
    }
}

START_TEST(a_hub_does_what_its_model_does)
{
    static struct model model;
    uint32_t seed = (uint32_t)_i + 1;
    for (size_t i = 0; i < WATCHERS; i++) {
        model.readers[i] = reader_of_nothing();
        model.game[i] = GAMES;
    }
    for (int i = 0; i < OPERATIONS; i++)
        operate(&model, &seed);
    for (size_t i = 0; i < WATCHERS; i++)
        leave(&model, i);
    ck_assert_uint_eq(hub.topics.count, 0);
}
END_TEST

/* ---- what must not be done ---- */

static void on_update_leave(struct watcher *watcher, struct update *update)
{
    (void)update;
    hub_leave(&hub, watcher);
}

START_TEST(leaving_within_an_update_stops_the_program)
{
    struct reader reader = {.watcher.on_update = on_update_leave};
    hub_reserve(&hub, &reader.watcher, game_of(1));
    hub_confirm(&reader.watcher);
    publish(1);
}
END_TEST

START_TEST(two_places_for_one_watcher_stop_the_program)
{
    struct reader reader = reader_of_nothing();
    hub_reserve(&hub, &reader.watcher, game_of(1));
    hub_reserve(&hub, &reader.watcher, game_of(2));
}
END_TEST

START_TEST(releasing_a_hub_that_is_watched_stops_the_program)
{
    static struct reader reader;
    reader = reader_of_nothing();
    hub_reserve(&hub, &reader.watcher, game_of(1));
    hub_release(&hub);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hub");
    TCase *tcase = tcase_create("hub");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, only_a_confirmed_watcher_gets_updates);
    tcase_add_loop_test(tcase, the_last_one_to_leave_makes_the_game_idle, 0, 4);
    tcase_add_test(tcase, a_watcher_may_come_back);
    tcase_add_loop_test(tcase, a_hub_does_what_its_model_does, 0, 4);
    tcase_add_test_raise_signal(tcase, leaving_within_an_update_stops_the_program, SIGABRT);
    tcase_add_test_raise_signal(tcase, two_places_for_one_watcher_stop_the_program, SIGABRT);
    tcase_add_test_raise_signal(tcase, releasing_a_hub_that_is_watched_stops_the_program, SIGABRT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
