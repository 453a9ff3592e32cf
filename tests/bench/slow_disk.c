/* Loaded in front of libc by script/bench --sync-us: every fdatasync and fsync takes that much longer.
 * The disks of rented machines answer in 0.1 ms from a cache that survives a power cut; a solid state
 * disk without one takes 1 to 5 ms, a turning one 10. What group commit gains depends on it, so the
 * same comparison is shown for such a disk as well. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "app/base/bytes.h"

enum { US_MAX = 1000 * 1000, NS_PER_US = 1000 };

static void wait_for_disk(void)
{
    const char *text = getenv("BENCH_SYNC_US");
    uint64_t us = 0;
    if (!text || slice_to_u64(slice_str(text), US_MAX - 1, &us) != OK)
        abort();
    struct timespec left = {.tv_nsec = (int64_t)(us * NS_PER_US)};
    while (nanosleep(&left, &left) != 0)
        ENSURE(errno == EINTR);
}

int fdatasync(int fd)
{
    wait_for_disk();
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    wait_for_disk();
    return (int)syscall(SYS_fsync, fd);
}
