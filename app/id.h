/* Public identifiers of games and sessions: 128 random bits, 22 characters of [A-Za-z0-9_-]
 * (base64url without padding). An identifier names something; it is never a credential, but for a
 * link game, whose id nobody can guess. */
#ifndef CASYS_ID_H
#define CASYS_ID_H

#include "app/base/map.h"

enum { ID_TEXT_LEN = 22, ID_TEXT_SIZE = ID_TEXT_LEN + 1 };

/* All zeros stand for no id at all: none has ever been given out. */
static inline bool id_is_none(struct id id)
{
    return id.high == 0 && id.low == 0;
}

void id_text(struct id id, char ret[ID_TEXT_SIZE]);

/* ERR_INVALID    not what id_text writes: no such id was ever given out. */
enum status id_parse(struct slice text, struct id *ret) MUST_CHECK;

#endif
