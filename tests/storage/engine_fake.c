#include "tests/storage/engine.h"

#include "tests/support/fake_store.h"

/* Of the one test that runs in this process. */
static struct fake_store *place;

void engine_setup(void)
{
    place = fake_store_new();
}

void engine_teardown(void)
{
    fake_store_free(place);
}

struct store *engine_writer(void)
{
    return fake_store_writer(place);
}

struct store *engine_reader(void)
{
    return fake_store_reader(place);
}

struct store *engine_checkpointer(void)
{
    return fake_store_reader(place);
}
