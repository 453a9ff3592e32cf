/* The tables and statements of storage/sqlite_store.c, as text. Data only: this file does not know
 * the library, so that it can be read, and checked, as SQL. */
#ifndef CASYS_STORAGE_SQLITE_SCHEMA_H
#define CASYS_STORAGE_SQLITE_SCHEMA_H

enum {
    SQLITE_SCHEMA_NUMBER = 1,           /* PRAGMA user_version; one migration per number */
    SQLITE_APPLICATION_ID = 0x43415359, /* PRAGMA application_id: "CASY" */
};

/* Migration i takes a database of schema i to i + 1. One that was released is never edited. */
extern const char *const sqlite_migrations[SQLITE_SCHEMA_NUMBER];

/* Parameters of a statement are numbered; their order and the columns' are in sqlite_schema.c. The
 * reading ones come first: a reader prepares only those. */
enum sqlite_statement {
    SQL_GAME_LOAD,
    SQL_REQUEST_FIND,
    SQL_SESSION_FIND,
    SQL_MEMBER_FIND,
    SQL_STORY_LOAD,
    SQL_LIST,
    SQL_SCAN,
    SQL_TAIL,
    SQL_JOURNAL_ROW,
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
    SQL_SESSION_ADD,
    SQL_FEEDBACK_ADD,
    SQL_TOUCH,
    SQL_PAGES,
    SQL_COUNT
};

extern const char *const sqlite_statements[SQL_COUNT];

#endif
