/* What the preloaded libraries that let calls fail have in common: which call is next to fail stands
 * in the first bytes of a file, which a test changes while the program runs. It is mapped once, so
 * that asking it opens nothing. */
#ifndef CASYS_TESTS_SOAK_CONTROL_H
#define CASYS_TESTS_SOAK_CONTROL_H

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct control {
    _Atomic int32_t operation; /* which one fails, as the library numbers them; 0: none */
    _Atomic int32_t left;      /* so many still work; counts down to 0 */
    _Atomic int32_t lasting;   /* 0: one failure, then all is well again */
    _Atomic int32_t error;     /* errno of the failure; 0: the call waits until `operation` is 0 */
    _Atomic int32_t failed;    /* how many have failed */
};

static struct control *control;

static inline void open_control(const char *variable)
{
    const char *path = getenv(variable);
    const int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        abort();
    void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED)
        abort();
    close(file);
    control = at;
}

/* Is it this one's turn to fail? errno is set then. */
static inline int fails(int32_t operation)
{
    if (!control || control->operation != operation)
        return 0;
    if (atomic_fetch_sub(&control->left, 1) > 0)
        return 0;
    control->failed++;
    if (control->error == 0) {
        while (control->operation == operation)
            usleep(1000);
        return 0;
    }
    if (!control->lasting)
        control->operation = 0;
    errno = control->error;
    return 1;
}

#endif
