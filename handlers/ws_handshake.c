#include "handlers/ws_handshake.h"

#include <string.h>

#include "app/base/crypto.h"
#include "handlers/origin.h"

enum {
    HTTP_SWITCHING = 101,
    HTTP_BAD_REQUEST = 400,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_ALLOWED = 405,
    HTTP_UPGRADE_REQUIRED = 426,
    HTTP_1_1 = 0x101,
};

/* 16 random bytes in base64: 22 characters and the padding (RFC 6455, 4.1). */
enum { KEY_CHARS = 22, KEY_LEN = 24 };

/* How often the header came; *ret is its last value, or empty. */
static size_t header_find(const struct ws_request *request, struct slice name, struct slice *ret)
{
    size_t count = 0;
    *ret = SLICE_NONE;
    for (size_t i = 0; i < request->header_count; i++) {
        if (!slice_eq_nocase(request->headers[i].name, name))
            continue;
        *ret = slice_trim(request->headers[i].value);
        count++;
    }
    return count;
}

/* Is the token in the comma-separated list, in any case? The lists of several headers of one name
 * are one list (RFC 9110, 5.3). */
static bool header_lists(const struct ws_request *request, struct slice name, struct slice token)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (!slice_eq_nocase(request->headers[i].name, name))
            continue;
        struct slice rest = request->headers[i].value;
        struct slice item;
        while (slice_split(&rest, ',', &item)) {
            if (slice_eq_nocase(slice_trim(item), token))
                return true;
        }
    }
    return false;
}

static bool base64_char(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

static bool key_valid(struct slice key)
{
    if (key.len != KEY_LEN || key.at[KEY_CHARS] != '=' || key.at[KEY_CHARS + 1] != '=')
        return false;
    for (size_t i = 0; i < KEY_CHARS; i++) {
        if (!base64_char(key.at[i]))
            return false;
    }
    /* The last character carries two bits of the 128; its other four are 0 (RFC 4648, 3.5). */
    return memchr("AQgw", key.at[KEY_CHARS - 1], 4) != NULL;
}

/* 4.2.2, 5.4: the key as it was sent, then a constant; SHA-1; base64. */
static void accept_write(struct slice key, char ret[WS_ACCEPT_LEN + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[KEY_LEN + sizeof guid - 1];
    memcpy(text, key.at, KEY_LEN);
    memcpy(text + KEY_LEN, guid, sizeof guid - 1);

    uint8_t digest[SHA1_LEN];
    crypto_sha1(slice_make(text, sizeof text), digest);
    _Static_assert(crypto_base64_size(SHA1_LEN) == WS_ACCEPT_LEN + 1, "the accept value fits");
    const size_t len = crypto_base64(slice_make(digest, sizeof digest), ret);
    ENSURE(len == WS_ACCEPT_LEN);
}

unsigned ws_handshake(const struct ws_request *request, char ret_accept[WS_ACCEPT_LEN + 1])
{
    struct slice host;
    struct slice version;
    struct slice key;
    struct slice origin;

    if (!slice_eq(request->method, SLICE("GET")))
        return HTTP_NOT_ALLOWED;
    if (request->http_version != HTTP_1_1)
        return HTTP_BAD_REQUEST;
    if (header_find(request, SLICE("Host"), &host) != 1 || host.len == 0)
        return HTTP_BAD_REQUEST;
    if (!header_lists(request, SLICE("Upgrade"), SLICE("websocket")) ||
        !header_lists(request, SLICE("Connection"), SLICE("upgrade")))
        return HTTP_BAD_REQUEST;
    if (header_find(request, SLICE("Sec-WebSocket-Version"), &version) != 1 ||
        !slice_eq(version, SLICE("13")))
        return HTTP_UPGRADE_REQUIRED;
    if (header_find(request, SLICE("Sec-WebSocket-Key"), &key) != 1 || !key_valid(key))
        return HTTP_BAD_REQUEST;

    const size_t origins = header_find(request, SLICE("Origin"), &origin);
    if (origins > 1)
        return HTTP_FORBIDDEN;
    if (origins == 1 &&
        !origin_allowed(origin, host, request->allowed_origins, request->allowed_count))
        return HTTP_FORBIDDEN;

    accept_write(key, ret_accept);
    return HTTP_SWITCHING;
}
