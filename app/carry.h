/* The code that carries a session to another device: 80 random bits as somebody would type them, four
 * groups of four characters, "K7QF-03MX-9ZTA-HH2C". The alphabet has no I, L, O and U: who reads a 1
 * as I or L, or a 0 as O, is understood. The server keeps only a hash. Pure; any thread. */
#ifndef CASYS_CARRY_H
#define CASYS_CARRY_H

#include "app/base/crypto.h"

enum { CARRY_BYTES = 10, CARRY_CHARS = 16, CARRY_TEXT_SIZE = CARRY_CHARS + 3 + 1 };

void carry_text(const uint8_t bytes[CARRY_BYTES], char ret[CARRY_TEXT_SIZE]);

/* What is stored for a code, however it was typed: letters of either case, with or without hyphens
 * and spaces. ERR_INVALID: no such code was ever given out. */
enum status carry_hash(struct slice text, uint8_t ret[SHA256_LEN]) MUST_CHECK;

#endif
