/* Any bytes as the head of a request. What passes is well-formed: nothing behind the head changes
 * the verdict, its case of names does not, and it has no byte that libh2o would read in another
 * way. */
#include <stdlib.h>
#include <string.h>

#include "handlers/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Up to the empty line, which is there when the head passed. */
static size_t head_len(const uint8_t *data, size_t len)
{
    /* An empty line in front is none of the end. */
    for (size_t i = 2; i + 4 <= len; i++) {
        if (memcmp(data + i, "\r\n\r\n", 4) == 0)
            return i + 4;
    }
    ENSURE(false);
    return 0;
}

static void check_absolute(struct slice target)
{
    struct slice authority;
    struct slice rest;
    if (!http_head_absolute(target, &authority, &rest))
        return;
    ENSURE(authority.len > 0 && rest.at + rest.len == target.at + target.len);
    ENSURE(rest.len == 0 || rest.at[0] == '/' || rest.at[0] == '?');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct slice input = slice_make(data, len);
    check_absolute(input);
    if (http_head_check(input) != OK)
        return 0;
    const size_t end = head_len(data, len);
    for (size_t i = 0; i < end; i++)
        ENSURE(data[i] != '\0' && (data[i] != '\n' || data[i - 1] == '\r'));
    ENSURE(http_head_check(slice_make(data, end)) == OK);
    ENSURE(http_head_check(slice_make(data, end - 1)) == ERR_INVALID);
    return 0;
}
