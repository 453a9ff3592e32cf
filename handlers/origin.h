/* May a page of this origin use the server with the player's cookie? A browser says in Origin whose
 * page is speaking (RFC 6454), on every WebSocket handshake and every POST; a cookie alone would let
 * any page in the world play for whoever visits it. Pure; any thread. */
#ifndef CASYS_HANDLERS_ORIGIN_H
#define CASYS_HANDLERS_ORIGIN_H

#include "app/base/bytes.h"

/* origin    the value of the request's one Origin header. A request without that header does not
 *           come from another page and is not asked about here; with two it is refused.
 * host      the value of its Host header; may be empty.
 * allowed   the configured origins, `count` of them, as a browser writes them: compared byte by byte.
 *
 * True for the server's own host: http or https, the same name in any case and the same port, where
 * the scheme's own port may be left out on either side. http and https are not told apart because
 * TLS ends at the proxy in front. True for a listed origin. "null", which sandboxed pages and files
 * send, is nobody's and false even when listed; so is an empty value. */
bool origin_allowed(struct slice origin, struct slice host, const struct slice *allowed,
                    size_t count);

#endif
