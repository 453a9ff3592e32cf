/* A second hand on a database file: what another program, or a disk gone bad, could do to it. */
#ifndef CASYS_TESTS_STORAGE_SQL_H
#define CASYS_TESTS_STORAGE_SQL_H

#include "tests/support/support.h"

struct sql;

/* Opens or makes the file; foreign keys are on. */
struct sql *sql_open(const char *path);
void sql_close(struct sql *sql);

/* Must succeed. */
void sql_run(struct sql *sql, const char *text);
/* True when a constraint refused it; the test fails when anything else did, or nothing. */
bool sql_refused(struct sql *sql, const char *text);
/* The one number that a query gives. */
int64_t sql_number(struct sql *sql, const char *text);
/* The plan of a statement, a line per step. */
void sql_plan(struct sql *sql, const char *text, struct buf *ret);

/* Open, run, close. */
void sql_file_run(const char *path, const char *text);

#endif
