/* May this request become a WebSocket? The server's half of RFC 6455, 4.2, on plain data: no socket,
 * no library, no allocation; any thread. The library's own check looks at too little, so nothing is
 * upgraded without this one. Who the player is, and whether there is room, is the caller's. */
#ifndef CASYS_HANDLERS_WS_HANDSHAKE_H
#define CASYS_HANDLERS_WS_HANDSHAKE_H

#include "app/base/bytes.h"

struct ws_header {
    struct slice name; /* in any case */
    struct slice value;
};

/* Everything is borrowed. The headers are all that came, in order. libh2o keeps Host and Upgrade out
 * of its list: the caller puts them in as headers of their own. */
struct ws_request {
    struct slice method;
    unsigned http_version; /* major * 256 + minor, as libh2o counts: 0x101 is HTTP/1.1 */
    const struct ws_header *headers;
    size_t header_count;
    const struct slice *allowed_origins; /* beside the own host; see handlers/origin.h */
    size_t allowed_count;
};

enum { WS_ACCEPT_LEN = 28 };

/* The HTTP status to answer with; the first that applies, in this order:
 * 405    not GET; answer with `Allow: GET`.
 * 400    not HTTP/1.1; not exactly one Host, or an empty one; no `websocket` in Upgrade or no
 *        `upgrade` in Connection.
 * 426    not exactly one Sec-WebSocket-Version that is 13; answer with `Sec-WebSocket-Version: 13`
 *        (4.4) and `Upgrade: websocket` (RFC 9110, 15.5.22).
 * 400    not exactly one Sec-WebSocket-Key that is 16 bytes in base64.
 * 403    two Origins, or one that is not allowed.
 * 101    go on: ret_accept is set to the value of Sec-WebSocket-Accept and a NUL. In no other case
 *        is it written to. */
unsigned ws_handshake(const struct ws_request *request,
                      char ret_accept[WS_ACCEPT_LEN + 1]) MUST_CHECK;

#endif
