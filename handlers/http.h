/* One HTTP request and its answer, over h2o's request: reading what the routes need, writing what
 * every answer has (security headers, CORS, problem+json). Io thread only. */
#ifndef CASYS_HANDLERS_HTTP_H
#define CASYS_HANDLERS_HTTP_H

#include "app/notice.h"
#include "handlers/io.h"

/* A request on its way. Lives in the request's memory. */
struct exchange {
    struct io *io;
    h2o_req_t *req;          /* NULL: the client is gone, nothing can be answered */
    struct command *command; /* on its way, or NULL */
    struct slice capture;    /* the part of the path that the route left open */
    struct slice capture2;   /* the second one, or empty */
    bool casys;              /* a CASYS route: problems have `message` too */
    bool head;               /* no body in the answer */
    bool cookieless;         /* a cookie is not looked at */
    bool exporting;          /* counted in io->exports */

    /* A long poll. */
    struct watcher watcher;
    struct list waiting_node;  /* in io->waiting or io->ready */
    struct tally_place *place; /* among the game's watchers */
    uint64_t session;          /* row of who waits; 0: nobody */
    struct id device;
    uint64_t since; /* version that the client has */
    uint64_t deadline_ms;
    struct update *ready; /* what it waited for; one reference */
};

/* A new exchange for a request; its memory goes with the request. */
struct exchange *exchange_new(struct io *io, h2o_req_t *req);

/* ---- the request ---- */

/* The header's value; an empty slice when absent. ret_count (or NULL): how often it came. */
struct slice http_header(const struct exchange *exchange, const char *name, size_t *ret_count);
/* A parameter of the query, percent-decoded; false when absent. */
bool http_query(const struct exchange *exchange, const char *name, struct slice *ret);
/* A cookie's value; false when absent. */
bool http_cookie(const struct exchange *exchange, const char *name, struct slice *ret);
struct slice http_body(const struct exchange *exchange);
struct slice http_host(const struct exchange *exchange);

/* Who asks: by bearer, or else by cookie. ERR_UNAUTHORIZED: an Authorization that is no bearer. */
enum status http_caller(const struct exchange *exchange, struct caller *ret) MUST_CHECK;

/* The client's address, behind a proxy on this machine the one that the proxy saw. False: it is the
 * proxy's own, so that what is open does not count for it. */
bool http_client(const struct exchange *exchange, struct sockaddr_storage *ret);
/* Take one of the address's tokens. 0: go on; otherwise ms to wait. */
uint64_t http_rate(struct exchange *exchange, enum address_use use);

/* Is the request's Origin (if it has one) allowed to use the server? */
bool http_origin_allowed(const struct exchange *exchange);

/* ---- the answer; each ends the exchange ---- */

void http_header_add(struct exchange *exchange, const char *name, struct slice value);
void http_answer(struct exchange *exchange, int status, const char *type, struct slice body);
void http_json(struct exchange *exchange, int status, struct slice body);
void http_empty(struct exchange *exchange, int status);

/* What a problem may say beside its status. */
struct problem {
    enum status status;
    int http;                   /* 0: the one that goes with the status */
    const char *code;           /* NULL: the status's */
    const char *detail;         /* NULL: the status's text */
    const struct update *state; /* the current state, or NULL */
    struct slice needs;         /* a JSON array, or empty; ERR_NOT_MIGRATABLE calls it "reasons" */
    uint64_t retry_after_ms;    /* 0: not said */
};
void http_problem(struct exchange *exchange, const struct problem *problem);
void http_refuse(struct exchange *exchange, enum status status);
/* For an answer that is being sent already: give it the head of this problem in place of its own.
 * Returns the body, borrowed until the next answer; sending it is the caller's. */
struct slice http_problem_head(struct exchange *exchange, const struct problem *problem);

/* A state with its ETag; `http` is 200 or 201. Answers 304 or 412 when the request asks for it. */
void http_state(struct exchange *exchange, int http, const struct update *update);

/* ---- commands ---- */

/* A command of this request, with its caller; NULL when it was refused (and answered). */
struct command *http_command(struct exchange *exchange, enum command_kind kind);
/* Send it; `then` is called with the answer unless the client is gone; command->owner is the
 * exchange. The command is given back afterwards. */
void http_send(struct exchange *exchange, struct command *command, command_done_fn *then);

/* ---- long polls ---- */

/* Answer with the state as soon as it is newer than `since`, or with 204 after wait_ms. The command
 * names the game. */
void http_wait_newer(struct exchange *exchange, struct command *command, uint64_t since,
                     uint64_t wait_ms);
/* After an update went through the hub. */
void http_answer_waiting(struct io *io);
/* The ones whose time is over; all of them. */
void http_end_waiting_before(struct io *io, uint64_t now_ms);
void http_end_waiting(struct io *io);
/* Something became of people: those whom it concerns wait no longer. */
void http_notice(struct io *io, const struct notice *notice);

#endif
