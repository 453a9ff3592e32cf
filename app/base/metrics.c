#include "app/base/metrics.h"

#include <inttypes.h>
#include <stdalign.h>
#include <stdatomic.h>

struct metric_entry {
    const char *name;
    const char *kind;
    const char *help;
};

static const struct metric_entry metric_table[] = {
#define METRIC_ENTRY(member, name, kind, help) [member] = {name, kind, help},
    METRIC_MAP(METRIC_ENTRY)
#undef METRIC_ENTRY
};

_Static_assert(COUNT_OF(metric_table) == METRIC_COUNT, "an entry per metric");

/* A cache line each: threads that move different numbers do not wait for one another. */
struct metric_value {
    alignas(64) atomic_int_fast64_t number;
};

static struct metric_value metric_values[METRIC_COUNT];

void metric_add(enum metric metric, int64_t delta)
{
    ENSURE((unsigned)metric < METRIC_COUNT);
    atomic_fetch_add_explicit(&metric_values[metric].number, delta, memory_order_relaxed);
}

void metric_set(enum metric metric, int64_t number)
{
    ENSURE((unsigned)metric < METRIC_COUNT);
    atomic_store_explicit(&metric_values[metric].number, number, memory_order_relaxed);
}

int64_t metric_read(enum metric metric)
{
    ENSURE((unsigned)metric < METRIC_COUNT);
    return atomic_load_explicit(&metric_values[metric].number, memory_order_relaxed);
}

void metrics_text(struct buf *ret)
{
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        const struct metric_entry *entry = &metric_table[i];
        buf_printf(ret, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", entry->name, entry->help,
                   entry->name, entry->kind, entry->name, metric_read((enum metric)i));
    }
}
