/* Every outcome a call can have, in one list with many uses: the enum, the name in a log line, the
 * code in the contract (docs/protocol.md) and the text for people.
 *
 * X(member, log name, contract code, text for people)
 *
 * The first group is for programs: how a call inside went wrong. Such a status reaches a client
 * only as the contract's code beside it. The second group is the contract's closed list. */
#ifndef CASYS_BASE_STATUS_H
#define CASYS_BASE_STATUS_H

#include "app/base/compiler.h"

#define STATUS_MAP(X)                                                                              \
    X(OK, "ok", "ok", "Done.")                                                                     \
    X(ERR_AGAIN, "again", "internal", "More input is needed.")                                     \
    X(ERR_INVALID, "invalid", "invalid_message", "The message does not have the expected form.")   \
    X(ERR_TOO_LARGE, "too_large", "too_large", "That is larger than this server accepts.")         \
    X(ERR_TOO_DEEP, "too_deep", "invalid_json", "The JSON is nested too deeply.")                  \
    X(ERR_UTF8, "utf8", "invalid_json", "The text is not valid UTF-8.")                            \
    X(ERR_NOT_FOUND, "not_found", "not_found", "There is no such thing here.")                     \
    X(ERR_CONFLICT, "conflict", "internal", "Something else was written first.")                   \
    X(ERR_FULL, "full", "internal", "There is no room left.")                                      \
    X(ERR_IO, "io", "storage_unavailable", "The game could not be saved. Nothing was changed.")    \
    X(ERR_NEWER, "newer", "internal", "The data was written by a newer program.")                  \
    X(ERR_CORRUPT, "corrupt", "internal", "The stored data is damaged.")                           \
    X(ERR_INVALID_JSON, "invalid_json", "invalid_json", "The message is not valid JSON.")          \
    X(ERR_INVALID_MESSAGE, "invalid_message", "invalid_message",                                   \
      "The message does not have the expected form.")                                              \
    X(ERR_UNKNOWN_TYPE, "unknown_type", "unknown_type", "There is no message of this type.")       \
    X(ERR_UNAUTHORIZED, "unauthorized", "unauthorized", "This session is not known.")              \
    X(ERR_FORBIDDEN, "forbidden", "forbidden", "You may not do that.")                             \
    X(ERR_GAME_NOT_FOUND, "game_not_found", "game_not_found", "There is no such game.")            \
    X(ERR_STORY_NOT_FOUND, "story_not_found", "not_found", "There is no such story.")              \
    X(ERR_CODE_NOT_FOUND, "code_not_found", "code_not_found",                                      \
      "There is no such code, or it was used, or its time is over.")                               \
    X(ERR_LAST_OWNER, "last_owner", "last_owner", "A game cannot be without an owner.")            \
    X(ERR_MEMBERS_FULL, "members_full", "members_full",                                            \
      "This game has as many members as it may.")                                                  \
    X(ERR_INVITATIONS_FULL, "invitations_full", "invitations_full",                                \
      "This game has as many open invitations as it may.")                                         \
    X(ERR_DEVICES_FULL, "devices_full", "devices_full",                                            \
      "This session has as many devices as it may.")                                               \
    X(ERR_GAME_OVER, "game_over", "game_over", "This game is over.")                               \
    X(ERR_UNKNOWN_CHOICE, "unknown_choice", "unknown_choice",                                      \
      "The current section has no such choice.")                                                   \
    X(ERR_CHOICE_UNAVAILABLE, "choice_unavailable", "choice_unavailable",                          \
      "This choice is not available now.")                                                         \
    X(ERR_UNDO_REFUSED, "undo_refused", "undo_refused",                                            \
      "The story allows no going back, or no more of it.")                                         \
    X(ERR_OTHER_RUN, "other_run", "undo_refused",                                                  \
      "That version is from before the game was last begun, forked or imported. Fork it instead.") \
    X(ERR_NOT_MIGRATABLE, "not_migratable", "not_migratable",                                      \
      "The game cannot go on with a newer edition of its story.")                                  \
    X(ERR_UNDO_LIMIT, "undo_limit", "undo_refused",                                                \
      "This run was taken back too often. Begin the game again, or fork it.")                      \
    X(ERR_NOTHING_TO_UNDO, "nothing_to_undo", "nothing_to_undo",                                   \
      "There is nothing to go back to.")                                                           \
    X(ERR_SAVE_NOT_FOUND, "save_not_found", "save_not_found", "There is no such save.")            \
    X(ERR_SAVES_FULL, "saves_full", "saves_full", "There is no room for another save.")            \
    X(ERR_IMPORT_REFUSED, "import_refused", "import_refused",                                      \
      "The document is not a game that this server can vouch for.")                                \
    X(ERR_VERSION_NOT_FOUND, "version_not_found", "version_not_found",                             \
      "The game has no such version.")                                                             \
    X(ERR_STALE_VERSION, "stale_version", "stale_version",                                         \
      "The game has moved on since that version.")                                                 \
    X(ERR_REQUEST_ID_REUSED, "request_id_reused", "request_id_reused",                             \
      "This request id was already used for something else.")                                      \
    X(ERR_RATE_LIMITED, "rate_limited", "rate_limited", "Too many requests. Try again later.")     \
    X(ERR_STORAGE, "storage_unavailable", "storage_unavailable",                                   \
      "The game could not be saved. Nothing was changed.")                                         \
    X(ERR_SHUTTING_DOWN, "shutting_down", "shutting_down",                                         \
      "The server is restarting. Try again in a moment.")                                          \
    X(ERR_INTERNAL, "internal", "internal", "Something went wrong inside the server.")

enum status {
#define STATUS_MEMBER(member, name, code, text) member,
    STATUS_MAP(STATUS_MEMBER)
#undef STATUS_MEMBER
        STATUS_COUNT
};

/* The name for a log line. Static. */
const char *status_name(enum status status);

/* The contract's code for what a client may see of it. Static. */
const char *status_code(enum status status);

/* One sentence for people, without anything of the inside. Static. */
const char *status_text(enum status status);

#endif
