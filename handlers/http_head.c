#include "handlers/http_head.h"

#include <string.h>

/* What is counted while the lines go by. */
struct fields {
    size_t hosts, lengths, codings;
    bool wrong; /* a value that cannot be */
};

static struct slice after(struct slice s, size_t len)
{
    return slice_make(s.at + len, s.len - len);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter_or_digit(uint8_t c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* RFC 9110, 5.6.2. */
static bool is_token(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        /* memchr would find the NUL at the end of a string; the length leaves it out. */
        static const char marks[] = "!#$%&'*+-.^_`|~";
        if (!is_letter_or_digit(s.at[i]) && !memchr(marks, s.at[i], sizeof(marks) - 1))
            return false;
    }
    return s.len > 0;
}

/* The next line without its CR LF. ERR_INVALID: it has another end, or none. */
static enum status take_line(struct slice *rest, struct slice *ret)
{
    const size_t end = slice_find(*rest, '\n');
    if (end == SIZE_MAX || end == 0 || rest->at[end - 1] != '\r')
        return ERR_INVALID;
    *ret = slice_make(rest->at, end - 1);
    *rest = after(*rest, end + 1);
    return OK;
}

static bool hides_nul(struct slice path)
{
    for (size_t i = 0; i + 2 < path.len; i++) {
        if (path.at[i] == '%' && path.at[i + 1] == '0' && path.at[i + 2] == '0')
            return true;
    }
    return false;
}

static bool target_valid(struct slice target)
{
    const size_t query = slice_find(target, '?');
    for (size_t i = 0; i < target.len; i++) {
        if (target.at[i] <= ' ' || target.at[i] >= 0x7f || target.at[i] == '#')
            return false;
    }
    return target.len > 0 &&
           !hides_nul(slice_make(target.at, query == SIZE_MAX ? target.len : query));
}

/* *ret_old: HTTP/1.0. A higher minor version is read like 1.1 (RFC 9110, 2.5). */
static bool request_line_valid(struct slice line, bool *ret_old)
{
    struct slice method;
    struct slice target;
    if (!slice_split(&line, ' ', &method) || !slice_split(&line, ' ', &target))
        return false;
    *ret_old = slice_eq(line, SLICE("HTTP/1.0"));
    return is_token(method) && target_valid(target) && line.len == 8 &&
           slice_starts(line, SLICE("HTTP/1.")) && is_digit(line.at[7]);
}

static bool only_of(struct slice s, const char *marks, size_t mark_count)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_letter_or_digit(s.at[i]) && !memchr(marks, s.at[i], mark_count))
            return false;
    }
    return s.len > 0;
}

/* A name or an address, and perhaps a port (RFC 9110, 7.2), of the characters that are in use. */
static bool host_valid(struct slice host)
{
    const bool six = slice_starts(host, SLICE("["));
    size_t end = slice_find(host, six ? ']' : ':');
    if (end == SIZE_MAX && six)
        return false;
    if (end == SIZE_MAX)
        end = host.len;
    const struct slice name = six ? slice_make(host.at + 1, end - 1) : slice_make(host.at, end);
    const struct slice port = after(host, end + (six ? 1 : 0));
    if (!(six ? only_of(name, ":.", 2) : only_of(name, "-._~", 4)))
        return false;
    if (port.len > 0 && port.at[0] != ':')
        return false;
    for (size_t i = 1; i < port.len; i++) {
        if (!is_digit(port.at[i]))
            return false;
    }
    return true;
}

static bool length_valid(struct slice value)
{
    uint64_t length;
    return slice_to_u64(value, INT64_MAX, &length) == OK;
}

static bool value_valid(struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        if ((value.at[i] < ' ' && value.at[i] != '\t') || value.at[i] == 0x7f)
            return false;
    }
    return true;
}

static enum status read_field(struct slice line, struct fields *fields)
{
    struct slice name;
    if (slice_find(line, ':') == SIZE_MAX || !slice_split(&line, ':', &name) || !is_token(name) ||
        !value_valid(line))
        return ERR_INVALID;
    const struct slice value = slice_trim(line);
    if (slice_eq_nocase(name, SLICE("host"))) {
        fields->hosts++;
        fields->wrong |= !host_valid(value);
    } else if (slice_eq_nocase(name, SLICE("content-length"))) {
        fields->lengths++;
        fields->wrong |= !length_valid(value);
    } else if (slice_eq_nocase(name, SLICE("transfer-encoding"))) {
        fields->codings++;
        fields->wrong |= !slice_eq_nocase(value, SLICE("chunked"));
    }
    return OK;
}

enum status http_head_check(struct slice input)
{
    struct fields fields = {.wrong = false};
    struct slice line;
    bool old;
    enum status st = take_line(&input, &line);
    if (st == OK && line.len == 0)
        st = take_line(&input, &line);
    if (st != OK || !request_line_valid(line, &old))
        return ERR_INVALID;
    for (;;) {
        st = take_line(&input, &line);
        if (st == OK && line.len == 0)
            break;
        /* A line that continues the one before it has no name. */
        if (st == OK)
            st = read_field(line, &fields);
        if (st != OK)
            return st;
    }
    const bool host = fields.hosts == 1 || (old && fields.hosts == 0);
    const bool length = fields.lengths + fields.codings <= 1 && !(old && fields.codings > 0);
    return host && length && !fields.wrong ? OK : ERR_INVALID;
}

bool http_head_absolute(struct slice target, struct slice *ret_authority, struct slice *ret_rest)
{
    static const struct slice schemes[] = {SLICE_INIT("http://"), SLICE_INIT("https://")};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        const struct slice scheme = schemes[i];
        if (target.len <= scheme.len || !slice_eq_nocase(slice_make(target.at, scheme.len), scheme))
            continue;
        const struct slice rest = after(target, scheme.len);
        size_t len = 0;
        while (len < rest.len && rest.at[len] != '/' && rest.at[len] != '?')
            len++;
        *ret_authority = slice_make(rest.at, len);
        *ret_rest = after(rest, len);
        return host_valid(*ret_authority);
    }
    return false;
}
