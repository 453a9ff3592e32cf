/* The messages of the contract (docs/protocol.md): what is read, what is refused and how, what
 * is written. */
#include "app/message.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

#define ID  "AAAAAAAAAAAAAAAAAAAAAQ"
#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define X63 X16 X16 X16 "xxxxxxxxxxxxxxx"

static struct arena arena;

static void setup(void)
{
    arena = (struct arena){.blocks = NULL};
}

static void teardown(void)
{
    arena_release(&arena);
}

/* ---- reading ---- */

/* What a message says; texts NULL for empty. */
struct row {
    const char *why;
    const char *text;
    enum status status;
    enum message_kind kind;
    const char *game_id, *request_id, *choice_id, *choice_text;
    bool presence;
    uint64_t version, of;
    uint32_t slot;
    const char *name;
    bool roll;
};

#define CHOICE_OF(fields) "{\"type\":\"choice\",\"choice\":{" fields "}}"

static const struct row good[] = {
    {"a ping", "{\"type\":\"ping\",\"timestamp\":1}", OK, .kind = MESSAGE_PING},
    {"a ping of any other members", "{\"x\":[{}],\"request_id\":[],\"type\":\"ping\"}", OK,
     .kind = MESSAGE_PING},
    {"space around", " \t\n{\"type\":\"ping\"}\r\n", OK, .kind = MESSAGE_PING},
    {"the state of this game", "{\"type\":\"get_state\"}", OK, .kind = MESSAGE_GET_STATE},
    {"the state of a game", "{\"type\":\"get_state\",\"game_id\":\"g\"}", OK,
     .kind = MESSAGE_GET_STATE, .game_id = "g"},
    {"null is as absent", "{\"type\":\"get_state\",\"game_id\":null}", OK,
     .kind = MESSAGE_GET_STATE},
    {"attach", "{\"type\":\"attach\",\"game_id\":\"g\"}", OK, .kind = MESSAGE_ATTACH,
     .game_id = "g"},
    {"attach from a version", "{\"type\":\"attach\",\"game_id\":\"g\",\"version\":3}", OK,
     .kind = MESSAGE_ATTACH, .game_id = "g", .version = 3},
    {"an undo", "{\"type\":\"undo\"}", OK, .kind = MESSAGE_UNDO},
    {"an undo of a version, with all that may be said",
     "{\"type\":\"undo\",\"game_id\":\"g\",\"version\":7,\"request_id\":\"r\",\"of\":\"x\"}", OK,
     .kind = MESSAGE_UNDO, .game_id = "g", .version = 7, .request_id = "r"},
    {"a load", "{\"type\":\"load\",\"game_id\":\"g\",\"of\":3,\"version\":7}", OK,
     .kind = MESSAGE_LOAD, .game_id = "g", .of = 3, .version = 7},
    {"a load of a save", "{\"type\":\"load\",\"slot\":20,\"request_id\":\"r\"}", OK,
     .kind = MESSAGE_LOAD, .slot = 20, .request_id = "r"},
    {"a save", "{\"type\":\"save\",\"name\":\"At the gate\"}", OK, .kind = MESSAGE_SAVE,
     .name = "At the gate"},
    {"a save of a version in a slot",
     "{\"type\":\"save\",\"game_id\":\"g\",\"name\":\"x\",\"slot\":1,\"version\":4}", OK,
     .kind = MESSAGE_SAVE, .game_id = "g", .name = "x", .slot = 1, .version = 4},
    {"a choice by id", CHOICE_OF("\"game_id\":\"g\",\"choice_id\":\"c\""), OK,
     .kind = MESSAGE_CHOICE, .game_id = "g", .choice_id = "c"},
    {"a choice by text", CHOICE_OF("\"choice_text\":\"Go\""), OK, .kind = MESSAGE_CHOICE,
     .choice_text = "Go"},
    {"a choice by both", CHOICE_OF("\"choice_id\":\"c\",\"choice_text\":\"Go\""), OK,
     .kind = MESSAGE_CHOICE, .choice_id = "c", .choice_text = "Go"},
    {"a section's number", CHOICE_OF("\"choice_id\":12"), OK, .kind = MESSAGE_CHOICE,
     .choice_id = "12"},
    {"everything at once",
     "{\"type\":\"choice\",\"version\":7,\"request_id\":\"r 1\",\"choice\":{\"game_id\":\"g\","
     "\"choice_id\":\"c\",\"choice_text\":\"Go\",\"metadata\":{\"type\":\"x\"}}}",
     OK, .kind = MESSAGE_CHOICE, .game_id = "g", .request_id = "r 1", .choice_id = "c",
     .choice_text = "Go", .version = 7},
    {"the longest request id",
     "{\"type\":\"choice\",\"request_id\":\"" X64 "\",\"choice\":{\"choice_id\":\"c\"}}", OK,
     .kind = MESSAGE_CHOICE, .request_id = X64, .choice_id = "c"},
    {"the longest ids", CHOICE_OF("\"game_id\":\"" X64 "\",\"choice_id\":\"" X64 "\""), OK,
     .kind = MESSAGE_CHOICE, .game_id = X64, .choice_id = X64},
    {"the largest version",
     "{\"type\":\"attach\",\"game_id\":\"g\",\"version\":9223372036854775807}", OK,
     .kind = MESSAGE_ATTACH, .game_id = "g", .version = INT64_MAX},
    {"a roll", CHOICE_OF("\"choice_id\":\"0\",\"metadata\":{\"type\":\"dice_roll\",\"total\":12}"),
     OK, .kind = MESSAGE_CHOICE, .choice_id = "0", .roll = true},
    {"a roll by number", CHOICE_OF("\"choice_id\":0,\"metadata\":{\"type\":\"dice_roll\"}"), OK,
     .kind = MESSAGE_CHOICE, .choice_id = "0", .roll = true},
    {"another id is no roll",
     CHOICE_OF("\"choice_id\":\"c\",\"metadata\":{\"type\":\"dice_roll\"}"), OK,
     .kind = MESSAGE_CHOICE, .choice_id = "c"},
    {"other metadata is no roll", CHOICE_OF("\"choice_id\":\"0\",\"metadata\":{\"type\":7}"), OK,
     .kind = MESSAGE_CHOICE, .choice_id = "0"},
    {"null metadata", CHOICE_OF("\"choice_id\":\"c\",\"metadata\":null"), OK,
     .kind = MESSAGE_CHOICE, .choice_id = "c"},
};

static const struct row bad[] = {
    {"nothing", "", ERR_INVALID_JSON, .kind = MESSAGE_PING},
    {"no JSON", "hello", ERR_INVALID_JSON, .kind = MESSAGE_PING},
    {"two documents", "{\"type\":\"ping\"}{}", ERR_INVALID_JSON, .kind = MESSAGE_PING},
    {"a member twice", "{\"type\":\"ping\",\"type\":\"ping\"}", ERR_INVALID_JSON,
     .kind = MESSAGE_PING},
    {"half a surrogate pair", "{\"type\":\"\\ud800\"}", ERR_UTF8, .kind = MESSAGE_PING},
    {"not UTF-8", "{\"type\":\"\xff\"}", ERR_UTF8, .kind = MESSAGE_PING},
    {"an array", "[]", ERR_INVALID_MESSAGE, .kind = MESSAGE_PING},
    {"a string", "\"ping\"", ERR_INVALID_MESSAGE, .kind = MESSAGE_PING},
    {"null", "null", ERR_INVALID_MESSAGE, .kind = MESSAGE_PING},
    {"no type", "{\"request_id\":\"r\"}", ERR_INVALID_MESSAGE, .request_id = "r"},
    {"an empty type", "{\"type\":\"\",\"request_id\":\"r\"}", ERR_INVALID_MESSAGE,
     .request_id = "r"},
    {"a type that is no text", "{\"type\":1,\"request_id\":\"r\"}", ERR_INVALID_MESSAGE,
     .request_id = "r"},
    {"a type of another case", "{\"type\":\"Ping\"}", ERR_UNKNOWN_TYPE, .kind = MESSAGE_PING},
    {"an unknown type", "{\"type\":\"dance\",\"request_id\":\"r\"}", ERR_UNKNOWN_TYPE,
     .request_id = "r"},
    {"a game id that is a number", "{\"type\":\"get_state\",\"game_id\":7}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_GET_STATE},
    {"a game id that is too long", "{\"type\":\"get_state\",\"game_id\":\"" X64 "x\"}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_GET_STATE},
    {"attach to nothing", "{\"type\":\"attach\"}", ERR_INVALID_MESSAGE, .kind = MESSAGE_ATTACH},
    {"attach to an empty id", "{\"type\":\"attach\",\"game_id\":\"\"}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_ATTACH},
    {"attach with nothing yet", "{\"type\":\"attach\",\"game_id\":\"g\",\"version\":0}", OK,
     .kind = MESSAGE_ATTACH, .game_id = "g"},
    {"attach with a wish", "{\"type\":\"attach\",\"game_id\":\"g\",\"presence\":true}", OK,
     .kind = MESSAGE_ATTACH, .game_id = "g", .presence = true},
    {"attach with a wish of the wrong type",
     "{\"type\":\"attach\",\"game_id\":\"g\",\"presence\":1}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_ATTACH, .game_id = "g"},
    {"attach from below nothing", "{\"type\":\"attach\",\"game_id\":\"g\",\"version\":-1}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_ATTACH, .game_id = "g"},
    {"attach from a text", "{\"type\":\"attach\",\"game_id\":\"g\",\"version\":\"1\"}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_ATTACH, .game_id = "g"},
    {"an undo of a version that cannot be", "{\"type\":\"undo\",\"version\":0,\"game_id\":\"g\"}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_UNDO, .game_id = "g"},
    {"an undo with a wrong request id", "{\"type\":\"undo\",\"request_id\":7}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_UNDO},
    {"a load of nothing", "{\"type\":\"load\",\"request_id\":\"r\"}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_LOAD, .request_id = "r"},
    {"a load of a text", "{\"type\":\"load\",\"of\":\"3\"}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_LOAD},
    {"a load of a version and a save", "{\"type\":\"load\",\"of\":3,\"slot\":1}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_LOAD, .of = 3, .slot = 1},
    {"a load of a slot that cannot be", "{\"type\":\"load\",\"slot\":21}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_LOAD},
    {"a save in no slot", "{\"type\":\"save\",\"name\":\"x\",\"slot\":0}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_SAVE},
    {"a save whose name is a number", "{\"type\":\"save\",\"name\":7}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_SAVE},
    {"a choice of nothing", "{\"type\":\"choice\",\"request_id\":\"r\"}", ERR_INVALID_MESSAGE,
     .kind = MESSAGE_CHOICE, .request_id = "r"},
    {"a choice that is a text", "{\"type\":\"choice\",\"choice\":\"go\",\"request_id\":\"r\"}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_CHOICE, .request_id = "r"},
    {"neither id nor text", CHOICE_OF("\"game_id\":\"g\""), ERR_INVALID_MESSAGE,
     .kind = MESSAGE_CHOICE, .game_id = "g"},
    {"both empty", CHOICE_OF("\"game_id\":\"g\",\"choice_id\":\"\",\"choice_text\":\"\""),
     ERR_INVALID_MESSAGE, .kind = MESSAGE_CHOICE, .game_id = "g"},
    {"an id that is an object", CHOICE_OF("\"game_id\":\"g\",\"choice_id\":{}"),
     ERR_INVALID_MESSAGE, .kind = MESSAGE_CHOICE, .game_id = "g"},
    {"an id that is a fraction", CHOICE_OF("\"choice_id\":1.5"), ERR_INVALID_MESSAGE,
     .kind = MESSAGE_CHOICE},
    {"an id below 0", CHOICE_OF("\"choice_id\":-1"), ERR_INVALID_MESSAGE, .kind = MESSAGE_CHOICE},
    {"a section that cannot be", CHOICE_OF("\"choice_id\":1000000"), ERR_INVALID_MESSAGE,
     .kind = MESSAGE_CHOICE},
    {"an id that is too long", CHOICE_OF("\"choice_id\":\"" X64 "x\""), ERR_INVALID_MESSAGE,
     .kind = MESSAGE_CHOICE},
    {"a text that is a number", CHOICE_OF("\"choice_text\":1"), ERR_INVALID_MESSAGE,
     .kind = MESSAGE_CHOICE},
    {"metadata that is a list", CHOICE_OF("\"choice_id\":\"c\",\"metadata\":[]"),
     ERR_INVALID_MESSAGE, .kind = MESSAGE_CHOICE},
    {"a version that is true",
     "{\"type\":\"choice\",\"version\":true,\"request_id\":\"r\",\"choice\":{\"game_id\":\"g\","
     "\"choice_id\":\"c\"}}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_CHOICE, .game_id = "g", .request_id = "r",
     .choice_id = "c"},
    {"a request id that is too long",
     "{\"type\":\"choice\",\"request_id\":\"" X64 "x\",\"choice\":{\"game_id\":\"g\","
     "\"choice_id\":\"c\"}}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_CHOICE, .game_id = "g", .choice_id = "c"},
    {"a request id that is a number",
     "{\"type\":\"choice\",\"request_id\":1,\"choice\":{\"game_id\":\"g\",\"choice_id\":\"c\"}}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_CHOICE, .game_id = "g", .choice_id = "c"},
    {"a request id with a line end",
     "{\"type\":\"choice\",\"request_id\":\"a\\nb\",\"choice\":{\"game_id\":\"g\","
     "\"choice_id\":\"c\"}}",
     ERR_INVALID_MESSAGE, .kind = MESSAGE_CHOICE, .game_id = "g", .choice_id = "c"},
};

static void expect_row(const struct row *row)
{
    struct message message;
    const enum status st = message_parse(slice_str(row->text), &arena, &message);
    ck_assert_msg(st == row->status, "%s: %s", row->why, status_name(st));
    ck_assert_msg(message.kind == row->kind, "%s: kind %d", row->why, (int)message.kind);
    ck_assert_slice_str(message.game_id, row->game_id);
    ck_assert_slice_str(message.request_id, row->request_id);
    ck_assert_slice_str(message.choice.id, row->choice_id);
    ck_assert_slice_str(message.choice.text, row->choice_text);
    ck_assert_uint_eq(message.version, row->version);
    ck_assert_uint_eq(message.of, row->of);
    ck_assert_uint_eq(message.slot, row->slot);
    ck_assert_slice_str(message.name, row->name);
    ck_assert_int_eq(message.presence, row->presence);
    ck_assert(message.choice.roll == row->roll);
}

START_TEST(a_message_says_what_its_fields_say)
{
    expect_row(&good[_i]);
}
END_TEST

START_TEST(a_wrong_message_is_refused_and_names_its_request)
{
    expect_row(&bad[_i]);
}
END_TEST

START_TEST(a_message_that_is_cut_short_is_no_json)
{
    const char *const text = good[_i].text;
    const size_t last = (size_t)(strrchr(text, '}') - text);
    for (size_t len = 0; len <= last; len++) {
        struct message message;
        uint8_t *copy = malloc(len ? len : 1);
        ENSURE(copy != NULL);
        memcpy(copy, text, len);
        const enum status st = message_parse(slice_make(copy, len), &arena, &message);
        free(copy);
        arena_reset(&arena);
        if (st == OK)
            ck_abort_msg("%s: accepted after %zu bytes", good[_i].why, len);
    }
}
END_TEST

/* '[' or 'x' many times between two texts. */
static struct slice repeated(const char *before, char byte, size_t count, const char *after)
{
    const size_t head = strlen(before);
    const size_t tail = strlen(after);
    uint8_t *text = arena_alloc(&arena, head + count + tail);
    memcpy(text, before, head);
    memset(text + head, byte, count);
    memcpy(text + head + count, after, tail);
    return slice_make(text, head + count + tail);
}

START_TEST(the_limits_are_exact)
{
    struct message message;
    const char *const before = "{\"type\":\"ping\",\"timestamp\":\"";
    const size_t frame = strlen(before) + 2;
    struct slice text = repeated(before, 'x', LIMIT_MESSAGE_BYTES - frame, "\"}");
    ck_assert_uint_eq(text.len, LIMIT_MESSAGE_BYTES);
    ck_assert_int_eq(message_parse(text, &arena, &message), OK);
    text = repeated(before, 'x', LIMIT_MESSAGE_BYTES - frame + 1, "\"}");
    ck_assert_int_eq(message_parse(text, &arena, &message), ERR_TOO_LARGE);

    const char *const open = "{\"type\":\"ping\",\"timestamp\":";
    const struct slice deep = repeated(open, '[', LIMIT_JSON_DEPTH, "");
    ck_assert_int_eq(message_parse(deep, &arena, &message), ERR_TOO_DEEP);

    text = repeated("{\"type\":\"choice\",\"choice\":{\"choice_text\":\"", 'x',
                    LIMIT_CHOICE_TEXT_BYTES, "\"}}");
    ck_assert_int_eq(message_parse(text, &arena, &message), OK);
    text = repeated("{\"type\":\"choice\",\"choice\":{\"choice_text\":\"", 'x',
                    LIMIT_CHOICE_TEXT_BYTES + 1, "\"}}");
    ck_assert_int_eq(message_parse(text, &arena, &message), ERR_INVALID_MESSAGE);
}
END_TEST

START_TEST(a_body_is_an_object_or_nothing)
{
    static const struct {
        const char *text;
        enum status status;
    } rows[] = {
        {"", OK},
        {"  \t", OK},
        {"{}", OK},
        {"{\"name\":\"Ann\"}", OK},
        {"[]", ERR_INVALID_MESSAGE},
        {"7", ERR_INVALID_MESSAGE},
        {"{", ERR_INVALID_JSON},
        {"{\"a\":\"\xc0\x80\"}", ERR_UTF8},
    };
    const struct json *body;
    const enum status st = body_parse(slice_str(rows[_i].text), &arena, &body);
    ck_assert_msg(st == rows[_i].status, "%s: %s", rows[_i].text, status_name(st));
    if (st == OK)
        ck_assert_int_eq(body->kind, JSON_OBJECT);
}
END_TEST

START_TEST(a_name_is_counted_in_characters)
{
    static const char *const flags[] = {"", "x"};
    const struct json *body;
    struct slice name;
    for (size_t more = 0; more < 2; more++) {
        struct buf text = {0};
        buf_append(&text, SLICE("{\"name\":\""));
        for (int i = 0; i < LIMIT_NAME_CHARS; i++)
            buf_append(&text, SLICE("\xf0\x9f\x99\x82"));
        buf_append(&text, slice_str(flags[more]));
        buf_append(&text, SLICE("\"}"));
        ck_assert_int_eq(body_parse(buf_slice(&text), &arena, &body), OK);
        ck_assert_int_eq(body_name(body, SLICE("name"), &name), more ? ERR_INVALID_MESSAGE : OK);
        buf_release(&text);
    }
}
END_TEST

START_TEST(a_request_id_is_text_without_control_characters)
{
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        {"", false},
        {"a", true},
        {" ", true},
        {"~", true},
        {"a\x7f", false},
        {"\x1f", false},
        {"\xc3\xa9", true},
        {X64, true},
        {X64 "x", false},
        {"{\"quoted\"}", true},
        {X63 "\xc3\xa9", true},
        {X64 "\xc3\xa9", false},
        {"\xc3", false},
    };
    ck_assert_msg(request_id_valid(slice_str(rows[_i].text)) == rows[_i].valid, "%s",
                  rows[_i].text);
}
END_TEST

/* ---- writing ---- */

static struct buf written;
static struct json_out *out;

static void setup_out(void)
{
    setup();
    written = (struct buf){0};
    out = json_out_new(&written);
}

static void teardown_out(void)
{
    json_out_free(out);
    buf_release(&written);
    teardown();
}

START_TEST(a_pong_returns_the_timestamp_as_it_came)
{
    static const struct {
        const char *ping, *pong;
    } rows[] = {
        {"{\"type\":\"ping\"}", "{\"type\":\"pong\",\"timestamp\":null}"},
        {"{\"type\":\"ping\",\"timestamp\":null}", "{\"type\":\"pong\",\"timestamp\":null}"},
        {"{\"type\":\"ping\",\"timestamp\":1e400}", "{\"type\":\"pong\",\"timestamp\":1e400}"},
        {"{\"type\":\"ping\",\"timestamp\":\"\\u0041\\n\"}",
         "{\"type\":\"pong\",\"timestamp\":\"A\\n\"}"},
        {"{\"type\":\"ping\",\"timestamp\": [1, {\"a\" : true}, []] }",
         "{\"type\":\"pong\",\"timestamp\":[1,{\"a\":true},[]]}"},
    };
    struct message message;
    ck_assert_int_eq(message_parse(slice_str(rows[_i].ping), &arena, &message), OK);
    message_pong(out, message.timestamp);
    ck_assert_slice_str(buf_slice(&written), rows[_i].pong);
}
END_TEST

START_TEST(current_names_game_and_version)
{
    message_current(out, (struct id){0, 1}, 12);
    ck_assert_slice_str(buf_slice(&written),
                        "{\"type\":\"current\",\"game_id\":\"" ID "\",\"version\":12}");
}
END_TEST

START_TEST(presence_has_a_count_for_each_role)
{
    message_presence(out, (struct id){0, 1}, (uint32_t[PRESENCE_ROLES]){1, 20, 300});
    ck_assert_slice_str(buf_slice(&written),
                        "{\"type\":\"presence\",\"game_id\":\"" ID "\",\"watchers\":321,\"roles\":{"
                        "\"owner\":1,\"player\":20,\"spectator\":300}}");
}
END_TEST

START_TEST(a_farewell_says_when_to_come_back)
{
    message_reconnect(out, 1250);
    ck_assert_slice_str(buf_slice(&written), "{\"type\":\"reconnect\",\"reconnect_ms\":1250}");
}
END_TEST

START_TEST(an_acknowledgement_names_its_request)
{
    message_choice_ack(out, SLICE("r\"1"), (struct id){0, 1}, 2, _i == 1);
    ck_assert_slice_str(buf_slice(&written),
                        _i == 1 ? "{\"type\":\"choice_ack\",\"request_id\":\"r\\\"1\",\"game_id\":"
                                  "\"" ID "\",\"version\":2,\"duplicate\":true}"
                                : "{\"type\":\"choice_ack\",\"request_id\":\"r\\\"1\",\"game_id\":"
                                  "\"" ID "\",\"version\":2,\"duplicate\":false}");
}
END_TEST

START_TEST(what_was_saved_is_told_with_its_request)
{
    message_saved(out, SLICE_NONE, (struct id){0, 1}, SLICE("{\"slot\":1}"));
    buf_byte(&written, '\n');
    json_out_reset(out);
    message_saved(out, SLICE("r"), (struct id){0, 1}, SLICE("{}"));
    ck_assert_slice_str(
        buf_slice(&written),
        "{\"type\":\"saved\",\"request_id\":null,\"game_id\":\"" ID "\",\"save\":{\"slot\":1}}\n"
        "{\"type\":\"saved\",\"request_id\":\"r\",\"game_id\":\"" ID "\",\"save\":{}}");
}
END_TEST

START_TEST(an_error_says_what_and_why)
{
    message_error(out, ERR_UNKNOWN_TYPE, SLICE_NONE, 0);
    buf_byte(&written, '\n');
    json_out_reset(out);
    message_error(out, ERR_RATE_LIMITED, SLICE("r"), 250);
    ck_assert_slice_str(
        buf_slice(&written),
        "{\"type\":\"message_error\",\"status\":\"error\",\"error\":\"There is no message of this "
        "type.\",\"code\":\"unknown_type\",\"request_id\":null}\n"
        "{\"type\":\"message_error\",\"status\":\"error\",\"error\":\"Too many requests. Try again "
        "later.\",\"code\":\"rate_limited\",\"request_id\":\"r\",\"retry_after_ms\":250}");
}
END_TEST

START_TEST(a_choice_error_carries_the_state)
{
    struct update *update =
        update_new((struct id){0, 1}, 8, SLICE("{\"type\":\"state\",\"version\":8}"), 1, NULL);
    const struct choice_failure failure = {
        .game_id = SLICE(ID), .request_id = SLICE("r"), .state = update};
    message_choice_error(out, ERR_STALE_VERSION, &failure);
    ck_assert_slice_str(
        buf_slice(&written),
        "{\"type\":\"choice_error\",\"status\":\"error\",\"error\":\"The game has moved on since "
        "that version.\",\"code\":\"stale_version\",\"game_id\":\"" ID
        "\",\"version\":8,\"request_id\":\"r\",\"state\":{\"type\":\"state\",\"version\":8}}");
    update_unref(update);
}
END_TEST

START_TEST(a_choice_error_says_what_it_can)
{
    struct choice_failure failure = {.retry_after_ms = 0};
    message_choice_error(out, ERR_GAME_NOT_FOUND, &failure);
    buf_byte(&written, '\n');
    json_out_reset(out);
    failure = (struct choice_failure){
        .game_id = SLICE("<\"x\">"), .needs = SLICE("[{\"item\":\"rope\"}]"), .retry_after_ms = 5};
    message_choice_error(out, ERR_CHOICE_UNAVAILABLE, &failure);
    ck_assert_slice_str(
        buf_slice(&written),
        "{\"type\":\"choice_error\",\"status\":\"error\",\"error\":\"There is no such game.\","
        "\"code\":\"game_not_found\",\"game_id\":null,\"version\":null,\"request_id\":null}\n"
        "{\"type\":\"choice_error\",\"status\":\"error\",\"error\":\"This choice is not available "
        "now.\",\"code\":\"choice_unavailable\",\"game_id\":\"<\\\"x\\\">\",\"version\":null,"
        "\"request_id\":null,\"needs\":[{\"item\":\"rope\"}],\"retry_after_ms\":5}");
}
END_TEST

/* Every status may end up in an error, and its code must be on the contract's list. */
START_TEST(every_status_has_a_code_of_the_contract)
{
    static const char *const codes[] = {
        "ok",
        "invalid_json",
        "invalid_message",
        "unknown_type",
        "unauthorized",
        "forbidden",
        "game_not_found",
        "game_over",
        "not_found",
        "unknown_choice",
        "choice_unavailable",
        "stale_version",
        "too_large",
        "rate_limited",
        "storage_unavailable",
        "request_id_reused",
        "code_not_found",
        "last_owner",
        "members_full",
        "invitations_full",
        "devices_full",
        "internal",
        "shutting_down",
        "undo_refused",
        "nothing_to_undo",
        "save_not_found",
        "version_not_found",
        "saves_full",
        "import_refused",
        "not_migratable",
    };
    bool listed = false;
    message_error(out, (enum status)_i, SLICE_NONE, 0);
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        listed = listed || strcmp(status_code((enum status)_i), codes[i]) == 0;
    ck_assert_msg(listed, "%s", status_code((enum status)_i));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("message");
    TCase *reading = tcase_create("reading");
    tcase_add_checked_fixture(reading, setup, teardown);
    tcase_add_loop_test(reading, a_message_says_what_its_fields_say, 0, COUNT_OF(good));
    tcase_add_loop_test(reading, a_wrong_message_is_refused_and_names_its_request, 0,
                        COUNT_OF(bad));
    tcase_add_loop_test(reading, a_message_that_is_cut_short_is_no_json, 0, COUNT_OF(good));
    tcase_add_test(reading, the_limits_are_exact);
    tcase_add_loop_test(reading, a_body_is_an_object_or_nothing, 0, 8);
    tcase_add_test(reading, a_name_is_counted_in_characters);
    tcase_add_loop_test(reading, a_request_id_is_text_without_control_characters, 0, 13);
    suite_add_tcase(suite, reading);

    TCase *writing = tcase_create("writing");
    tcase_add_checked_fixture(writing, setup_out, teardown_out);
    tcase_add_loop_test(writing, a_pong_returns_the_timestamp_as_it_came, 0, 5);
    tcase_add_test(writing, current_names_game_and_version);
    tcase_add_test(writing, a_farewell_says_when_to_come_back);
    tcase_add_test(writing, presence_has_a_count_for_each_role);
    tcase_add_loop_test(writing, an_acknowledgement_names_its_request, 0, 2);
    tcase_add_test(writing, what_was_saved_is_told_with_its_request);
    tcase_add_test(writing, an_error_says_what_and_why);
    tcase_add_test(writing, a_choice_error_carries_the_state);
    tcase_add_test(writing, a_choice_error_says_what_it_can);
    tcase_add_loop_test(writing, every_status_has_a_code_of_the_contract, 0, STATUS_COUNT);
    suite_add_tcase(suite, writing);
    return run_suite(suite);
}
