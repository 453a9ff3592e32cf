/* How often and how many, for the whole server: every rate and cap that is counted across
 * connections and io threads, by address, session and game (app/tally.h). Connections have their
 * own buckets where they live. With `--rates off` everything passes but the caps of the server as a
 * whole and of a game. Any thread. */
#ifndef CASYS_HANDLERS_GATE_H
#define CASYS_HANDLERS_GATE_H

#include "app/base/crypto.h"
#include "app/config.h"
#include "app/tally.h"
#include "handlers/address.h"

enum session_use { SESSION_MESSAGE, SESSION_CHOICE };

struct gate {
    const struct config *config; /* borrowed */
    struct tally *addresses, *sessions, *games;
    atomic_size_t connections, sockets, turned_away;
};

/* The bucket of a setting "per minute": ten seconds' worth at once, a page with its files or a room
 * that comes back. */
struct rate gate_rate(uint64_t per_minute);

void gate_init(struct gate *gate, const struct config *config);
void gate_release(struct gate *gate);

/* One of each counter, if fewer than `max` are taken. */
bool gate_count(atomic_size_t *counter, uint64_t max) MUST_CHECK;
void gate_uncount(atomic_size_t *counter);

/* 0: go on; otherwise ms to wait. */
uint64_t gate_address(struct gate *gate, const struct sockaddr *address, enum address_use use,
                      uint64_t now_ms) MUST_CHECK;
uint64_t gate_session(struct gate *gate, const uint8_t hash[SHA256_LEN], enum session_use use,
                      uint64_t now_ms) MUST_CHECK;

/* A connection of the address, a socket of the session, a watcher of the game. False: it has as many
 * as it may. *ret is for tally_leave. */
bool gate_enter_address(struct gate *gate, const struct sockaddr *address,
                        struct tally_place **ret) MUST_CHECK;
bool gate_enter_session(struct gate *gate, const uint8_t hash[SHA256_LEN],
                        struct tally_place **ret) MUST_CHECK;
bool gate_enter_game(struct gate *gate, struct id game, struct tally_place **ret) MUST_CHECK;

/* Is this the proxy on this machine, whose connections are those of many clients? */
bool gate_is_proxy(const struct gate *gate, const struct sockaddr *peer);

#endif
