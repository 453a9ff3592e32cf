#include "handlers/http.h"

#include <stdio.h>
#include <string.h>

#include "app/base/log.h"
#include "app/base/metrics.h"
#include "app/json.h"
#include "handlers/etag.h"
#include "handlers/origin.h"

static const char security_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

/* ---- exchange ---- */

static void stop_watching(struct exchange *exchange)
{
    hub_leave(&exchange->io->hub, &exchange->watcher);
    tally_leave(exchange->place);
    exchange->place = NULL;
}

static void on_request_gone(void *memory)
{
    struct exchange *exchange = memory;
    exchange->req = NULL;
    if (exchange->exporting)
        exchange->io->exports--;
    if (exchange->command)
        exchange->command->owner = NULL;
    list_unlink(&exchange->waiting_node);
    stop_watching(exchange);
    update_unref(exchange->ready);
    exchange->ready = NULL;
}

struct exchange *exchange_new(struct io *io, h2o_req_t *req)
{
    struct exchange *exchange =
        h2o_mem_alloc_shared(&req->pool, sizeof(*exchange), on_request_gone);
    *exchange = (struct exchange){.io = io, .req = req};
    exchange->head = h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD"));
    list_init(&exchange->waiting_node);
    return exchange;
}

/* ---- the request ---- */

static struct slice slice_of(h2o_iovec_t v)
{
    return slice_make(v.base, v.len);
}

struct slice http_header(const struct exchange *exchange, const char *name, size_t *ret_count)
{
    const h2o_headers_t *headers = &exchange->req->headers;
    struct slice value = SLICE_NONE;
    size_t count = 0;
    for (size_t i = 0; i < headers->size; i++) {
        if (!slice_eq_nocase(slice_of(*headers->entries[i].name), slice_str(name)))
            continue;
        if (count++ == 0)
            value = slice_of(headers->entries[i].value);
    }
    if (ret_count)
        *ret_count = count;
    return value;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct slice percent_decode(h2o_mem_pool_t *pool, struct slice text)
{
    uint8_t *out = h2o_mem_alloc_pool(pool, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        const bool escaped = text.at[i] == '%' && text.len - i > 2 &&
                             hex_digit(text.at[i + 1]) >= 0 && hex_digit(text.at[i + 2]) >= 0;
        if (escaped) {
            out[len++] = (uint8_t)(hex_digit(text.at[i + 1]) * 16 + hex_digit(text.at[i + 2]));
            i += 2;
        } else {
            out[len++] = text.at[i] == '+' ? ' ' : text.at[i];
        }
    }
    return slice_make(out, len);
}

bool http_query(const struct exchange *exchange, const char *name, struct slice *ret)
{
    h2o_req_t *req = exchange->req;
    if (req->query_at == SIZE_MAX)
        return false;
    struct slice rest =
        slice_make(req->path.base + req->query_at + 1, req->path.len - req->query_at - 1);
    struct slice part;
    struct slice key;
    while (slice_split(&rest, '&', &part)) {
        if (!slice_split(&part, '=', &key) || !slice_eq(key, slice_str(name)))
            continue;
        *ret = percent_decode(&req->pool, part);
        return true;
    }
    return false;
}

bool http_cookie(const struct exchange *exchange, const char *name, struct slice *ret)
{
    const h2o_headers_t *headers = &exchange->req->headers;
    for (size_t i = 0; i < headers->size; i++) {
        if (!slice_eq_nocase(slice_of(*headers->entries[i].name), SLICE("cookie")))
            continue;
        struct slice rest = slice_of(headers->entries[i].value);
        struct slice part;
        struct slice key;
        while (slice_split(&rest, ';', &part)) {
            part = slice_trim(part);
            if (slice_split(&part, '=', &key) && slice_eq(key, slice_str(name))) {
                *ret = part;
                return true;
            }
        }
    }
    return false;
}

struct slice http_body(const struct exchange *exchange)
{
    return slice_of(exchange->req->entity);
}

struct slice http_host(const struct exchange *exchange)
{
    return slice_of(exchange->req->input.authority);
}

enum status http_caller(const struct exchange *exchange, struct caller *ret)
{
    size_t count;
    struct caller caller = {.has_secret = false};
    struct slice secret = http_header(exchange, "authorization", &count);
    if (count > 0) {
        const struct slice scheme = slice_make(secret.at, secret.len < 7 ? secret.len : 7);
        if (count > 1 || !slice_eq_nocase(scheme, SLICE("bearer ")))
            return ERR_UNAUTHORIZED;
        secret = slice_trim(slice_make(secret.at + 7, secret.len - 7));
        caller.bearer = true;
        caller.has_secret = true;
    } else if (!exchange->cookieless) {
        caller.has_secret = http_cookie(exchange, "casys_session", &secret);
    }
    if (caller.has_secret)
        crypto_sha256(secret, caller.secret_hash);
    *ret = caller;
    return OK;
}

/* The last address of the last X-Forwarded-For: the one that the proxy itself wrote, in a line of
 * its own or behind what the client claimed. Empty when there is none. */
static struct slice forwarded_for(const struct exchange *exchange)
{
    const h2o_headers_t *headers = &exchange->req->headers;
    struct slice last = SLICE_NONE;
    for (size_t i = 0; i < headers->size; i++) {
        if (!slice_eq_nocase(slice_of(*headers->entries[i].name), SLICE("x-forwarded-for")))
            continue;
        struct slice rest = slice_of(headers->entries[i].value);
        struct slice part;
        last = SLICE_NONE;
        while (slice_split(&rest, ',', &part))
            last = slice_trim(part);
    }
    return last;
}

bool http_client(const struct exchange *exchange, struct sockaddr_storage *ret)
{
    h2o_conn_t *conn = exchange->req->conn;
    *ret = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    if (conn->callbacks->get_peername(conn, (struct sockaddr *)ret) == 0 ||
        !gate_is_proxy(&exchange->io->server->gate, (struct sockaddr *)ret))
        return true;
    struct sockaddr_storage forwarded;
    if (address_parse(forwarded_for(exchange), &forwarded) != OK)
        return false;
    *ret = forwarded;
    return true;
}

uint64_t http_rate(struct exchange *exchange, enum address_use use)
{
    struct sockaddr_storage address;
    if (!exchange->io->server->config->rates)
        return 0;
    (void)http_client(exchange, &address);
    return gate_address(&exchange->io->server->gate, (struct sockaddr *)&address, use,
                        uv_now(&exchange->io->loop));
}

bool http_origin_allowed(const struct exchange *exchange)
{
    const struct config *config = exchange->io->server->config;
    size_t count;
    const struct slice origin = http_header(exchange, "origin", &count);
    if (count == 0)
        return true;
    return count == 1 &&
           origin_allowed(origin, http_host(exchange), config->origins, config->origin_count);
}

/* ---- the answer ---- */

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    ENSURE(false); /* every status in use has a reason */
    return "";
}

static h2o_iovec_t pool_copy(h2o_req_t *req, struct slice value)
{
    return h2o_strdup(&req->pool, (const char *)value.at, value.len);
}

void http_header_add(struct exchange *exchange, const char *name, struct slice value)
{
    h2o_req_t *req = exchange->req;
    const h2o_iovec_t copy = pool_copy(req, value);
    h2o_add_header_by_str(&req->pool, &req->res.headers, name, strlen(name), 1, NULL, copy.base,
                          copy.len);
}

/* Only origins that the operator named; the page's own host needs no leave. */
static void add_cors(struct exchange *exchange)
{
    const struct config *config = exchange->io->server->config;
    size_t count;
    const struct slice origin = http_header(exchange, "origin", &count);
    if (config->origin_count == 0)
        return;
    http_header_add(exchange, "vary", SLICE("Origin"));
    for (size_t i = 0; count == 1 && i < config->origin_count; i++) {
        if (!slice_eq(origin, config->origins[i]))
            continue;
        http_header_add(exchange, "access-control-allow-origin", origin);
        http_header_add(exchange, "access-control-allow-credentials", SLICE("true"));
        http_header_add(exchange, "access-control-expose-headers",
                        SLICE("ETag, Location, Retry-After"));
    }
}

/* Everything of the answer but its body. */
static void answer_head(struct exchange *exchange, int status, const char *type, size_t body_len)
{
    h2o_req_t *req = exchange->req;
    req->res.status = status;
    req->res.reason = reason_of(status);
    if (type)
        http_header_add(exchange, "content-type", slice_str(type));
    http_header_add(exchange, "x-content-type-options", SLICE("nosniff"));
    http_header_add(exchange, "referrer-policy", SLICE("same-origin"));
    http_header_add(exchange, "content-security-policy", slice_str(security_policy));
    add_cors(exchange);
    /* A 204 and a 304 have no body and no length of one (RFC 9110, 8.6). */
    if (status != 204 && status != 304)
        req->res.content_length = body_len;
    metric_add(METRIC_REQUESTS, 1);
}

void http_answer(struct exchange *exchange, int status, const char *type, struct slice body)
{
    answer_head(exchange, status, type, body.len);
    h2o_send_inline(exchange->req, body.len > 0 ? (const char *)body.at : "", body.len);
}

void http_json(struct exchange *exchange, int status, struct slice body)
{
    http_header_add(exchange, "cache-control", SLICE("no-store"));
    http_answer(exchange, status, "application/json", body);
}

void http_empty(struct exchange *exchange, int status)
{
    http_answer(exchange, status, NULL, SLICE_NONE);
}

static int http_status_of(enum status status)
{
    switch (status) {
    case OK: return 200;
    case ERR_INVALID:
    case ERR_INVALID_JSON:
    case ERR_INVALID_MESSAGE:
    case ERR_UNKNOWN_TYPE:
    case ERR_TOO_DEEP:
    case ERR_UTF8: return 400;
    case ERR_TOO_LARGE: return 413;
    case ERR_UNAUTHORIZED: return 401;
    case ERR_FORBIDDEN: return 403;
    case ERR_NOT_FOUND:
    case ERR_GAME_NOT_FOUND:
    case ERR_STORY_NOT_FOUND:
    case ERR_SAVE_NOT_FOUND:
    case ERR_VERSION_NOT_FOUND:
    case ERR_CODE_NOT_FOUND: return 404;
    case ERR_LAST_OWNER:
    case ERR_MEMBERS_FULL:
    case ERR_INVITATIONS_FULL:
    case ERR_DEVICES_FULL:
    case ERR_GAME_OVER:
    case ERR_SAVES_FULL:
    case ERR_NOT_MIGRATABLE:
    case ERR_STALE_VERSION: return 409;
    case ERR_UNKNOWN_CHOICE:
    case ERR_CHOICE_UNAVAILABLE:
    case ERR_IMPORT_REFUSED:
    case ERR_UNDO_REFUSED:
    case ERR_OTHER_RUN:
    case ERR_UNDO_LIMIT:
    case ERR_NOTHING_TO_UNDO:
    case ERR_REQUEST_ID_REUSED: return 422;
    case ERR_RATE_LIMITED: return 429;
    case ERR_IO:
    case ERR_STORAGE:
    case ERR_SHUTTING_DOWN: return 503;
    case ERR_AGAIN:
    case ERR_CONFLICT:
    case ERR_FULL:
    case ERR_NEWER:
    case ERR_CORRUPT:
    case ERR_INTERNAL:
    case STATUS_COUNT: return 500;
    }
    return 500;
}

static void problem_encode(struct json_out *out, const struct exchange *exchange,
                           const struct problem *problem, int status)
{
    const char *detail = problem->detail ? problem->detail : status_text(problem->status);
    const char *code = problem->code ? problem->code : status_code(problem->status);
    json_out_object(out);
    json_out_member(out, SLICE("type"), SLICE("about:blank"));
    json_out_member(out, SLICE("title"), slice_str(reason_of(status)));
    json_out_member_int(out, SLICE("status"), status);
    json_out_member(out, SLICE("detail"), slice_str(detail));
    json_out_member(out, SLICE("code"), slice_str(code));
    if (exchange->casys) {
        json_out_member_bool(out, SLICE("success"), false);
        json_out_member(out, SLICE("message"), slice_str(detail));
    }
    if (problem->retry_after_ms > 0)
        json_out_member_int(out, SLICE("retry_after_ms"), (int64_t)problem->retry_after_ms);
    if (problem->needs.len > 0) {
        json_out_key(out,
                     problem->status == ERR_NOT_MIGRATABLE ? SLICE("reasons") : SLICE("needs"));
        json_out_raw(out, problem->needs);
    }
    if (problem->state) {
        json_out_member_int(out, SLICE("version"), (int64_t)problem->state->version);
        json_out_key(out, SLICE("state"));
        json_out_raw(out, problem->state->snapshot);
    }
    json_out_object_end(out);
}

static void add_number(struct exchange *exchange, const char *name, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
    http_header_add(exchange, name, slice_str(text));
}

static const char problem_type[] = "application/problem+json";

/* The body goes into the io thread's text. */
static int problem_prepare(struct exchange *exchange, const struct problem *problem)
{
    const int status = problem->http ? problem->http : http_status_of(problem->status);
    struct problem told = *problem;
    /* Who comes back at once finds no more than now; and all would come at once. */
    if (status == 503)
        told.retry_after_ms = io_return_ms(exchange->io);
    io_clear(exchange->io);
    problem_encode(exchange->io->out, exchange, &told, status);
    http_header_add(exchange, "cache-control", SLICE("no-store"));
    if (told.retry_after_ms > 0)
        add_number(exchange, "retry-after", (told.retry_after_ms + 999) / 1000);
    if (status == 401)
        http_header_add(exchange, "www-authenticate", SLICE("Bearer"));
    return status;
}

void http_problem(struct exchange *exchange, const struct problem *problem)
{
    const int status = problem_prepare(exchange, problem);
    http_answer(exchange, status, problem_type, buf_slice(&exchange->io->text));
}

struct slice http_problem_head(struct exchange *exchange, const struct problem *problem)
{
    exchange->req->res.headers = (h2o_headers_t){.size = 0};
    const int status = problem_prepare(exchange, problem);
    const struct slice body = buf_slice(&exchange->io->text);
    answer_head(exchange, status, problem_type, body.len);
    return body;
}

void http_refuse(struct exchange *exchange, enum status status)
{
    http_problem(exchange, &(struct problem){.status = status});
}

void http_state(struct exchange *exchange, int http, const struct update *update)
{
    char tag[24];
    size_t count;
    uint64_t version;
    snprintf(tag, sizeof(tag), "\"%llu\"", (unsigned long long)update->version);
    const bool reading =
        http == 200 && (exchange->head || h2o_memis(exchange->req->method.base,
                                                    exchange->req->method.len, H2O_STRLIT("GET")));
    const struct slice if_match = http_header(exchange, "if-match", &count);
    if (reading && count > 0) {
        if (count > 1 || etag_version(if_match, &version) != OK) {
            http_refuse(exchange, ERR_INVALID_MESSAGE);
            return;
        }
        if (version != 0 && version != update->version) {
            http_problem(exchange, &(struct problem){
                                       .status = ERR_STALE_VERSION, .http = 412, .state = update});
            return;
        }
    }
    http_header_add(exchange, "etag", slice_str(tag));
    const struct slice if_none_match = http_header(exchange, "if-none-match", &count);
    if (reading && count > 0 && etag_matches(if_none_match, slice_str(tag))) {
        http_header_add(exchange, "cache-control", SLICE("no-cache"));
        http_empty(exchange, 304);
        return;
    }
    http_header_add(exchange, "cache-control", SLICE("no-cache"));
    http_answer(exchange, http, "application/json", update->snapshot);
}

/* ---- commands ---- */

/* Does it make the game's next version, as often as a player likes? */
static bool plays(enum command_kind kind)
{
    return kind == COMMAND_CHOICE || kind == COMMAND_UNDO || kind == COMMAND_LOAD;
}

/* A choice is a message, too. */
static uint64_t session_wait_ms(struct io *io, const struct caller *caller, enum command_kind kind)
{
    struct gate *gate = &io->server->gate;
    const uint64_t now = uv_now(&io->loop);
    const uint64_t wait_ms = gate_session(gate, caller->secret_hash, SESSION_MESSAGE, now);
    if (wait_ms > 0 || !plays(kind))
        return wait_ms;
    return gate_session(gate, caller->secret_hash, SESSION_CHOICE, now);
}

struct command *http_command(struct exchange *exchange, enum command_kind kind)
{
    struct caller caller;
    const enum status st = http_caller(exchange, &caller);
    if (st != OK) {
        http_refuse(exchange, st);
        return NULL;
    }
    const uint64_t wait_ms = caller.has_secret ? session_wait_ms(exchange->io, &caller, kind) : 0;
    if (wait_ms > 0) {
        metric_add(METRIC_RATE_LIMITED, 1);
        http_problem(exchange,
                     &(struct problem){.status = ERR_RATE_LIMITED, .retry_after_ms = wait_ms});
        return NULL;
    }
    struct command *command = io_command(exchange->io);
    command->kind = kind;
    command->caller = caller;
    return command;
}

static void on_done(struct command *command)
{
    struct exchange *exchange = command->owner;
    if (exchange) {
        exchange->command = NULL;
        command->then(command);
    }
    io_give(command->home, command);
}

void http_send(struct exchange *exchange, struct command *command, command_done_fn *then)
{
    command->owner = exchange;
    command->then = then;
    command->done = on_done;
    exchange->command = command;
    io_send(exchange->io, command);
}

/* ---- long polls ---- */

static void on_newer(struct watcher *watcher, struct update *update)
{
    struct exchange *exchange = container_of(watcher, struct exchange, watcher);
    if (update->version <= exchange->since || exchange->ready)
        return;
    exchange->ready = update_ref(update);
    list_unlink(&exchange->waiting_node);
    list_append(&exchange->io->ready, &exchange->waiting_node);
}

static void end_wait(struct exchange *exchange, const struct update *update)
{
    list_unlink(&exchange->waiting_node);
    stop_watching(exchange);
    if (update)
        http_state(exchange, 200, update);
    else
        http_empty(exchange, 204);
}

static void on_attached(struct command *command)
{
    struct exchange *exchange = command->owner;
    struct io *io = exchange->io;
    const uint64_t now_ms = uv_now(&io->loop);
    if (command->status != OK) {
        stop_watching(exchange);
        http_refuse(exchange, command->status);
        return;
    }
    if (command->update->version != exchange->since) {
        end_wait(exchange, command->update);
        return;
    }
    if (exchange->deadline_ms <= now_ms || io->stop_deadline_ms != 0) {
        end_wait(exchange, NULL);
        return;
    }
    exchange->session = command->session;
    exchange->device = command->device;
    exchange->watcher.on_update = on_newer;
    hub_confirm(&exchange->watcher);
    list_append(&io->waiting, &exchange->waiting_node);
}

void http_wait_newer(struct exchange *exchange, struct command *command, uint64_t since,
                     uint64_t wait_ms)
{
    struct io *io = exchange->io;
    if (!gate_enter_game(&io->server->gate, command->game, &exchange->place)) {
        io_give(io, command);
        http_problem(exchange, &(struct problem){.status = ERR_FULL,
                                                 .http = 503,
                                                 .detail = "Too many watch this game."});
        return;
    }
    exchange->since = since;
    exchange->deadline_ms = uv_now(&exchange->io->loop) + wait_ms;
    command->kind = COMMAND_ATTACH;
    hub_reserve(&exchange->io->hub, &exchange->watcher, command->game);
    http_send(exchange, command, on_attached);
}

void http_answer_waiting(struct io *io)
{
    for (struct list *node; (node = list_take(&io->ready)) != NULL;) {
        struct exchange *exchange = container_of(node, struct exchange, waiting_node);
        end_wait(exchange, exchange->ready);
    }
}

void http_end_waiting_before(struct io *io, uint64_t now_ms)
{
    struct list *next;
    for (struct list *node = io->waiting.next; node != &io->waiting; node = next) {
        next = node->next;
        struct exchange *exchange = container_of(node, struct exchange, waiting_node);
        if (exchange->deadline_ms <= now_ms)
            end_wait(exchange, NULL);
    }
}

void http_end_waiting(struct io *io)
{
    http_end_waiting_before(io, UINT64_MAX);
}

/* What a long poll is answered when it must not go on; OK: it may. */
static enum status notice_ends(const struct exchange *exchange, const struct notice *notice)
{
    const bool here = id_eq(watcher_game(&exchange->watcher), notice->game);
    switch (notice->kind) {
    case NOTICE_ROLE:
        return here && exchange->session == notice->session && notice->role == STORE_NOBODY
                   ? ERR_GAME_NOT_FOUND
                   : OK;
    case NOTICE_GAME_GONE: return here ? ERR_GAME_NOT_FOUND : OK;
    case NOTICE_DEVICE_ENDED:
        return id_eq(exchange->device, notice->device) ? ERR_UNAUTHORIZED : OK;
    case NOTICE_NEW_SECRET: return OK; /* nobody waits as long as the earlier one is good */
    }
    return OK;
}

void http_notice(struct io *io, const struct notice *notice)
{
    struct list *next;
    for (struct list *node = io->waiting.next; node != &io->waiting; node = next) {
        next = node->next;
        struct exchange *exchange = container_of(node, struct exchange, waiting_node);
        const enum status st = notice_ends(exchange, notice);
        if (st == OK)
            continue;
        list_unlink(&exchange->waiting_node);
        stop_watching(exchange);
        http_refuse(exchange, st);
    }
}
