/* Saves as clients see them. Pure; any thread. */
#ifndef CASYS_SAVE_H
#define CASYS_SAVE_H

#include "app/json.h"
#include "storage/store.h"

/* The members "slot", "name", "version", "section_number" and "created" of an object. */
void save_members(struct json_out *out, const struct store_save *save);

/* Append an object of them alone. */
void save_encode_alone(const struct store_save *save, struct buf *ret);

#endif
