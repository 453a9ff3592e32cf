/* The state of the contract (docs/protocol.md, The state): every field, its type, its bytes,
 * and what is never in it; the journal's events. */
#include "app/snapshot.h"

#include <string.h>

#include "app/library.h"
#include "tests/support/support.h"

static struct catalogue catalogue;
static struct arena arena;
static struct buf bytes;
static struct json_out *out;
static struct game_facts facts;
static struct state state;
static struct event event;

static void setup(void)
{
    struct buf report = {0};
    ck_assert_int_eq(
        catalogue_read(&catalogue, CASYS_SOURCE_DIR "/tests/app/stories", NULL, &report), OK);
    buf_release(&report);
    arena = (struct arena){.blocks = NULL};
    bytes = (struct buf){0};
    out = json_out_new(&bytes);
    facts = (struct game_facts){
        .id = {0, 1}, .owner = {1, 0}, .link = true, .story = catalogue.stories[0]};
    for (size_t i = 0; i < SEED_LEN; i++)
        facts.seed[i] = (uint8_t)(0xa0 + i);
    ck_assert_int_eq(game_start(facts.story, facts.seed, SLICE_NONE, 0, &state, &event), OK);
}

static void teardown(void)
{
    json_out_free(out);
    buf_release(&bytes);
    arena_release(&arena);
    catalogue_release(&catalogue);
}

static void play(const char *id)
{
    const struct choice_ref ref = {.id = slice_str(id)};
    const struct choice *choice;
    ck_assert_int_eq(game_choice_find(facts.story, &state, &ref, &choice), OK);
    ck_assert_int_eq(
        game_step(facts.story, facts.seed, &state, choice, 1700000000123, &state, &event), OK);
}

static struct slice snapshot(void)
{
    buf_clear(&bytes);
    json_out_reset(out);
    snapshot_encode(out, &facts, &state, &event);
    return buf_slice(&bytes);
}

static const struct json *parsed(struct slice text)
{
    static const struct json_limits limits = {LIMIT_SNAPSHOT_BYTES, 32, 1 << 16};
    const struct json *root;
    ck_assert_int_eq(json_parse(text, &limits, &arena, &root, NULL), OK);
    return root;
}

/* ---- the fields ---- */

/* What a document looks like without its values: s n b 0 for a string, a number, true or false,
 * null; members in their order; of an array the shape of its first item. */
static void shape_of(const struct json *value, struct buf *ret)
{
    static const char marks[] = {
        [JSON_NULL] = '0', [JSON_BOOL] = 'b', [JSON_NUMBER] = 'n', [JSON_STRING] = 's'};
    switch (value->kind) {
    case JSON_ARRAY:
        buf_byte(ret, '[');
        if (value->child)
            shape_of(value->child, ret);
        buf_byte(ret, ']');
        return;
    case JSON_OBJECT:
        buf_byte(ret, '{');
        for (const struct json *member = value->child; member; member = member->next) {
            buf_append(ret, member->key);
            buf_byte(ret, ':');
            shape_of(member, ret);
            buf_append(ret, member->next ? SLICE(" ") : SLICE_NONE);
        }
        buf_byte(ret, '}');
        return;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER:
    case JSON_STRING: buf_byte(ret, (uint8_t)marks[value->kind]); return;
    }
}

#define NARRATIVE                                                                                  \
    "narrative:{section_number:n content:s source_type:s error:0 timestamp:s last_update:s} "
#define CHOICE(target, conditions, results, needs)                                                 \
    "{id:s text:s type:s target_section:" target " conditions:" conditions                         \
    " dice_type:s dice_results:" results " available:b needs:" needs "}"
#define RULES(choices)                                                                             \
    "rules:{section_number:n dice_type:s needs_dice:b needs_user_response:b next_action:0 "        \
    "conditions:[] rules_summary:s error:0 source:s source_type:s last_update:s choices:[" choices \
    "]} "
#define DECISION(input, id, rolls)                                                                 \
    "decision:{section_number:n next_section:0 player_input:" input " error:0 awaiting_action:s "  \
    "conditions:[] timestamp:s next_action:0 choice_id:" id " rolls:[" rolls "]} "
#define ITEM "{name:s quantity:n description:s effects:{}}"
#define CHARACTER(items)                                                                           \
    "character:{name:s stats:{endurance:n chance:n skill:n luck:n} stat_names:{endurance:s "       \
    "chance:s skill:s luck:s} inventory:{items:" items " capacity:n gold:n}} "
#define HEAD                                                                                       \
    "{type:s version:n game_id:s session_id:s story_id:s title:s language:s status:s "             \
    "section_number:n " NARRATIVE
#define TAIL(ending)                                                                               \
    "trace:0 metadata:{} should_continue:b error:0 ending:" ending " story_hash:s seed_hash:s}"

static const struct {
    const char *why;
    const char *choices[3];
    const char *shape;
} shapes[] = {
    {"at the start",
     {NULL},
     HEAD RULES(CHOICE("n", "[]", "{}", "[]")) DECISION("0", "0", "") CHARACTER("{rope:" ITEM "}")
         TAIL("0")},
    {"after a choice",
     {"go", "buy", NULL},
     HEAD RULES(CHOICE("n", "[]", "{}", "[]")) DECISION("s", "s", "")
         CHARACTER("{rope:" ITEM " lamp:" ITEM "}") TAIL("0")},
    {"after a roll",
     {"dare", NULL},
     HEAD RULES(CHOICE("n", "[]", "{}", "[]"))
         DECISION("s", "s", "{dice:s values:[n] total:n for:s target:n success:b}")
             CHARACTER("{rope:" ITEM "}") TAIL("0")},
    {"after a fight",
     {"duel", NULL},
     HEAD RULES(CHOICE("n", "[]", "{}", "[]"))
         DECISION("s", "s", "{dice:s values:[n] total:n for:s by:s}") CHARACTER("{rope:" ITEM "}")
             TAIL("0")},
    {"at an end",
     {"win", NULL},
     HEAD RULES("") DECISION("s", "s", "") CHARACTER("{rope:" ITEM "}") TAIL("{kind:s title:s}")},
};

START_TEST(a_snapshot_has_the_fields_of_the_contract)
{
    struct buf shape = {0};
    for (size_t i = 0; shapes[_i].choices[i]; i++)
        play(shapes[_i].choices[i]);
    shape_of(parsed(snapshot()), &shape);
    ck_assert_slice_str(buf_slice(&shape), shapes[_i].shape);
    buf_release(&shape);
}
END_TEST

START_TEST(each_kind_of_choice_says_what_it_needs)
{
    static const struct {
        const char *id, *shape;
    } rows[] = {
        {"go", CHOICE("n", "[]", "{}", "[]")},
        {"light", CHOICE("n", "[s]", "{}", "[{item:s text:s}]")},
        {"dare", CHOICE("0", "[]", "{success:n failure:n}", "[]")},
        {"duel", CHOICE("0", "[s]", "{success:n failure:n}", "[]")},
        {"win", CHOICE("n", "[]", "{}", "[]")},
    };
    const struct json *rules = json_get(parsed(snapshot()), SLICE("rules"));
    const struct json *choice = json_get(rules, SLICE("choices"))->child;
    for (size_t i = 0; i < COUNT_OF(rows); i++, choice = choice->next) {
        struct buf shape = {0};
        ck_assert_slice_str(json_get(choice, SLICE("id"))->text, rows[i].id);
        shape_of(choice, &shape);
        ck_assert_slice_str(buf_slice(&shape), rows[i].shape);
        buf_release(&shape);
    }
    ck_assert_ptr_null(choice);
}
END_TEST

static struct slice text_of(const struct json *root, const char *object, const char *key)
{
    const struct json *value = object ? json_get(root, slice_str(object)) : root;
    value = json_get(value, slice_str(key));
    ck_assert_ptr_nonnull(value);
    if (value->kind == JSON_BOOL)
        return value->truth ? SLICE("true") : SLICE("false");
    return value->text;
}

START_TEST(what_a_player_may_do_is_said_once_for_the_whole_section)
{
    static const struct {
        const char *choice, *status, *dice, *needs_dice, *needs_response, *go_on;
    } rows[] = {
        {NULL, "active", "chance", "true", "true", "true"},
        {"go", "active", "none", "false", "true", "true"},
        {"win", "won", "none", "false", "false", "false"},
    };
    if (rows[_i].choice)
        play(rows[_i].choice);
    const struct json *root = parsed(snapshot());
    ck_assert_slice_str(text_of(root, NULL, "status"), rows[_i].status);
    ck_assert_slice_str(text_of(root, "rules", "dice_type"), rows[_i].dice);
    ck_assert_slice_str(text_of(root, "rules", "needs_dice"), rows[_i].needs_dice);
    ck_assert_slice_str(text_of(root, "rules", "needs_user_response"), rows[_i].needs_response);
    ck_assert_slice_str(text_of(root, NULL, "should_continue"), rows[_i].go_on);
}
END_TEST

/* ---- the bytes ---- */

static void expect_file(struct slice got, const char *name)
{
    struct buf expected = {0};
    struct buf path = {0};
    buf_printf(&path, "%s/tests/app/expected/%s", CASYS_SOURCE_DIR, name);
    buf_byte(&path, 0);
    read_file((const char *)path.at, &expected);
    expected.len -= expected.len > 0 && expected.at[expected.len - 1] == '\n';
    ck_assert_slice_eq(got, buf_slice(&expected));
    buf_release(&expected);
    buf_release(&path);
}

START_TEST(a_snapshot_is_these_bytes)
{
    expect_file(snapshot(), "tiny-start.json");
    play("duel");
    expect_file(snapshot(), "tiny-duel.json");
}
END_TEST

START_TEST(the_same_input_gives_the_same_bytes)
{
    struct buf first = {0};
    play("go");
    buf_append(&first, snapshot());
    ck_assert_slice_eq(snapshot(), buf_slice(&first));
    buf_release(&first);
}
END_TEST

/* ---- what must not be in it ---- */

static bool holds(struct slice text, struct slice part)
{
    return memmem(text.at, text.len, part.at, part.len) != NULL;
}

static void expect_without_bytes(struct slice text, const uint8_t secret[SEED_LEN])
{
    char hex[2 * SEED_LEN + 1];
    char base64[crypto_base64_size(SEED_LEN)];
    crypto_hex(slice_make(secret, SEED_LEN), hex);
    const size_t len = crypto_base64url(slice_make(secret, SEED_LEN), base64);
    ck_assert(!holds(text, slice_make(secret, SEED_LEN)));
    ck_assert(!holds(text, slice_make(hex, 2 * SEED_LEN)));
    ck_assert(!holds(text, slice_make(base64, len)));
}

START_TEST(neither_seed_nor_flags_are_told)
{
    static const char *const choices[] = {"go", "back", "dare"};
    uint8_t run_seed[SEED_LEN];
    dice_run_seed(facts.seed, 1, run_seed);
    for (size_t i = 0; i <= COUNT_OF(choices); i++) {
        struct buf journal = {0};
        struct json_out *journal_out = json_out_new(&journal);
        event_encode(journal_out, facts.story, &state, &event);
        json_out_free(journal_out);
        const struct slice texts[] = {snapshot(), buf_slice(&journal)};
        for (size_t t = 0; t < COUNT_OF(texts); t++) {
            expect_without_bytes(texts[t], facts.seed);
            expect_without_bytes(texts[t], run_seed);
            /* All flags of the story begin so, in their written and in their spoken form. */
            ck_assert(!holds(texts[t], SLICE("zq")));
            ck_assert(!holds(texts[t], SLICE("flag")));
            ck_assert(!holds(texts[t], SLICE("\"seed\"")));
        }
        buf_release(&journal);
        if (i < COUNT_OF(choices))
            play(choices[i]);
    }
}
END_TEST

START_TEST(the_seed_hash_is_that_of_the_run)
{
    uint8_t run_seed[SEED_LEN];
    uint8_t hash[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    for (uint32_t run = 1; run <= 3; run++) {
        dice_run_seed(facts.seed, run, run_seed);
        dice_seed_hash(run_seed, hash);
        crypto_hex(slice_make(hash, SHA256_LEN), hex);
        ck_assert_slice_str(text_of(parsed(snapshot()), NULL, "seed_hash"), hex);
        ck_assert_int_eq(game_reset(facts.story, facts.seed, &state, 0, &state, &event), OK);
    }
}
END_TEST

START_TEST(a_name_is_text_and_never_markup_or_json)
{
    static const struct slice name = SLICE_INIT("</script>\"\\ \xf0\x9f\x99\x82");
    ck_assert_int_eq(game_start(facts.story, facts.seed, name, 0, &state, &event), OK);
    ck_assert_slice_eq(text_of(parsed(snapshot()), "character", "name"), name);
}
END_TEST

/* ---- events ---- */

static struct slice encoded_event(void)
{
    buf_clear(&bytes);
    json_out_reset(out);
    event_encode(out, facts.story, &state, &event);
    return buf_slice(&bytes);
}

START_TEST(an_event_is_these_bytes)
{
    ck_assert_slice_str(encoded_event(),
                        "{\"version\":1,\"type\":\"start\",\"at\":\"1970-01-01T00:00:00.000Z\","
                        "\"name\":\"Ann\",\"from\":null,\"to\":1,\"rolls\":[],\"changes\":[]}");
    play("go");
    ck_assert_slice_str(
        encoded_event(),
        "{\"version\":2,\"type\":\"choice\",\"at\":\"2023-11-14T22:13:20.123Z\",\"choice_id\":"
        "\"go\",\"choice_text\":\"Go on\",\"from\":1,\"to\":2,\"rolls\":[],\"changes\":["
        "{\"gold\":true,\"from\":3,\"to\":4},{\"stat\":\"luck\",\"from\":1,\"to\":2}]}");
    ck_assert_int_eq(game_stop(facts.story, &state, 0, &state, &event), OK);
    ck_assert_slice_str(encoded_event(),
                        "{\"version\":3,\"type\":\"stop\",\"at\":\"1970-01-01T00:00:00.000Z\","
                        "\"from\":2,\"to\":2,\"rolls\":[],\"changes\":[]}");
    ck_assert_int_eq(game_reset(facts.story, facts.seed, &state, 0, &state, &event), OK);
    ck_assert_slice_str(encoded_event(),
                        "{\"version\":4,\"type\":\"reset\",\"at\":\"1970-01-01T00:00:00.000Z\","
                        "\"from\":null,\"to\":1,\"rolls\":[],\"changes\":[]}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *tcase = tcase_create("snapshot");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_snapshot_has_the_fields_of_the_contract, 0, COUNT_OF(shapes));
    tcase_add_test(tcase, each_kind_of_choice_says_what_it_needs);
    tcase_add_loop_test(tcase, what_a_player_may_do_is_said_once_for_the_whole_section, 0, 3);
    tcase_add_test(tcase, a_snapshot_is_these_bytes);
    tcase_add_test(tcase, the_same_input_gives_the_same_bytes);
    tcase_add_test(tcase, neither_seed_nor_flags_are_told);
    tcase_add_test(tcase, the_seed_hash_is_that_of_the_run);
    tcase_add_test(tcase, a_name_is_text_and_never_markup_or_json);
    tcase_add_test(tcase, an_event_is_these_bytes);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
