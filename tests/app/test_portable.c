/* A game as a document: what the archive writes is read and checked again; what was changed in it is
 * refused, and where. tests/e2e/portable.test.mjs changes every value of one. */
#include "app/portable.h"

#include <stdlib.h>
#include <string.h>

#include "tests/app/world.h"

static struct world w;
static struct store *reader;
static struct archive *archive;
static struct arena arena;

static void setup(void)
{
    world_init(&w);
    reader = fake_store_reader(w.file);
    archive = archive_start(&(struct archive_config){.reader = reader,
                                                     .checkpointer = reader,
                                                     .catalogue = &w.catalogue,
                                                     .io = w.io,
                                                     .threads = WORLD_THREADS});
    w.config.archive = archive_inbox(archive);
    world_start(&w);
    arena = (struct arena){.blocks = NULL};
}

static void teardown(void)
{
    archive_stop(archive);
    store_free(reader);
    world_release(&w);
    arena_release(&arena);
}

static const struct command *export_of(const struct start *start)
{
    const struct ask ask = {.kind = COMMAND_EXPORT, .game = start->game, .who = start->secret};
    const struct command *command = world_ask(&w, &ask);
    while (w.seen_count[0] == 0)
        world_wait(&w, 0);
    return command;
}

/* Dare, climb out, begin again, win: two runs, the second one over. */
static struct start played(void)
{
    const struct start start = world_create(&w, false);
    static const struct ask asks[] = {
        {.kind = COMMAND_CHOICE, .choice = "dare"}, {.kind = COMMAND_RESET},
        {.kind = COMMAND_CHOICE, .choice = "go"},   {.kind = COMMAND_CHOICE, .choice = "back"},
        {.kind = COMMAND_CHOICE, .choice = "win"},
    };
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        struct ask ask = asks[i];
        ask.game = start.game;
        ask.who = start.secret;
        ck_assert_status(world_ask(&w, &ask)->status, OK);
    }
    return start;
}

/* Read and check a document with the world's story. */
static enum status check(struct slice document, struct portable_counts *ret_counts, struct buf *why)
{
    struct portable portable;
    buf_clear(why);
    enum status st = portable_read(document, &arena, &portable, why);
    if (st == OK)
        st = portable_verify(&portable, w.catalogue.stories[0], NULL, ret_counts, why);
    buf_byte(why, '\0');
    return st;
}

START_TEST(what_was_exported_is_good)
{
    const struct start start = played();
    const struct command *command = export_of(&start);
    struct portable_counts counts;
    SCOPED(buf_release) struct buf why = {.at = NULL};
    ck_assert_status(command->status, OK);
    ck_assert_msg(check(buf_slice(&command->body), &counts, &why) == OK, "%s", (char *)why.at);
    ck_assert_uint_eq(counts.rolls, 1);
    ck_assert_uint_eq(counts.revealed, 1);
}
END_TEST

START_TEST(the_throws_of_a_run_that_goes_on_are_counted_apart)
{
    const struct start start = world_create(&w, false);
    const struct ask dare = {
        .kind = COMMAND_CHOICE, .choice = "dare", .game = start.game, .who = start.secret};
    struct portable_counts counts;
    SCOPED(buf_release) struct buf why = {.at = NULL};
    ck_assert_status(world_ask(&w, &dare)->status, OK);
    const struct command *command = export_of(&start);
    ck_assert_msg(check(buf_slice(&command->body), &counts, &why) == OK, "%s", (char *)why.at);
    ck_assert_uint_eq(counts.rolls, 1);
    ck_assert_uint_eq(counts.revealed, 0);
}
END_TEST

/* Put `to` where `from` stands first. */
static void replace(struct slice text, const char *from, const char *to, struct buf *ret)
{
    const uint8_t *at = memmem(text.at, text.len, from, strlen(from));
    ck_assert_msg(at != NULL, "%s is not in it", from);
    const size_t before = (size_t)(at - text.at);
    const size_t behind = before + strlen(from);
    buf_append(ret, slice_make(text.at, before));
    buf_append(ret, slice_str(to));
    buf_append(ret, slice_make(text.at + behind, text.len - behind));
}

static const struct {
    const char *why, *from, *to;
    enum status status;
    const char *says;
} changes[] = {
    {"another format", "casys-game/1", "casys-game/2", ERR_NOT_FOUND, ""},
    {"no format", "\"format\"", "\"formal\"", ERR_NOT_FOUND, ""},
    {"a list", "{\"format\"", "[{\"format\"", ERR_INVALID, "line 1"},
    {"a member too many", "\"name\"", "\"more\":1,\"name\"", ERR_INVALID, "nothing else"},
    {"a member twice", "\"name\"", "\"name\":1,\"name\"", ERR_INVALID, "line 1"},
    {"a story without id", "\"id\"", "\"ID\"", ERR_INVALID, "story must have"},
    {"a name that is no text", "\"name\":\"Ann\"", "\"name\":1", ERR_INVALID, "must be texts"},
    {"a version too many", "\"version\":6", "\"version\":7", ERR_INVALID, "how many versions"},
    {"a version that is no number", "\"version\":6", "\"version\":6.0", ERR_INVALID, "how many"},
    {"another status", "\"won\"", "\"lost\"", ERR_INVALID, "status:"},
    {"no runs", "\"runs\":[", "\"runs\":{},\"rums\":[", ERR_INVALID, "nothing else"},
    {"runs counted wrongly", "\"run\":2", "\"run\":3", ERR_INVALID, "run 2:"},
    {"a run without a seed", "\"seed\":", "\"seet\":", ERR_INVALID, "run 1:"},
    {"a hash of upper case", "\"seed_hash\":\"", "\"seed_hash\":\"A", ERR_INVALID, "run 1:"},
    {"a version with more", "\"link\"", "\"more\":1,\"link\"", ERR_INVALID, "version 1:"},
    {"an event that is a list", "{\"event\":{", "{\"event\":[],\"evant\":{", ERR_INVALID,
     "version 1:"},
    {"another choice", "\"choice_id\":\"go\"", "\"choice_id\":\"do\"", ERR_INVALID,
     "version 4: the link"},
    {"another type", "\"type\":\"reset\"", "\"type\":\"stop\"", ERR_INVALID, "version 3: the link"},
    {"a type that is a number", "\"type\":\"start\"", "\"type\":1", ERR_INVALID,
     "version 1: a game starts"},
    {"no hash of the state", "\"state_hash\":\"", "\"state_hash\":\"0", ERR_INVALID,
     "state_hash must"},
};

START_TEST(a_change_is_refused_and_its_place_named)
{
    const struct start start = played();
    const struct command *command = export_of(&start);
    struct portable_counts counts;
    SCOPED(buf_release) struct buf text = {.at = NULL};
    SCOPED(buf_release) struct buf why = {.at = NULL};
    replace(buf_slice(&command->body), changes[_i].from, changes[_i].to, &text);
    const enum status st = check(buf_slice(&text), &counts, &why);
    ck_assert_msg(st == changes[_i].status, "%s: %s, %s", changes[_i].why, status_name(st),
                  (char *)why.at);
    ck_assert_msg(strstr((char *)why.at, changes[_i].says) != NULL, "%s: %s", changes[_i].why,
                  (char *)why.at);
}
END_TEST

START_TEST(a_document_that_is_cut_anywhere_is_refused)
{
    const struct start start = played();
    const struct command *command = export_of(&start);
    const struct slice whole = buf_slice(&command->body);
    struct portable_counts counts;
    SCOPED(buf_release) struct buf why = {.at = NULL};
    size_t accepted = 0;
    for (size_t len = 0; len < whole.len; len++) {
        accepted += check(slice_make(whole.at, len), &counts, &why) != ERR_INVALID;
        arena_reset(&arena);
    }
    ck_assert_uint_eq(accepted, 0);
}
END_TEST

START_TEST(a_read_that_fails_is_told)
{
    static const struct {
        enum fake_call call;
        enum status fails, told;
    } rows[] = {
        {FAKE_GAME_LOAD, ERR_IO, ERR_STORAGE},
        {FAKE_HISTORY, ERR_IO, ERR_STORAGE},
        {FAKE_HISTORY, ERR_CORRUPT, ERR_CORRUPT},
    };
    const struct start start = played();
    /* The sequencer has the game: the first load is the archive's. */
    fake_store_fail(w.file, rows[_i].call, 1, rows[_i].fails);
    ck_assert_status(export_of(&start)->status, rows[_i].told);
    ck_assert_status(export_of(&start)->status, OK);
}
END_TEST

/* Write a journal row that no sequencer wrote. */
static void append_event(struct id game, struct slice event)
{
    const struct store_game stored = world_stored(&w, game, &arena);
    const struct store_entry entry = {.game = stored.row,
                                      .version = stored.version + 1,
                                      .event = event,
                                      .state = stored.state,
                                      .snapshot = stored.snapshot};
    ck_assert_status(store_begin(w.writer), OK);
    ck_assert_status(store_append(w.writer, &entry), OK);
    ck_assert_status(store_commit(w.writer), OK);
}

START_TEST(a_journal_that_is_no_json_is_damaged)
{
    const struct start start = world_create(&w, false);
    append_event(start.game, SLICE("{"));
    ck_assert_status(export_of(&start)->status, ERR_CORRUPT);
}
END_TEST

static void append_bytes(const struct start *start, size_t event_len)
{
    SCOPED(buf_release) struct buf event = {.at = NULL};
    buf_append(&event, SLICE("{\"x\":\""));
    while (event.len < event_len - 2)
        buf_byte(&event, 'x');
    buf_append(&event, SLICE("\"}"));
    append_event(start->game, buf_slice(&event));
}

/* One more event of so many bytes; returns how long the document is then, 0 when it is refused. */
static size_t export_after(const struct start *start, size_t event_len)
{
    append_bytes(start, event_len);
    const struct command *command = export_of(start);
    ck_assert(command->status == OK || command->status == ERR_TOO_LARGE);
    return command->status == OK ? command->body.len : 0;
}

/* 0: as many bytes as may be; 1: one more. */
START_TEST(a_game_of_so_many_bytes_is_given_out_and_of_one_more_is_not)
{
    enum { EVENT_BYTES = 60000, LAST_MIN = 1000 };
    const struct start start = world_create(&w, false);
    const size_t first = export_after(&start, EVENT_BYTES);
    size_t len = export_after(&start, EVENT_BYTES);
    const size_t beside = len - first - EVENT_BYTES; /* what a version takes beside its event */
    for (size_t more = (LIMIT_EXPORT_BYTES - len) / (EVENT_BYTES + beside) - 1; more > 0; more--)
        append_bytes(&start, EVENT_BYTES);
    /* The number of the newest version has more digits now; from here on no further one. */
    len = export_after(&start, LAST_MIN);
    const size_t left = LIMIT_EXPORT_BYTES - len - 2 * beside;
    len = export_after(&start, left / 2);
    len = export_after(&start, left - left / 2 + (size_t)_i);
    ck_assert_uint_eq(len, _i == 0 ? LIMIT_EXPORT_BYTES : 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("portable");
    TCase *tcase = tcase_create("portable");
    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, what_was_exported_is_good);
    tcase_add_test(tcase, the_throws_of_a_run_that_goes_on_are_counted_apart);
    tcase_add_loop_test(tcase, a_change_is_refused_and_its_place_named, 0, (int)COUNT_OF(changes));
    tcase_add_test(tcase, a_document_that_is_cut_anywhere_is_refused);
    tcase_add_loop_test(tcase, a_read_that_fails_is_told, 0, 3);
    tcase_add_test(tcase, a_journal_that_is_no_json_is_damaged);
    tcase_add_loop_test(tcase, a_game_of_so_many_bytes_is_given_out_and_of_one_more_is_not, 0, 2);
    return run_suite(suite);
}
