#include "app/id.h"

#include <string.h>

#include "app/base/crypto.h"

void id_text(struct id id, char ret[ID_TEXT_SIZE])
{
    uint8_t bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(id.high >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(id.low >> (56 - 8 * i));
    }
    char text[crypto_base64_size(sizeof(bytes))];
    const size_t len = crypto_base64url(slice_make(bytes, sizeof(bytes)), text);
    ENSURE(len == ID_TEXT_LEN);
    memcpy(ret, text, ID_TEXT_SIZE);
}

static int digit_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

enum status id_parse(struct slice text, struct id *ret)
{
    if (text.len != ID_TEXT_LEN)
        return ERR_INVALID;
    struct id id = {0, 0};
    for (size_t i = 0; i < ID_TEXT_LEN; i++) {
        const int digit = digit_of(text.at[i]);
        /* The last character holds two bits of the id; the other four are zero, so that an id has
         * one text only. */
        if (digit < 0 || (i == ID_TEXT_LEN - 1 && (digit & 15) != 0))
            return ERR_INVALID;
        const unsigned bits = i == ID_TEXT_LEN - 1 ? 2 : 6;
        id.high = (id.high << bits) | (id.low >> (64 - bits));
        id.low = (id.low << bits) | (uint64_t)(bits == 2 ? digit >> 4 : digit);
    }
    if (id_is_none(id))
        return ERR_INVALID;
    *ret = id;
    return OK;
}
