/* Entity tags in the conditions of a request (RFC 9110, 8.8.3 and 13.1). Pure; any thread. */
#ifndef CASYS_HANDLERS_ETAG_H
#define CASYS_HANDLERS_ETAG_H

#include "app/base/bytes.h"

/* Does a value of If-None-Match name this tag, so that 304 answers it (RFC 9110, 13.1.2)? The value
 * is a list of tags or the lone `*`, which names whatever there is. Tags compare weakly: `W/` in
 * front of either side does not count. False for a value that does not keep to the grammar, as the
 * whole answer is never wrong, and for an empty etag, which means there is nothing to name. */
bool etag_matches(struct slice if_none_match, struct slice etag);

/* What ETAG_NO_VERSION asks for is never there. */
#define ETAG_NO_VERSION UINT64_MAX

/* The version that a value of If-Match asks for. The tag of a game's version 7 is "7".
 * OK           *ret is the version, from 1 to INT64_MAX; 0 for `*`, which is any version;
 *              ETAG_NO_VERSION when the list has no tag of a version: a weak one (13.1.1 compares
 *              strongly), a leading zero, not a number.
 * ERR_INVALID  no list of tags, or one with two versions: a command is for one. */
enum status etag_version(struct slice if_match, uint64_t *ret) MUST_CHECK;

#endif
