/* What the shared suite needs of an engine. engine_sqlite.c and engine_fake.c define the functions;
 * a test program links one of them. */
#ifndef CASYS_TESTS_STORAGE_ENGINE_H
#define CASYS_TESTS_STORAGE_ENGINE_H

#include "storage/store.h"
#include "tests/support/support.h"

/* An empty place for a database, and its end. Fixtures: Check runs each test in a process of its
 * own, between the two. */
void engine_setup(void);
void engine_teardown(void);

/* Open stores on that place; the test frees them, the writer last. */
struct store *engine_writer(void);
struct store *engine_reader(void);
struct store *engine_checkpointer(void);

/* The tests that hold for every engine. */
Suite *storage_suite(const char *name);
/* Its tests of people and of what they keep: suite_people.c. */
void storage_suite_people(TCase *tests);
/* Its tests of games that begin with a past: suite_past.c. */
void storage_suite_past(TCase *tests);
/* Its tests of what goes: suite_purge.c. */
void storage_suite_purge(TCase *tests);

#endif
