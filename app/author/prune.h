/* The operator's commands that make a database smaller, while no server has it open:
 *
 *     casysd prune --db DB [--keep-... N] [--dry-run]
 *     casysd compact --db DB
 *
 * prune takes out at once what a server with these settings takes out once a day (app/upkeep.h); with
 * --dry-run it only says what that would be, also beside a server. compact writes the whole file anew
 * without its unused pages, and from then on a server gives them back by itself. */
#ifndef CASYS_AUTHOR_PRUNE_H
#define CASYS_AUTHOR_PRUNE_H

/* argv[1] is "prune" or "compact". Gives the exit code. */
int prune_run(int argc, char **argv);
int compact_run(int argc, char **argv);

#endif
