/* A copy of a database, made while a server works on it, and the way back:
 *
 *     casysd backup FILE --db DB
 *     casysd restore FILE --db DB [--dry-run]
 *
 * Both check what they have copied before it gets its name: SQLite's whole check, the references
 * between tables, and a sample of games that are played again. So a file that has the name is whole,
 * and whoever is killed in the middle leaves only FILE.new. Exit codes as in app/author/author.h. */
#ifndef CASYS_AUTHOR_BACKUP_H
#define CASYS_AUTHOR_BACKUP_H

/* argv[1] is "backup" or "restore". */
int backup_run(int argc, char **argv);
int restore_run(int argc, char **argv);

#endif
