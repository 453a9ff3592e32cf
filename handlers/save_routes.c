/* Going back in a game. */
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
