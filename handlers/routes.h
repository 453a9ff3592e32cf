/* Every HTTP route of the contract (docs/protocol.md), in one table. Io threads. */
#ifndef CASYS_HANDLERS_ROUTES_H
#define CASYS_HANDLERS_ROUTES_H

#include "app/json.h"
#include "handlers/http.h"

/* A route's function; it ends the exchange, now or later. */
typedef void route_fn(struct exchange *exchange);

struct route {
    const char *method;  /* GET serves HEAD too, but for the sockets */
    const char *pattern; /* "{}" stands for one part of the path, the exchange's captures */
    route_fn *serve;
    bool casys; /* problems have `message` too */
};

/* Register the one handler for everything; the host is the only one. */
void routes_register(h2o_hostconf_t *host, struct server *server);

/* GET /api/stories, made once. */
void stories_encode(const struct catalogue *catalogue, struct buf *ret);

/* Shared by the route files: the game id of the path, the query or a body; false when it was
 * answered (unknown, or 400 when missing). */
bool route_game_id(struct exchange *exchange, struct slice text, struct id *ret);
/* Fills the command from the body, an object. A status other than OK is the answer. */
typedef enum status route_read_fn(struct exchange *exchange, const struct json *body,
                                  struct command *command);
/* Read the body, which may be empty, and send the command, or refuse it and give it back. */
void route_send(struct exchange *exchange, struct command *command, route_read_fn *read,
                command_done_fn *then);

/* When the command made a secret for the caller: into the answer as a cookie, unless the caller uses
 * a bearer, which never mixes with cookies; with_token: also as the member session_token of the object
 * that is being written. */
void route_new_session(struct exchange *exchange, const struct command *command, bool with_token);
/* Is the body said to be JSON? False when it was refused. */
bool route_is_json(struct exchange *exchange);

/* game_routes.c */
/* May the address make another game? False when it was refused. */
bool route_admit_create(struct exchange *exchange);
/* One of the documents that may be on their way at once: what waits to be read by somebody slow, or to
 * be checked, is a whole one. False when there are too many, and it was refused. */
bool route_admit_document(struct exchange *exchange);
/* The answer to a command that made a game. */
void route_created(struct command *command);
/* Read the version and the retry key of a command: from the headers, or else from the body. */
enum status route_read_conditions(struct exchange *exchange, const struct json *body,
                                  struct command *command) MUST_CHECK;
/* A command for the next version of the game that the path names; the answer is the state. */
void route_play(struct exchange *exchange, enum command_kind kind, route_read_fn *read);
void serve_create_game(struct exchange *exchange);
void serve_games(struct exchange *exchange);
void serve_game(struct exchange *exchange);
void serve_choice(struct exchange *exchange);
void serve_history(struct exchange *exchange);
void serve_export(struct exchange *exchange);
void serve_stop(struct exchange *exchange);
void serve_migrate(struct exchange *exchange);

/* save_routes.c */
void serve_undo(struct exchange *exchange);
void serve_load(struct exchange *exchange);
void serve_saves(struct exchange *exchange);
void serve_save(struct exchange *exchange);
void serve_save_load(struct exchange *exchange);
void serve_save_remove(struct exchange *exchange);
void serve_delete(struct exchange *exchange);
void serve_fork(struct exchange *exchange);
void serve_import(struct exchange *exchange);

/* people_routes.c */
void serve_members(struct exchange *exchange);
void serve_member_set(struct exchange *exchange);
void serve_member_remove(struct exchange *exchange);
void serve_invite(struct exchange *exchange);
void serve_invitation_remove(struct exchange *exchange);
void serve_accept(struct exchange *exchange);
void serve_session(struct exchange *exchange);
void serve_carry(struct exchange *exchange);
void serve_enter(struct exchange *exchange);
void serve_rotate(struct exchange *exchange);
void serve_device_remove(struct exchange *exchange);

/* casys_routes.c */
void serve_casys_initialize(struct exchange *exchange);
void serve_casys_state(struct exchange *exchange);
void serve_casys_stop(struct exchange *exchange);
void serve_casys_reset(struct exchange *exchange);
void serve_casys_feedback(struct exchange *exchange);
void serve_casys_post_feedback(struct exchange *exchange);
void serve_casys_dice(struct exchange *exchange);
void serve_casys_health(struct exchange *exchange);

/* game_socket.c */
void serve_game_socket(struct exchange *exchange);
void serve_casys_socket(struct exchange *exchange);

#endif
