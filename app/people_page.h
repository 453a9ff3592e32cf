/* What clients read of people: the members of a game, the devices of a session. The archive's. */
#ifndef CASYS_PEOPLE_PAGE_H
#define CASYS_PEOPLE_PAGE_H

#include "app/command.h"
#include "app/json.h"

/* The name of a role in the contract; not of STORE_NOBODY. Static. */
const char *role_name(enum store_role role);
/* STORE_NOBODY: no role of the contract. */
enum store_role role_named(struct slice name);

/* The answer to COMMAND_MEMBERS: {"members":[...]}, and for an owner "invitations". ERR_IO, ERR_CORRUPT */
enum status members_page(struct store *store, const struct command *command,
                         struct json_out *out) MUST_CHECK;

/* The answer to COMMAND_SESSION. A secret that is older than rotate_ms now should be replaced. */
enum status session_page(struct store *store, const struct command *command, int64_t now_ms,
                         int64_t rotate_ms, struct json_out *out) MUST_CHECK;

#endif
