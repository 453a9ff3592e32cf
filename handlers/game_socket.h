/* The contract's WebSocket (docs/protocol.md): who speaks, which game is watched, messages in,
 * answers out. One per connection, on its io thread. */
#ifndef CASYS_HANDLERS_GAME_SOCKET_H
#define CASYS_HANDLERS_GAME_SOCKET_H

#include <stddef.h>

/* For the io thread's slab. */
size_t game_socket_size(void);

#endif
