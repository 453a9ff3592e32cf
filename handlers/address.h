/* Addresses of clients: as keys to count by, and as text. Pure; any thread. */
#ifndef CASYS_HANDLERS_ADDRESS_H
#define CASYS_HANDLERS_ADDRESS_H

#include <sys/socket.h>

#include "app/base/map.h"

/* What is counted apart by address (app/tally.h). */
enum address_use { ADDRESS_REQUEST, ADDRESS_CREATE, ADDRESS_CONNECT };

/* IPv4 as it is, also where a socket of IPv6 shows it; IPv6 by its /64, which one customer owns.
 * All other families have one key. */
struct id address_key(const struct sockaddr *address);

/* The address that a text names ("192.0.2.1", "2001:db8::1"). ERR_INVALID otherwise. */
enum status address_parse(struct slice text, struct sockaddr_storage *ret) MUST_CHECK;
/* 127.0.0.0/8, ::1, and the same mapped into IPv6. */
bool address_is_loopback(const struct sockaddr *address);

#endif
