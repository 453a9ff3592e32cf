/* The routes of the CASYS Python backend: its paths, names and shapes (docs/protocol.md,
 * CASYS routes). */
#include "app/base/log.h"
#include "app/message.h"
#include "handlers/routes.h"

#include <stdio.h>
#include <time.h>

enum {
    ROLL_COUNT_MAX = 20,
    ROLL_FACES_MAX = 100,
    FEEDBACK_ROWS = LIMIT_PAGE,
    FEEDBACK_JSON_BYTES = 8 * 1024 * 1024,
    FEEDBACK_JSON_NODES = 512 * 1024,
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- state, stop, reset ---- */

static void on_state(struct command *command)
{
    struct exchange *exchange = command->owner;
    char id[ID_TEXT_SIZE];
    if (command->status != OK) {
        http_refuse(exchange, command->status);
        return;
    }
    id_text(command->game, id);
    io_clear(exchange->io);
    struct json_out *out = exchange->io->out;
    json_out_object(out);
    json_out_member_bool(out, SLICE("success"), true);
    json_out_member_null(out, SLICE("message"));
    json_out_member(out, SLICE("game_id"), slice_str(id));
    json_out_key(out, SLICE("state"));
    json_out_raw(out, command->update->snapshot);
    json_out_object_end(out);
    http_json(exchange, 200, buf_slice(&exchange->io->text));
}

void serve_casys_state(struct exchange *exchange)
{
    struct slice text = SLICE_NONE;
    struct id game;
    http_query(exchange, "game_id", &text);
    if (!route_game_id(exchange, text, &game))
        return;
    struct command *command = http_command(exchange, COMMAND_READ);
    if (!command)
        return;
    command->game = game;
    http_send(exchange, command, on_state);
}

static void on_changed(struct command *command)
{
    struct exchange *exchange = command->owner;
    if (command->status != OK)
        http_refuse(exchange, command->status);
    else if (command->kind == COMMAND_STOP)
        http_json(exchange, 200, SLICE("{\"success\":true,\"message\":\"Game stopped.\"}"));
    else
        http_json(exchange, 200, SLICE("{\"success\":true,\"message\":\"Game reset.\"}"));
}

/* An id that was never given out is no game; a missing one is for the caller to judge. */
static enum status read_game_id(const struct json *body, struct id *ret)
{
    struct slice text;
    const enum status st = body_text(body, SLICE("game_id"), LIMIT_ID_BYTES, &text);
    if (st != OK || text.len == 0)
        return st;
    return id_parse(text, ret) == OK ? OK : ERR_GAME_NOT_FOUND;
}

static enum status read_change(struct exchange *exchange, const struct json *body,
                               struct command *command)
{
    (void)exchange;
    const enum status st = read_game_id(body, &command->game);
    return st == OK && id_is_none(command->game) ? ERR_INVALID_MESSAGE : st;
}

static void serve_change(struct exchange *exchange, enum command_kind kind)
{
    struct command *command = http_command(exchange, kind);
    if (command)
        route_send(exchange, command, read_change, on_changed);
}

void serve_casys_stop(struct exchange *exchange)
{
    serve_change(exchange, COMMAND_STOP);
}

void serve_casys_reset(struct exchange *exchange)
{
    serve_change(exchange, COMMAND_RESET);
}

/* ---- feedback ---- */

static struct slice text_of(const struct json *object, struct slice key)
{
    const struct json *value = json_get(object, key);
    return value ? value->text : SLICE_NONE;
}

/* An event as history shows it, in a line of its own. */
static void say_event(struct buf *words, const struct json *event)
{
    buf_append(words, text_of(event, SLICE("version")));
    buf_append(words, SLICE(". "));
    buf_append(words, text_of(event, SLICE("words")));
    buf_byte(words, '\n');
}

static void on_history(struct command *command)
{
    struct exchange *exchange = command->owner;
    const struct json_limits limits = {FEEDBACK_JSON_BYTES, LIMIT_JSON_DEPTH, FEEDBACK_JSON_NODES};
    const struct json *page;
    SCOPED(buf_release) struct buf words = {.at = NULL};
    enum status st = command->status;
    if (st == OK &&
        json_parse(buf_slice(&command->body), &limits, &command->arena, &page, NULL) != OK)
        st = ERR_INTERNAL;
    if (st != OK) {
        http_refuse(exchange, st);
        return;
    }
    const struct json *events = json_get(page, SLICE("events"));
    for (const struct json *event = events ? events->child : NULL; event; event = event->next)
        say_event(&words, event);
    io_clear(exchange->io);
    struct json_out *out = exchange->io->out;
    json_out_object(out);
    json_out_member_bool(out, SLICE("success"), true);
    json_out_member_null(out, SLICE("message"));
    json_out_member(out, SLICE("game_id"), text_of(page, SLICE("game_id")));
    json_out_member(out, SLICE("feedback"), buf_slice(&words));
    json_out_object_end(out);
    http_json(exchange, 200, buf_slice(&exchange->io->text));
}

void serve_casys_feedback(struct exchange *exchange)
{
    struct slice text = SLICE_NONE;
    struct id game;
    http_query(exchange, "game_id", &text);
    if (!route_game_id(exchange, text, &game))
        return;
    struct command *command = http_command(exchange, COMMAND_HISTORY);
    if (!command)
        return;
    command->game = game;
    command->count = FEEDBACK_ROWS;
    http_send(exchange, command, on_history);
}

static void on_kept(struct command *command)
{
    if (command->status != OK)
        http_refuse(command->owner, command->status);
    else
        http_json(command->owner, 200,
                  SLICE("{\"success\":true,\"message\":\"Thank you for your feedback.\"}"));
}

/* Clients of the Python backend differ in what they call the text. */
static enum status feedback_text(const struct json *body, struct slice *ret)
{
    static const char *const names[] = {"feedback", "content", "text", "message"};
    struct slice text = SLICE_NONE;
    for (size_t i = 0; i < COUNT_OF(names) && text.len == 0; i++) {
        const enum status st = body_text(body, slice_str(names[i]), LIMIT_FEEDBACK_BYTES, &text);
        if (st != OK)
            return st;
    }
    *ret = text;
    return text.len > 0 ? OK : ERR_INVALID_MESSAGE;
}

static enum status read_feedback(struct exchange *exchange, const struct json *body,
                                 struct command *command)
{
    (void)exchange;
    const enum status st = feedback_text(body, &command->text);
    return st == OK ? read_game_id(body, &command->game) : st;
}

void serve_casys_post_feedback(struct exchange *exchange)
{
    struct command *command = http_command(exchange, COMMAND_FEEDBACK);
    if (command)
        route_send(exchange, command, read_feedback, on_kept);
}

/* ---- dice and health ---- */

/* "d6", "2d6", "3d20": a number of dice, if any, and their faces. */
static enum status parse_dice(struct slice text, uint64_t *ret_count, uint64_t *ret_faces)
{
    const size_t d = slice_find(text, 'd');
    if (d == SIZE_MAX)
        return ERR_INVALID;
    *ret_count = 1;
    if (d > 0 && slice_to_u64(slice_make(text.at, d), ROLL_COUNT_MAX, ret_count) != OK)
        return ERR_INVALID;
    const enum status st =
        slice_to_u64(slice_make(text.at + d + 1, text.len - d - 1), ROLL_FACES_MAX, ret_faces);
    return st == OK && *ret_count >= 1 && *ret_faces >= 2 ? OK : ERR_INVALID;
}

void serve_casys_dice(struct exchange *exchange)
{
    uint64_t count;
    uint64_t faces;
    if (parse_dice(exchange->capture, &count, &faces) != OK) {
        http_problem(exchange,
                     &(struct problem){.status = ERR_INVALID_MESSAGE,
                                       .detail = "Dice are written as d6, 2d6 or d20: at most 20 "
                                                 "dice of 2 to 100 faces."});
        return;
    }
    /* A free roll: dice of its own that belong to no game. */
    struct dice dice = {.turn = 0};
    int32_t values[ROLL_COUNT_MAX];
    crypto_random(dice.run_seed, sizeof(dice.run_seed));
    const int32_t total = dice_roll(&dice, (int32_t)count, (int32_t)faces, values);
    io_clear(exchange->io);
    struct json_out *out = exchange->io->out;
    json_out_object(out);
    json_out_member(out, SLICE("dice_type"), exchange->capture);
    json_out_member_int(out, SLICE("result"), total);
    json_out_member(out, SLICE("status"), SLICE("success"));
    json_out_object_end(out);
    http_json(exchange, 200, buf_slice(&exchange->io->text));
}

void serve_casys_health(struct exchange *exchange)
{
    char time[TIME_TEXT_SIZE];
    struct slice type;
    time_text(now_ms(), time);
    io_clear(exchange->io);
    struct json_out *out = exchange->io->out;
    json_out_object(out);
    json_out_member(out, SLICE("status"), SLICE("ok"));
    json_out_member(out, SLICE("message"), SLICE("API is running"));
    json_out_member(out, SLICE("timestamp"), slice_str(time));
    json_out_member(out, SLICE("version"), SLICE(CASYSD_VERSION));
    if (http_query(exchange, "check_type", &type) && type.len <= LIMIT_ID_BYTES && utf8_valid(type))
        json_out_member(out, SLICE("type"), type);
    else
        json_out_member_null(out, SLICE("type"));
    json_out_object_end(out);
    http_json(exchange, 200, buf_slice(&exchange->io->text));
}
