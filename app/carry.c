#include "app/carry.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { GROUP = 4, BITS = 5 };
_Static_assert(sizeof(alphabet) == (1 << BITS) + 1, "a character for each 5 bits");
_Static_assert((int)CARRY_BYTES * 8 == (int)CARRY_CHARS * (int)BITS, "no bits are left over");

void carry_text(const uint8_t bytes[CARRY_BYTES], char ret[CARRY_TEXT_SIZE])
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t chars = 0;
    char *out = ret;
    for (size_t i = 0; i < CARRY_BYTES; i++) {
        bits = (bits << 8 | bytes[i]) & 0xffff;
        for (count += 8; count >= BITS; count -= BITS) {
            if (chars > 0 && chars % GROUP == 0)
                *out++ = '-';
            *out++ = alphabet[bits >> (count - BITS) & 31];
            chars++;
        }
    }
    *out = '\0';
}

/* The character that is meant; 0 for none. */
static char meant(uint8_t c)
{
    const char upper = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    if (upper == 'O')
        return '0';
    if (upper == 'I' || upper == 'L')
        return '1';
    return slice_find(slice_str(alphabet), (uint8_t)upper) == SIZE_MAX ? '\0' : upper;
}

enum status carry_hash(struct slice text, uint8_t ret[SHA256_LEN])
{
    char code[CARRY_CHARS];
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '-' || text.at[i] == ' ')
            continue;
        const char c = meant(text.at[i]);
        if (c == '\0' || len == CARRY_CHARS)
            return ERR_INVALID;
        code[len++] = c;
    }
    if (len < CARRY_CHARS)
        return ERR_INVALID;
    crypto_sha256(slice_make(code, sizeof(code)), ret);
    return OK;
}
