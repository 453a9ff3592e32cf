#include "app/base/compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Noreturn void memory_exhausted(void)
{
    dprintf(STDERR_FILENO, "casysd: out of memory\n");
    abort();
}

_Noreturn void ensure_failed(const char *condition, const char *file, int line,
                             const char *function)
{
    /* Not stdio's stderr: its lock may be held by the code that failed. */
    dprintf(STDERR_FILENO, "%s:%d: %s: this must hold: %s\n", file, line, function, condition);
    abort();
}
