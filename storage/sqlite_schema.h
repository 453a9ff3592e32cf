/* The tables and statements of storage/sqlite_*.c, as text. Data only: this file does not know
 * the library, so that it can be read, and checked, as SQL. */
#ifndef CASYS_STORAGE_SQLITE_SCHEMA_H
#define CASYS_STORAGE_SQLITE_SCHEMA_H

#include "storage/store.h"

enum {
    SQLITE_SCHEMA_NUMBER = 2,           /* PRAGMA user_version; one migration per number */
    SQLITE_APPLICATION_ID = 0x43415359, /* PRAGMA application_id: "CASY" */
};

/* Migration i takes a database of schema i to i + 1. One that was released is never edited. They run
 * with foreign keys off, as a table that others refer to is made anew by dropping the old one. */
extern const char *const sqlite_migrations[SQLITE_SCHEMA_NUMBER];

/* What a start looks at, however large the file is: the root page of everything, and the newest rows
 * in full, as the last writes before a crash or a bad disk are theirs. max() is there to have every
 * byte read. A damage elsewhere is met when that place is read, and by sqlite_store_check. */
struct sqlite_look {
    int first, last;           /* the schemas that have it */
    const char *table, *query; /* a number, which does not matter */
};

/* Ends with a table of NULL. */
extern const struct sqlite_look sqlite_looks[];

/* Parameters of a statement are numbered; their order and the columns' are in sqlite_schema.c. The
 * reading ones come first: a reader prepares only those. */
enum sqlite_statement {
    SQL_GAME_LOAD,
    SQL_REQUEST_FIND,
    SQL_SESSION_FIND,
    SQL_SESSION_FIND_PREVIOUS,
    SQL_DEVICE_LIST,
    SQL_MEMBER_FIND,
    SQL_MEMBER_LIST,
    SQL_INVITATION_LIST,
    SQL_INVITATION_FIND,
    SQL_SAVE_LIST,
    SQL_SAVE_FIND,
    SQL_STORY_LOAD,
    SQL_LIST,
    SQL_SCAN,
    SQL_TAIL,
    SQL_MILESTONE,
    SQL_JOURNAL_ROW,
    /* by enum store_stale */
    SQL_STALE,
    SQL_STALE_END = SQL_STALE + STORE_STALE_COUNT,
    SQL_LAST = SQL_STALE_END,
    SQL_LAST_END = SQL_LAST + STORE_STALE_COUNT,
    SQL_MARK_FIND = SQL_LAST_END,
    SQL_JOURNAL_TIME,
    SQL_READING_COUNT,

    SQL_BEGIN = SQL_READING_COUNT,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_SAVEPOINT,
    SQL_SAVEPOINT_UNDO,
    SQL_SAVEPOINT_RELEASE,
    SQL_STORY_FIND,
    SQL_STORY_ADD,
    SQL_GAME_ADD,
    SQL_MEMBER_PUT,
    SQL_MEMBER_DROP,
    SQL_JOURNAL_ADD,
    SQL_GAME_MOVE,
    SQL_GAME_EDITION,
    SQL_SESSION_ADD,
    SQL_DEVICE_COUNT,
    SQL_DEVICE_ADD,
    SQL_DEVICE_ROTATE,
    SQL_DEVICE_SEEN,
    SQL_DEVICE_DROP,
    SQL_CARRY_PUT,
    SQL_CARRY_FIND,
    SQL_CARRY_DROP,
    SQL_INVITATION_COUNT,
    SQL_INVITATION_ADD,
    SQL_INVITATION_DROP,
    SQL_SAVE_PUT,
    SQL_SAVE_DROP,
    SQL_SAVES_DROP,
    SQL_GAME_EMPTY,
    SQL_GAME_SAVES_DROP,
    SQL_GAME_MEMBERS_DROP,
    SQL_GAME_INVITATIONS_DROP,
    SQL_DOOMED_ADD,
    SQL_PAST_FIND,
    SQL_PAST_END,
    SQL_DOOMED_FIND,
    SQL_DOOMED_NEXT,
    SQL_DOOMED_MOVE,
    SQL_DOOMED_DROP,
    SQL_JOURNAL_DROP,
    SQL_GAME_IS_NEWEST,
    SQL_GAME_DROP,
    SQL_SESSION_DEVICES_DROP,
    SQL_SESSION_CARRY_DROP,
    SQL_SESSION_DROP,
    SQL_REQUEST_FORGET,
    SQL_MARK_PUT,
    SQL_FREE_PAGES,
    SQL_FEEDBACK_ADD,
    SQL_TOUCH,
    SQL_PAGES,
    SQL_COUNT
};

extern const char *const sqlite_statements[SQL_COUNT];

#endif
