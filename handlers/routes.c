#include "handlers/routes.h"

#include <string.h>

#include "app/base/metrics.h"
#include "app/members.h"
#include "app/message.h"
#include "handlers/etag.h"

struct entry {
    h2o_handler_t handler;
    struct server *server;
};

/* ---- small routes ---- */

static void serve_live(struct exchange *exchange)
{
    http_json(exchange, 200, SLICE("{\"status\":\"ok\"}"));
}

static void serve_ready(struct exchange *exchange)
{
    const struct server *server = exchange->io->server;
    if (atomic_load(&server->stopping))
        http_refuse(exchange, ERR_SHUTTING_DOWN);
    else if (!sequencer_healthy(server->sequencer))
        http_refuse(exchange, ERR_STORAGE);
    else
        http_json(exchange, 200, SLICE("{\"status\":\"ready\"}"));
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
    http_json(exchange, 200, buf_slice(&exchange->io->server->stories));
}

static void serve_story(struct exchange *exchange)
{
    const struct story *story = catalogue_find(exchange->io->server->catalogue, exchange->capture);
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

static const struct json *route_body(struct exchange *exchange, struct arena *arena)
{
    const struct json *body;
    size_t count;
    const struct slice type = http_header(exchange, "content-type", &count);
    if (http_body(exchange).len > 0 && (count != 1 || !is_json(type))) {
        http_problem(exchange, &(struct problem){.status = ERR_INVALID,
                                                 .http = 415,
                                                 .code = "unsupported_media_type",
                                                 .detail = "Send JSON as application/json."});
        return NULL;
    }
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
    {"GET", "/api/games/{}", serve_game, false},
    {"POST", "/api/games/{}/choices", serve_choice, false},
    {"GET", "/api/games/{}/history", serve_history, false},
    {"POST", "/api/games/{}/stop", serve_stop, false},
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

static bool path_matches(struct slice pattern, struct slice path, struct slice *ret_capture)
{
    struct slice want;
    struct slice have;
    *ret_capture = SLICE_NONE;
    while (slice_split(&pattern, '/', &want)) {
        if (!slice_split(&path, '/', &have))
            return false;
        if (slice_eq(want, SLICE("{}")) && have.len > 0)
            *ret_capture = have;
        else if (!slice_eq(want, have))
            return false;
    }
    return path.len == 0;
}

static bool method_fits(const struct route *route, struct slice method)
{
    return slice_eq(method, slice_str(route->method)) ||
           (slice_eq(method, SLICE("HEAD")) && strcmp(route->method, "GET") == 0);
}

/* What the path allows, as an Allow header has it; false when there is no such path. */
static bool allowed_methods(struct slice path, bool *ret_casys, struct buf *ret)
{
    struct slice capture;
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (!path_matches(slice_str(routes[i].pattern), path, &capture))
            continue;
        const bool get = strcmp(routes[i].method, "GET") == 0;
        buf_printf(ret, "%s, ", get ? "GET, HEAD" : routes[i].method);
        *ret_casys = routes[i].casys;
    }
    if (ret->len == 0)
        return false;
    buf_printf(ret, "OPTIONS");
    return true;
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
        http_header_add(exchange, "access-control-allow-methods", SLICE("GET, POST, HEAD"));
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

static bool too_large(const h2o_req_t *req, const struct config *config, int *ret_status)
{
    size_t header_bytes = req->path.len;
    for (size_t i = 0; i < req->headers.size; i++)
        header_bytes += req->headers.entries[i].name->len + req->headers.entries[i].value.len;
    *ret_status = header_bytes > LIMIT_HEADER_BYTES ? 431 : 413;
    return header_bytes > LIMIT_HEADER_BYTES || req->entity.len > config->message_bytes;
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
    /* A page of another origin may look at nothing here (CORS) and must not change anything. */
    if (strcmp(route->method, "POST") == 0 && !http_origin_allowed(exchange)) {
        http_refuse(exchange, ERR_FORBIDDEN);
        return false;
    }
    return true;
}

static void dispatch(struct exchange *exchange)
{
    const h2o_req_t *req = exchange->req;
    const struct slice method = slice_make(req->method.base, req->method.len);
    const struct slice path = slice_make(req->path_normalized.base, req->path_normalized.len);
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (!method_fits(&routes[i], method) ||
            !path_matches(slice_str(routes[i].pattern), path, &exchange->capture))
            continue;
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
    if (!known && !file)
        http_refuse(exchange, ERR_NOT_FOUND);
    else if (slice_eq(method, SLICE("OPTIONS")))
        serve_options(exchange, buf_slice(&allow));
    else if (file && (exchange->head || slice_eq(method, SLICE("GET"))))
        serve_file(exchange, path);
    else
        refuse_method(exchange, buf_slice(&allow));
}

static int on_request(h2o_handler_t *handler, h2o_req_t *req)
{
    struct entry *entry = (struct entry *)handler;
    struct io *io = req->conn->ctx->loop->data;
    struct exchange *exchange = exchange_new(io, req);
    int status;
    if (!too_large(req, entry->server->config, &status)) {
        dispatch(exchange);
        return 0;
    }
    /* Known here only for what the answer says to a CASYS client. */
    SCOPED(buf_release) struct buf allow = {.at = NULL};
    (void)allowed_methods(slice_make(req->path_normalized.base, req->path_normalized.len),
                          &exchange->casys, &allow);
    http_problem(exchange, &(struct problem){.status = ERR_TOO_LARGE, .http = status});
    return 0;
}

void routes_register(h2o_hostconf_t *host, struct server *server)
{
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    struct entry *entry = (struct entry *)h2o_create_handler(path, sizeof(*entry));
    entry->handler.on_req = on_request;
    entry->server = server;
}
