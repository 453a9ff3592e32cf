/* How much each address has asked for lately: token buckets by client address, on one io thread. A
 * bounded number of addresses is remembered; the one unseen for longest is forgotten first, which
 * gives it a full bucket again. IPv6 addresses count by their /64, which one customer owns. */
#ifndef CASYS_HANDLERS_ADDRESS_BOOK_H
#define CASYS_HANDLERS_ADDRESS_BOOK_H

#include <sys/socket.h>

#include "app/base/bytes.h"
#include "app/rate.h"

enum { ADDRESS_BOOK_MAX = 16384 };

/* What is counted apart. */
enum address_use { ADDRESS_REQUEST, ADDRESS_CREATE, ADDRESS_USES };

struct address_book;

struct address_book *address_book_new(void);
void address_book_free(struct address_book *book);

/* Take one token of the address. 0: allowed; otherwise ms to wait. */
uint64_t address_book_take(struct address_book *book, const struct sockaddr *address,
                           enum address_use use, const struct rate *rate, uint64_t now_ms);

/* The address that a text names ("192.0.2.1", "2001:db8::1"). ERR_INVALID otherwise. */
enum status address_parse(struct slice text, struct sockaddr_storage *ret) MUST_CHECK;
/* 127.0.0.0/8, ::1, and the same mapped into IPv6. */
bool address_is_loopback(const struct sockaddr *address);

#endif
