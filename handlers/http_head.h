/* The head of an HTTP request as the bytes that were received, judged by the letter of RFC 9112 and
 * RFC 9110. libh2o reads generously: of two lengths it takes the first, of a length and a transfer
 * coding the second, it unfolds lines, takes a bare LF for a line's end, and keeps Host out of its
 * list. Whoever stands in front may read such a request in another way, and then two servers
 * disagree about where the next one begins. So nothing is served whose head does not pass here.
 * Pure; any thread. */
#ifndef CASYS_HANDLERS_HTTP_HEAD_H
#define CASYS_HANDLERS_HTTP_HEAD_H

#include "app/base/bytes.h"

/* `input` begins with a request; what follows its head is not looked at. One empty line in front is
 * passed over (RFC 9112, 2.2).
 * OK             well-formed, with one Host (HTTP/1.0: at most one) and one way to tell its length.
 * ERR_INVALID    answer with 400 and end the connection: where the next request would begin is in
 *                doubt, or its sender cannot be trusted to know. That is: a line that does not end in
 *                CR LF, or continues the one before; a request line that is not "METHOD target
 *                HTTP/1.x" with single spaces; a target with a byte outside visible ASCII, with a
 *                fragment, or with %00 in its path; a name that is no token or has a space behind
 *                it; a control character in a value; no, two or no possible Host; two lengths, one
 *                that is no number, or one beside a transfer coding; two codings, one that is not
 *                `chunked`, or any in HTTP/1.0. Also when the head is not complete. */
enum status http_head_check(struct slice input) MUST_CHECK;

/* Split a target in absolute-form (RFC 9112, 3.2.2): "http://host/path?query" gives the authority
 * and the rest, which is "/" at least when it is not empty. False for all other forms. */
bool http_head_absolute(struct slice target, struct slice *ret_authority, struct slice *ret_rest);

#endif
