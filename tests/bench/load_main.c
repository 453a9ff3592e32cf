/* bench_load WHAT [options]: measures casysd as script/bench asks. The folder of the databases has
 * to be on a disk: on tmpfs an fsync costs nothing and the numbers would mean nothing. */
#include <errno.h>
#include <getopt.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "tests/bench/scenarios.h"

enum {
    SECONDS_MAX = 600,
    SPARE_DESCRIPTORS = 200, /* of either process, beside its connections */
};

struct scenario {
    const char *name;
    void (*run)(const struct bench_options *options, struct report *report);
};

static const struct scenario scenarios[] = {
    {"fanout", run_fanout},   {"burst", run_burst}, {"choices", run_choices},
    {"disks", run_disks},     {"pongs", run_pongs}, {"idle", run_idle},
    {"storm", run_storm},     {"crowd", run_crowd}, {"get", run_get},
    {"stalled", run_stalled}, {"store", run_store}, {"threads", run_threads},
};

static const char usage[] =
    "usage: bench_load WHAT|all --server FILE --bare FILE --slow FILE --wrk FILE --nginx FILE\n"
    "                  --stories DIR --static DIR --folder DIR [--seconds S] [--repeat R]\n"
    "                  [--games N] [--watchers N] [--connections N] [--crowd N] [--library N]\n"
    "                  [--sync-us U]\n"
    "WHAT: fanout burst choices disks pongs idle storm crowd get stalled store threads\n";

static uint32_t number(const char *name, const char *text, uint32_t max)
{
    uint64_t value = 0;
    if (slice_to_u64(slice_str(text), max, &value) != OK || value == 0)
        bench_die("--%s: a number from 1 to %u, please", name, max);
    return (uint32_t)value;
}

static void read_option(struct bench_options *options, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **text;
        uint32_t *number;
        uint32_t max;
    } table[] = {
        {"server", &options->server, NULL, 0},
        {"bare", &options->bare, NULL, 0},
        {"slow", &options->slow, NULL, 0},
        {"wrk", &options->wrk, NULL, 0},
        {"nginx", &options->nginx, NULL, 0},
        {"stories", &options->stories, NULL, 0},
        {"static", &options->pages, NULL, 0},
        {"folder", &options->folder, NULL, 0},
        {"seconds", NULL, &options->seconds, SECONDS_MAX},
        {"repeat", NULL, &options->repeat, REPEAT_MAX},
        {"games", NULL, &options->games, 10000},
        {"watchers", NULL, &options->watchers, 10000},
        {"connections", NULL, &options->idle, 100000},
        {"crowd", NULL, &options->crowd, 1000000},
        {"library", NULL, &options->library, 1000000},
        {"sync-us", NULL, &options->sync_us, 999999},
    };

    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (!slice_eq(slice_str(name), slice_str(table[i].name)))
            continue;
        if (table[i].text)
            *table[i].text = value;
        else
            *table[i].number = number(name, value, table[i].max);
    }
}

static void read_arguments(struct bench_options *options, int argc, char **argv)
{
    static const struct option names[] = {
        {"server", required_argument, NULL, 'o'},
        {"bare", required_argument, NULL, 'o'},
        {"slow", required_argument, NULL, 'o'},
        {"wrk", required_argument, NULL, 'o'},
        {"nginx", required_argument, NULL, 'o'},
        {"stories", required_argument, NULL, 'o'},
        {"static", required_argument, NULL, 'o'},
        {"folder", required_argument, NULL, 'o'},
        {"seconds", required_argument, NULL, 'o'},
        {"repeat", required_argument, NULL, 'o'},
        {"games", required_argument, NULL, 'o'},
        {"watchers", required_argument, NULL, 'o'},
        {"connections", required_argument, NULL, 'o'},
        {"crowd", required_argument, NULL, 'o'},
        {"library", required_argument, NULL, 'o'},
        {"sync-us", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int which = 0;
    int got;

    while ((got = getopt_long(argc, argv, "", names, &which)) != -1) {
        if (got != 'o') {
            fputs(usage, stderr);
            bench_die("unknown option");
        }
        read_option(options, names[which].name, optarg);
    }
}

static void need_a_disk(const char *folder)
{
    struct statfs fs;

    if (mkdir(folder, 0755) != 0 && errno != EEXIST)
        bench_die("%s: %s", folder, strerror(errno));
    if (statfs(folder, &fs) != 0)
        bench_die("%s: %s", folder, strerror(errno));
    if (fs.f_type == TMPFS_MAGIC)
        bench_die("%s is in memory (tmpfs): durable choices need a disk", folder);
}

static void print_machine(void)
{
    struct utsname name;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);

    ENSURE(uname(&name) == 0);
    printf("machine: %ld cores, %s %s; ", cores, name.sysname, name.release);
    if (cores > 1)
        printf("server on core %d, client on core %d\n", SERVER_CORE, CLIENT_CORE);
    else
        puts("nothing is pinned");
}

int main(int argc, char **argv)
{
    struct bench_options options = {
        .seconds = 3,
        .repeat = 3,
        .games = 500,
        .idle = 10000,
        .crowd = 100000,
        .library = 100000,
    };
    struct report report = {0};
    size_t done = 0;

    read_arguments(&options, argc, argv);
    if (optind + 1 != argc || !options.server || !options.bare || !options.slow || !options.wrk ||
        !options.nginx || !options.stories || !options.pages || !options.folder) {
        fputs(usage, stderr);
        return 2;
    }
    const struct slice what = slice_str(argv[optind]);
    need_a_disk(options.folder);
    bench_need_descriptors(options.idle + SPARE_DESCRIPTORS);
    bench_need_descriptors(options.games * UINT64_C(8) + SPARE_DESCRIPTORS);
    bench_need_descriptors(options.watchers * UINT64_C(2) + SPARE_DESCRIPTORS);
    print_machine();
    for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
        if (!slice_eq(what, SLICE("all")) && !slice_eq(what, slice_str(scenarios[i].name)))
            continue;
        scenarios[i].run(&options, &report);
        done++;
    }
    if (done == 0) {
        fputs(usage, stderr);
        return 2;
    }
    return report_print(&report) ? 0 : 1;
}
