#include "handlers/etag.h"

static bool is_tag_character(uint8_t c)
{
    return c == 0x21 || (c >= 0x23 && c != 0x7f);
}

static struct slice after(struct slice s, size_t len)
{
    return slice_make(s.at + len, s.len - len);
}

static struct slice without_weak(struct slice tag)
{
    return slice_starts(tag, SLICE("W/")) ? after(tag, 2) : tag;
}

/* Take one tag, with its quotes and without `W/`, off the front of *rest. */
static bool take_tag(struct slice *rest, struct slice *ret)
{
    const struct slice tag = without_weak(*rest);
    if (tag.len == 0 || tag.at[0] != '"')
        return false;
    size_t end = 1;
    while (end < tag.len && is_tag_character(tag.at[end]))
        end++;
    if (end == tag.len || tag.at[end] != '"')
        return false;
    *ret = slice_make(tag.at, end + 1);
    *rest = after(tag, end + 1);
    return true;
}

/* Take the next tag of a list, and the comma behind it: a comma may stand inside a tag, so that the
 * list cannot be split before it is read. Empty members are let through (5.6.1): *ret is empty then.
 * False: this is no list. */
static bool take_member(struct slice *rest, struct slice *ret, bool *ret_weak)
{
    *ret = SLICE_NONE;
    *ret_weak = slice_starts(*rest, SLICE("W/"));
    if (rest->at[0] != ',') {
        if (!take_tag(rest, ret))
            return false;
        *rest = slice_trim(*rest);
    }
    if (rest->len > 0 && rest->at[0] != ',')
        return false;
    if (rest->len > 0)
        *rest = slice_trim(after(*rest, 1));
    return true;
}

bool etag_matches(struct slice if_none_match, struct slice etag)
{
    struct slice rest = slice_trim(if_none_match);
    const struct slice own = without_weak(etag);
    bool found = false;
    bool weak;
    if (own.len == 0 || slice_eq(rest, SLICE("*")))
        return own.len > 0;
    while (rest.len > 0) {
        struct slice tag;
        if (!take_member(&rest, &tag, &weak))
            return false;
        found = found || slice_eq(tag, own);
    }
    return found;
}

/* ETAG_NO_VERSION for a tag that no version has. Tags are compared by bytes: "07" is none, and "0"
 * must not pass for any version. */
static uint64_t version_of(struct slice tag)
{
    uint64_t version;
    const struct slice digits = slice_make(tag.at + 1, tag.len - 2);
    if (digits.len == 0 || digits.at[0] == '0' || slice_to_u64(digits, INT64_MAX, &version) != OK)
        return ETAG_NO_VERSION;
    return version;
}

enum status etag_version(struct slice if_match, uint64_t *ret)
{
    struct slice rest = slice_trim(if_match);
    uint64_t version = ETAG_NO_VERSION;
    size_t tags = 0;
    if (slice_eq(rest, SLICE("*"))) {
        *ret = 0;
        return OK;
    }
    while (rest.len > 0) {
        struct slice tag;
        bool weak;
        if (!take_member(&rest, &tag, &weak))
            return ERR_INVALID;
        if (tag.len == 0)
            continue;
        tags++;
        const uint64_t named = weak ? ETAG_NO_VERSION : version_of(tag);
        if (named == ETAG_NO_VERSION)
            continue;
        if (version != ETAG_NO_VERSION && version != named)
            return ERR_INVALID;
        version = named;
    }
    if (tags == 0)
        return ERR_INVALID;
    *ret = version;
    return OK;
}
