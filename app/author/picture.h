/* DOT to SVG by the program `dot` of Graphviz, which is not part of casysd. Starts a process and waits
 * for it. */
#ifndef CASYS_AUTHOR_PICTURE_H
#define CASYS_AUTHOR_PICTURE_H

#include "app/base/bytes.h"

/* Append the picture.
 * ERR_NOT_FOUND    there is no program `dot`.
 * ERR_IO           it cannot be started, or it ended with a mistake. */
enum status picture_draw(struct slice dot, struct buf *ret) MUST_CHECK;

#endif
