/* The contract's WebSocket (docs/protocol.md): who speaks, which game is watched, messages in,
 * answers out. One per connection, on its io thread. */
#ifndef CASYS_HANDLERS_GAME_SOCKET_H
#define CASYS_HANDLERS_GAME_SOCKET_H

#include <stddef.h>

#include "app/notice.h"
#include "app/presence.h"

struct ws_conn;

/* For the io thread's slab. */
size_t game_socket_size(void);

/* The io thread's presence tells its seats by this. */
bool game_socket_tell_presence(struct seat *seat, struct update *update);

/* Something became of people (app/notice.h): if it is about who speaks here, act on it. */
void game_socket_notice(struct ws_conn *conn, const void *arg);

/* The server stops: tell the game socket that this is when to come back, and close it. */
void game_socket_restart(struct ws_conn *conn, const void *unused);

#endif
