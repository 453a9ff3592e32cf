/* The files of the browser's page, read into memory once at start. The loop never touches a disk for
 * them, and what is served cannot change or half change while the server runs: a new page comes with
 * a restart. No HTTP in here: a route looks a file up and sends its bytes with its type and ETag.
 *
 * static_files_read runs on the main thread before the io threads start; afterwards nothing is
 * written, and all threads may look files up without a lock. */
#ifndef CASYS_HANDLERS_STATIC_FILES_H
#define CASYS_HANDLERS_STATIC_FILES_H

#include "app/base/bytes.h"
#include "app/base/limits.h"

struct static_files;

/* All of it is borrowed until static_files_free. */
struct static_file {
    struct slice path; /* as in a request, decoded: "/js/app.js" */
    struct slice body;
    struct slice type; /* a whole Content-Type, by the name's ending; static */
    struct slice etag; /* strong, with its quotes: 22 characters of the body's SHA-256 */
};

/* Read all regular files of the folder and of the folders in it. Left out: names that begin with a
 * dot, devices and pipes, links to folders (they can go in circles), and links to files outside of
 * the folder, so that a stray link publishes nothing. A link to a file inside counts as that file.
 *
 * OK             there is an index.html; *ret is the caller's.
 * ERR_IO         the folder, or a file in it, cannot be read, or a file changed meanwhile.
 * ERR_NOT_FOUND  the folder has no index.html: there would be no page.
 * ERR_TOO_LARGE  over LIMIT_STATIC_FILES, LIMIT_STATIC_FILE_BYTES or LIMIT_STATIC_BYTES.
 * ERR_TOO_DEEP   over LIMIT_STATIC_DEPTH.
 * Otherwise than with OK, ret_reason is one line for the operator: the path, and what is wrong. */
enum status static_files_read(const char *folder, struct static_files **ret,
                              char ret_reason[200]) MUST_CHECK;
/* NULL is let through. */
void static_files_free(struct static_files *files);

/* The file with exactly this path, or NULL; "/" is "/index.html". Paths are names, not places: "..",
 * a doubled slash or another case find nothing. */
const struct static_file *static_files_find(const struct static_files *files, struct slice path);

#endif
