/* JSON for people who edit it: two spaces a level, and on one line what fits there. Pure. */
#ifndef CASYS_AUTHOR_PRETTY_H
#define CASYS_AUTHOR_PRETTY_H

#include "app/json.h"

/* Append the value without a line end after it. Its first line begins where ret ends; the others are
 * indented by that many levels and more. Recursive: the value comes from json_parse, which bounds
 * its depth. */
void pretty_value(const struct json *value, unsigned indent, struct buf *ret);

/* Append the members of an object, each on lines of its own at that indent, the last one with a
 * line end and without a comma. Nothing for an empty object. */
void pretty_members(const struct json *object, unsigned indent, struct buf *ret);

#endif
