/* The upgrade of RFC 6455, 4.2, and the rule of origins. A row takes headers away from a good request
 * and adds others at its end. */
#include "handlers/ws_handshake.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "handlers/origin.h"

enum { HEADERS_MAX = 16, HTTP_1_0 = 0x100, HTTP_1_1 = 0x101, HTTP_2 = 0x200 };

/* The key and its answer are the example of RFC 6455, 1.3. */
#define KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static const char good_headers[] = "Host: play.example:8080\n"
                                   "Upgrade: websocket\n"
                                   "Connection: Upgrade\n"
                                   "Sec-WebSocket-Key: " KEY "\n"
                                   "Sec-WebSocket-Version: 13\n";

struct row {
    const char *why;
    const char *drop; /* the name of a header to leave out, or NULL */
    const char *add;  /* lines `Name: value`, or NULL */
    unsigned status;
    const char *method;    /* NULL: GET */
    unsigned http_version; /* 0: HTTP/1.1 */
};

static const struct row rows[] = {
    {"a good request", NULL, NULL, 101, NULL, 0},
    {"method", NULL, NULL, 405, "POST", 0},
    {"methods have their case", NULL, NULL, 405, "get", 0},
    {"HTTP/1.0", NULL, NULL, 400, NULL, HTTP_1_0},
    {"HTTP/2", NULL, NULL, 400, NULL, HTTP_2},

    {"no Host", "Host", NULL, 400, NULL, 0},
    {"an empty Host", "Host", "Host: \n", 400, NULL, 0},
    {"two Hosts", NULL, "Host: other.example\n", 400, NULL, 0},
    {"two equal Hosts", NULL, "host: play.example:8080\n", 400, NULL, 0},

    {"no Upgrade", "Upgrade", NULL, 400, NULL, 0},
    {"Upgrade to something else", "Upgrade", "Upgrade: h2c\n", 400, NULL, 0},
    {"Upgrade in capitals", "Upgrade", "UPGRADE: WebSocket\n", 101, NULL, 0},
    {"Upgrade is a list", "Upgrade", "Upgrade: h2c, websocket\n", 101, NULL, 0},
    {"Upgrade in two headers", NULL, "Upgrade: h2c\n", 101, NULL, 0},
    {"Upgrade with a longer name", "Upgrade", "Upgrade: websockets\n", 400, NULL, 0},
    {"Upgrade with a shorter name", "Upgrade", "Upgrade: websocke\n", 400, NULL, 0},
    {"no Connection", "Connection", NULL, 400, NULL, 0},
    {"Connection without upgrade", "Connection", "Connection: keep-alive\n", 400, NULL, 0},
    {"Connection is a list", "Connection", "Connection: keep-alive ,\tUPGRADE\n", 101, NULL, 0},
    {"Connection in two headers", "Connection", "Connection: keep-alive\nConnection: upgrade\n",
     101, NULL, 0},

    {"no version", "Sec-WebSocket-Version", NULL, 426, NULL, 0},
    {"version 8", "Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\n", 426, NULL, 0},
    {"version 013", "Sec-WebSocket-Version", "Sec-WebSocket-Version: 013\n", 426, NULL, 0},
    {"a list of versions", "Sec-WebSocket-Version", "Sec-WebSocket-Version: 13, 8\n", 426, NULL, 0},
    {"an empty version", "Sec-WebSocket-Version", "Sec-WebSocket-Version: \n", 426, NULL, 0},
    {"the version twice", NULL, "Sec-WebSocket-Version: 13\n", 426, NULL, 0},
    {"spaces around the version", "Sec-WebSocket-Version", "Sec-WebSocket-Version: \t13 \n", 101,
     NULL, 0},

    {"no key", "Sec-WebSocket-Key", NULL, 400, NULL, 0},
    {"an empty key", "Sec-WebSocket-Key", "Sec-WebSocket-Key: \n", 400, NULL, 0},
    {"two keys", NULL, "Sec-WebSocket-Key: " KEY "\n", 400, NULL, 0},
    {"a key of 15 bytes", "Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\n", 400,
     NULL, 0},
    {"a key of 17 bytes", "Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWE=\n", 400,
     NULL, 0},
    {"a key without padding", "Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\n",
     400, NULL, 0},
    {"a key in url-safe base64", "Sec-WebSocket-Key",
     "Sec-WebSocket-Key: dGhlIHNhbXBsZS-ub25jZQ==\n", 400, NULL, 0},
    {"a key with a space", "Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSB b25jZQ==\n",
     400, NULL, 0},
    {"a key whose unused bits are set", "Sec-WebSocket-Key",
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\n", 400, NULL, 0},
    {"a key of zeros", "Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n", 101,
     NULL, 0},

    {"own Origin", NULL, "Origin: http://play.example:8080\n", 101, NULL, 0},
    {"a listed Origin", NULL, "Origin: https://friend.example\n", 101, NULL, 0},
    {"another Origin", NULL, "Origin: https://evil.example\n", 403, NULL, 0},
    {"the Origin null", NULL, "Origin: null\n", 403, NULL, 0},
    {"an empty Origin", NULL, "Origin: \n", 403, NULL, 0},
    {"two Origins, both good", NULL,
     "Origin: http://play.example:8080\nOrigin: https://friend.example\n", 403, NULL, 0},
    {"two Origins in one header", NULL,
     "Origin: http://play.example:8080, https://friend.example\n", 403, NULL, 0},

    {"a wrong method is said before anything else", "Host", NULL, 405, "POST", 0},
    {"a missing Upgrade is said before the version", "Upgrade", "Sec-WebSocket-Version: 8\n", 400,
     NULL, 0},
    {"a wrong version is said before the key", "Sec-WebSocket-Version",
     "Sec-WebSocket-Key: " KEY "\n", 426, NULL, 0},
    {"a wrong key is said before the Origin", "Sec-WebSocket-Key", "Origin: null\n", 400, NULL, 0},
};

/* Append the lines `Name: value` as headers, but for those named `drop`. */
static size_t headers_append(struct ws_header headers[HEADERS_MAX], size_t count, const char *lines,
                             const char *drop)
{
    struct slice rest = slice_str(lines != NULL ? lines : "");
    struct slice value;
    while (slice_split(&rest, '\n', &value)) {
        struct slice name;
        if (!slice_split(&value, ':', &name) || count == HEADERS_MAX)
            ck_abort_msg("the row is wrong");
        if (drop != NULL && slice_eq(name, slice_str(drop)))
            continue;
        /* The library strips one space; the rest of the value comes as it was sent. */
        headers[count++] = (struct ws_header){name, slice_make(value.at + 1, value.len - 1)};
    }
    return count;
}

START_TEST(an_upgrade_is_answered_with_the_right_status)
{
    static const char untouched[WS_ACCEPT_LEN + 1] = "untouched";
    const struct row *row = &rows[_i];
    const struct slice allowed[] = {SLICE("https://other.example"),
                                    SLICE("https://friend.example")};
    struct ws_header headers[HEADERS_MAX];
    size_t count = headers_append(headers, 0, good_headers, row->drop);
    count = headers_append(headers, count, row->add, NULL);
    const struct ws_request request = {
        .method = slice_str(row->method != NULL ? row->method : "GET"),
        .http_version = row->http_version != 0 ? row->http_version : HTTP_1_1,
        .headers = headers,
        .header_count = count,
        .allowed_origins = allowed,
        .allowed_count = COUNT_OF(allowed),
    };

    char accept[sizeof untouched];
    memcpy(accept, untouched, sizeof untouched);
    const unsigned status = ws_handshake(&request, accept);
    ck_assert_msg(status == row->status, "%s: got %u, not %u", row->why, status, row->status);
    if (status != 101)
        ck_assert_msg(memcmp(accept, untouched, sizeof untouched) == 0, "%s: accept is written",
                      row->why);
}
END_TEST

START_TEST(the_accept_value_is_that_of_the_standard)
{
    struct ws_header headers[HEADERS_MAX];
    const struct ws_request request = {
        .method = SLICE("GET"),
        .http_version = HTTP_1_1,
        .headers = headers,
        .header_count = headers_append(headers, 0, good_headers, NULL),
    };
    char accept[WS_ACCEPT_LEN + 1];
    ck_assert_uint_eq(ws_handshake(&request, accept), 101);
    ck_assert_str_eq(accept, ACCEPT);
}
END_TEST

START_TEST(a_request_without_headers_is_refused)
{
    const struct ws_request request = {.method = SLICE("GET"), .http_version = HTTP_1_1};
    char accept[WS_ACCEPT_LEN + 1];
    ck_assert_uint_eq(ws_handshake(&request, accept), 400);
}
END_TEST

static const struct {
    const char *why;
    const char *origin;
    const char *host;
    bool allowed;
} origin_rows[] = {
    {"own host", "http://play.example", "play.example", true},
    {"own host behind TLS", "https://play.example", "play.example", true},
    {"own host and port", "http://127.0.0.1:8080", "127.0.0.1:8080", true},
    {"own host in IPv6", "http://[::1]:8080", "[::1]:8080", true},
    {"case of the host", "http://play.example", "PLAY.Example", true},
    {"case of the scheme", "HTTPS://play.example", "play.example", true},
    {"the proxy names the port of http", "http://play.example", "play.example:80", true},
    {"the proxy names the port of https", "https://play.example", "play.example:443", true},
    {"the origin names the port of http", "http://play.example:80", "play.example", true},
    {"the port of the other scheme", "http://play.example", "play.example:443", false},
    {"another port", "http://play.example:8081", "play.example:8080", false},
    {"a port where the host has none", "http://play.example:8080", "play.example", false},
    {"no port where the host has one", "http://play.example", "play.example:8080", false},
    {"another host", "http://evil.example", "play.example", false},
    {"a longer host", "http://play.example.evil.example", "play.example", false},
    {"a host in front", "http://evil-play.example", "play.example", false},
    {"a part of the host", "http://play.exampl", "play.example", false},
    {"a user in front", "http://play.example@evil.example", "play.example", false},
    {"a path behind", "http://play.example/", "play.example", false},
    {"no scheme", "play.example", "play.example", false},
    {"another scheme", "ftp://play.example", "play.example", false},
    {"an extension of a browser", "chrome-extension://play.example", "play.example", false},
    {"only a scheme", "http://", "play.example", false},
    {"only a scheme, and no host", "http://", "", false},
    {"only ports", "http://:80", ":80", false},
    {"null", "null", "play.example", false},
    {"null in capitals", "NULL", "play.example", false},
    {"null, though the host is called so", "null", "null", false},
    {"empty", "", "", false},
    {"listed", "https://friend.example:444", "play.example", true},
    {"listed, whatever the host", "https://friend.example:444", "", true},
    {"listed with another scheme", "http://friend.example:444", "play.example", false},
    {"listed with another port", "https://friend.example", "play.example", false},
    {"listed in another case", "https://Friend.example:444", "play.example", false},
    {"a path behind a listed one", "https://friend.example:444/", "play.example", false},
};

START_TEST(an_origin_is_allowed_exactly_when_it_is_our_own_or_listed)
{
    const struct slice listed[] = {SLICE("null"), SLICE(""), SLICE("https://friend.example:444")};
    const bool allowed = origin_allowed(slice_str(origin_rows[_i].origin),
                                        slice_str(origin_rows[_i].host), listed, COUNT_OF(listed));
    ck_assert_msg(allowed == origin_rows[_i].allowed, "%s", origin_rows[_i].why);
}
END_TEST

START_TEST(without_a_list_only_our_own_origin_is_allowed)
{
    ck_assert(origin_allowed(SLICE("http://a.example"), SLICE("a.example"), NULL, 0));
    ck_assert(!origin_allowed(SLICE("http://b.example"), SLICE("a.example"), NULL, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ws_handshake");
    TCase *handshake = tcase_create("handshake");
    tcase_add_loop_test(handshake, an_upgrade_is_answered_with_the_right_status, 0, COUNT_OF(rows));
    tcase_add_test(handshake, the_accept_value_is_that_of_the_standard);
    tcase_add_test(handshake, a_request_without_headers_is_refused);
    suite_add_tcase(suite, handshake);

    TCase *origin = tcase_create("origin");
    tcase_add_loop_test(origin, an_origin_is_allowed_exactly_when_it_is_our_own_or_listed, 0,
                        COUNT_OF(origin_rows));
    tcase_add_test(origin, without_a_list_only_our_own_origin_is_allowed);
    suite_add_tcase(suite, origin);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
