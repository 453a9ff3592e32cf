/* A database as a file among files: who holds it, and how another one gets its name without a moment
 * in which half of one is there. Knows nothing of what is in it. Any thread; a reason is one line for
 * people. */
#ifndef CASYS_STORAGE_SQLITE_FILE_H
#define CASYS_STORAGE_SQLITE_FILE_H

#include "app/base/status.h"

/* Make the file if it is missing, for its owner only, and hold it against every other writer until
 * the descriptor is closed. An existing file keeps its mode: whoever widened it meant it.
 * ERR_CONFLICT    another process holds it. ERR_IO    it cannot be opened, made or locked. */
enum status sqlite_file_hold(const char *path, int *ret_fd, char ret_reason[200]) MUST_CHECK;

/* Can files be made beside it, as its log has to be? ERR_IO */
enum status sqlite_file_may_grow(const char *path, char ret_reason[200]) MUST_CHECK;

/* Does a process hold it now? Nothing is made or changed; a file that is not there is free.
 * ERR_CONFLICT, ERR_IO as above. */
enum status sqlite_file_is_free(const char *path, char ret_reason[200]) MUST_CHECK;

/* Make an empty file of that name, for its owner only.
 * ERR_CONFLICT    there is something of that name. ERR_IO */
enum status sqlite_file_new(const char *path, char ret_reason[200]) MUST_CHECK;

/* Give the finished file `from` the name `to`, in the same folder, so that it stays there when the
 * power fails now.
 * ERR_CONFLICT    there is something of that name: nothing was changed. ERR_IO */
enum status sqlite_file_place(const char *from, const char *to, char ret_reason[200]) MUST_CHECK;

/* The same where a database may have been, which the caller holds: that one is kept as TO.old, with
 * its log as TO.old-wal. An empty one is not kept.
 * ERR_CONFLICT    there is a TO.old already: nothing was changed. ERR_IO */
enum status sqlite_file_replace(const char *from, const char *to, char ret_reason[200]) MUST_CHECK;

#endif
