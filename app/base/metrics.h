/* Counters and gauges that any thread may move and that /metrics reads. One list, as with status. */
#ifndef CASYS_BASE_METRICS_H
#define CASYS_BASE_METRICS_H

#include <stdint.h>

#include "app/base/bytes.h"

/* X(member, Prometheus name, kind, help) */
#define METRIC_MAP(X)                                                                              \
    X(METRIC_REQUESTS, "casysd_http_requests_total", "counter", "HTTP requests answered.")         \
    X(METRIC_CONNECTIONS, "casysd_connections", "gauge", "Open HTTP connections.")                 \
    X(METRIC_CONNECTIONS_REFUSED, "casysd_connections_refused_total", "counter",                   \
      "Connections closed at once because there were too many.")                                   \
    X(METRIC_SOCKETS, "casysd_websockets", "gauge", "Open WebSocket connections.")                 \
    X(METRIC_MESSAGES_IN, "casysd_ws_messages_in_total", "counter", "WebSocket messages read.")    \
    X(METRIC_DELIVERIES, "casysd_deliveries_total", "counter", "Snapshots handed to watchers.")    \
    X(METRIC_CONFLATED, "casysd_conflated_total", "counter",                                       \
      "Snapshots replaced by a newer one before they were sent.")                                  \
    X(METRIC_COMMANDS, "casysd_commands_total", "counter", "Commands accepted and committed.")     \
    X(METRIC_REFUSALS, "casysd_refusals_total", "counter", "Commands refused.")                    \
    X(METRIC_BATCHES, "casysd_batches_total", "counter", "Transactions committed.")                \
    X(METRIC_COMMIT_FAILURES, "casysd_commit_failures_total", "counter",                           \
      "Transactions that could not be committed.")                                                 \
    X(METRIC_GAMES_LOADED, "casysd_games_in_memory", "gauge", "Games held in memory.")             \
    X(METRIC_GAME_LOADS, "casysd_game_loads_total", "counter", "Games read from the database.")    \
    X(METRIC_DATABASE_BYTES, "casysd_database_bytes", "gauge",                                     \
      "The database after the last commit, without its log.")                                      \
    X(METRIC_LOG_PAGES, "casysd_log_pages", "gauge",                                               \
      "Pages of 4096 bytes in the database's log after the last commit.")                          \
    X(METRIC_RATE_LIMITED, "casysd_rate_limited_total", "counter", "Requests over a rate limit.")  \
    X(METRIC_SLOW_CLOSED, "casysd_slow_closed_total", "counter",                                   \
      "Connections closed because their reader was too slow.")

enum metric {
#define METRIC_MEMBER(member, name, kind, help) member,
    METRIC_MAP(METRIC_MEMBER)
#undef METRIC_MEMBER
        METRIC_COUNT
};

/* Any thread. delta may be negative for a gauge. */
void metric_add(enum metric metric, int64_t delta);
/* Any thread; of one gauge only one. */
void metric_set(enum metric metric, int64_t number);
int64_t metric_read(enum metric metric);

/* Append all of them in Prometheus' text format 0.0.4. */
void metrics_text(struct buf *ret);

#endif
