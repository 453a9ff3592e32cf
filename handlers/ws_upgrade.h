/* The way of a request out of h2o: a GET that is a WebSocket handshake (handlers/ws_handshake.h)
 * becomes a connection of ours (handlers/ws_conn.h). Who asks, and whether there is room, is the
 * caller's to settle between the two calls. On the io thread of the request.
 *
 *     const unsigned http = ws_upgrade_check(req, origins, count, accept);
 *     if (http != 101)
 *         return refuse(req, http);
 *     ws_upgrade(req, accept, &player->conn, &io->sockets, &player_handlers, on_start);
 *
 * Ownership: from ws_upgrade on the connection is the group's, and its memory comes back to the
 * caller by handlers->on_free, once and in every case. The request is h2o's all the time and gone
 * before on_start is called: copy from it what the connection needs. */
#ifndef CASYS_HANDLERS_WS_UPGRADE_H
#define CASYS_HANDLERS_WS_UPGRADE_H

#include <h2o.h>

#include "handlers/ws_conn.h"
#include "handlers/ws_handshake.h"

/* The verdict of ws_handshake on the request: 101, or the HTTP status to refuse it with. Then the
 * headers that belong to that status (Allow; Sec-WebSocket-Version and Upgrade) are in the answer
 * already, and the caller adds its body. `origins`: the allowed ones beside the own host,
 * borrowed. */
unsigned ws_upgrade_check(h2o_req_t *req, const struct slice *origins, size_t origin_count,
                          char ret_accept[WS_ACCEPT_LEN + 1]) MUST_CHECK;

/* Answer 101, take the socket out of h2o and start the connection. `accept` is what
 * ws_upgrade_check gave, `conn` zeroed memory of the caller's.
 * on_start comes once, when the connection can be sent to and before any message is read; what the
 * peer sent right behind its handshake is read after it. Both are left out when the peer is gone
 * before the 101 is written. on_end comes only to a connection that was started. */
void ws_upgrade(h2o_req_t *req, const char accept[WS_ACCEPT_LEN + 1], struct ws_conn *conn,
                struct ws_group *group, const struct ws_handlers *handlers,
                void (*on_start)(struct ws_conn *conn));

#endif
