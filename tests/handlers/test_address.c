#include "handlers/address.h"

#include <stdlib.h>

#include "tests/support/support.h"

static struct sockaddr_storage parse(const char *text)
{
    struct sockaddr_storage address;
    ENSURE(address_parse(slice_str(text), &address) == OK);
    return address;
}

static struct id key(const char *text)
{
    const struct sockaddr_storage address = parse(text);
    return address_key((const struct sockaddr *)&address);
}

struct pair {
    const char *why;
    const char *first, *second;
    bool same; /* one key */
};

static const struct pair pairs[] = {
    {"two addresses of IPv4", "192.0.2.1", "192.0.2.2", false},
    {"one /64 of IPv6 belongs to one customer", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
    {"two /64 of IPv6", "2001:db8:1:2::1", "2001:db8:1:3::1", false},
    {"IPv4 through a socket of IPv6 is the same address", "192.0.2.1", "::ffff:192.0.2.1", true},
    {"two of these", "::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
    {"an IPv6 address with the bytes of an IPv4 one", "1.0.0.0", "100::", false},
};

START_TEST(who_shares_a_key)
{
    const struct pair *row = &pairs[_i];
    ck_assert_msg(id_eq(key(row->first), key(row->second)) == row->same, "%s", row->why);
}
END_TEST

static const struct {
    const char *text;
    bool loopback;
} good[] = {
    {"127.0.0.1", true},
    {"127.255.255.254", true},
    {"128.0.0.1", false},
    {"0.0.0.0", false},
    {"::1", true},
    {"::2", false},
    {"::ffff:127.0.0.1", true},
    {"::ffff:10.0.0.1", false},
    {"::127.0.0.1", false},
    {"2001:db8::7f00:1", false},
    {"255.255.255.255", false},
};

START_TEST(an_address_on_this_machine_is_known)
{
    const struct sockaddr_storage address = parse(good[_i].text);
    ck_assert_int_eq(address_is_loopback((const struct sockaddr *)&address), good[_i].loopback);
}
END_TEST

static const struct slice bad[] = {
    SLICE_INIT(""),
    SLICE_INIT("unknown"),
    SLICE_INIT("192.0.2"),
    SLICE_INIT("192.0.2.256"),
    SLICE_INIT("192.0.2.1:80"),
    SLICE_INIT("192.0.2.1 "),
    SLICE_INIT("192.0.2.1\0"),
    SLICE_INIT("[::1]"),
    SLICE_INIT("::1%lo"),
    SLICE_INIT("2001:db8:::1"),
    SLICE_INIT("0000:0000:0000:0000:0000:ffff:255.255.255.2555555555555"),
};

START_TEST(what_is_no_address_is_refused)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    ck_assert_int_eq(address_parse(bad[_i], &address), ERR_INVALID);
    ck_assert_int_eq(address.ss_family, AF_UNSPEC);
}
END_TEST

START_TEST(an_address_that_is_not_known_has_a_key_too)
{
    const struct sockaddr unknown = {.sa_family = AF_UNSPEC};
    ck_assert(!address_is_loopback(&unknown));
    ck_assert(id_eq(address_key(&unknown), address_key(&unknown)));
    ck_assert(!id_eq(address_key(&unknown), key("0.0.0.0")));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("address");
    TCase *tcase = tcase_create("addresses");
    tcase_add_loop_test(tcase, who_shares_a_key, 0, COUNT_OF(pairs));
    tcase_add_loop_test(tcase, an_address_on_this_machine_is_known, 0, COUNT_OF(good));
    tcase_add_loop_test(tcase, what_is_no_address_is_refused, 0, COUNT_OF(bad));
    tcase_add_test(tcase, an_address_that_is_not_known_has_a_key_too);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
