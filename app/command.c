#include "app/command.h"

#include <stdlib.h>

enum { BODY_KEPT_BYTES = 1024 * 1024 }; /* more is seldom needed again */

struct command *command_new(void)
{
    struct command *command = calloc(1, sizeof(*command));
    ENSURE_MEMORY(command);
    list_init(&command->mail.node);
    return command;
}

void command_clear(struct command *command)
{
    ENSURE(!list_linked(&command->mail.node));
    update_unref(command->update);
    errand_free(command->errand);
    struct arena arena = command->arena;
    struct buf body = command->body;
    arena_reset(&arena);
    if (body.cap > BODY_KEPT_BYTES)
        buf_release(&body);
    buf_clear(&body);
    *command = (struct command){.mail.kind = MAIL_COMMAND, .arena = arena, .body = body};
    list_init(&command->mail.node);
}

void command_free(struct command *command)
{
    if (!command)
        return;
    update_unref(command->update);
    errand_free(command->errand);
    arena_release(&command->arena);
    buf_release(&command->body);
    free(command);
}
