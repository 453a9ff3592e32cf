/* Members and invitations of a game, and the caller's own session with its devices. What is secret in
 * an answer is told once and goes nowhere else. */
#include "app/carry.h"
#include "app/members.h"
#include "app/message.h"
#include "app/people_page.h"
#include "handlers/routes.h"

#include <stdio.h>

enum { CODE_BYTES = 64 }; /* more than any code has, however it is typed */

/* ---- shared ---- */

/* A member, an invitation or a device of the path. What was never given out is none that there is:
 * whether the game is there for this caller at all comes first. */
static struct id id_or_none(struct slice text)
{
    struct id id;
    return id_parse(text, &id) == OK ? id : (struct id){0, 0};
}

static void on_done(struct command *command)
{
    if (command->status != OK)
        http_refuse(command->owner, command->status);
    else
        http_empty(command->owner, 204);
}

static void on_page(struct command *command)
{
    if (command->status != OK)
        http_refuse(command->owner, command->status);
    else
        http_json(command->owner, 200, buf_slice(&command->body));
}

/* An object to be filled, or NULL when the command was refused. */
static struct json_out *answer_begin(const struct command *command)
{
    struct exchange *exchange = command->owner;
    if (command->status != OK) {
        http_refuse(exchange, command->status);
        return NULL;
    }
    io_clear(exchange->io);
    json_out_object(exchange->io->out);
    return exchange->io->out;
}

/* End the object and send it. */
static void answer_end(struct exchange *exchange, int http)
{
    json_out_object_end(exchange->io->out);
    http_json(exchange, http, buf_slice(&exchange->io->text));
}

/* A command in the game that the path names, or NULL when that was answered. */
static struct command *game_command(struct exchange *exchange, enum command_kind kind)
{
    struct id game;
    if (!route_game_id(exchange, exchange->capture, &game))
        return NULL;
    struct command *command = http_command(exchange, kind);
    if (!command)
        return NULL;
    command->game = game;
    command->other = id_or_none(exchange->capture2);
    return command;
}

static enum status read_nothing(struct exchange *exchange, const struct json *body,
                                struct command *command)
{
    (void)exchange;
    (void)body;
    (void)command;
    return OK;
}

static enum status read_role(const struct json *body, enum store_role *ret)
{
    struct slice name;
    const enum status st = body_text(body, SLICE("role"), LIMIT_ID_BYTES, &name);
    if (st != OK)
        return st;
    *ret = role_named(name);
    return *ret == STORE_NOBODY ? ERR_INVALID_MESSAGE : OK;
}

/* ---- members ---- */

void serve_members(struct exchange *exchange)
{
    struct command *command = game_command(exchange, COMMAND_MEMBERS);
    if (command)
        http_send(exchange, command, on_page);
}

static void on_member_set(struct command *command)
{
    struct exchange *exchange = command->owner;
    struct json_out *out = answer_begin(command);
    if (!out)
        return;
    member_id(out, SLICE("session_id"), command->other);
    json_out_member(out, SLICE("role"), slice_str(role_name(command->give)));
    answer_end(exchange, 200);
}

static enum status read_member(struct exchange *exchange, const struct json *body,
                               struct command *command)
{
    (void)exchange;
    return read_role(body, &command->give);
}

void serve_member_set(struct exchange *exchange)
{
    struct command *command = game_command(exchange, COMMAND_MEMBER_SET);
    if (command)
        route_send(exchange, command, read_member, on_member_set);
}

void serve_member_remove(struct exchange *exchange)
{
    struct command *command = game_command(exchange, COMMAND_MEMBER_REMOVE);
    if (command)
        route_send(exchange, command, read_nothing, on_done);
}

/* ---- invitations ---- */

static void on_invited(struct command *command)
{
    struct exchange *exchange = command->owner;
    struct json_out *out = answer_begin(command);
    if (!out)
        return;
    member_id(out, SLICE("invitation_id"), command->made);
    json_out_member(out, SLICE("role"), slice_str(role_name(command->give)));
    json_out_member_bool(out, SLICE("once"), command->once);
    json_out_member(out, SLICE("code"), slice_str(command->secret));
    answer_end(exchange, 201);
}

/* An invitation that was meant for one must not serve many: `once` unless it is said otherwise. */
static enum status read_invitation(struct exchange *exchange, const struct json *body,
                                   struct command *command)
{
    (void)exchange;
    const enum status st = body_flag(body, SLICE("once"), true, &command->once);
    return st == OK ? read_role(body, &command->give) : st;
}

void serve_invite(struct exchange *exchange)
{
    struct command *command = game_command(exchange, COMMAND_INVITE);
    if (command)
        route_send(exchange, command, read_invitation, on_invited);
}

void serve_invitation_remove(struct exchange *exchange)
{
    struct command *command = game_command(exchange, COMMAND_INVITATION_REMOVE);
    if (command)
        route_send(exchange, command, read_nothing, on_done);
}

static void on_accepted(struct command *command)
{
    struct exchange *exchange = command->owner;
    struct json_out *out = answer_begin(command);
    if (!out)
        return;
    member_id(out, SLICE("game_id"), command->game);
    json_out_member(out, SLICE("role"), slice_str(role_name(command->role)));
    route_new_session(exchange, command, true);
    answer_end(exchange, 200);
}

static enum status read_code(const struct json *body, struct slice *ret)
{
    const enum status st = body_text(body, SLICE("code"), CODE_BYTES, ret);
    if (st != OK)
        return st;
    return ret->len > 0 ? OK : ERR_INVALID_MESSAGE;
}

static enum status read_acceptance(struct exchange *exchange, const struct json *body,
                                   struct command *command)
{
    struct slice code;
    (void)exchange;
    const enum status st = read_code(body, &code);
    if (st == OK)
        crypto_sha256(code, command->code_hash);
    return st;
}

void serve_accept(struct exchange *exchange)
{
    struct command *command = http_command(exchange, COMMAND_ACCEPT);
    if (command)
        route_send(exchange, command, read_acceptance, on_accepted);
}

/* ---- the session ---- */

void serve_session(struct exchange *exchange)
{
    struct command *command = http_command(exchange, COMMAND_SESSION);
    if (command)
        http_send(exchange, command, on_page);
}

static void on_carried(struct command *command)
{
    struct exchange *exchange = command->owner;
    struct json_out *out = answer_begin(command);
    if (!out)
        return;
    json_out_member(out, SLICE("code"), slice_str(command->secret));
    member_time(out, SLICE("expires"), command->expires_ms);
    answer_end(exchange, 201);
}

void serve_carry(struct exchange *exchange)
{
    struct command *command = http_command(exchange, COMMAND_CARRY);
    if (command)
        route_send(exchange, command, read_nothing, on_carried);
}

static void on_entered(struct command *command)
{
    struct exchange *exchange = command->owner;
    struct json_out *out = answer_begin(command);
    if (!out)
        return;
    member_id(out, SLICE("session_id"), command->self);
    member_id(out, SLICE("device_id"), command->made);
    route_new_session(exchange, command, true);
    answer_end(exchange, 200);
}

static enum status read_entry(struct exchange *exchange, const struct json *body,
                              struct command *command)
{
    struct slice code;
    (void)exchange;
    enum status st = read_code(body, &code);
    if (st == OK)
        st = body_name(body, SLICE("label"), &command->text);
    if (st != OK)
        return st;
    if (command->text.len > 0 && !hero_name_valid(command->text))
        return ERR_INVALID_MESSAGE;
    return carry_hash(code, command->code_hash) == OK ? OK : ERR_CODE_NOT_FOUND;
}

void serve_enter(struct exchange *exchange)
{
    struct command *command = http_command(exchange, COMMAND_ENTER);
    if (command)
        route_send(exchange, command, read_entry, on_entered);
}

/* A page that has its secret as a cookie, where no script can read it, is not shown the next one. */
static void on_rotated(struct command *command)
{
    struct exchange *exchange = command->owner;
    struct json_out *out = answer_begin(command);
    if (!out)
        return;
    member_id(out, SLICE("session_id"), command->self);
    member_id(out, SLICE("device_id"), command->device);
    route_new_session(exchange, command, command->caller.bearer);
    answer_end(exchange, 200);
}

void serve_rotate(struct exchange *exchange)
{
    struct command *command = http_command(exchange, COMMAND_ROTATE);
    if (command)
        route_send(exchange, command, read_nothing, on_rotated);
}

void serve_device_remove(struct exchange *exchange)
{
    struct command *command = http_command(exchange, COMMAND_DEVICE_REMOVE);
    if (!command)
        return;
    command->other = id_or_none(exchange->capture);
    route_send(exchange, command, read_nothing, on_done);
}
