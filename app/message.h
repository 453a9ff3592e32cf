/* Messages of the contract (docs/protocol.md) as values: from JSON, checked field by field, and to
 * JSON. Both doors use it: the WebSocket's messages and the bodies of REST. Pure; any thread. Slices
 * of a parsed message borrow from the arena it was parsed into. */
#ifndef CASYS_MESSAGE_H
#define CASYS_MESSAGE_H

#include "app/command.h"
#include "app/json.h"

enum message_kind {
    MESSAGE_PING,
    MESSAGE_GET_STATE,
    MESSAGE_ATTACH,
    MESSAGE_CHOICE,
    MESSAGE_UNDO,
    MESSAGE_LOAD,
    MESSAGE_SAVE,
};

/* Is it for the game's next version? Whatever is wrong with it is then told as a choice_error. */
bool message_plays(enum message_kind kind);

struct message {
    enum message_kind kind;
    const struct json *timestamp; /* PING: any value, NULL if absent */
    struct slice game_id;         /* as sent; empty: not named */
    uint64_t version;             /* 0 if absent; ATTACH: 0 has nothing */
    struct slice request_id;      /* CHOICE, UNDO, LOAD, SAVE */
    uint64_t of;                  /* LOAD: the version to go back to; 0: that of the slot */
    uint32_t slot;                /* LOAD, SAVE: 1..LIMIT_SAVES, 0 if absent */
    struct slice name;            /* SAVE */
    bool presence;                /* ATTACH: wants to be told who watches */
    struct choice_ref choice;     /* CHOICE */
};

/* One message of a client.
 * ERR_INVALID_JSON, ERR_TOO_DEEP, ERR_UTF8, ERR_TOO_LARGE    as json_parse.
 * ERR_INVALID_MESSAGE    a field is missing, of the wrong type or out of range.
 * ERR_UNKNOWN_TYPE       no message of this contract.
 * Whenever a valid request_id and game_id could be read they are set in *ret, also with an error,
 * so that the answer can name them; ret->kind too, when the type was known. */
enum status message_parse(struct slice text, struct arena *arena, struct message *ret) MUST_CHECK;

/* The object of a request body: an empty body is an empty object.
 * Statuses as json_parse; ERR_INVALID_MESSAGE when it is no object. */
enum status body_parse(struct slice text, struct arena *arena, const struct json **ret) MUST_CHECK;

/* Members of a body; absent and null are the same and give an empty slice or 0.
 * ERR_INVALID_MESSAGE    of another type, longer than max bytes (body_text) or characters
 *                        (body_name), or out of range. */
enum status body_text(const struct json *body, struct slice key, size_t max,
                      struct slice *ret) MUST_CHECK;
enum status body_name(const struct json *body, struct slice key, struct slice *ret) MUST_CHECK;
enum status body_version(const struct json *body, struct slice key, uint64_t *ret) MUST_CHECK;
/* A slot of a save, 1..LIMIT_SAVES. */
enum status body_slot(const struct json *body, struct slice key, uint32_t *ret) MUST_CHECK;
/* absent: what it is when it was not said. */
enum status body_flag(const struct json *body, struct slice key, bool absent, bool *ret) MUST_CHECK;
/* {"choice_id"|"choice_text"}, "metadata": both or either. ERR_INVALID_MESSAGE when neither. */
enum status body_choice(const struct json *body, struct choice_ref *ret) MUST_CHECK;

/* A request id: 1..LIMIT_REQUEST_ID_CHARS code points of valid UTF-8, no control characters. */
bool request_id_valid(struct slice text);

/* Answers; each writes one whole message. */
void message_pong(struct json_out *out, const struct json *timestamp);
void message_current(struct json_out *out, struct id game, uint64_t version);
void message_choice_ack(struct json_out *out, struct slice request_id, struct id game,
                        uint64_t version, bool duplicate);
/* request_id may be empty: null. `save` is an object of app/save.h. */
void message_saved(struct json_out *out, struct slice request_id, struct id game,
                   struct slice save);
/* How many watch the game, by role. */
void message_presence(struct json_out *out, struct id game,
                      const uint32_t watchers[PRESENCE_ROLES]);
/* The connection ends; come back after so long. */
void message_reconnect(struct json_out *out, uint64_t reconnect_ms);
/* request_id may be empty: null. retry_after_ms is written when not 0. */
void message_error(struct json_out *out, enum status status, struct slice request_id,
                   uint64_t retry_after_ms);

/* What a choice_error tells beside its status. */
struct choice_failure {
    struct slice game_id;       /* as the client sent it; empty: null */
    struct slice request_id;    /* empty: null */
    const struct update *state; /* the current state, when the sender may see it, or NULL */
    struct slice needs;         /* a JSON array, or empty */
    uint64_t retry_after_ms;    /* 0: not said */
};
void message_choice_error(struct json_out *out, enum status status,
                          const struct choice_failure *failure);

#endif
