/* The three measurements. Each starts its own servers, prints its commands and raw numbers, and
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

/* A choice message for the choice "go", which every section of bench.json has. Replaces *ret. */
void scenario_choice(struct buf *ret, struct slice game_id, uint64_t version);

/* Is it a state, an acknowledgement, or something that must not come (dies)? */
enum message_kind { MESSAGE_STATE, MESSAGE_ACK };
enum message_kind scenario_message(struct slice text);

void run_choices(const struct bench_options *options, struct report *report);
void run_fanout(const struct bench_options *options, struct report *report);
void run_idle(const struct bench_options *options, struct report *report);

#endif
