/* The digests are called by their own names, as before OpenSSL 3: its new way looks the algorithm up
 * and allocates a context for every digest, which costs ten times what the digest of a few bytes
 * does, and a fight rolls several times for each choice. */
#define OPENSSL_API_COMPAT 0x10101000L

#include "app/base/crypto.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

_Static_assert(SHA1_LEN == SHA_DIGEST_LENGTH, "the same length as libcrypto's");
_Static_assert(SHA256_LEN == SHA256_DIGEST_LENGTH, "the same length as libcrypto's");

/* libcrypto reads NULL as "not given" in places; an empty text is given. */
static const uint8_t *not_null(struct slice s)
{
    return s.len > 0 ? s.at : (const uint8_t *)"";
}

void crypto_sha1(struct slice data, uint8_t ret[SHA1_LEN])
{
    ENSURE(SHA1(not_null(data), data.len, ret) != NULL);
}

void crypto_sha256(struct slice data, uint8_t ret[SHA256_LEN])
{
    SHA256_CTX hash;
    ENSURE(SHA256_Init(&hash) == 1 && SHA256_Update(&hash, not_null(data), data.len) == 1 &&
           SHA256_Final(ret, &hash) == 1);
}

/* hash(key XOR pad, data), a half of RFC 2104, 2. */
static void keyed_half(const uint8_t key[SHA256_CBLOCK], uint8_t pad, struct slice data,
                       uint8_t ret[SHA256_LEN])
{
    SHA256_CTX hash;
    uint8_t block[SHA256_CBLOCK];
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = key[i] ^ pad;
    ENSURE(SHA256_Init(&hash) == 1 && SHA256_Update(&hash, block, sizeof block) == 1 &&
           SHA256_Update(&hash, not_null(data), data.len) == 1 && SHA256_Final(ret, &hash) == 1);
    OPENSSL_cleanse(block, sizeof block);
}

void crypto_hmac_sha256(struct slice key, struct slice data, uint8_t ret[SHA256_LEN])
{
    uint8_t block[SHA256_CBLOCK] = {0};
    uint8_t inner[SHA256_LEN];
    if (key.len > sizeof block)
        crypto_sha256(key, block);
    else if (key.len > 0)
        memcpy(block, key.at, key.len);
    keyed_half(block, 0x36, data, inner);
    keyed_half(block, 0x5c, slice_make(inner, sizeof inner), ret);
    OPENSSL_cleanse(block, sizeof block);
}

void crypto_random(void *ret, size_t len)
{
    uint8_t *at = ret;
    ENSURE(len <= INT_MAX);
    /* From the kernel: libcrypto's generator crashes when there is no memory for its beginning. */
    while (len > 0) {
        const ssize_t got = getrandom(at, len, 0);
        ENSURE(got > 0 || errno == EINTR);
        at += got > 0 ? got : 0;
        len -= got > 0 ? (size_t)got : 0;
    }
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
    return len == 0 || CRYPTO_memcmp(a, b, len) == 0;
}

void crypto_hex(struct slice data, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < data.len; i++) {
        *ret++ = digits[data.at[i] >> 4];
        *ret++ = digits[data.at[i] & 0x0F];
    }
    *ret = '\0';
}

/* 0 to 15, or -1. */
static int hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

enum status crypto_unhex(struct slice text, uint8_t *ret, size_t len)
{
    if (text.len % 2 != 0 || text.len / 2 != len)
        return ERR_INVALID;
    for (size_t i = 0; i < text.len; i++) {
        if (hex_digit(text.at[i]) < 0)
            return ERR_INVALID;
    }
    for (size_t i = 0; i < len; i++)
        ret[i] = (uint8_t)(hex_digit(text.at[2 * i]) * 16 + hex_digit(text.at[2 * i + 1]));
    return OK;
}

/* Three bytes make four characters of six bits; a rest of one or two bytes makes two or three. */
static char *base64_group(const uint8_t *at, size_t len, const char *alphabet, char *ret)
{
    const uint32_t bits = (uint32_t)at[0] << 16 | (len > 1 ? (uint32_t)at[1] << 8 : 0) |
                          (len > 2 ? (uint32_t)at[2] : 0);
    for (size_t i = 0; i <= len; i++)
        *ret++ = alphabet[bits >> (18 - 6 * i) & 0x3F];
    return ret;
}

static char *base64_all(struct slice data, const char *alphabet, char *ret)
{
    size_t done = 0;
    while (data.len - done >= 3) {
        ret = base64_group(data.at + done, 3, alphabet, ret);
        done += 3;
    }
    if (done < data.len)
        ret = base64_group(data.at + done, data.len - done, alphabet, ret);
    return ret;
}

#define BASE64_COMMON "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

size_t crypto_base64(struct slice data, char *ret)
{
    char *end = base64_all(data, BASE64_COMMON "+/", ret);
    while ((end - ret) % 4 != 0)
        *end++ = '=';
    *end = '\0';
    return (size_t)(end - ret);
}

size_t crypto_base64url(struct slice data, char *ret)
{
    char *end = base64_all(data, BASE64_COMMON "-_", ret);
    *end = '\0';
    return (size_t)(end - ret);
}
