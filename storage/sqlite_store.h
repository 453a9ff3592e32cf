/* The store in one SQLite file (WAL, synchronous=FULL, foreign keys): the only address of sqlite3.
 * The schema and why it is so: storage/sqlite_schema.c. Each opened store belongs to one thread. In
 * one process the writer is opened first and freed last (sqlite_store.c says why). */
#ifndef CASYS_STORAGE_SQLITE_STORE_H
#define CASYS_STORAGE_SQLITE_STORE_H

#include "storage/store.h"

enum sqlite_mode {
    SQLITE_WRITER, /* the one writer: makes the file, migrates it, holds it against other programs */
    SQLITE_READER,       /* reading calls only; open after the writer */
    SQLITE_CHECKPOINTER, /* store_checkpoint only; open after the writer */
};

/* Open the file. ret_reason, when not OK, says why in one line for people (static or up to 200
 * characters).
 * ERR_IO         cannot be opened, created, locked (another program has it) or migrated; or, for
 *                a reader and a checkpointer, no writer has set it up yet.
 * ERR_NEWER      the schema is newer than this program: nothing was changed.
 * ERR_CORRUPT    not a database, or another program's: nothing was changed. */
enum status sqlite_store_open(const char *path, enum sqlite_mode mode, struct store **ret,
                              char ret_reason[200]) MUST_CHECK;

#endif
