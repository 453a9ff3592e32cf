/* Documents that are the same story have the same canonical form, and others do not. */
#include "app/canonical.h"

#include "tests/support/support.h"

static const struct json_limits limits = {.bytes = 4096, .depth = 32, .nodes = 1000};

static const struct json *parsed(const char *document, struct arena *arena)
{
    const struct json *root = NULL;
    ck_assert_int_eq(json_parse(slice_str(document), &limits, arena, &root, NULL), OK);
    return root;
}

static const struct {
    const char *why, *document, *canonical;
} forms[] = {
    {"a number", "7", "7"},
    {"a null", " null ", "null"},
    {"truth", "[true , false]", "[true,false]"},
    {"nothing inside", "[ { } , [ ] ]", "[{},[]]"},
    {"white space goes", "{ \"a\" :\t[ 1 ,\r\n 2 ] }", "{\"a\":[1,2]}"},
    {"members are sorted", "{\"b\":1,\"a\":2,\"c\":3}", "{\"a\":2,\"b\":1,\"c\":3}"},
    {"at every level", "[{\"z\":{\"y\":1,\"x\":2},\"a\":0}]",
     "[{\"a\":0,\"z\":{\"x\":2,\"y\":1}}]"},
    {"the shorter name first", "{\"aa\":1,\"a\":2}", "{\"a\":2,\"aa\":1}"},
    {"by bytes: - 0 A _ a", "{\"a\":1,\"_\":2,\"A\":3,\"0\":4,\"-\":5}",
     "{\"-\":5,\"0\":4,\"A\":3,\"_\":2,\"a\":1}"},
    {"a list keeps its order", "[3,1,2]", "[3,1,2]"},
    {"0 has no sign", "[-0,0,-1]", "[0,0,-1]"},
    {"the largest numbers", "[9223372036854775807,-9223372036854775808]",
     "[9223372036854775807,-9223372036854775808]"},
    {"escapes that are not needed go", "\"\\u0041\\/\\u00e9\"", "\"A/\xc3\xa9\""},
    {"a pair of surrogates is one character", "\"\\ud83c\\udfb2\"", "\"\xf0\x9f\x8e\xb2\""},
    {"the others are short", "\"\\u000a\\u0009\\u0022\\u005c\"", "\"\\n\\t\\\"\\\\\""},
    {"a name is a text", "{\"\\u0061\":1}", "{\"a\":1}"},
};

START_TEST(a_document_has_one_form)
{
    struct arena arena = {.blocks = NULL};
    struct buf text = {.at = NULL};
    struct json_out *out = json_out_new(&text);
    canonical_encode(out, parsed(forms[_i].document, &arena), &arena);
    ck_assert_msg(slice_eq(buf_slice(&text), slice_str(forms[_i].canonical)), "%s: %.*s",
                  forms[_i].why, SLICE_ARG(buf_slice(&text)));
    json_out_free(out);
    buf_release(&text);
    arena_release(&arena);
}
END_TEST

START_TEST(the_form_of_a_form_is_itself)
{
    struct arena arena = {.blocks = NULL};
    struct buf text = {.at = NULL};
    struct json_out *out = json_out_new(&text);
    canonical_encode(out, parsed(forms[_i].canonical, &arena), &arena);
    ck_assert_slice_str(buf_slice(&text), forms[_i].canonical);
    json_out_free(out);
    buf_release(&text);
    arena_release(&arena);
}
END_TEST

START_TEST(the_hash_is_the_one_of_the_form)
{
    struct arena arena = {.blocks = NULL};
    uint8_t hash[SHA256_LEN];
    uint8_t expected[SHA256_LEN];
    canonical_hash(parsed(forms[_i].document, &arena), &arena, hash);
    crypto_sha256(slice_str(forms[_i].canonical), expected);
    ck_assert_mem_eq(hash, expected, SHA256_LEN);
    arena_release(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("canonical");
    TCase *tcase = tcase_create("forms");
    tcase_add_loop_test(tcase, a_document_has_one_form, 0, (int)COUNT_OF(forms));
    tcase_add_loop_test(tcase, the_form_of_a_form_is_itself, 0, (int)COUNT_OF(forms));
    tcase_add_loop_test(tcase, the_hash_is_the_one_of_the_form, 0, (int)COUNT_OF(forms));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
