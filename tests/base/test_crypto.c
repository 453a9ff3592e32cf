#include "app/base/crypto.h"

#include <string.h>

#include "tests/support/support.h"

static void expect_hex(const uint8_t *at, size_t len, const char *expected)
{
    char text[2 * SHA256_LEN + 1];
    crypto_hex(slice_make(at, len), text);
    ck_assert_str_eq(text, expected);
}

START_TEST(sha1_is_sha1)
{
    static const struct {
        struct slice data;
        const char *hex;
    } cases[] = {
        {SLICE_INIT("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {SLICE_INIT(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {{NULL, 0}, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    };
    uint8_t hash[SHA1_LEN];
    crypto_sha1(cases[_i].data, hash);
    expect_hex(hash, sizeof hash, cases[_i].hex);
}
END_TEST

START_TEST(sha256_is_sha256)
{
    static const struct {
        struct slice data;
        const char *hex;
    } cases[] = {
        {SLICE_INIT("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {SLICE_INIT(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {{NULL, 0}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    };
    uint8_t hash[SHA256_LEN];
    crypto_sha256(cases[_i].data, hash);
    expect_hex(hash, sizeof hash, cases[_i].hex);
}
END_TEST

START_TEST(the_answer_to_the_key_of_rfc_6455_is_the_one_in_its_text)
{
    uint8_t hash[SHA1_LEN];
    char text[crypto_base64_size(SHA1_LEN)];
    crypto_sha1(SLICE("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"), hash);
    crypto_base64(slice_make(hash, sizeof hash), text);
    ck_assert_str_eq(text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}
END_TEST

START_TEST(hmac_gives_the_values_of_rfc_4231)
{
    static uint8_t aa[131];
    static uint8_t bb[20];
    memset(aa, 0xaa, sizeof aa);
    memset(bb, 0x0b, sizeof bb);
    const struct {
        struct slice key;
        struct slice data;
        const char *hex;
    } cases[] = {
        {{bb, sizeof bb},
         SLICE("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {SLICE("Jefe"), SLICE("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {{aa, sizeof aa},
         SLICE("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {SLICE_NONE, SLICE_NONE,
         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    uint8_t hash[SHA256_LEN];
    crypto_hmac_sha256(cases[_i].key, cases[_i].data, hash);
    expect_hex(hash, sizeof hash, cases[_i].hex);
}
END_TEST

START_TEST(random_bytes_fill_their_place_and_differ)
{
    uint8_t first[34] = {0};
    uint8_t second[34] = {0};
    uint8_t seen[32] = {0};

    for (int i = 0; i < 100; i++) {
        crypto_random(first + 1, 32);
        for (size_t at = 0; at < sizeof seen; at++)
            seen[at] |= first[at + 1];
    }
    crypto_random(second + 1, 32);
    ck_assert_mem_ne(first + 1, second + 1, 32);
    ck_assert_uint_eq(first[0] | first[33] | second[0] | second[33], 0);
    for (size_t at = 0; at < sizeof seen; at++)
        ck_assert_uint_ne(seen[at], 0);
    crypto_random(NULL, 0);
}
END_TEST

START_TEST(equal_means_every_byte)
{
    const uint8_t secret[32] = {1, 2, 3};
    uint8_t guess[32];
    memcpy(guess, secret, sizeof guess);
    ck_assert(crypto_equal(secret, guess, sizeof secret));
    for (size_t bit = 0; bit < 8 * sizeof guess; bit++) {
        guess[bit / 8] ^= (uint8_t)(1U << bit % 8);
        ck_assert(!crypto_equal(secret, guess, sizeof secret));
        guess[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    ck_assert(crypto_equal(NULL, NULL, 0));
}
END_TEST

START_TEST(every_byte_goes_to_hexadecimal_and_back)
{
    uint8_t bytes[256];
    uint8_t again[256];
    char text[2 * sizeof bytes + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    crypto_hex(slice_make(bytes, sizeof bytes), text);
    ck_assert_uint_eq(strlen(text), sizeof text - 1);
    ck_assert_int_eq(strncmp(text, "000102030405060708090a0b0c0d0e0f10", 34), 0);
    ck_assert_int_eq(crypto_unhex(slice_str(text), again, sizeof again), OK);
    ck_assert_mem_eq(bytes, again, sizeof bytes);
    crypto_hex(SLICE_NONE, text);
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(what_is_not_hexadecimal_is_refused)
{
    static const struct {
        const char *why;
        struct slice text;
        enum status verdict;
    } cases[] = {
        {"lower case", SLICE_INIT("00ffab12"), OK},
        {"upper case", SLICE_INIT("00FFAB12"), OK},
        {"one digit less", SLICE_INIT("00ffab1"), ERR_INVALID},
        {"one digit more", SLICE_INIT("00ffab123"), ERR_INVALID},
        {"one byte less", SLICE_INIT("00ffab"), ERR_INVALID},
        {"one byte more", SLICE_INIT("00ffab1234"), ERR_INVALID},
        {"nothing", {NULL, 0}, ERR_INVALID},
        {"a letter after f", SLICE_INIT("00ffag12"), ERR_INVALID},
        {"before 0", SLICE_INIT("00ffa/12"), ERR_INVALID},
        {"after 9", SLICE_INIT("00ffa:12"), ERR_INVALID},
        {"before A", SLICE_INIT("00ff@b12"), ERR_INVALID},
        {"before a", SLICE_INIT("00ff`b12"), ERR_INVALID},
        {"after F", SLICE_INIT("00ffGb12"), ERR_INVALID},
        {"a space", SLICE_INIT("00ffab 2"), ERR_INVALID},
        {"a NUL", SLICE_INIT("00ffab1\0"), ERR_INVALID},
        {"a sign", SLICE_INIT("+0ffab12"), ERR_INVALID},
    };
    static const uint8_t expected[] = {0x00, 0xff, 0xab, 0x12};
    static const uint8_t untouched[] = {9, 9, 9, 9};
    uint8_t bytes[] = {9, 9, 9, 9};
    ck_assert_msg(crypto_unhex(cases[_i].text, bytes, sizeof bytes) == cases[_i].verdict, "%s",
                  cases[_i].why);
    ck_assert_mem_eq(bytes, cases[_i].verdict == OK ? expected : untouched, sizeof bytes);
}
END_TEST

START_TEST(base64_gives_the_values_of_rfc_4648)
{
    static const struct {
        struct slice data;
        const char *padded;
        const char *url;
    } cases[] = {
        {SLICE_INIT(""), "", ""},
        {SLICE_INIT("f"), "Zg==", "Zg"},
        {SLICE_INIT("fo"), "Zm8=", "Zm8"},
        {SLICE_INIT("foo"), "Zm9v", "Zm9v"},
        {SLICE_INIT("foob"), "Zm9vYg==", "Zm9vYg"},
        {SLICE_INIT("fooba"), "Zm9vYmE=", "Zm9vYmE"},
        {SLICE_INIT("foobar"), "Zm9vYmFy", "Zm9vYmFy"},
        {SLICE_INIT("\x00\x10\x83\x10\x51\x87"), "ABCDEFGH", "ABCDEFGH"},
        {SLICE_INIT("\xfb\xff\xfe"), "+//+", "-__-"},
        {SLICE_INIT("\xff"), "/w==", "_w"},
    };
    char text[16];
    memset(text, '!', sizeof text);
    ck_assert_uint_eq(crypto_base64(cases[_i].data, text), strlen(cases[_i].padded));
    ck_assert_str_eq(text, cases[_i].padded);
    ck_assert_int_eq(text[crypto_base64_size(cases[_i].data.len)], '!');
    memset(text, '!', sizeof text);
    ck_assert_uint_eq(crypto_base64url(cases[_i].data, text), strlen(cases[_i].url));
    ck_assert_str_eq(text, cases[_i].url);
    ck_assert_int_eq(text[crypto_base64_size(cases[_i].data.len)], '!');
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crypto");
    TCase *tcase = tcase_create("crypto");
    tcase_add_loop_test(tcase, sha1_is_sha1, 0, 3);
    tcase_add_loop_test(tcase, sha256_is_sha256, 0, 3);
    tcase_add_test(tcase, the_answer_to_the_key_of_rfc_6455_is_the_one_in_its_text);
    tcase_add_loop_test(tcase, hmac_gives_the_values_of_rfc_4231, 0, 4);
    tcase_add_test(tcase, random_bytes_fill_their_place_and_differ);
    tcase_add_test(tcase, equal_means_every_byte);
    tcase_add_test(tcase, every_byte_goes_to_hexadecimal_and_back);
    tcase_add_loop_test(tcase, what_is_not_hexadecimal_is_refused, 0, 16);
    tcase_add_loop_test(tcase, base64_gives_the_values_of_rfc_4648, 0, 10);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
