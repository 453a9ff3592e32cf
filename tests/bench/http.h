/* One HTTP/1.1 request after the other on one kept connection, blocking: to make games before a
 * measurement and to read counters around it. Anything unexpected ends the program. One thread. */
#ifndef CASYS_TESTS_BENCH_HTTP_H
#define CASYS_TESTS_BENCH_HTTP_H

#include "app/base/bytes.h"

struct http {
    int fd;
    uint16_t port;
    const char *token; /* of a session, borrowed; NULL after http_open: nobody */
};

void http_open(struct http *http, uint16_t port);
void http_close(struct http *http);

/* Ask for `path`; with a body it is a POST of JSON. The answer is 200 or 201 and has a Content-Length;
 * *ret_body is replaced by its body. */
void http_ask(struct http *http, const char *path, const char *body, struct buf *ret_body);

/* A new link game; *ret_id is replaced by its id. */
void http_new_game(struct http *http, struct buf *ret_id);

/* One of the server's counters, by its name at /metrics. */
uint64_t http_metric(struct http *http, const char *name);

#endif
