/* Going back in a game, saves, deletion, and games that begin with the past of another. */
#include "app/message.h"
#include "handlers/routes.h"

static enum status read_load(struct exchange *exchange, const struct json *body,
                             struct command *command)
{
    const enum status st = body_version(body, SLICE("of"), &command->of);
    if (st == OK && command->of == 0)
        return ERR_INVALID_MESSAGE;
    return st == OK ? route_read_conditions(exchange, body, command) : st;
}

void serve_undo(struct exchange *exchange)
{
    route_play(exchange, COMMAND_UNDO, route_read_conditions);
}

void serve_load(struct exchange *exchange)
{
    route_play(exchange, COMMAND_LOAD, read_load);
}

/* ---- saves ---- */

/* A command about the game that the path names, or NULL when it was answered. */
static struct command *game_command(struct exchange *exchange, enum command_kind kind)
{
    struct id game;
    if (!route_game_id(exchange, exchange->capture, &game))
        return NULL;
    struct command *command = http_command(exchange, kind);
    if (command)
        command->game = game;
    return command;
}

/* The slot that the path names. Another one than there can be holds no save. */
static enum status read_slot(const struct exchange *exchange, uint32_t *ret)
{
    uint64_t slot;
    if (slice_to_u64(exchange->capture2, LIMIT_SAVES, &slot) != OK || slot == 0)
        return ERR_SAVE_NOT_FOUND;
    *ret = (uint32_t)slot;
    return OK;
}

static void on_listed(struct command *command)
{
    if (command->status != OK)
        http_refuse(command->owner, command->status);
    else
        http_json(command->owner, 200, buf_slice(&command->body));
}

void serve_saves(struct exchange *exchange)
{
    struct command *command = game_command(exchange, COMMAND_SAVES);
    if (!command)
        return;
    command->count = (uint32_t)exchange->io->server->config->saves_max;
    http_send(exchange, command, on_listed);
}

static void on_saved(struct command *command)
{
    if (command->status != OK)
        http_refuse(command->owner, command->status);
    else
        http_json(command->owner, 201, buf_slice(&command->body));
}

static enum status read_save(struct exchange *exchange, const struct json *body,
                             struct command *command)
{
    (void)exchange;
    enum status st = body_name(body, SLICE("name"), &command->name);
    if (st == OK)
        st = body_slot(body, SLICE("slot"), &command->slot);
    return st == OK ? body_version(body, SLICE("version"), &command->of) : st;
}

void serve_save(struct exchange *exchange)
{
    struct command *command = game_command(exchange, COMMAND_SAVE);
    if (command)
        route_send(exchange, command, read_save, on_saved);
}

static enum status read_save_load(struct exchange *exchange, const struct json *body,
                                  struct command *command)
{
    const enum status st = read_slot(exchange, &command->slot);
    return st == OK ? route_read_conditions(exchange, body, command) : st;
}

void serve_save_load(struct exchange *exchange)
{
    route_play(exchange, COMMAND_LOAD, read_save_load);
}

static void on_removed(struct command *command)
{
    if (command->status != OK)
        http_refuse(command->owner, command->status);
    else
        http_empty(command->owner, 204);
}

void serve_save_remove(struct exchange *exchange)
{
    struct command *command = game_command(exchange, COMMAND_UNSAVE);
    if (!command)
        return;
    const enum status st = read_slot(exchange, &command->slot);
    if (st == OK) {
        http_send(exchange, command, on_removed);
        return;
    }
    http_refuse(exchange, st);
    io_give(exchange->io, command);
}

void serve_delete(struct exchange *exchange)
{
    struct command *command = game_command(exchange, COMMAND_DELETE);
    if (command)
        http_send(exchange, command, on_removed);
}

/* ---- forks and imports ---- */

static enum status read_fork(struct exchange *exchange, const struct json *body,
                             struct command *command)
{
    (void)exchange;
    return body_version(body, SLICE("version"), &command->of);
}

void serve_fork(struct exchange *exchange)
{
    struct command *command =
        route_admit_create(exchange) ? game_command(exchange, COMMAND_FORK) : NULL;
    if (command)
        route_send(exchange, command, read_fork, route_created);
}

static void on_imported(struct command *command)
{
    struct problem problem = {.status = command->status};
    if (command->status == ERR_IMPORT_REFUSED) {
        problem.detail = (const char *)command->body.at;
        http_problem(command->owner, &problem);
    } else if (command->status == ERR_STORY_NOT_FOUND) {
        /* Not what the path names, but what the document does. */
        problem.http = 422;
        problem.code = "story_not_found";
        http_problem(command->owner, &problem);
    } else {
        route_created(command);
    }
}

void serve_import(struct exchange *exchange)
{
    if (!route_is_json(exchange) || !route_admit_create(exchange) ||
        !route_admit_document(exchange))
        return;
    struct command *command = http_command(exchange, COMMAND_IMPORT);
    if (!command)
        return;
    /* The request may end before the answer. */
    buf_append(&command->body, http_body(exchange));
    http_send(exchange, command, on_imported);
}
