/* The wall clock of a program under test, moved by years while it runs: preloaded, it adds what the
 * first 8 bytes of the file CASYS_SOAK_CLOCK say (seconds, int64_t). The file is mapped once, so a
 * reading opens nothing and a change is seen at once. The monotonic clock stays as it is. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset_s;

static void __attribute__((constructor)) open_clock(void)
{
    const char *path = getenv("CASYS_SOAK_CLOCK");
    const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        abort();
    void *at = mmap(NULL, sizeof *offset_s, PROT_READ, MAP_SHARED, file, 0);
    if (at == MAP_FAILED)
        abort();
    close(file);
    offset_s = at;
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
    const long failed = syscall(SYS_clock_gettime, id, ret);
    if (failed == 0 && offset_s && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        ret->tv_sec += *offset_s;
    return (int)failed;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    *ret = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *ret)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return (time_t)-1;
    if (ret)
        *ret = now.tv_sec;
    return now.tv_sec;
}
