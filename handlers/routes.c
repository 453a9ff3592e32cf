#include "handlers/routes.h"

#include <stdio.h>
#include <string.h>

#include "app/base/metrics.h"
#include "app/members.h"
#include "app/message.h"
#include "handlers/etag.h"
#include "handlers/http_head.h"

struct entry {
    h2o_handler_t handler;
    struct server *server;
};

/* ---- small routes ---- */

static void serve_live(struct exchange *exchange)
{
    http_json(exchange, 200, SLICE("{\"status\":\"ok\"}"));
}

static void say_ready(struct exchange *exchange)
{
    http_json(exchange, 200, SLICE("{\"status\":\"ready\"}"));
}

static void on_probed(struct command *command)
{
    if (command->status == OK)
        say_ready(command->owner);
    else
        http_refuse(command->owner, command->status);
}

/* After a commit that failed, whoever sends work elsewhere until this says yes would never let the
 * server find out that the disk is well again: so the question is the trial. */
static void serve_ready(struct exchange *exchange)
{
    const struct server *server = exchange->io->server;
    if (atomic_load(&server->stopping)) {
        http_refuse(exchange, ERR_SHUTTING_DOWN);
        return;
    }
    if (sequencer_healthy(server->sequencer)) {
        say_ready(exchange);
        return;
    }
    struct command *command = http_command(exchange, COMMAND_PROBE);
    if (command)
        http_send(exchange, command, on_probed);
}

static void serve_metrics(struct exchange *exchange)
{
    struct buf *text = &exchange->io->text;
    buf_clear(text);
    metrics_text(text);
    http_header_add(exchange, "cache-control", SLICE("no-store"));
    http_answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", buf_slice(text));
}

static void serve_limits(struct exchange *exchange)
{
    http_json(exchange, 200, buf_slice(&exchange->io->server->limits));
}

static void story_encode(struct json_out *out, const struct story *story)
{
    json_out_object(out);
    json_out_member(out, SLICE("id"), story->id);
    member_hex(out, SLICE("hash"), story->hash);
    json_out_member(out, SLICE("title"), story->title);
    json_out_member(out, SLICE("summary"), story->summary);
    json_out_member(out, SLICE("author"), story->author);
    json_out_member(out, SLICE("license"), story->license);
    json_out_member(out, SLICE("language"), story->language);
    json_out_member_int(out, SLICE("sections"), (int64_t)story->section_count);
    json_out_object_end(out);
}

void stories_encode(const struct catalogue *catalogue, struct buf *ret)
{
    struct json_out *out = json_out_new(ret);
    json_out_object(out);
    json_out_key(out, SLICE("stories"));
    json_out_array(out);
    for (size_t i = 0; i < catalogue->count; i++)
        story_encode(out, catalogue->stories[i]);
    json_out_array_end(out);
    json_out_object_end(out);
    json_out_free(out);
}

static void serve_stories(struct exchange *exchange)
{
    http_json(exchange, 200, buf_slice(&exchange->io->stories));
}

static void serve_story(struct exchange *exchange)
{
    const struct story *story = catalogue_find(&exchange->io->catalogue, exchange->capture);
    if (!story || exchange->capture.len == 0) {
        http_refuse(exchange, ERR_STORY_NOT_FOUND);
        return;
    }
    io_clear(exchange->io);
    story_encode(exchange->io->out, story);
    http_json(exchange, 200, buf_slice(&exchange->io->text));
}

/* ---- shared by the route files ---- */

bool route_game_id(struct exchange *exchange, struct slice text, struct id *ret)
{
    if (text.len == 0) {
        http_problem(exchange, &(struct problem){.status = ERR_INVALID_MESSAGE,
                                                 .detail = "The game_id is missing."});
        return false;
    }
    if (id_parse(text, ret) != OK) {
        http_refuse(exchange, ERR_GAME_NOT_FOUND);
        return false;
    }
    return true;
}

static bool is_json(struct slice type)
{
    struct slice media;
    return slice_split(&type, ';', &media) &&
           slice_eq_nocase(slice_trim(media), SLICE("application/json"));
}

bool route_is_json(struct exchange *exchange)
{
    size_t count;
    const struct slice type = http_header(exchange, "content-type", &count);
    if (count == 1 && is_json(type))
        return true;
    http_problem(exchange, &(struct problem){.status = ERR_INVALID,
                                             .http = 415,
                                             .code = "unsupported_media_type",
                                             .detail = "Send JSON as application/json."});
    return false;
}

static const struct json *route_body(struct exchange *exchange, struct arena *arena)
{
    const struct json *body;
    if (http_body(exchange).len > 0 && !route_is_json(exchange))
        return NULL;
    const enum status st = body_parse(http_body(exchange), arena, &body);
    if (st != OK) {
        http_refuse(exchange, st);
        return NULL;
    }
    return body;
}

void route_send(struct exchange *exchange, struct command *command, route_read_fn *read,
                command_done_fn *then)
{
    const struct json *body = route_body(exchange, &command->arena);
    const enum status st = body ? read(exchange, body, command) : OK;
    if (body && st == OK) {
        http_send(exchange, command, then);
        return;
    }
    if (body)
        http_refuse(exchange, st);
    io_give(exchange->io, command);
}

void route_new_session(struct exchange *exchange, const struct command *command, bool with_token)
{
    char cookie[160];
    if (!command->new_session)
        return;
    if (with_token)
        json_out_member(exchange->io->out, SLICE("session_token"), slice_str(command->secret));
    if (command->caller.bearer)
        return;
    snprintf(cookie, sizeof(cookie),
             "casys_session=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", command->secret);
    http_header_add(exchange, "set-cookie", slice_str(cookie));
}

/* ---- the table ---- */

static const struct route routes[] = {
    {"GET", "/livez", serve_live, false},
    {"GET", "/readyz", serve_ready, false},
    {"GET", "/metrics", serve_metrics, false},
    {"GET", "/api/limits", serve_limits, false},
    {"GET", "/api/stories", serve_stories, false},
    {"GET", "/api/stories/{}", serve_story, false},
    {"GET", "/api/games", serve_games, false},
    {"POST", "/api/games", serve_create_game, false},
    {"POST", "/api/games/import", serve_import, false},
    {"GET", "/api/games/{}", serve_game, false},
    {"DELETE", "/api/games/{}", serve_delete, false},
    {"POST", "/api/games/{}/choices", serve_choice, false},
    {"GET", "/api/games/{}/history", serve_history, false},
    {"GET", "/api/games/{}/export", serve_export, false},
    {"POST", "/api/games/{}/stop", serve_stop, false},
    {"POST", "/api/games/{}/undo", serve_undo, false},
    {"POST", "/api/games/{}/load", serve_load, false},
    {"POST", "/api/games/{}/fork", serve_fork, false},
    {"GET", "/api/games/{}/saves", serve_saves, false},
    {"POST", "/api/games/{}/saves", serve_save, false},
    {"POST", "/api/games/{}/saves/{}/load", serve_save_load, false},
    {"DELETE", "/api/games/{}/saves/{}", serve_save_remove, false},
    {"GET", "/api/games/{}/members", serve_members, false},
    {"PUT", "/api/games/{}/members/{}", serve_member_set, false},
    {"DELETE", "/api/games/{}/members/{}", serve_member_remove, false},
    {"POST", "/api/games/{}/invitations", serve_invite, false},
    {"DELETE", "/api/games/{}/invitations/{}", serve_invitation_remove, false},
    {"POST", "/api/invitations/accept", serve_accept, false},
    {"GET", "/api/session", serve_session, false},
    {"POST", "/api/session/carry", serve_carry, false},
    {"POST", "/api/session/enter", serve_enter, false},
    {"POST", "/api/session/rotate", serve_rotate, false},
    {"DELETE", "/api/session/devices/{}", serve_device_remove, false},
    {"POST", "/api/games/{}/migrate", serve_migrate, false},
    {"POST", "/api/game/initialize", serve_casys_initialize, true},
    {"GET", "/api/game/state", serve_casys_state, true},
    {"POST", "/api/game/stop", serve_casys_stop, true},
    {"POST", "/api/game/reset", serve_casys_reset, true},
    {"GET", "/api/game/feedback", serve_casys_feedback, true},
    {"POST", "/api/utils/feedback", serve_casys_post_feedback, true},
    {"GET", "/api/utils/dice/{}", serve_casys_dice, true},
    {"GET", "/api/health", serve_casys_health, true},
    {"GET", "/ws/game", serve_game_socket, false},
    {"GET", "/api/ws/game", serve_casys_socket, false},
};

enum { CAPTURES = 2 }; /* of a pattern, at most */

static bool path_matches(struct slice pattern, struct slice path,
                         struct slice ret_captures[CAPTURES])
{
    struct slice want;
    struct slice have;
    size_t count = 0;
    for (size_t i = 0; i < CAPTURES; i++)
        ret_captures[i] = SLICE_NONE;
    while (slice_split(&pattern, '/', &want)) {
        if (!slice_split(&path, '/', &have))
            return false;
        if (slice_eq(want, SLICE("{}")) && have.len > 0 && count < CAPTURES)
            ret_captures[count++] = have;
        else if (!slice_eq(want, have))
            return false;
    }
    return path.len == 0;
}

/* A path that some route has word by word is no other route's, whatever stands open there. */
static bool is_named(struct slice path)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (slice_eq(path, slice_str(routes[i].pattern)))
            return true;
    }
    return false;
}

static bool path_fits(const struct route *route, struct slice path, bool named,
                      struct slice ret_captures[CAPTURES])
{
    const struct slice pattern = slice_str(route->pattern);
    return (!named || slice_eq(path, pattern)) && path_matches(pattern, path, ret_captures);
}

/* A handshake has no answer that a HEAD could show. */
static bool serves_head(const struct route *route)
{
    return strcmp(route->method, "GET") == 0 && route->serve != serve_game_socket &&
           route->serve != serve_casys_socket;
}

static bool method_fits(const struct route *route, struct slice method)
{
    return slice_eq(method, slice_str(route->method)) ||
           (slice_eq(method, SLICE("HEAD")) && serves_head(route));
}

/* What the path allows, as an Allow header has it; false when there is no such path. */
static bool allowed_methods(struct slice path, bool *ret_casys, struct buf *ret)
{
    const bool named = is_named(path);
    struct slice captures[CAPTURES];
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (!path_fits(&routes[i], path, named, captures))
            continue;
        buf_printf(ret, "%s, ", serves_head(&routes[i]) ? "GET, HEAD" : routes[i].method);
        *ret_casys = routes[i].casys;
    }
    if (ret->len == 0)
        return false;
    buf_printf(ret, "OPTIONS");
    return true;
}

/* What the server as a whole allows: OPTIONS * (RFC 9110, 9.3.7). */
static void all_methods(struct buf *ret)
{
    buf_printf(ret, "GET, HEAD, ");
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct slice method = slice_str(routes[i].method);
        bool new = !slice_eq(method, SLICE("GET"));
        for (size_t before = 0; before < i; before++)
            new = new && !slice_eq(method, slice_str(routes[before].method));
        if (new)
            buf_printf(ret, "%s, ", routes[i].method);
    }
    buf_printf(ret, "OPTIONS");
}

/* ---- files ---- */

static void serve_file(struct exchange *exchange, struct slice path)
{
    const struct static_file *file = static_files_find(exchange->io->server->files, path);
    size_t count;
    if (!file) {
        http_problem(exchange, &(struct problem){.status = ERR_NOT_FOUND});
        return;
    }
    /* The page has no build step and so no hashes in its names: ask each time, send seldom. */
    http_header_add(exchange, "cache-control", SLICE("no-cache"));
    http_header_add(exchange, "etag", file->etag);
    const struct slice known = http_header(exchange, "if-none-match", &count);
    if (count > 0 && etag_matches(known, file->etag)) {
        http_empty(exchange, 304);
        return;
    }
    char type[64];
    ENSURE(file->type.len < sizeof(type));
    memcpy(type, file->type.at, file->type.len);
    type[file->type.len] = '\0';
    http_answer(exchange, 200, type, file->body);
}

/* ---- the one handler ---- */

static void serve_options(struct exchange *exchange, struct slice allow)
{
    http_header_add(exchange, "allow", allow);
    if (http_origin_allowed(exchange) && http_header(exchange, "origin", NULL).len > 0) {
        http_header_add(exchange, "access-control-allow-methods",
                        SLICE("GET, POST, PUT, DELETE, HEAD"));
        http_header_add(exchange, "access-control-allow-headers",
                        SLICE("content-type, authorization, idempotency-key, if-match, "
                              "if-none-match"));
        http_header_add(exchange, "access-control-max-age", SLICE("600"));
    }
    http_empty(exchange, 204);
}

static void refuse_method(struct exchange *exchange, struct slice allow)
{
    http_header_add(exchange, "allow", allow);
    http_problem(exchange, &(struct problem){.status = ERR_INVALID,
                                             .http = 405,
                                             .code = "method_not_allowed",
                                             .detail = "This path does not have that method."});
}

/* A page of another origin may look at nothing here (CORS) and must not change anything. A browser adds
 * the cookie whoever asks, and says in Origin who that is: a cookie without it proves nothing. A bearer
 * is added by nobody but who has it. CASYS clients that are no browsers may keep the cookie and send
 * it: they need none, so there it is not looked at. */
static bool admit_change(struct exchange *exchange, const struct route *route)
{
    struct slice cookie;
    size_t origins;
    size_t bearers;
    (void)http_header(exchange, "origin", &origins);
    (void)http_header(exchange, "authorization", &bearers);
    const bool alone =
        origins == 0 && bearers == 0 && http_cookie(exchange, "casys_session", &cookie);
    if (http_origin_allowed(exchange) && (!alone || route->casys)) {
        exchange->cookieless = alone;
        return true;
    }
    http_problem(exchange,
                 &(struct problem){.status = ERR_FORBIDDEN,
                                   .detail = alone ? "A request with a cookie that changes "
                                                     "something needs an Origin."
                                                   : NULL});
    return false;
}

/* What holds for every route, before it is asked. True: go on. */
static bool admit(struct exchange *exchange, const struct route *route)
{
    struct server *server = exchange->io->server;
    const bool probe = slice_starts(slice_str(route->pattern), SLICE("/livez")) ||
                       slice_starts(slice_str(route->pattern), SLICE("/readyz"));
    if (probe)
        return true;
    if (atomic_load(&server->stopping)) {
        http_refuse(exchange, ERR_SHUTTING_DOWN);
        return false;
    }
    const uint64_t wait_ms = http_rate(exchange, ADDRESS_REQUEST);
    if (wait_ms > 0) {
        metric_add(METRIC_RATE_LIMITED, 1);
        http_problem(exchange,
                     &(struct problem){.status = ERR_RATE_LIMITED, .retry_after_ms = wait_ms});
        return false;
    }
    return strcmp(route->method, "GET") == 0 || admit_change(exchange, route);
}

static void dispatch(struct exchange *exchange)
{
    const h2o_req_t *req = exchange->req;
    const struct slice method = slice_make(req->method.base, req->method.len);
    const struct slice path = slice_make(req->path_normalized.base, req->path_normalized.len);
    const bool named = is_named(path);
    struct slice captures[CAPTURES];
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (!method_fits(&routes[i], method) || !path_fits(&routes[i], path, named, captures))
            continue;
        exchange->capture = captures[0];
        exchange->capture2 = captures[1];
        exchange->casys = routes[i].casys;
        if (admit(exchange, &routes[i]))
            routes[i].serve(exchange);
        return;
    }
    SCOPED(buf_release) struct buf allow = {.at = NULL};
    const bool known = allowed_methods(path, &exchange->casys, &allow);
    const bool file = !known && static_files_find(exchange->io->server->files, path) != NULL;
    if (file)
        buf_printf(&allow, "GET, HEAD, OPTIONS");
    const bool everything = slice_eq(slice_make(req->path.base, req->path.len), SLICE("*")) &&
                            slice_eq(method, SLICE("OPTIONS"));
    if (everything)
        all_methods(&allow);
    if (!known && !file && !everything)
        http_refuse(exchange, ERR_NOT_FOUND);
    else if (slice_eq(method, SLICE("OPTIONS")))
        serve_options(exchange, buf_slice(&allow));
    else if (file && (exchange->head || slice_eq(method, SLICE("GET"))))
        serve_file(exchange, path);
    else
        refuse_method(exchange, buf_slice(&allow));
}

static bool is_casys(const h2o_req_t *req)
{
    SCOPED(buf_release) struct buf allow = {.at = NULL};
    bool casys = false;
    (void)allowed_methods(slice_make(req->path_normalized.base, req->path_normalized.len), &casys,
                          &allow);
    return casys;
}

static const struct problem bad_request = {.status = ERR_INVALID,
                                           .http = 400,
                                           .code = "invalid_request",
                                           .detail = "This is not a proper HTTP request."};

/* Before anybody has looked at what the request asks for. */
static void refuse_early(struct exchange *exchange, const struct problem *problem)
{
    exchange->casys = is_casys(exchange->req);
    http_problem(exchange, problem);
}

static size_t header_bytes(const h2o_req_t *req)
{
    size_t bytes = req->path.len;
    for (size_t i = 0; i < req->headers.size; i++)
        bytes += req->headers.entries[i].name->len + req->headers.entries[i].value.len;
    return bytes;
}

/* The bytes of the request are still where they were received, those of its head unchanged but for
 * the case of names. False when it was refused. */
static bool take_head(struct exchange *exchange)
{
    h2o_req_t *req = exchange->req;
    const h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);
    if (http_head_check(slice_make(socket->input->bytes, socket->input->size)) != OK) {
        req->http1_is_persistent = 0;
        refuse_early(exchange, &bad_request);
        return false;
    }
    struct slice authority;
    struct slice rest;
    if (!http_head_absolute(slice_make(req->path.base, req->path.len), &authority, &rest))
        return true;
    /* The target's authority counts, whatever Host says (RFC 9112, 3.2.2). */
    req->input.authority = h2o_strdup(&req->pool, (const char *)authority.at, authority.len);
    req->path = rest.len > 0 && rest.at[0] == '/'
                    ? h2o_strdup(&req->pool, (const char *)rest.at, rest.len)
                    : h2o_concat(&req->pool, h2o_iovec_init(H2O_STRLIT("/")),
                                 h2o_iovec_init(rest.at, rest.len));
    req->path_normalized = h2o_url_normalize_path(&req->pool, req->path.base, req->path.len,
                                                  &req->query_at, &req->norm_indexes);
    return true;
}

/* A game to be imported may be as long as one that was exported. */
static size_t body_max(const struct exchange *exchange)
{
    const h2o_req_t *req = exchange->req;
    const bool imports = h2o_memis(req->method.base, req->method.len, H2O_STRLIT("POST")) &&
                         h2o_memis(req->path_normalized.base, req->path_normalized.len,
                                   H2O_STRLIT("/api/games/import"));
    return imports ? LIMIT_EXPORT_BYTES : exchange->io->server->config->message_bytes;
}

static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
    const struct entry *entry = (const struct entry *)handler;
    struct exchange *exchange = exchange_new(req->conn->ctx->loop->data, req);
    if (!take_head(exchange))
        return 0;
    if (header_bytes(req) > entry->server->config->header_bytes)
        refuse_early(exchange, &(struct problem){.status = ERR_TOO_LARGE, .http = 431});
    else if (req->entity.len > body_max(exchange))
        refuse_early(exchange, &(struct problem){.status = ERR_TOO_LARGE});
    else
        dispatch(exchange);
    return 0;
}

/* ---- what libh2o refuses itself ---- */

/* Its one line of text gives way to a problem of ours. */
struct refusal {
    h2o_ostream_t stream;
    h2o_iovec_t body;
};

static void send_refusal(h2o_ostream_t *stream, h2o_req_t *req, h2o_iovec_t *texts, size_t count,
                         h2o_send_state_t state)
{
    (void)texts;
    struct refusal *refusal = (struct refusal *)stream;
    /* Nothing came: the answer to a HEAD. */
    h2o_ostream_send_next(stream, req, &refusal->body, count > 0 ? 1 : 0, state);
}

static void on_refusal(h2o_filter_t *filter, h2o_req_t *req, h2o_ostream_t **slot)
{
    (void)filter;
    struct exchange *exchange = exchange_new(req->conn->ctx->loop->data, req);
    exchange->casys = is_casys(req);
    struct problem problem = bad_request;
    if (req->res.status == 413)
        problem = (struct problem){.status = ERR_TOO_LARGE};
    else
        problem.http = req->res.status;
    const struct slice body = http_problem_head(exchange, &problem);
    struct refusal *refusal = (struct refusal *)h2o_add_ostream(req, sizeof(struct refusal), slot);
    refusal->stream.do_send = send_refusal;
    refusal->body = h2o_strdup(&req->pool, (const char *)body.at, body.len);
}

void routes_register(h2o_hostconf_t *host, struct server *server)
{
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    struct entry *entry = (struct entry *)h2o_create_handler(path, sizeof(*entry));
    entry->handler.on_req = on_request;
    entry->server = server;
    h2o_create_filter(&host->fallback_path, sizeof(h2o_filter_t))->on_setup_ostream = on_refusal;
}
