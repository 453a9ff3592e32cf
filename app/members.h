/* JSON members of this program's own types, each written in one way everywhere. Pure; any thread. */
#ifndef CASYS_MEMBERS_H
#define CASYS_MEMBERS_H

#include "app/base/crypto.h"
#include "app/id.h"
#include "app/json.h"

/* The 22 characters of an id. */
void member_id(struct json_out *out, struct slice key, struct id id);
/* RFC 3339 in UTC; unix time in ms. */
void member_time(struct json_out *out, struct slice key, int64_t at_ms);
/* A hash or a seed, 64 lower case digits. */
void member_hex(struct json_out *out, struct slice key, const uint8_t bytes[SHA256_LEN]);

#endif
