#include "tests/storage/engine.h"

#include "storage/sqlite_store.h"

/* Of the one test that runs in this process. */
static struct temp_path path;

void engine_setup(void)
{
    const struct temp_path folder = temp_folder();
    path = temp_join(&folder, "casys.db");
}

void engine_teardown(void)
{
}

static struct store *open_as(enum sqlite_mode mode)
{
    char reason[200];
    struct store *store = NULL;
    const enum status st = sqlite_store_open(path.text, mode, &store, reason);
    ck_assert_msg(st == OK, "%s: %s", status_name(st), reason);
    return store;
}

struct store *engine_writer(void)
{
    return open_as(SQLITE_WRITER);
}

struct store *engine_reader(void)
{
    return open_as(SQLITE_READER);
}

struct store *engine_checkpointer(void)
{
    return open_as(SQLITE_CHECKPOINTER);
}
