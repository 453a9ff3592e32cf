/* What every part of the benchmark needs: how it fails, what time it is, and where things are.
 *
 * A measurement that cannot be made is no result. So nothing here returns a failure: bench_die
 * prints one line and ends the program with code 2, and the processes it started end with it
 * (process.h). Code 1 is kept for a target that was measured and missed. One thread. */
#ifndef CASYS_TESTS_BENCH_BENCH_H
#define CASYS_TESTS_BENCH_BENCH_H

#include "app/base/bytes.h"

/* Where things are and how long to measure. Texts are borrowed from the command line. */
struct bench_options {
    const char *server;  /* path of casysd */
    const char *bare;    /* path of bench_bare */
    const char *wrk;     /* path of wrk, for get */
    const char *nginx;   /* path of nginx, for get */
    const char *stories; /* folder with bench.json */
    const char *pages;   /* folder for --static */
    const char *folder;  /* databases and logs; on a real disk */
    uint32_t seconds;    /* of one window */
    uint32_t repeat;     /* windows of each side, alternating */
    uint32_t games;      /* choices: games, with two connections each */
    uint32_t watchers;   /* fanout: watchers of the one game; 0: both of the table */
    uint32_t idle;       /* idle: connections */
    uint32_t crowd;      /* crowd: connections, as far as the limits of the system allow */
    uint32_t library;    /* store: games of the largest database */
    uint32_t sync_us;    /* choices: what each synchronisation takes longer; 0: the table's */
    const char *slow;    /* path of libbench_slow_disk.so */
};

_Noreturn void bench_die(const char *format, ...) PRINTF_LIKE(1, 2);

/* Monotonic, nanoseconds. */
uint64_t bench_now_ns(void);

/* Zeroed memory for count x size bytes; dies when there is none. The caller frees it. */
void *bench_array(size_t count, size_t size);

/* Append the whole file; dies when it cannot be read. */
void bench_read_file(const char *path, struct buf *ret);
/* Replace the file's content; dies when it cannot be written. */
void bench_write_file(const char *path, struct slice bytes);

/* Room for many connections in this process and those it starts: the hard limit is raised when the
 * system lets us. Dies when fewer than `descriptors` can be had. */
void bench_need_descriptors(uint64_t descriptors);

/* How many descriptors this process may have, after raising the limit as far as it goes. */
uint64_t bench_descriptors(void);

/* Keep this process on one core, or let it run on all (a negative one). False when there is no such
 * core: nothing has changed then. */
bool bench_pin(int core);

#endif
