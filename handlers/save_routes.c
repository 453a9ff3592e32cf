/* Going back in a game, and saves. */
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

/* A command about saves of the game that the path names, or NULL when it was answered. */
static struct command *save_command(struct exchange *exchange, enum command_kind kind)
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
    struct command *command = save_command(exchange, COMMAND_SAVES);
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
    struct command *command = save_command(exchange, COMMAND_SAVE);
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
    struct command *command = save_command(exchange, COMMAND_UNSAVE);
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
