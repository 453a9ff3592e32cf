/* Games and the newer edition of their story:
 *
 *     casysd migrate --db DB --stories DIR [--story ID] [--game GAME_ID] --dry-run [--json]
 *
 * For each game that was begun with another edition than the one in the folder: does it map
 * (app/game/edition.h), and if not, why. Only reads; a server may run meanwhile. Exit codes as in
 * app/author/author.h: AUTHOR_MISTAKES when a game does not map. */
#ifndef CASYS_AUTHOR_MIGRATE_H
#define CASYS_AUTHOR_MIGRATE_H

/* argv[1] is "migrate". */
int migrate_run(int argc, char **argv);

#endif
