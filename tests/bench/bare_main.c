/* bench_bare frames|count|pong ...: the baselines, each a process of its own, so that its CPU time
 * can be read in the same way as the server's. */
#include <stdio.h>

#include "tests/bench/bare.h"

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        const struct bare_ops *ops;
    } kinds[] = {
        {"frames", &bare_frames_ops},
        {"count", &bare_count_ops},
        {"pong", &bare_pong_ops},
    };

    for (size_t i = 0; argc > 1 && i < COUNT_OF(kinds); i++) {
        if (slice_eq(slice_str(argv[1]), slice_str(kinds[i].name)))
            bare_run(kinds[i].ops, argc - 2, argv + 2);
    }
    fputs("usage: bench_bare frames FILE | count DB STATE GAMES BATCH_MAX | pong\n", stderr);
    return 2;
}
