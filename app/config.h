/* The settings of casysd: their names, defaults and ranges in one table, and the command line that
 * changes them. Read once at start; afterwards read only, any thread. */
#ifndef CASYS_CONFIG_H
#define CASYS_CONFIG_H

#include "app/base/bytes.h"
#include "app/base/log.h"
#include "app/rate.h"

enum { CONFIG_ORIGINS_MAX = 64 };

struct config {
    char listen_host[64]; /* numeric IPv4 or IPv6 address, no brackets */
    uint16_t listen_port; /* 0: any free one */
    const char *db;       /* borrowed from argv or static */
    const char *stories;
    const char *static_dir;
    uint64_t threads;
    struct slice origins[CONFIG_ORIGINS_MAX]; /* as a browser writes them; borrowed from argv */
    size_t origin_count;
    bool rates;
    bool link_games;
    bool proxy;
    bool check_stories;
    enum log_level log_level;
    uint64_t batch_max;
    uint64_t games_max;
    uint64_t connections_max;
    uint64_t sockets_max;
    uint64_t turned_away_max;
    uint64_t address_connections_max;
    uint64_t session_sockets_max;
    uint64_t watchers_max;
    uint64_t saves_max;
    uint64_t message_bytes;
    uint64_t message_fragments;
    uint64_t header_bytes;
    uint64_t in_flight_max;
    uint64_t queued_bytes;
    uint64_t request_ms;
    uint64_t message_ms;
    uint64_t ping_ms;
    uint64_t idle_ms;
    uint64_t talk_idle_ms;
    uint64_t write_ms;
    uint64_t closing_ms;
    uint64_t strikes_max;
    uint64_t message_rate; /* WebSocket messages per minute and connection */
    uint64_t choice_rate;  /* choices per minute and connection */
    uint64_t session_message_rate;
    uint64_t session_choice_rate;
    uint64_t connect_rate; /* new connections per minute and address */
    uint64_t request_rate; /* HTTP requests per minute and address */
    uint64_t create_rate;  /* new games per minute and address */
    uint64_t return_rate;  /* clients a second that are told to come back */
    uint64_t return_min_ms;
    uint64_t return_max_ms;
    uint64_t presence_ms;
    uint64_t members_max;
    uint64_t invitations_max;
    uint64_t devices_max;
    uint64_t carry_minutes;
    uint64_t rotate_days; /* the age of a secret at which its owner is told to take a new one */
    uint64_t keep_link_games_days; /* 0: for ever, likewise below */
    uint64_t keep_sessions_days;
    uint64_t keep_request_ids_days;
};

enum config_result { CONFIG_RUN, CONFIG_HELP, CONFIG_VERSION, CONFIG_WRONG };

/* argv[0] is the program, argv[1] the command; without a command the answer is CONFIG_HELP. A
 * setting that is given twice has the later value, but for allow-origin, which gathers them. With
 * CONFIG_WRONG, reason is one line that names the setting; otherwise it is not written. */
enum config_result config_parse(int argc, char **argv, struct config *ret, char reason[200]);

/* The text for --help, with every setting and its default. */
void config_help(struct buf *ret);

/* What a client may reach, as a JSON object: GET /api/limits. */
void config_limits(const struct config *config, struct buf *ret);

#endif
