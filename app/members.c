#include "app/members.h"

#include "app/base/log.h"

void member_id(struct json_out *out, struct slice key, struct id id)
{
    char text[ID_TEXT_SIZE];
    id_text(id, text);
    json_out_member(out, key, slice_make(text, ID_TEXT_LEN));
}

void member_time(struct json_out *out, struct slice key, int64_t at_ms)
{
    char text[TIME_TEXT_SIZE];
    time_text(at_ms, text);
    json_out_member(out, key, slice_str(text));
}

void member_hex(struct json_out *out, struct slice key, const uint8_t bytes[SHA256_LEN])
{
    char hex[2 * SHA256_LEN + 1];
    crypto_hex(slice_make(bytes, SHA256_LEN), hex);
    json_out_member(out, key, slice_make(hex, 2 * SHA256_LEN));
}
