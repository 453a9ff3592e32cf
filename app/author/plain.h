/* A section's HTML as plain text for a terminal: lines of a given width, lists with dashes, quotes set
 * in, no markup. It knows the tags that the story loader lets pass and nothing else. Pure. */
#ifndef CASYS_AUTHOR_PLAIN_H
#define CASYS_AUTHOR_PLAIN_H

#include "app/base/bytes.h"

/* Append the text; width is in characters, at least 20. Ends with a newline. */
void plain_text(struct slice html, size_t width, struct buf *ret);

#endif
