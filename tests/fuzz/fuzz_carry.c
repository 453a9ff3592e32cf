/* Any bytes as a carry code that somebody typed. What is understood is understood in small letters and
 * without its hyphens, too, and has no character more or less. */
#include "app/carry.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TYPED_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t hash[SHA256_LEN];
    uint8_t again[SHA256_LEN];
    uint8_t plain[TYPED_MAX];
    size_t count = 0;
    if (len > TYPED_MAX || carry_hash(slice_make(data, len), hash) != OK)
        return 0;
    for (size_t i = 0; i < len; i++) {
        const uint8_t c = data[i];
        if (c != '-' && c != ' ')
            plain[count++] = (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    ENSURE(count == CARRY_CHARS);
    ENSURE(carry_hash(slice_make(plain, count), again) == OK);
    ENSURE(memcmp(hash, again, sizeof(hash)) == 0);
    ENSURE(carry_hash(slice_make(plain, count - 1), again) == ERR_INVALID);
    return 0;
}
