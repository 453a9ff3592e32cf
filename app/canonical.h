/* The canonical form of a JSON document, whose SHA-256 names a story: RFC 8785 for documents whose
 * numbers are whole and whose member names are ASCII, which is what a story has. Members of an
 * object are sorted by the bytes of their names, there is no white space, texts have the shortest
 * escapes, whole numbers are plain digits and 0 has no sign. Pure; any thread. */
#ifndef CASYS_CANONICAL_H
#define CASYS_CANONICAL_H

#include "app/base/crypto.h"
#include "app/json.h"

/* Write the value; sorting takes room in scratch. A number that is not whole, which no story has,
 * is written as it is. Recursive: the value comes from json_parse, which bounds its depth. */
void canonical_encode(struct json_out *out, const struct json *value, struct arena *scratch);

/* The hash of it. */
void canonical_hash(const struct json *value, struct arena *scratch, uint8_t ret[SHA256_LEN]);

#endif
