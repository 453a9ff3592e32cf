/* The measurements. Each starts its own servers, prints its commands and raw numbers, and
 * adds its rows to the report. */
#ifndef CASYS_TESTS_BENCH_SCENARIOS_H
#define CASYS_TESTS_BENCH_SCENARIOS_H

#include "tests/bench/bench.h"
#include "tests/bench/process.h"
#include "tests/bench/report.h"

/* Where the two sides run when the machine has two cores: the server never waits for the client. */
enum { SERVER_CORE = 0, CLIENT_CORE = 1 };

/* Texts of a server's command line, kept as long as the command. */
struct server_command {
    struct command command;
    char database[256];
    char log[256];
};

/* A casysd on a fresh database of this name in options->folder, one io thread. More arguments may
 * be added to the command. */
void server_command_init(struct server_command *server, const struct bench_options *options,
                         const char *name);

/* The core for the server, and this process on the other; ANY_CORE on a machine with one. */
int scenario_pin(void);

/* A choice message for the choice "go", which every section of bench.json has. Replaces *ret.
 * The request id is made of `number`; version 0 is not said. */
void scenario_choice(struct buf *ret, struct slice game_id, uint64_t version, uint64_t number);

/* Real frames for the baselines: play one game and write its frames, headers and states, one after
 * the other, to the file `frames`, and the JSON of one of them to `state`; both are in
 * options->folder. Played once, kept for every later call. */
struct recorded {
    char frames[256];
    char state[256];
};
const struct recorded *scenario_recorded(const struct bench_options *options);

/* Start bench_bare with this kind and these arguments (up to the first NULL). */
void scenario_start_bare(struct process *process, const struct bench_options *options, int core,
                         const char *kind, const char *const args[], bool print);

/* What a percentile needs: times of one window, in microseconds. */
struct times {
    uint32_t *at; /* owned */
    size_t count, cap;
};
void times_init(struct times *times, size_t cap);
void times_add(struct times *times, uint64_t ns);
/* `part` of them are not longer; milliseconds. Sorts them; dies when there are none. */
double times_ms(struct times *times, double part);

/* Is it a state, an acknowledgement, or something that must not come (dies)? */
enum message_kind { MESSAGE_STATE, MESSAGE_ACK };
enum message_kind scenario_message(struct slice text);

void run_fanout(const struct bench_options *options, struct report *report);
void run_burst(const struct bench_options *options, struct report *report);
void run_choices(const struct bench_options *options, struct report *report);
void run_disks(const struct bench_options *options, struct report *report);
void run_pongs(const struct bench_options *options, struct report *report);
void run_idle(const struct bench_options *options, struct report *report);
void run_storm(const struct bench_options *options, struct report *report);
void run_crowd(const struct bench_options *options, struct report *report);
void run_get(const struct bench_options *options, struct report *report);
void run_stalled(const struct bench_options *options, struct report *report);
void run_store(const struct bench_options *options, struct report *report);
void run_threads(const struct bench_options *options, struct report *report);

#endif
