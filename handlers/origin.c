#include "handlers/origin.h"

struct scheme {
    struct slice prefix;
    struct slice port; /* what a browser leaves out (RFC 6454, 6.1) */
};

static bool take_prefix(struct slice *s, struct slice prefix)
{
    if (s->len < prefix.len || !slice_eq_nocase(slice_make(s->at, prefix.len), prefix))
        return false;
    *s = slice_make(s->at + prefix.len, s->len - prefix.len);
    return true;
}

static struct slice without_suffix(struct slice s, struct slice suffix)
{
    if (s.len < suffix.len)
        return s;
    const size_t rest = s.len - suffix.len;
    return slice_eq(slice_make(s.at + rest, suffix.len), suffix) ? slice_make(s.at, rest) : s;
}

static bool own_host(struct slice origin, struct slice host)
{
    const struct scheme schemes[] = {
        {SLICE("http://"), SLICE(":80")},
        {SLICE("https://"), SLICE(":443")},
    };
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        struct slice authority = origin;
        if (!take_prefix(&authority, schemes[i].prefix))
            continue;
        const struct slice own = without_suffix(host, schemes[i].port);
        return own.len > 0 && slice_eq_nocase(without_suffix(authority, schemes[i].port), own);
    }
    return false;
}

bool origin_allowed(struct slice origin, struct slice host, const struct slice *allowed,
                    size_t count)
{
    if (origin.len == 0 || slice_eq_nocase(origin, SLICE("null")))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(origin, allowed[i]))
            return true;
    }
    return own_host(origin, host);
}
