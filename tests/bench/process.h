/* The programs that are measured: started, waited for, read from /proc, stopped. One that this
 * program starts ends with it, whatever becomes of it (PR_SET_PDEATHSIG). One thread. */
#ifndef CASYS_TESTS_BENCH_PROCESS_H
#define CASYS_TESTS_BENCH_PROCESS_H

#include <sys/types.h>

#include "app/base/bytes.h"

enum { PROCESS_ARGS_MAX = 32 };

/* A command line that is put together; texts are borrowed until process_start returns. */
struct command {
    const char *args[PROCESS_ARGS_MAX + 1]; /* ends with NULL */
    size_t count;
    const char *preload; /* a library in front of libc, or NULL */
    uint32_t sync_us;    /* with it: what each synchronisation takes longer (slow_disk.c) */
};

void command_add(struct command *command, const char *arg);
/* On one line, for the report. */
void command_print(const struct command *command);

struct process {
    pid_t pid;
    int out;       /* its standard output */
    uint16_t port; /* from its ready line */
};

enum { ANY_CORE = -1 };

/* Start it on the core (or ANY_CORE), with standard error appended to the file `log`, and wait for
 * a line with " ready on http://127.0.0.1:PORT". */
void process_start(struct process *process, const struct command *command, int core,
                   const char *log);

/* The same for a program that says nothing when it is ready: wait until the port is served. */
void process_start_quiet(struct process *process, const struct command *command, int core,
                         const char *log, uint16_t port);

/* Run a program to its end; *ret gets what it printed. Dies when it fails. */
void process_output(const struct command *command, int core, const char *log, struct buf *ret);

/* SIGTERM, and wait until it is gone; dies when that takes longer than the 10 s that are promised. */
void process_stop(struct process *process);

/* SIGKILL, and wait until it is gone. */
void process_kill(struct process *process);

/* User and system time of all its threads so far. */
uint64_t process_cpu_us(const struct process *process);
/* Resident memory, /proc/PID/statm. */
uint64_t process_rss_bytes(const struct process *process);

#endif
