/* Hashes by libcrypto, random bytes of the kernel, and their text forms. Pure but for crypto_random; any thread. */
#ifndef CASYS_BASE_CRYPTO_H
#define CASYS_BASE_CRYPTO_H

#include "app/base/bytes.h"

enum { SHA1_LEN = 20, SHA256_LEN = 32 };

/* SHA-1 is here for RFC 6455, 4.2.2 only. */
void crypto_sha1(struct slice data, uint8_t ret[SHA1_LEN]);
void crypto_sha256(struct slice data, uint8_t ret[SHA256_LEN]);
/* RFC 2104 with SHA-256. */
void crypto_hmac_sha256(struct slice key, struct slice data, uint8_t ret[SHA256_LEN]);

/* len (at most INT_MAX) bytes nobody can guess; aborts when the system has none. */
void crypto_random(void *ret, size_t len);

/* Equal contents, in a time that depends on len only. */
bool crypto_equal(const void *a, const void *b, size_t len);

/* To lower case hexadecimal; ret holds 2 * data.len characters and a NUL. */
void crypto_hex(struct slice data, char *ret);
/* From hexadecimal of either case to len bytes.
 * ERR_INVALID    not exactly 2 * len hexadecimal digits. */
enum status crypto_unhex(struct slice text, uint8_t *ret, size_t len) MUST_CHECK;

/* RFC 4648, 4 (with padding) and 5 (url and file name safe, without). ret holds at least
 * crypto_base64_size(data.len) bytes, a NUL among them; returns the characters written before it. */
size_t crypto_base64(struct slice data, char *ret);
size_t crypto_base64url(struct slice data, char *ret);
#define crypto_base64_size(len) (((len) + 2) / 3 * 4 + 1)

#endif
