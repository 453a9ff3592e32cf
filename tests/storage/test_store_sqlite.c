/* The promises of store.h over SQLite. */
#include "tests/storage/engine.h"

int main(void)
{
    return run_suite(storage_suite("storage_sqlite"));
}
