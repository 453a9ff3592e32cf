/* Any text as a message and as the body of a request: whatever is accepted is within the limits,
 * and what is said about it can be written. */
#include "app/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_message(const struct message *message)
{
    ENSURE(message->game_id.len <= LIMIT_ID_BYTES);
    ENSURE(message->choice.id.len <= LIMIT_CHOICE_ID_BYTES);
    ENSURE(message->choice.text.len <= LIMIT_CHOICE_TEXT_BYTES);
    ENSURE(message->version <= INT64_MAX);
    ENSURE(message->request_id.len == 0 || request_id_valid(message->request_id));
}

static void check_accepted(const struct message *message)
{
    ENSURE(message->kind != MESSAGE_ATTACH || message->game_id.len > 0);
    ENSURE(message->kind != MESSAGE_CHOICE ||
           message->choice.id.len + message->choice.text.len > 0);
    ENSURE((message->kind == MESSAGE_LOAD) == ((message->of == 0) != (message->slot == 0)) ||
           message->kind == MESSAGE_SAVE);
    ENSURE(message->slot <= LIMIT_SAVES && message->name.len <= NAME_BYTES);
}

/* The answer to it, written and read again. */
static void answer(const struct message *message, enum status status, struct arena *arena)
{
    struct buf text = {0};
    struct json_out *out = json_out_new(&text);
    const struct choice_failure failure = {.game_id = message->game_id,
                                           .request_id = message->request_id};
    if (status == OK && message->kind == MESSAGE_PING)
        message_pong(out, message->timestamp);
    else if (message_plays(message->kind))
        message_choice_error(out, status, &failure);
    else
        message_error(out, status, message->request_id, 0);
    /* A timestamp may grow by its escapes; one that fits comes back within six times its length. */
    const struct json_limits limits = {7 * LIMIT_MESSAGE_BYTES, LIMIT_JSON_DEPTH, LIMIT_JSON_NODES};
    const struct json *root;
    ENSURE(json_parse(buf_slice(&text), &limits, arena, &root, NULL) == OK);
    ENSURE(root->kind == JSON_OBJECT);
    json_out_free(out);
    buf_release(&text);
}

static void check_body(struct slice text, struct arena *arena)
{
    const struct json *body;
    struct choice_ref choice;
    struct slice name;
    uint64_t version;
    if (body_parse(text, arena, &body) != OK)
        return;
    if (body_name(body, SLICE("name"), &name) == OK)
        ENSURE(utf8_valid(name) && utf8_count(name) <= LIMIT_NAME_CHARS);
    if (body_version(body, SLICE("version"), &version) == OK)
        ENSURE(version <= INT64_MAX);
    if (body_choice(body, &choice) == OK)
        ENSURE(choice.id.len + choice.text.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena = {0};
    struct message message;
    const struct slice text = slice_make(data, len);
    const enum status status = message_parse(text, &arena, &message);
    check_message(&message);
    if (status == OK)
        check_accepted(&message);
    answer(&message, status, &arena);
    check_body(text, &arena);
    arena_release(&arena);
    return 0;
}
