#include "tests/bench/bench.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

void bench_die(const char *format, ...)
{
    va_list args;

    /* The table may be half written: keep the two streams in order. */
    fflush(stdout);
    fputs("bench: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(2);
}

uint64_t bench_now_ns(void)
{
    struct timespec now;
    ENSURE(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void *bench_array(size_t count, size_t size)
{
    void *array = calloc(count, size);
    if (!array)
        bench_die("no memory for %zu things of %zu bytes", count, size);
    return array;
}

void bench_read_file(const char *path, struct buf *ret)
{
    uint8_t bytes[16 * 1024];
    size_t got;

    FILE *file = fopen(path, "re");
    if (!file)
        bench_die("%s: %s", path, strerror(errno));
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0)
        buf_append(ret, slice_make(bytes, got));
    if (ferror(file))
        bench_die("%s: %s", path, strerror(errno));
    fclose(file);
}

void bench_write_file(const char *path, struct slice bytes)
{
    FILE *file = fopen(path, "we");
    if (!file || fwrite(bytes.at, 1, bytes.len, file) != bytes.len || fclose(file) != 0)
        bench_die("%s: %s", path, strerror(errno));
}

uint64_t bench_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        bench_die("getrlimit: %s", strerror(errno));
    return limit.rlim_max;
}

void bench_need_descriptors(uint64_t descriptors)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        bench_die("getrlimit: %s", strerror(errno));
    if (limit.rlim_max < descriptors) {
        /* Only a privileged user may; for anybody else the check below speaks. */
        const struct rlimit higher = {.rlim_cur = descriptors, .rlim_max = descriptors};
        if (setrlimit(RLIMIT_NOFILE, &higher) == 0)
            return;
    }
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < descriptors || setrlimit(RLIMIT_NOFILE, &limit) != 0)
        bench_die("needs %llu open files, RLIMIT_NOFILE allows %llu: raise it (ulimit -Hn)",
                  (unsigned long long)descriptors, (unsigned long long)limit.rlim_max);
}

bool bench_pin(int core)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    for (size_t i = 0; core < 0 && i < CPU_SETSIZE; i++)
        CPU_SET(i, &set);
    if (core >= 0)
        CPU_SET((size_t)core, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}
