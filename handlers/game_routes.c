#include "app/message.h"
#include "handlers/etag.h"
#include "handlers/routes.h"

#include <stdio.h>

enum { EXPORT_WAIT_MS = 1000 }; /* until whoever found too many exports under way tries again */

/* ---- making and listing ---- */

static void created_encode(struct exchange *exchange, const struct command *command, const char *id,
                           struct slice message)
{
    struct json_out *out = exchange->io->out;
    json_out_object(out);
    json_out_member_bool(out, SLICE("success"), true);
    json_out_member(out, SLICE("message"), message);
    json_out_member(out, SLICE("game_id"), slice_str(id));
    json_out_key(out, SLICE("state"));
    json_out_raw(out, command->update->snapshot);
    route_new_session(exchange, command, !exchange->casys);
    json_out_object_end(out);
}

void route_created(struct command *command)
{
    struct exchange *exchange = command->owner;
    char id[ID_TEXT_SIZE];
    char text[64];
    if (command->status != OK) {
        http_refuse(exchange, command->status);
        return;
    }
    id_text(command->game, id);
    io_clear(exchange->io);
    created_encode(exchange, command, id,
                   exchange->casys ? SLICE("Game initialized successfully")
                                   : SLICE("Game created."));
    if (!exchange->casys) {
        snprintf(text, sizeof(text), "/api/games/%s", id);
        http_header_add(exchange, "location", slice_str(text));
        snprintf(text, sizeof(text), "\"%llu\"", (unsigned long long)command->update->version);
        http_header_add(exchange, "etag", slice_str(text));
    }
    http_json(exchange, exchange->casys ? 200 : 201, buf_slice(&exchange->io->text));
}

bool route_admit_create(struct exchange *exchange)
{
    const uint64_t wait_ms = http_rate(exchange, ADDRESS_CREATE);
    if (wait_ms == 0)
        return true;
    http_problem(exchange,
                 &(struct problem){.status = ERR_RATE_LIMITED, .retry_after_ms = wait_ms});
    return false;
}

static enum status read_create(struct exchange *exchange, const struct json *body,
                               struct command *command)
{
    (void)exchange;
    const enum status st = body_text(body, SLICE("story_id"), LIMIT_ID_BYTES, &command->story);
    return st == OK ? body_name(body, SLICE("name"), &command->name) : st;
}

/* The ids that a CASYS client may send are its wishes; a new game has new ones. */
static enum status read_initialize(struct exchange *exchange, const struct json *body,
                                   struct command *command)
{
    (void)exchange;
    (void)body;
    command->link = true;
    return OK;
}

static void create(struct exchange *exchange, route_read_fn *read)
{
    struct command *command =
        route_admit_create(exchange) ? http_command(exchange, COMMAND_CREATE) : NULL;
    if (command)
        route_send(exchange, command, read, route_created);
}

void serve_create_game(struct exchange *exchange)
{
    create(exchange, read_create);
}

void serve_casys_initialize(struct exchange *exchange)
{
    create(exchange, read_initialize);
}

static void on_listed(struct command *command)
{
    if (command->status != OK)
        http_refuse(command->owner, command->status);
    else
        http_json(command->owner, 200, buf_slice(&command->body));
}

/* A number of the query; ret keeps its value when it is absent. False when it was answered. */
static bool query_number(struct exchange *exchange, const char *name, uint64_t max, uint64_t *ret)
{
    struct slice text;
    if (!http_query(exchange, name, &text) || slice_to_u64(text, max, ret) == OK)
        return true;
    http_problem(exchange, &(struct problem){.status = ERR_INVALID_MESSAGE,
                                             .detail = "A number in the query is not valid."});
    return false;
}

static void serve_page(struct exchange *exchange, struct command *command)
{
    uint64_t count = LIMIT_PAGE / 2;
    command->cursor = 0;
    if (!query_number(exchange, "after", INT64_MAX - LIMIT_PAGE, &command->cursor) ||
        !query_number(exchange, "limit", LIMIT_PAGE, &count)) {
        io_give(exchange->io, command);
        return;
    }
    command->count = count == 0 ? 1 : (uint32_t)count;
    http_send(exchange, command, on_listed);
}

void serve_games(struct exchange *exchange)
{
    struct command *command = http_command(exchange, COMMAND_LIST);
    if (command)
        serve_page(exchange, command);
}

void serve_history(struct exchange *exchange)
{
    struct id game;
    if (!route_game_id(exchange, exchange->capture, &game))
        return;
    struct command *command = http_command(exchange, COMMAND_HISTORY);
    if (!command)
        return;
    command->game = game;
    serve_page(exchange, command);
}

/* ---- one game ---- */

static void on_exported(struct command *command)
{
    if (command->status != OK) {
        http_refuse(command->owner, command->status);
        return;
    }
    http_header_add(command->owner, "content-disposition",
                    SLICE("attachment; filename=\"game.casys.json\""));
    http_json(command->owner, 200, buf_slice(&command->body));
}

bool route_admit_document(struct exchange *exchange)
{
    if (exchange->io->exports < LIMIT_EXPORTS) {
        exchange->exporting = true;
        exchange->io->exports++;
        return true;
    }
    http_problem(exchange,
                 &(struct problem){.status = ERR_RATE_LIMITED, .retry_after_ms = EXPORT_WAIT_MS});
    return false;
}

void serve_export(struct exchange *exchange)
{
    struct id game;
    if (!route_game_id(exchange, exchange->capture, &game))
        return;
    struct command *command =
        route_admit_document(exchange) ? http_command(exchange, COMMAND_EXPORT) : NULL;
    if (!command)
        return;
    command->game = game;
    http_send(exchange, command, on_exported);
}

static void on_state(struct command *command)
{
    if (command->status != OK)
        http_refuse(command->owner, command->status);
    else
        http_state(command->owner, 200, command->update);
}

void serve_game(struct exchange *exchange)
{
    struct id game;
    struct slice text;
    uint64_t since = 0;
    uint64_t wait_s = 0;
    if (!route_game_id(exchange, exchange->capture, &game) ||
        !query_number(exchange, "since", INT64_MAX, &since) ||
        !query_number(exchange, "wait", LIMIT_WAIT_S, &wait_s))
        return;
    struct command *command = http_command(exchange, COMMAND_READ);
    if (!command)
        return;
    command->game = game;
    if (http_query(exchange, "since", &text))
        http_wait_newer(exchange, command, since, wait_s * 1000);
    else
        http_send(exchange, command, on_state);
}

static void on_played(struct command *command)
{
    struct exchange *exchange = command->owner;
    if (command->status == OK && command->dry_run) {
        http_json(exchange, 200, buf_slice(&command->body));
        return;
    }
    if (command->status == OK) {
        http_state(exchange, 200, command->update);
        return;
    }
    /* A version by If-Match is a precondition of HTTP, one in the body is the game's own rule. */
    const bool precondition = http_header(exchange, "if-match", NULL).len > 0;
    http_problem(exchange,
                 &(struct problem){
                     .status = command->status,
                     .http = command->status == ERR_STALE_VERSION && precondition ? 412 : 0,
                     .state = command->update,
                     .needs = command->needs,
                 });
}

enum status route_read_conditions(struct exchange *exchange, const struct json *body,
                                  struct command *command)
{
    size_t count;
    enum status st = body_version(body, SLICE("version"), &command->if_version);
    const struct slice if_match = http_header(exchange, "if-match", &count);
    if (st == OK && count > 0)
        st = count == 1 ? etag_version(if_match, &command->if_version) : ERR_INVALID;
    if (st == OK)
        st = body_text(body, SLICE("request_id"), LIMIT_REQUEST_ID_BYTES, &command->request_id);
    const struct slice key = http_header(exchange, "idempotency-key", &count);
    if (st == OK && count > 0)
        command->request_id = arena_dup(&command->arena, key);
    if (st == OK && (count > 1 || (count == 1 && key.len == 0) ||
                     (command->request_id.len > 0 && !request_id_valid(command->request_id))))
        st = ERR_INVALID;
    return st == ERR_INVALID ? ERR_INVALID_MESSAGE : st;
}

static enum status read_choice(struct exchange *exchange, const struct json *body,
                               struct command *command)
{
    const enum status st = body_choice(body, &command->choice);
    return st == OK ? route_read_conditions(exchange, body, command) : st;
}

void route_play(struct exchange *exchange, enum command_kind kind, route_read_fn *read)
{
    struct id game;
    if (!route_game_id(exchange, exchange->capture, &game))
        return;
    struct command *command = http_command(exchange, kind);
    if (!command)
        return;
    command->game = game;
    command->exact = true;
    route_send(exchange, command, read, on_played);
}

void serve_choice(struct exchange *exchange)
{
    route_play(exchange, COMMAND_CHOICE, read_choice);
}

void serve_stop(struct exchange *exchange)
{
    route_play(exchange, COMMAND_STOP, route_read_conditions);
}

static enum status read_migrate(struct exchange *exchange, const struct json *body,
                                struct command *command)
{
    const enum status st = body_flag(body, SLICE("dry_run"), false, &command->dry_run);
    return st == OK ? route_read_conditions(exchange, body, command) : st;
}

void serve_migrate(struct exchange *exchange)
{
    route_play(exchange, COMMAND_MIGRATE, read_migrate);
}
