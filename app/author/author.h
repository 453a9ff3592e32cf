/* The command lines for authors and operators:
 *
 *     casysd story check|test|graph|play|import|export|hash|schema ...
 *     casysd verify DB|FILE
 *     casysd backup FILE --db DB
 *     casysd restore FILE --db DB [--dry-run]
 *     casysd prune --db DB [--keep-... N] [--dry-run]
 *     casysd compact --db DB
 *     casysd migrate --db DB --stories DIR --dry-run
 *
 * Results go to standard output, what went wrong to standard error. Exit codes: AUTHOR_GOOD,
 * AUTHOR_MISTAKES when the story (or the database) is wrong, AUTHOR_USAGE when the command is wrong or
 * a file cannot be read or written. */
#ifndef CASYS_AUTHOR_AUTHOR_H
#define CASYS_AUTHOR_AUTHOR_H

#include <stdbool.h>

enum { AUTHOR_GOOD = 0, AUTHOR_MISTAKES = 1, AUTHOR_USAGE = 2 };

/* Is argv[1] a command of this module? */
bool author_knows(int argc, char **argv);

/* Run it; gives the exit code. author_knows(argc, argv) holds. */
int author_run(int argc, char **argv);

#endif
