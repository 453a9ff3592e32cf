/* Heads of requests by the letter of RFC 9112: what passes, and what no server should guess about. */
#include "handlers/http_head.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/support.h"

struct row {
    const char *why;
    const char *head;
    bool passes;
};

#define HOST "Host: a\r\n"
#define GET  "GET / HTTP/1.1\r\n"
#define END  "\r\n"

static const struct row rows[] = {
    {"the least", GET HOST END, true},
    {"a body behind it is not looked at", GET HOST "Content-Length: 3\r\n" END "a\nb", true},
    {"one empty line in front", END GET HOST END, true},
    {"two of them", END END GET HOST END, false},
    {"nothing", "", false},
    {"only an end", END END, false},
    {"no end", GET HOST, false},

    {"a method of its own", "M-SEARCH / HTTP/1.1\r\n" HOST END, true},
    {"a method that is no token", "G@T / HTTP/1.1\r\n" HOST END, false},
    {"no method", " / HTTP/1.1\r\n" HOST END, false},
    {"two spaces", "GET  / HTTP/1.1\r\n" HOST END, false},
    {"a space too many at the end", "GET / HTTP/1.1 \r\n" HOST END, false},
    {"a tab", "GET\t/ HTTP/1.1\r\n" HOST END, false},
    {"a space in the target", "GET /a b HTTP/1.1\r\n" HOST END, false},
    {"no version", "GET /\r\n" HOST END, false},
    {"HTTP/1.0", "GET / HTTP/1.0\r\n" HOST END, true},
    {"HTTP/1.2 is read like 1.1", "GET / HTTP/1.2\r\n" HOST END, true},
    {"HTTP/2.0", "GET / HTTP/2.0\r\n" HOST END, false},
    {"HTTP/1.10", "GET / HTTP/1.10\r\n" HOST END, false},
    {"HTTP/1.x", "GET / HTTP/1.x\r\n" HOST END, false},
    {"http in small letters", "GET / http/1.1\r\n" HOST END, false},
    {"a control character in the target", "GET /\x01 HTTP/1.1\r\n" HOST END, false},
    {"DEL in the target", "GET /\x7f HTTP/1.1\r\n" HOST END, false},
    {"a byte above ASCII in the target", "GET /\xc3\xa4 HTTP/1.1\r\n" HOST END, false},
    {"a fragment", "GET /#a HTTP/1.1\r\n" HOST END, false},
    {"%00 in the path", "GET /a%00b HTTP/1.1\r\n" HOST END, false},
    {"%00 at the end of the path", "GET /%00?a HTTP/1.1\r\n" HOST END, false},
    {"%00 in the query is the query's", "GET /?a=%00 HTTP/1.1\r\n" HOST END, true},
    {"%0 at the end", "GET /%0 HTTP/1.1\r\n" HOST END, true},
    {"%2500 is a percent sign", "GET /%2500 HTTP/1.1\r\n" HOST END, true},

    {"a bare LF behind the request line", "GET / HTTP/1.1\n" HOST END, false},
    {"a bare LF behind a field", GET "Host: a\n" END, false},
    {"a bare LF at the end", GET HOST "\n", false},
    {"a bare CR in a value", GET HOST "X: a\rb\r\n" END, false},
    {"two CR", GET HOST "X: a\r\r\n" END, false},
    {"a folded line", GET HOST "X: a\r\n b\r\n" END, false},
    {"a folded line with a tab", GET HOST "X: a\r\n\tb: c\r\n" END, false},
    {"a first line that is folded", GET " X: a\r\n" HOST END, false},
    {"a space behind the name", GET "Host : a\r\n" END, false},
    {"a tab behind the name", GET HOST "X\t: a\r\n" END, false},
    {"a space in the name", GET HOST "X Y: a\r\n" END, false},
    {"no name", GET HOST ": a\r\n" END, false},
    {"no colon", GET HOST "X\r\n" END, false},
    {"a name that is no token", GET HOST "X(: a\r\n" END, false},
    {"a name of every mark", GET HOST "!#$%&'*+-.^_`|~: a\r\n" END, true},
    {"an empty value", GET HOST "X:\r\n" END, true},
    {"no space before the value", GET "Host:a\r\n" END, true},
    {"a tab in a value", GET HOST "X: a\tb\r\n" END, true},
    {"bytes above ASCII in a value", GET HOST "X: \xc3\xa4\r\n" END, true},
    {"a control character in a value", GET HOST "X: a\x02\r\n" END, false},
    {"DEL in a value", GET HOST "X: a\x7f\r\n" END, false},

    {"no Host", GET END, false},
    {"no Host in HTTP/1.0", "GET / HTTP/1.0\r\n" END, true},
    {"two Hosts", GET HOST "Host: b\r\n" END, false},
    {"the same Host twice", GET HOST "HOST: a\r\n" END, false},
    {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\n" HOST HOST END, false},
    {"an empty Host", GET "Host:\r\n" END, false},
    {"a Host with a port", GET "Host: stories.example:8080\r\n" END, true},
    {"a Host with an empty port", GET "Host: a:\r\n" END, true},
    {"a port that is no number", GET "Host: a:8x\r\n" END, false},
    {"a port alone", GET "Host: :80\r\n" END, false},
    {"two ports", GET "Host: a:80:80\r\n" END, false},
    {"an address of IPv6", GET "Host: [::1]:8080\r\n" END, true},
    {"an address of IPv6 that does not end", GET "Host: [::1\r\n" END, false},
    {"something behind the bracket", GET "Host: [::1]x\r\n" END, false},
    {"a list of Hosts", GET "Host: a, b\r\n" END, false},
    {"a Host with a path", GET "Host: a/b\r\n" END, false},
    {"a Host with a user", GET "Host: u@a\r\n" END, false},

    {"a length", GET HOST "Content-Length: 0\r\n" END, true},
    {"two lengths", GET HOST "Content-Length: 1\r\nContent-Length: 2\r\n" END, false},
    {"the same length twice", GET HOST "Content-Length: 1\r\ncontent-length: 1\r\n" END, false},
    {"a list of lengths", GET HOST "Content-Length: 1, 1\r\n" END, false},
    {"a length with a sign", GET HOST "Content-Length: +1\r\n" END, false},
    {"a negative length", GET HOST "Content-Length: -1\r\n" END, false},
    {"a length in hexadecimal", GET HOST "Content-Length: 0x1\r\n" END, false},
    {"an empty length", GET HOST "Content-Length:\r\n" END, false},
    {"a length with a space", GET HOST "Content-Length: 1 1\r\n" END, false},
    {"a length of 64 bits", GET HOST "Content-Length: 18446744073709551616\r\n" END, false},
    {"a transfer coding", GET HOST "Transfer-Encoding: Chunked\r\n" END, true},
    {"another coding", GET HOST "Transfer-Encoding: gzip\r\n" END, false},
    {"two codings", GET HOST "Transfer-Encoding: gzip, chunked\r\n" END, false},
    {"two lines of codings",
     GET HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END, false},
    {"a coding in quotes", GET HOST "Transfer-Encoding: \"chunked\"\r\n" END, false},
    {"a length and a coding", GET HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" END,
     false},
    {"a coding and a length", GET HOST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n" END,
     false},
    {"a coding in HTTP/1.0", "GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n" END, false},
};

START_TEST(a_head_is_judged)
{
    const struct row *row = &rows[_i];
    const enum status expected = row->passes ? OK : ERR_INVALID;
    ck_assert_msg(http_head_check(slice_str(row->head)) == expected, "%s", row->why);
}
END_TEST

/* Each cut lies in memory of its own length, so that a read past its end is reported. */
START_TEST(a_head_that_is_cut_is_no_head)
{
    const struct row *row = &rows[_i];
    /* An empty line in front is none of the end. */
    const char *end = strlen(row->head) > 2 ? strstr(row->head + 2, "\r\n\r\n") : NULL;
    const size_t len = end ? (size_t)(end - row->head) + 4 : strlen(row->head);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        ENSURE(copy != NULL);
        memcpy(copy + 1, row->head, cut);
        ck_assert_msg(http_head_check(slice_make(copy + 1, cut)) == ERR_INVALID, "%s at %zu",
                      row->why, cut);
        free(copy);
    }
}
END_TEST

START_TEST(a_nul_is_no_character)
{
    static const char with_nul[] = GET HOST "X: a\0b\r\n" END;
    ck_assert_int_eq(http_head_check(slice_make(with_nul, sizeof(with_nul) - 1)), ERR_INVALID);
    static const char in_name[] = GET HOST "X\0: ab\r\n" END;
    ck_assert_int_eq(http_head_check(slice_make(in_name, sizeof(in_name) - 1)), ERR_INVALID);
    static const char in_host[] = GET "Host: a\0\r\n" END;
    ck_assert_int_eq(http_head_check(slice_make(in_host, sizeof(in_host) - 1)), ERR_INVALID);
}
END_TEST

static const struct {
    const char *target;
    const char *authority; /* NULL: not in that form */
    const char *rest;
} targets[] = {
    {"http://a/b?c", "a", "/b?c"},
    {"HTTPS://a:80/", "a:80", "/"},
    {"http://a", "a", ""},
    {"http://a?b", "a", "?b"},
    {"http://[::1]:80/x", "[::1]:80", "/x"},
    {"http://", NULL, NULL},
    {"http:///a", NULL, NULL},
    {"http://u@a/", NULL, NULL},
    {"ftp://a/", NULL, NULL},
    {"/http://a/", NULL, NULL},
    {"*", NULL, NULL},
    {"a:80", NULL, NULL},
};

START_TEST(a_target_in_absolute_form_is_split)
{
    struct slice authority;
    struct slice rest;
    const bool absolute = http_head_absolute(slice_str(targets[_i].target), &authority, &rest);
    ck_assert_msg(absolute == (targets[_i].authority != NULL), "%s", targets[_i].target);
    if (absolute) {
        ck_assert_slice_str(authority, targets[_i].authority);
        ck_assert_slice_str(rest, targets[_i].rest);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http_head");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_head_is_judged, 0, COUNT_OF(rows));
    tcase_add_loop_test(tcase, a_head_that_is_cut_is_no_head, 0, COUNT_OF(rows));
    tcase_add_test(tcase, a_nul_is_no_character);
    tcase_add_loop_test(tcase, a_target_in_absolute_form_is_split, 0, COUNT_OF(targets));
    return run_suite(suite);
}
