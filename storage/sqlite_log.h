/* The writes of the log, gathered.
 *
 * SQLite writes each changed page as two pieces, 24 bytes and 4,096, one system call each, and a
 * batch changes hundreds of pages. They lie one behind the other, so they are collected here and
 * written with one call for many, at the latest when the log is synchronised, read, cut or measured.
 * With synchronous = FULL every commit synchronises the log before anybody is shown what it holds,
 * so whatever another connection may read is in the file. Nothing is written later than its
 * synchronisation, and an error is told there, as that of a write.
 *
 * It is one layer of SQLite's access to files (a VFS) above the usual one, for one connection; all
 * files but the log are passed through. Belongs to the thread of its store. */
#ifndef CASYS_STORAGE_SQLITE_LOG_H
#define CASYS_STORAGE_SQLITE_LOG_H

struct sqlite_log;

/* Known to SQLite by its name until it is freed. */
struct sqlite_log *sqlite_log_new(void);
/* After the connection was closed. NULL is accepted. */
void sqlite_log_free(struct sqlite_log *log);

/* To open a connection with; NULL for NULL, which is the usual access. */
const char *sqlite_log_vfs(const struct sqlite_log *log);

#endif
