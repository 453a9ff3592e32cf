/* The store in one SQLite file (WAL, synchronous=FULL, foreign keys): with the files beside it, the only
 * address of sqlite3 (storage/sqlite_engine.h says which file has what).
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
 * ERR_CORRUPT    not a database, or another program's; or, for a writer, one of the pages that it
 *                looks at is damaged (the root pages, and the newest 100 rows of each table and
 *                index): nothing was changed. */
enum status sqlite_store_open(const char *path, enum sqlite_mode mode, struct store **ret,
                              char ret_reason[200]) MUST_CHECK;

/* Copy what is committed at this moment into the empty file `to`, in one piece: the writer goes on
 * meanwhile and is not waited for. The copy has no log beside it. The caller makes it durable.
 * ERR_IO, ERR_CORRUPT    as for opening; the file is then of no use. */
enum status sqlite_store_copy(struct store *reader, const char *to,
                              char ret_reason[200]) MUST_CHECK;

/* Write the whole file anew without its unused pages, in such a way that a writer gives them back by
 * itself from now on. As a writer it needs the file for itself. Sizes in bytes.
 * ERR_IO, ERR_NEWER, ERR_CORRUPT    as for opening; the database is as it was. */
enum status sqlite_store_compact(const char *path, uint64_t *ret_before, uint64_t *ret_after,
                                 char ret_reason[200]) MUST_CHECK;

/* One thing that is wrong, in SQLite's words with tree and page, or in ours. */
typedef void sqlite_wrong_fn(void *arg, struct slice line);

/* Read every page and row of the file: its structure, all constraints, all references, and as many
 * journal rows as there are versions. Writes nothing, and takes as long as reading the file does. The
 * CHECK constraints are left out where the file may not be written.
 * ERR_CORRUPT    not opened, or at least one line was given to on_wrong (up to 100 of each kind).
 * ERR_IO         not opened, or it could not be read to its end; on_wrong was told why. */
enum status sqlite_store_check(const char *path, sqlite_wrong_fn *on_wrong, void *arg,
                               char ret_reason[200]) MUST_CHECK;

struct sqlite_survey {
    uint64_t games, versions, sessions, stories, feedback;
    uint64_t bytes;    /* of the database without its log */
    int64_t newest_ms; /* when a game last changed; 0 without games */
};

/* What is in it. ERR_IO, ERR_CORRUPT */
enum status sqlite_store_survey(struct store *reader, struct sqlite_survey *ret,
                                char ret_reason[200]) MUST_CHECK;

#endif
