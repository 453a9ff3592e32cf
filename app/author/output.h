/* Where a command writes its result: a file that is there whole or not at all, or standard output. */
#ifndef CASYS_AUTHOR_OUTPUT_H
#define CASYS_AUTHOR_OUTPUT_H

#include "app/base/bytes.h"

/* Write to path; NULL and "-" are standard output. A regular file is replaced in one step when all of
 * it is on the disk.
 * ERR_IO    it cannot be written; reason says why, and an earlier file is still there. */
enum status output_write(const char *path, struct slice content, char reason[200]) MUST_CHECK;

#endif
