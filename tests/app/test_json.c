#include "app/json.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

static const struct json_limits usual = {
    .bytes = LIMIT_MESSAGE_BYTES, .depth = LIMIT_JSON_DEPTH, .nodes = LIMIT_JSON_NODES};

/* A copy of exactly its length, so that a read past the end is seen. */
static enum status parse_copy(struct slice text, const struct json_limits *limits,
                              struct arena *arena, const struct json **ret,
                              struct json_error *ret_error)
{
    uint8_t *copy = malloc(text.len > 0 ? text.len : 1);
    ck_assert_ptr_nonnull(copy);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    const enum status st = json_parse(slice_make(copy, text.len), limits, arena, ret, ret_error);
    free(copy); /* the tree borrows from the arena only */
    return st;
}

static void print(const struct json *value, struct buf *ret)
{
    struct json_out *out = json_out_new(ret);
    json_out_value(out, value);
    json_out_free(out);
}

/* A string literal that may hold NUL. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        (const uint8_t *)("" literal), sizeof(literal) - 1                                         \
    }

static const struct {
    const char *why;
    struct slice text;
    struct slice printed; /* how it looks when it is written again */
} valid[] = {
    {"null", TEXT("null"), TEXT("null")},
    {"true", TEXT("true"), TEXT("true")},
    {"false", TEXT("false"), TEXT("false")},
    {"a digit", TEXT("7"), TEXT("7")},
    {"zero", TEXT("0"), TEXT("0")},
    {"minus zero", TEXT("-0"), TEXT("-0")},
    {"a fraction", TEXT("-1.50"), TEXT("-1.50")},
    {"exponents", TEXT("[1e5,1E+5,0e-1,2.5e00]"), TEXT("[1e5,1E+5,0e-1,2.5e00]")},
    {"a number no type can hold", TEXT("123456789012345678901234567890e999"),
     TEXT("123456789012345678901234567890e999")},
    {"an empty string", TEXT("\"\""), TEXT("\"\"")},
    {"an empty array", TEXT("[]"), TEXT("[]")},
    {"an empty object", TEXT("{}"), TEXT("{}")},
    {"space everywhere", TEXT(" \t\r\n[ 1 , { \"a\" : [ ] } ] \n"), TEXT("[1,{\"a\":[]}]")},
    {"empty ones inside", TEXT("[[],{},[[]],{\"a\":{}}]"), TEXT("[[],{},[[]],{\"a\":{}}]")},
    {"an empty key", TEXT("{\"\":1}"), TEXT("{\"\":1}")},
    {"keys that differ in case", TEXT("{\"a\":1,\"A\":2}"), TEXT("{\"a\":1,\"A\":2}")},
    {"the same key at other depths", TEXT("{\"a\":{\"a\":{\"a\":1}}}"),
     TEXT("{\"a\":{\"a\":{\"a\":1}}}")},
    {"the same key in siblings", TEXT("[{\"a\":1},{\"a\":2}]"), TEXT("[{\"a\":1},{\"a\":2}]")},
    {"every short escape", TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
     TEXT("\"\\\"\\\\/\\b\\f\\n\\r\\t\"")},
    {"a NUL as an escape", TEXT("\"a\\u0000b\""), TEXT("\"a\\u0000b\"")},
    {"two bytes of UTF-8", TEXT("\"\xc3\xa9\\u00E9\""), TEXT("\"\xc3\xa9\xc3\xa9\"")},
    {"three bytes", TEXT("\"\xe2\x82\xac\\u20ac\""), TEXT("\"\xe2\x82\xac\xe2\x82\xac\"")},
    {"four bytes and a surrogate pair", TEXT("\"\xf0\x9f\x98\x80\\ud83d\\uDE00\""),
     TEXT("\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"")},
    {"the last code point", TEXT("\"\\udbff\\udfff\""), TEXT("\"\xf4\x8f\xbf\xbf\"")},
    {"noncharacters", TEXT("\"\\uffff\xef\xbf\xbe\""), TEXT("\"\xef\xbf\xbf\xef\xbf\xbe\"")},
    {"DEL is an ordinary character", TEXT("\"\x7f\""), TEXT("\"\x7f\"")},
    {"an escaped backslash before u", TEXT("\"\\\\ud800\""), TEXT("\"\\\\ud800\"")},
    {"marks of HTML stay", TEXT("\"<&>/\""), TEXT("\"<&>/\"")},
    {"escapes in a key", TEXT("{\"\\u0061\\n\":1}"), TEXT("{\"a\\n\":1}")},
};

START_TEST(a_valid_document_is_read_and_written_again)
{
    struct arena arena = {0};
    struct buf first = {0};
    struct buf second = {0};
    const struct json *value = NULL;
    ck_assert_msg(parse_copy(valid[_i].text, &usual, &arena, &value, NULL) == OK, "%s",
                  valid[_i].why);
    ck_assert_ptr_null(value->parent);
    print(value, &first);
    ck_assert_slice_eq(buf_slice(&first), valid[_i].printed);

    arena_reset(&arena);
    ck_assert_int_eq(parse_copy(buf_slice(&first), &usual, &arena, &value, NULL), OK);
    print(value, &second);
    ck_assert_slice_eq(buf_slice(&second), buf_slice(&first));
    buf_release(&first);
    buf_release(&second);
    arena_release(&arena);
}
END_TEST

static const struct {
    const char *why;
    struct slice text;
    enum status verdict;
    uint32_t line;
} invalid[] = {
    {"nothing", TEXT(""), ERR_INVALID_JSON, 1},
    {"only space", TEXT(" \n "), ERR_INVALID_JSON, 2},
    {"a byte order mark", TEXT("\xef\xbb\xbf{}"), ERR_INVALID_JSON, 1},
    {"two values", TEXT("1 2"), ERR_INVALID_JSON, 1},
    {"text after the end", TEXT("{}\nx"), ERR_INVALID_JSON, 2},
    {"a second document", TEXT("{}{}"), ERR_INVALID_JSON, 1},
    {"a comma after the end", TEXT("[],"), ERR_INVALID_JSON, 1},
    {"a bracket too many", TEXT("[]]"), ERR_INVALID_JSON, 1},
    {"a NUL after the end", TEXT("[]\0"), ERR_INVALID_JSON, 1},
    {"an open array", TEXT("[1,\n2"), ERR_INVALID_JSON, 2},
    {"an open object", TEXT("{\"a\":1"), ERR_INVALID_JSON, 1},
    {"an open string", TEXT("\"abc"), ERR_INVALID_JSON, 1},
    {"a string that ends in an escape", TEXT("\"abc\\"), ERR_INVALID_JSON, 1},
    {"closed by another bracket", TEXT("[\n1}"), ERR_INVALID_JSON, 2},
    {"a comma before the end", TEXT("[1,]"), ERR_INVALID_JSON, 1},
    {"a comma before the end of an object", TEXT("{\"a\":1,}"), ERR_INVALID_JSON, 1},
    {"a comma at the start", TEXT("[,1]"), ERR_INVALID_JSON, 1},
    {"two commas", TEXT("[1,\n,2]"), ERR_INVALID_JSON, 2},
    {"no comma", TEXT("[1\n2]"), ERR_INVALID_JSON, 2},
    {"no colon", TEXT("{\"a\"\n1}"), ERR_INVALID_JSON, 2},
    {"two colons", TEXT("{\"a\"::1}"), ERR_INVALID_JSON, 1},
    {"a colon in an array", TEXT("[\"a\":1]"), ERR_INVALID_JSON, 1},
    {"no value", TEXT("{\"a\":}"), ERR_INVALID_JSON, 1},
    {"no key", TEXT("{:1}"), ERR_INVALID_JSON, 1},
    {"a key that is no string", TEXT("{1:1}"), ERR_INVALID_JSON, 1},
    {"a key without quotes", TEXT("{a:1}"), ERR_INVALID_JSON, 1},
    {"single quotes", TEXT("{'a':1}"), ERR_INVALID_JSON, 1},
    {"a word", TEXT("nul"), ERR_INVALID_JSON, 1},
    {"a word in capitals", TEXT("True"), ERR_INVALID_JSON, 1},
    {"a word too long", TEXT("nulll"), ERR_INVALID_JSON, 1},
    {"not a number", TEXT("[NaN]"), ERR_INVALID_JSON, 1},
    {"infinity", TEXT("[-Infinity]"), ERR_INVALID_JSON, 1},
    {"a leading zero", TEXT("[01]"), ERR_INVALID_JSON, 1},
    {"a leading zero after minus", TEXT("[-01]"), ERR_INVALID_JSON, 1},
    {"a plus", TEXT("[+1]"), ERR_INVALID_JSON, 1},
    {"a minus alone", TEXT("[-]"), ERR_INVALID_JSON, 1},
    {"no digit before the point", TEXT("[.5]"), ERR_INVALID_JSON, 1},
    {"no digit after the point", TEXT("[1.]"), ERR_INVALID_JSON, 1},
    {"no digit in the exponent", TEXT("[1e]"), ERR_INVALID_JSON, 1},
    {"no digit after the sign", TEXT("[1e+]"), ERR_INVALID_JSON, 1},
    {"a hexadecimal number", TEXT("[0x1]"), ERR_INVALID_JSON, 1},
    {"a number that ends too early", TEXT("1."), ERR_INVALID_JSON, 1},
    {"a comment", TEXT("[1]\n// x"), ERR_INVALID_JSON, 2},
    {"a comment inside", TEXT("[/* x */1]"), ERR_INVALID_JSON, 1},
    {"a hash comment", TEXT("[1] # x"), ERR_INVALID_JSON, 1},
    {"a vertical tab", TEXT("[\n\v1]"), ERR_INVALID_JSON, 2},
    {"a form feed", TEXT("[1]\f"), ERR_INVALID_JSON, 1},
    {"a space that is no ASCII", TEXT("[\xc2\xa0\x31]"), ERR_INVALID_JSON, 1},
    {"a line break in a string", TEXT("\"a\nb\""), ERR_INVALID_JSON, 1},
    {"a tab in a string", TEXT("\"a\tb\""), ERR_INVALID_JSON, 1},
    {"a NUL in a string", TEXT("\"a\0b\""), ERR_INVALID_JSON, 1},
    {"a control character in a string", TEXT("[1,\n\"\x1f\"]"), ERR_INVALID_JSON, 2},
    {"an unknown escape", TEXT("[\n\n\"\\x41\"]"), ERR_INVALID_JSON, 3},
    {"an escape in capitals", TEXT("\"\\U0041\""), ERR_INVALID_JSON, 1},
    {"three hexadecimal digits", TEXT("\"\\u004\""), ERR_INVALID_JSON, 1},
    {"no hexadecimal digit", TEXT("\"\\u00g0\""), ERR_INVALID_JSON, 1},
    {"a backslash outside of a string", TEXT("[\\n]"), ERR_INVALID_JSON, 1},
    {"the same member twice", TEXT("{\"a\":1,\n\"b\":2,\n\"a\":1}"), ERR_INVALID_JSON, 3},
    {"the same member, once by an escape", TEXT("{\"a\":1,\"\\u0061\":2}"), ERR_INVALID_JSON, 1},
    {"the same member twice, inside", TEXT("[{\"x\":{\"\":1,\"\":2}}]"), ERR_INVALID_JSON, 1},
    {"a byte that is no UTF-8", TEXT("[\n\"\xff\"]"), ERR_UTF8, 2},
    {"such a byte outside of a string", TEXT("[\xff]"), ERR_UTF8, 1},
    {"a cut sequence", TEXT("\"\xe2\x82\""), ERR_UTF8, 1},
    {"a cut sequence at the end", TEXT("\"\xe2\x82"), ERR_UTF8, 1},
    {"a continuation alone", TEXT("\"\x80\""), ERR_UTF8, 1},
    {"an overlong slash", TEXT("\"\xc0\xaf\""), ERR_UTF8, 1},
    {"an overlong NUL", TEXT("\"\xe0\x80\x80\""), ERR_UTF8, 1},
    {"a surrogate as bytes", TEXT("\"\xed\xa0\x80\""), ERR_UTF8, 1},
    {"a code point too high", TEXT("\"\xf4\x90\x80\x80\""), ERR_UTF8, 1},
    {"UTF-16", TEXT("\xff\xfe[\0]\0"), ERR_UTF8, 1},
    {"the first half of a pair", TEXT("[1,\n\"\\ud83d\"]"), ERR_UTF8, 2},
    {"the first half before text", TEXT("\"\\ud83dabcdefgh\""), ERR_UTF8, 1},
    {"the first half twice", TEXT("\"\\ud83d\\ud83d\""), ERR_UTF8, 1},
    {"the first half before another escape", TEXT("\"\\ud83d\\n12345\""), ERR_UTF8, 1},
    {"the first half before no escape", TEXT("\"\\ud83d\\uzzzz\""), ERR_UTF8, 1},
    {"the second half alone", TEXT("\"\\ude00\""), ERR_UTF8, 1},
    {"the halves in the wrong order", TEXT("\"\\ude00\\ud83d\""), ERR_UTF8, 1},
    {"half a pair in a key", TEXT("{\"\\udfff\":1}"), ERR_UTF8, 1},
};

START_TEST(an_invalid_document_is_refused_with_its_line)
{
    struct arena arena = {0};
    struct json_error error = {.line = 0};
    const struct json *value = NULL;
    const enum status st = parse_copy(invalid[_i].text, &usual, &arena, &value, &error);
    ck_assert_msg(st == invalid[_i].verdict, "%s: %s", invalid[_i].why, status_name(st));
    ck_assert_ptr_null(value);
    ck_assert_msg(error.line == invalid[_i].line, "%s: line %u", invalid[_i].why, error.line);
    ck_assert_uint_ge(error.column, 1);
    ck_assert_uint_le(error.offset, invalid[_i].text.len);
    ck_assert_uint_gt(error.reason.len, 0);
    ck_assert_int_eq(parse_copy(invalid[_i].text, &usual, &arena, &value, NULL), st);
    arena_release(&arena);
}
END_TEST

START_TEST(a_place_is_exact)
{
    static const struct {
        const char *text;
        uint32_t offset, line, column;
    } cases[] = {
        {"[1,\n  \"a\nb\"]", 8, 2, 5},
        {"{\"a\":1,\n \"a\":2}", 9, 2, 2},
        {"[\"\xc3\xa9\xff\"]", 4, 1, 5},
        {"[\"\\ud800\"]", 2, 1, 3},
        {"[\v]", 1, 1, 2},
        {"[1,\n2", 5, 2, 2},
        {"{\"key\":1,\"key\":2}", 9, 1, 10},
        {"{\"a\":1,\"b\":1,\"b\":1,\"a\":1}", 13, 1, 14},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct arena arena = {0};
        struct json_error error;
        const struct json *value = NULL;
        ck_assert(json_parse(slice_str(cases[i].text), &usual, &arena, &value, &error) != OK);
        ck_assert_msg(error.offset == cases[i].offset, "%s: %u", cases[i].text, error.offset);
        ck_assert_uint_eq(error.line, cases[i].line);
        ck_assert_uint_eq(error.column, cases[i].column);
        arena_release(&arena);
    }
}
END_TEST

static const char rich[] =
    "{\"type\":\"choice\",\"choice\":{\"game_id\":\"g\",\"list\":[1,-2.5e3,true,false,null,\"\\u00e9"
    "\\ud83d\\ude00\\n\",{\"deep\":[[]]}]},\"version\":7}";

START_TEST(a_document_cut_anywhere_is_refused)
{
    const struct slice whole = slice_str(rich);
    struct arena arena = {0};
    const struct json *value = NULL;
    ck_assert_int_eq(parse_copy(whole, &usual, &arena, &value, NULL), OK);
    for (size_t cut = 0; cut < whole.len; cut++) {
        struct json_error error;
        arena_reset(&arena);
        if (parse_copy(slice_make(whole.at, cut), &usual, &arena, &value, &error) == OK)
            ck_abort_msg("cut after %zu bytes", cut);
        if (error.offset > cut)
            ck_abort_msg("cut after %zu bytes: error at %u", cut, error.offset);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(offsets_lead_to_values_and_keys)
{
    const struct slice text = slice_str(" { \"a\" : [ 1 , \"x\\n\" , null ] ,\n\"b\":-2.5}");
    struct arena arena = {0};
    const struct json *root = NULL;
    ck_assert_int_eq(parse_copy(text, &usual, &arena, &root, NULL), OK);
    ck_assert_uint_eq(root->offset, 1);
    ck_assert_uint_eq(root->count, 2);
    const struct json *list = json_get(root, SLICE("a"));
    ck_assert_uint_eq(text.at[list->offset], '[');
    ck_assert_uint_eq(text.at[list->key_offset], '"');
    ck_assert_uint_eq(list->key_offset, 3);
    ck_assert_uint_eq(list->count, 3);
    ck_assert_uint_eq(text.at[list->child->offset], '1');
    ck_assert_uint_eq(text.at[list->child->next->offset], '"');
    ck_assert_uint_eq(text.at[list->child->next->next->offset], 'n');
    ck_assert_ptr_null(list->child->next->next->next);
    const struct json *number = json_get(root, SLICE("b"));
    ck_assert_uint_eq(text.at[number->offset], '-');
    ck_assert_slice_str(number->text, "-2.5");
    ck_assert_ptr_eq(number->parent, root);

    /* A lone number is only finished by the end of the document. */
    arena_reset(&arena);
    ck_assert_int_eq(parse_copy(SLICE(" 12"), &usual, &arena, &root, NULL), OK);
    ck_assert_uint_eq(root->offset, 1);
    ck_assert_slice_str(root->text, "12");
    arena_release(&arena);
}
END_TEST

/* Append `count` times text. */
static void repeat(struct buf *buf, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_append(buf, slice_str(text));
}

START_TEST(depth_is_limited)
{
    struct arena arena = {0};
    struct buf text = {0};
    const struct json *value = NULL;
    struct json_error error;
    for (size_t depth = 1; depth <= (size_t)LIMIT_JSON_DEPTH + 1; depth++) {
        buf_clear(&text);
        repeat(&text, "[", depth);
        repeat(&text, "]", depth);
        arena_reset(&arena);
        const enum status st = json_parse(buf_slice(&text), &usual, &arena, &value, &error);
        ck_assert_int_eq(st, depth <= LIMIT_JSON_DEPTH ? OK : ERR_TOO_DEEP);
    }
    ck_assert_uint_eq(error.offset, LIMIT_JSON_DEPTH);

    buf_clear(&text);
    repeat(&text, "{\"a\":", LIMIT_JSON_DEPTH);
    repeat(&text, "1", 1);
    repeat(&text, "}", LIMIT_JSON_DEPTH);
    ck_assert_int_eq(json_parse(buf_slice(&text), &usual, &arena, &value, NULL), OK);

    /* Opened and never closed: refused at the limit, not at the end. */
    buf_clear(&text);
    repeat(&text, "[", 60000);
    ck_assert_int_eq(json_parse(buf_slice(&text), &usual, &arena, &value, NULL), ERR_TOO_DEEP);

    const struct json_limits flat = {.bytes = 100, .depth = 0, .nodes = 1};
    ck_assert_int_eq(json_parse(SLICE("1"), &flat, &arena, &value, NULL), OK);
    ck_assert_int_eq(json_parse(SLICE("[]"), &flat, &arena, &value, NULL), ERR_TOO_DEEP);
    buf_release(&text);
    arena_release(&arena);
}
END_TEST

START_TEST(values_are_counted)
{
    struct arena arena = {0};
    struct buf text = {0};
    const struct json *value = NULL;
    for (size_t nodes = LIMIT_JSON_NODES - 1; nodes <= LIMIT_JSON_NODES + 1; nodes++) {
        buf_clear(&text);
        repeat(&text, "[0", 1);
        repeat(&text, ",0", nodes - 2); /* the array counts too */
        repeat(&text, "]", 1);
        arena_reset(&arena);
        const enum status st = json_parse(buf_slice(&text), &usual, &arena, &value, NULL);
        ck_assert_int_eq(st, nodes <= LIMIT_JSON_NODES ? OK : ERR_TOO_LARGE);
    }
    buf_release(&text);
    arena_release(&arena);
}
END_TEST

START_TEST(bytes_are_limited)
{
    struct arena arena = {0};
    const struct json *value = NULL;
    struct json_error error;
    const struct json_limits five = {.bytes = 5, .depth = 1, .nodes = 10};
    ck_assert_int_eq(json_parse(SLICE("[1,2]"), &five, &arena, &value, &error), OK);
    ck_assert_int_eq(json_parse(SLICE("[1,2] "), &five, &arena, &value, &error), ERR_TOO_LARGE);
    ck_assert_uint_eq(error.offset, 5);
    arena_release(&arena);
}
END_TEST

/* Members of one object: as few as are compared one by one, and as many as are sorted. */
static const size_t object_sizes[] = {2, 7, 8, 9, 10, 100, 4095};

START_TEST(a_duplicate_is_found_among_few_and_many)
{
    const size_t size = object_sizes[_i];
    struct arena arena = {0};
    struct buf text = {0};
    const struct json *value = NULL;
    struct json_error error;
    repeat(&text, "{", 1);
    for (size_t i = 0; i < size; i++)
        buf_printf(&text, "%s\"%zu\":0", i > 0 ? "," : "", i * 7919 % 4099);
    repeat(&text, "}", 1);
    ck_assert_int_eq(json_parse(buf_slice(&text), &usual, &arena, &value, NULL), OK);
    ck_assert_uint_eq(value->count, size);
    ck_assert_ptr_nonnull(json_get(value, SLICE("0")));

    /* The last member gets the name of the first, which is "0". */
    while (text.at[text.len - 1] != ',')
        text.len--;
    const size_t offset = text.len;
    buf_append(&text, SLICE("\"0\":0}"));
    arena_reset(&arena);
    ck_assert_int_eq(json_parse(buf_slice(&text), &usual, &arena, &value, &error),
                     ERR_INVALID_JSON);
    ck_assert_uint_eq(error.offset, offset);
    buf_release(&text);
    arena_release(&arena);
}
END_TEST

START_TEST(a_pointer_leads_to_the_value)
{
    static const struct {
        const char *pointer;
        const char *text; /* of the number there */
    } cases[] = {
        {"/sections/1/choices/0", "1"},
        {"/a~1b", "2"},
        {"/m~0n", "3"},
        {"/", "4"},
        {"/~01", "5"},
        {"/ ", "6"},
    };
    const struct slice document = SLICE("{\"sections\":[0,{\"choices\":[1]}],\"a/b\":2,\"m~n\":3,"
                                        "\"\":4,\"~1\":5,\" \":6}");
    struct arena arena = {0};
    const struct json *root = NULL;
    ck_assert_int_eq(json_parse(document, &usual, &arena, &root, NULL), OK);
    ck_assert_uint_eq(json_pointer(root, &arena).len, 0);
    const struct json *sections = json_get(root, SLICE("sections"));
    const struct json *choices = json_get(sections->child->next, SLICE("choices"));
    const struct json *found[] = {choices->child,
                                  json_get(root, SLICE("a/b")),
                                  json_get(root, SLICE("m~n")),
                                  json_get(root, SLICE("")),
                                  json_get(root, SLICE("~1")),
                                  json_get(root, SLICE(" "))};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ck_assert_slice_str(json_pointer(found[i], &arena), cases[i].pointer);
        ck_assert_slice_str(found[i]->text, cases[i].text);
    }
    arena_release(&arena);
}
END_TEST

START_TEST(a_member_is_found_by_its_whole_name)
{
    struct arena arena = {0};
    const struct json *root = NULL;
    ck_assert_int_eq(
        json_parse(SLICE("{\"choice\":1,\"ch\":2,\"list\":[3]}"), &usual, &arena, &root, NULL), OK);
    ck_assert_slice_str(json_get(root, SLICE("ch"))->text, "2");
    ck_assert_ptr_null(json_get(root, SLICE("c")));
    ck_assert_ptr_null(json_get(root, SLICE("choices")));
    ck_assert_ptr_null(json_get(root, SLICE_NONE));
    ck_assert_ptr_null(json_get(NULL, SLICE("ch")));
    ck_assert_ptr_null(json_get(json_get(root, SLICE("list")), SLICE("")));
    ck_assert_ptr_null(json_get(json_get(root, SLICE("ch")), SLICE("")));
    arena_release(&arena);
}
END_TEST

static const struct {
    const char *text;
    int64_t min, max;
    enum status verdict;
    int64_t number;
} integers[] = {
    {"0", 0, 10, OK, 0},
    {"-0", 0, 10, OK, 0},
    {"10", 0, 10, OK, 10},
    {"11", 0, 10, ERR_INVALID, 0},
    {"-1", 0, 10, ERR_INVALID, 0},
    {"-5", -5, 5, OK, -5},
    {"-6", -5, 5, ERR_INVALID, 0},
    {"9223372036854775807", INT64_MIN, INT64_MAX, OK, INT64_MAX},
    {"9223372036854775808", INT64_MIN, INT64_MAX, ERR_INVALID, 0},
    {"-9223372036854775808", INT64_MIN, INT64_MAX, OK, INT64_MIN},
    {"-9223372036854775809", INT64_MIN, INT64_MAX, ERR_INVALID, 0},
    {"18446744073709551616", INT64_MIN, INT64_MAX, ERR_INVALID, 0},
    {"99999999999999999999999999", INT64_MIN, INT64_MAX, ERR_INVALID, 0},
    {"1.0", 0, 10, ERR_INVALID, 0},
    {"1e0", 0, 10, ERR_INVALID, 0},
    {"\"1\"", 0, 10, ERR_INVALID, 0},
    {"true", 0, 10, ERR_INVALID, 0},
    {"null", 0, 10, ERR_INVALID, 0},
    {"[1]", 0, 10, ERR_INVALID, 0},
};

START_TEST(an_integer_is_whole_and_in_range)
{
    struct arena arena = {0};
    const struct json *value = NULL;
    int64_t number = 42;
    ck_assert_int_eq(json_parse(slice_str(integers[_i].text), &usual, &arena, &value, NULL), OK);
    const enum status st = json_int(value, integers[_i].min, integers[_i].max, &number);
    ck_assert_msg(st == integers[_i].verdict, "%s", integers[_i].text);
    ck_assert_int_eq(number, st == OK ? integers[_i].number : 42);
    ck_assert_int_eq(json_int(NULL, 0, 1, &number), ERR_INVALID);
    arena_release(&arena);
}
END_TEST

START_TEST(output_is_compact_and_escaped)
{
    struct buf buf = {0};
    struct json_out *out = json_out_new(&buf);
    json_out_object(out);
    json_out_member(out, SLICE("text"), SLICE("a\"b\\c\n\x01</p>\xc3\xa9"));
    json_out_member(out, SLICE("none"), SLICE_NONE);
    json_out_member_int(out, SLICE("least"), INT64_MIN);
    json_out_member_bool(out, SLICE("yes"), true);
    json_out_member_null(out, SLICE("error"));
    json_out_key(out, SLICE("list"));
    json_out_array(out);
    json_out_string(out, SLICE("x"));
    json_out_int(out, -1);
    json_out_bool(out, false);
    json_out_null(out);
    json_out_raw(out, SLICE("{\"raw\":[1]}"));
    json_out_object(out);
    json_out_object_end(out);
    json_out_array_end(out);
    json_out_object_end(out);
    ck_assert_slice_str(buf_slice(&buf),
                        "{\"text\":\"a\\\"b\\\\c\\n\\u0001</p>\xc3\xa9\",\"none\":\"\",\"least\":"
                        "-9223372036854775808,\"yes\":true,\"error\":null,"
                        "\"list\":[\"x\",-1,false,null,{\"raw\":[1]},{}]}");
    json_out_free(out);
    json_out_free(NULL);
    buf_release(&buf);
}
END_TEST

/* One byte of ASCII as it stands in a JSON text (RFC 8259, 7). */
static void append_escaped(struct buf *buf, uint8_t byte)
{
    static const char short_ones[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                      ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    if (byte < sizeof short_ones && short_ones[byte])
        buf_printf(buf, "\\%c", short_ones[byte]);
    else if (byte < 0x20)
        buf_printf(buf, "\\u%04X", byte);
    else
        buf_byte(buf, byte);
}

/* Texts are looked at eight bytes at a time: every byte at every place of texts around that length. */
START_TEST(a_byte_is_escaped_wherever_it_stands)
{
    enum { LEN_MAX = 26 };
    struct buf got = {.at = NULL}, expected = {.at = NULL};
    struct json_out *out = json_out_new(&got);
    for (size_t len = 1; len <= LEN_MAX; len++) {
        for (size_t place = 0; place < len; place++) {
            for (unsigned byte = 0; byte < 0x80; byte++) {
                uint8_t text[LEN_MAX];
                memset(text, 'a', sizeof text);
                text[place] = (uint8_t)byte;
                buf_clear(&got);
                json_out_reset(out);
                json_out_string(out, slice_make(text, len));
                buf_clear(&expected);
                buf_printf(&expected, "\"%.*s", (int)place, "aaaaaaaaaaaaaaaaaaaaaaaaaa");
                append_escaped(&expected, (uint8_t)byte);
                buf_printf(&expected, "%.*s\"", (int)(len - place - 1),
                           "aaaaaaaaaaaaaaaaaaaaaaaaaa");
                if (!slice_eq(buf_slice(&got), buf_slice(&expected)))
                    ck_abort_msg("byte %u at %zu of %zu: %.*s", byte, place, len,
                                 SLICE_ARG(buf_slice(&got)));
            }
        }
    }
    json_out_free(out);
    buf_release(&got);
    buf_release(&expected);
}
END_TEST

START_TEST(a_writer_begins_again_after_a_reset)
{
    struct buf buf = {0};
    struct json_out *out = json_out_new(&buf);
    json_out_int(out, 1);
    json_out_reset(out);
    json_out_array(out);
    json_out_object(out); /* given up in the middle */
    json_out_reset(out);
    buf_clear(&buf);
    json_out_array(out);
    json_out_int(out, 2);
    json_out_array_end(out);
    ck_assert_slice_str(buf_slice(&buf), "[2]");
    json_out_free(out);
    buf_release(&buf);
}
END_TEST

/* What a caller may not do. */
enum misuse { NOT_UTF8, KEY_NOT_UTF8, NUMBER_AS_KEY, TWO_ROOTS, TOO_DEEP, MISUSES };

START_TEST(wrong_use_of_a_writer_stops_the_program)
{
    struct buf buf = {0};
    struct json_out *out = json_out_new(&buf);
    switch ((enum misuse)_i) {
    case NOT_UTF8: json_out_string(out, SLICE("\xed\xa0\x80")); break;
    case KEY_NOT_UTF8:
        json_out_object(out);
        json_out_key(out, SLICE("\xff"));
        break;
    case NUMBER_AS_KEY:
        json_out_object(out);
        json_out_int(out, 1);
        break;
    case TWO_ROOTS:
        json_out_int(out, 1);
        json_out_int(out, 2);
        break;
    case TOO_DEEP:
        for (int i = 0; i < 1000; i++)
            json_out_array(out);
        break;
    case MISUSES: break;
    }
}
END_TEST

START_TEST(the_next_message_fits_into_what_this_one_left)
{
    struct arena arena = {0};
    const struct json *value = NULL;
    ck_assert_int_eq(json_parse(slice_str(rich), &usual, &arena, &value, NULL), OK);
    arena_reset(&arena);
    const struct arena_block *block = arena.blocks;
    ck_assert_int_eq(json_parse(slice_str(rich), &usual, &arena, &value, NULL), OK);
    ck_assert_ptr_eq(arena.blocks, block);
    arena_release(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tcase = tcase_create("json");
    tcase_add_loop_test(tcase, a_valid_document_is_read_and_written_again, 0, (int)COUNT_OF(valid));
    tcase_add_loop_test(tcase, an_invalid_document_is_refused_with_its_line, 0,
                        (int)COUNT_OF(invalid));
    tcase_add_test(tcase, a_place_is_exact);
    tcase_add_test(tcase, a_document_cut_anywhere_is_refused);
    tcase_add_test(tcase, offsets_lead_to_values_and_keys);
    tcase_add_test(tcase, depth_is_limited);
    tcase_add_test(tcase, values_are_counted);
    tcase_add_test(tcase, bytes_are_limited);
    tcase_add_loop_test(tcase, a_duplicate_is_found_among_few_and_many, 0,
                        (int)COUNT_OF(object_sizes));
    tcase_add_test(tcase, a_pointer_leads_to_the_value);
    tcase_add_test(tcase, a_member_is_found_by_its_whole_name);
    tcase_add_loop_test(tcase, an_integer_is_whole_and_in_range, 0, (int)COUNT_OF(integers));
    tcase_add_test(tcase, output_is_compact_and_escaped);
    tcase_add_test(tcase, a_byte_is_escaped_wherever_it_stands);
    tcase_add_test(tcase, a_writer_begins_again_after_a_reset);
    tcase_add_loop_test_raise_signal(tcase, wrong_use_of_a_writer_stops_the_program, SIGABRT, 0,
                                     MISUSES);
    tcase_add_test(tcase, the_next_message_fits_into_what_this_one_left);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
