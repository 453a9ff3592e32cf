#include "app/message.h"

#include "app/members.h"
static const struct json_limits message_limits = {
    LIMIT_MESSAGE_BYTES,
    LIMIT_JSON_DEPTH,
    LIMIT_JSON_NODES,
};

/* The member, or NULL when it is absent or null. */
static const struct json *present(const struct json *object, struct slice key)
{
    const struct json *value = json_get(object, key);
    return value && value->kind != JSON_NULL ? value : NULL;
}

enum status body_text(const struct json *body, struct slice key, size_t max, struct slice *ret)
{
    const struct json *value = present(body, key);
    if (!value) {
        *ret = SLICE_NONE;
        return OK;
    }
    if (value->kind != JSON_STRING || value->text.len > max)
        return ERR_INVALID_MESSAGE;
    *ret = value->text;
    return OK;
}

enum status body_name(const struct json *body, struct slice key, struct slice *ret)
{
    struct slice name;
    const enum status st = body_text(body, key, NAME_BYTES, &name);
    if (st != OK)
        return st;
    if (utf8_count(name) > LIMIT_NAME_CHARS)
        return ERR_INVALID_MESSAGE;
    *ret = name;
    return OK;
}

static enum status version_from(const struct json *body, struct slice key, int64_t least,
                                uint64_t *ret)
{
    const struct json *value = present(body, key);
    if (!value) {
        *ret = 0;
        return OK;
    }
    int64_t number;
    if (json_int(value, least, INT64_MAX, &number) != OK)
        return ERR_INVALID_MESSAGE;
    *ret = (uint64_t)number;
    return OK;
}

enum status body_version(const struct json *body, struct slice key, uint64_t *ret)
{
    return version_from(body, key, 1, ret);
}

bool request_id_valid(struct slice text)
{
    if (text.len == 0 || text.len > LIMIT_REQUEST_ID_BYTES || !utf8_valid(text))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    }
    return utf8_count(text) <= LIMIT_REQUEST_ID_CHARS;
}

/* CASYS clients send a choice's id as text or as a bare section number. */
static enum status choice_id(const struct json *body, struct slice *ret)
{
    const struct json *value = present(body, SLICE("choice_id"));
    int64_t number;
    if (value && value->kind == JSON_NUMBER) {
        if (json_int(value, 0, LIMIT_SECTION_NUMBER, &number) != OK)
            return ERR_INVALID_MESSAGE;
        *ret = value->text;
        return OK;
    }
    return body_text(body, SLICE("choice_id"), LIMIT_CHOICE_ID_BYTES, ret);
}

enum status body_choice(const struct json *body, struct choice_ref *ret)
{
    struct choice_ref choice = {.roll = false};
    enum status st = choice_id(body, &choice.id);
    if (st == OK)
        st = body_text(body, SLICE("choice_text"), LIMIT_CHOICE_TEXT_BYTES, &choice.text);
    if (st != OK)
        return st;
    const struct json *metadata = present(body, SLICE("metadata"));
    if (metadata && metadata->kind != JSON_OBJECT)
        return ERR_INVALID_MESSAGE;
    const struct json *type = present(metadata, SLICE("type"));
    choice.roll = slice_eq(choice.id, SLICE("0")) && type && type->kind == JSON_STRING &&
                  slice_eq(type->text, SLICE("dice_roll"));
    if (choice.id.len == 0 && choice.text.len == 0)
        return ERR_INVALID_MESSAGE;
    *ret = choice;
    return OK;
}

enum status body_parse(struct slice text, struct arena *arena, const struct json **ret)
{
    static const struct json empty = {.kind = JSON_OBJECT};
    if (slice_trim(text).len == 0) {
        *ret = &empty;
        return OK;
    }
    const struct json *body;
    const enum status st = json_parse(text, &message_limits, arena, &body, NULL);
    if (st != OK)
        return st;
    if (body->kind != JSON_OBJECT)
        return ERR_INVALID_MESSAGE;
    *ret = body;
    return OK;
}

static enum status parse_request_id(const struct json *root, struct slice *ret)
{
    struct slice id;
    const enum status st = body_text(root, SLICE("request_id"), LIMIT_REQUEST_ID_BYTES, &id);
    if (st != OK)
        return st;
    if (id.len > 0 && !request_id_valid(id))
        return ERR_INVALID_MESSAGE;
    *ret = id;
    return OK;
}

/* request_st: what parse_request_id said, reported when nothing else is wrong. */
static enum status parse_choice(const struct json *root, enum status request_st,
                                struct message *ret)
{
    const struct json *choice = present(root, SLICE("choice"));
    if (!choice || choice->kind != JSON_OBJECT)
        return ERR_INVALID_MESSAGE;
    enum status st = body_text(choice, SLICE("game_id"), LIMIT_ID_BYTES, &ret->game_id);
    if (st == OK)
        st = body_choice(choice, &ret->choice);
    if (st == OK)
        st = body_version(root, SLICE("version"), &ret->version);
    return st == OK ? request_st : st;
}

enum status body_slot(const struct json *body, struct slice key, uint32_t *ret)
{
    const struct json *value = present(body, key);
    int64_t number = 0;
    if (value && json_int(value, 1, LIMIT_SAVES, &number) != OK)
        return ERR_INVALID_MESSAGE;
    *ret = (uint32_t)number;
    return OK;
}

/* undo, load, save: the game, the version it was made for (of a save: that is saved), where to. */
static enum status parse_back(const struct json *root, enum status request_st, struct message *ret)
{
    enum status st = body_text(root, SLICE("game_id"), LIMIT_ID_BYTES, &ret->game_id);
    if (st == OK)
        st = body_version(root, SLICE("version"), &ret->version);
    if (st == OK && ret->kind == MESSAGE_LOAD)
        st = body_version(root, SLICE("of"), &ret->of);
    if (st == OK && ret->kind != MESSAGE_UNDO)
        st = body_slot(root, SLICE("slot"), &ret->slot);
    if (st == OK && ret->kind == MESSAGE_LOAD && (ret->of == 0) == (ret->slot == 0))
        st = ERR_INVALID_MESSAGE;
    if (st == OK && ret->kind == MESSAGE_SAVE)
        st = body_name(root, SLICE("name"), &ret->name);
    return st == OK ? request_st : st;
}

enum status body_flag(const struct json *body, struct slice key, bool absent, bool *ret)
{
    const struct json *value = present(body, key);
    if (value && value->kind != JSON_BOOL)
        return ERR_INVALID_MESSAGE;
    *ret = value ? value->truth : absent;
    return OK;
}

static enum status parse_attach(const struct json *root, struct message *ret)
{
    enum status st = body_text(root, SLICE("game_id"), LIMIT_ID_BYTES, &ret->game_id);
    /* A client that has seen nothing yet may say so, as with since=0 of a long poll. */
    if (st == OK)
        st = version_from(root, SLICE("version"), 0, &ret->version);
    if (st == OK)
        st = body_flag(root, SLICE("presence"), false, &ret->presence);
    if (st != OK)
        return st;
    return ret->game_id.len > 0 ? OK : ERR_INVALID_MESSAGE;
}

bool message_plays(enum message_kind kind)
{
    return kind == MESSAGE_CHOICE || kind == MESSAGE_UNDO || kind == MESSAGE_LOAD;
}

static bool kind_of(struct slice type, enum message_kind *ret)
{
    static const struct {
        const char *name;
        enum message_kind kind;
    } kinds[] = {
        {"ping", MESSAGE_PING},     {"get_state", MESSAGE_GET_STATE}, {"attach", MESSAGE_ATTACH},
        {"choice", MESSAGE_CHOICE}, {"undo", MESSAGE_UNDO},           {"load", MESSAGE_LOAD},
        {"save", MESSAGE_SAVE},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (slice_eq(type, slice_str(kinds[i].name))) {
            *ret = kinds[i].kind;
            return true;
        }
    }
    return false;
}

enum status message_parse(struct slice text, struct arena *arena, struct message *ret)
{
    *ret = (struct message){.kind = MESSAGE_PING};
    const struct json *root;
    enum status st = json_parse(text, &message_limits, arena, &root, NULL);
    if (st != OK)
        return st;
    if (root->kind != JSON_OBJECT)
        return ERR_INVALID_MESSAGE;
    struct slice type;
    /* An answer names the request whatever else is wrong; only a choice needs it to be right. */
    const enum status request_st = parse_request_id(root, &ret->request_id);
    st = body_text(root, SLICE("type"), SIZE_MAX, &type);
    if (st != OK)
        return st;
    if (type.len == 0)
        return ERR_INVALID_MESSAGE;
    if (!kind_of(type, &ret->kind))
        return ERR_UNKNOWN_TYPE;
    switch (ret->kind) {
    case MESSAGE_PING: ret->timestamp = json_get(root, SLICE("timestamp")); return OK;
    case MESSAGE_GET_STATE: return body_text(root, SLICE("game_id"), LIMIT_ID_BYTES, &ret->game_id);
    case MESSAGE_ATTACH: return parse_attach(root, ret);
    case MESSAGE_CHOICE: return parse_choice(root, request_st, ret);
    case MESSAGE_UNDO:
    case MESSAGE_LOAD:
    case MESSAGE_SAVE: return parse_back(root, request_st, ret);
    }
    return ERR_INTERNAL;
}

static void member_or_null(struct json_out *out, struct slice key, struct slice text)
{
    if (text.len > 0)
        json_out_member(out, key, text);
    else
        json_out_member_null(out, key);
}

static void error_members(struct json_out *out, struct slice type, enum status status)
{
    json_out_object(out);
    json_out_member(out, SLICE("type"), type);
    json_out_member(out, SLICE("status"), SLICE("error"));
    json_out_member(out, SLICE("error"), slice_str(status_text(status)));
    json_out_member(out, SLICE("code"), slice_str(status_code(status)));
}

void message_pong(struct json_out *out, const struct json *timestamp)
{
    json_out_object(out);
    json_out_member(out, SLICE("type"), SLICE("pong"));
    json_out_key(out, SLICE("timestamp"));
    if (timestamp)
        json_out_value(out, timestamp);
    else
        json_out_null(out);
    json_out_object_end(out);
}

void message_current(struct json_out *out, struct id game, uint64_t version)
{
    json_out_object(out);
    json_out_member(out, SLICE("type"), SLICE("current"));
    member_id(out, SLICE("game_id"), game);
    json_out_member_int(out, SLICE("version"), (int64_t)version);
    json_out_object_end(out);
}

void message_choice_ack(struct json_out *out, struct slice request_id, struct id game,
                        uint64_t version, bool duplicate)
{
    json_out_object(out);
    json_out_member(out, SLICE("type"), SLICE("choice_ack"));
    json_out_member(out, SLICE("request_id"), request_id);
    member_id(out, SLICE("game_id"), game);
    json_out_member_int(out, SLICE("version"), (int64_t)version);
    json_out_member_bool(out, SLICE("duplicate"), duplicate);
    json_out_object_end(out);
}

void message_saved(struct json_out *out, struct slice request_id, struct id game, struct slice save)
{
    json_out_object(out);
    json_out_member(out, SLICE("type"), SLICE("saved"));
    member_or_null(out, SLICE("request_id"), request_id);
    member_id(out, SLICE("game_id"), game);
    json_out_key(out, SLICE("save"));
    json_out_raw(out, save);
    json_out_object_end(out);
}

void message_presence(struct json_out *out, struct id game, const uint32_t watchers[PRESENCE_ROLES])
{
    static const char *const names[PRESENCE_ROLES] = {"owner", "player", "spectator"};
    uint64_t sum = 0;
    for (size_t i = 0; i < PRESENCE_ROLES; i++)
        sum += watchers[i];
    json_out_object(out);
    json_out_member(out, SLICE("type"), SLICE("presence"));
    member_id(out, SLICE("game_id"), game);
    json_out_member_int(out, SLICE("watchers"), (int64_t)sum);
    json_out_key(out, SLICE("roles"));
    json_out_object(out);
    for (size_t i = 0; i < PRESENCE_ROLES; i++)
        json_out_member_int(out, slice_str(names[i]), watchers[i]);
    json_out_object_end(out);
    json_out_object_end(out);
}

void message_reconnect(struct json_out *out, uint64_t reconnect_ms)
{
    json_out_object(out);
    json_out_member(out, SLICE("type"), SLICE("reconnect"));
    json_out_member_int(out, SLICE("reconnect_ms"), (int64_t)reconnect_ms);
    json_out_object_end(out);
}

void message_error(struct json_out *out, enum status status, struct slice request_id,
                   uint64_t retry_after_ms)
{
    error_members(out, SLICE("message_error"), status);
    member_or_null(out, SLICE("request_id"), request_id);
    if (retry_after_ms > 0)
        json_out_member_int(out, SLICE("retry_after_ms"), (int64_t)retry_after_ms);
    json_out_object_end(out);
}

void message_choice_error(struct json_out *out, enum status status,
                          const struct choice_failure *failure)
{
    error_members(out, SLICE("choice_error"), status);
    member_or_null(out, SLICE("game_id"), failure->game_id);
    if (failure->state)
        json_out_member_int(out, SLICE("version"), (int64_t)failure->state->version);
    else
        json_out_member_null(out, SLICE("version"));
    member_or_null(out, SLICE("request_id"), failure->request_id);
    if (failure->needs.len > 0) {
        json_out_key(out, SLICE("needs"));
        json_out_raw(out, failure->needs);
    }
    if (failure->retry_after_ms > 0)
        json_out_member_int(out, SLICE("retry_after_ms"), (int64_t)failure->retry_after_ms);
    if (failure->state) {
        json_out_key(out, SLICE("state"));
        json_out_raw(out, failure->state->snapshot);
    }
    json_out_object_end(out);
}
