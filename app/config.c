#include "app/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/base/limits.h"
#include "app/json.h"

enum setting_kind {
    SETTING_NUMBER,
    SETTING_SWITCH, /* on or off */
    SETTING_PATH,
    SETTING_LISTEN,
    SETTING_ORIGIN,
    SETTING_LEVEL,
};

struct setting {
    const char *name;
    enum setting_kind kind;
    size_t offset;        /* in struct config */
    uint64_t least, most; /* numbers */
    const char *value;    /* default, as on the command line; NULL: none */
    bool limit;           /* listed at /api/limits */
    const char *help;
};

#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
    {"listen", SETTING_LISTEN, 0, 0, 0, "127.0.0.1:8080", false,
     "address and port; port 0 takes a free one"},
    {"db", SETTING_PATH, AT(db), 0, 0, "casysd.sqlite", false, "the database file"},
    {"stories", SETTING_PATH, AT(stories), 0, 0, "stories", false, "folder of gamebooks (*.json)"},
    {"static", SETTING_PATH, AT(static_dir), 0, 0, "static", false, "folder of the browser page"},
    {"threads", SETTING_NUMBER, AT(threads), 1, LIMIT_IO_THREADS, NULL, false,
     "io threads; without it one for each core"},
    {"allow-origin", SETTING_ORIGIN, 0, 0, 0, NULL, false,
     "a further origin whose pages may use the server; may be given again"},
    {"rates", SETTING_SWITCH, AT(rates), 0, 0, "on", false,
     "rates, and what one address or session may have open"},
    {"proxy", SETTING_SWITCH, AT(proxy), 0, 0, "on", false,
     "loopback is a proxy: X-Forwarded-For tells its clients apart"},
    {"link-games", SETTING_SWITCH, AT(link_games), 0, 0, "on", false,
     "games that whoever knows their id may play"},
    {"check-stories", SETTING_SWITCH, AT(check_stories), 0, 0, "on", false,
     "refuse stories with mistakes that casysd story check finds; off is for authors at work"},
    {"log-level", SETTING_LEVEL, AT(log_level), 0, 0, "info", false, "debug, info, warn or error"},
    {"batch-max", SETTING_NUMBER, AT(batch_max), 1, 4096, "256", false,
     "commands of one transaction"},
    {"games-max", SETTING_NUMBER, AT(games_max), 1, 1000000, "20000", false,
     "games kept in memory"},
    {"connections-max", SETTING_NUMBER, AT(connections_max), 1, 1000000, "20000", true,
     "HTTP connections; a WebSocket is none"},
    {"sockets-max", SETTING_NUMBER, AT(sockets_max), 1, 1000000, "100000", true,
     "WebSocket connections"},
    {"address-connections-max", SETTING_NUMBER, AT(address_connections_max), 1, 1000000, "1000",
     true, "connections of one address, both kinds together"},
    {"session-sockets-max", SETTING_NUMBER, AT(session_sockets_max), 1, 1000000, "100", true,
     "WebSocket connections of one session"},
    {"watchers-max", SETTING_NUMBER, AT(watchers_max), 1, 1000000, "20000", true,
     "watchers of one game"},
    {"saves-max", SETTING_NUMBER, AT(saves_max), 1, LIMIT_SAVES, "20", true,
     "named saves of one session in one game"},
    {"turned-away-max", SETTING_NUMBER, AT(turned_away_max), 1, 1000000, "64", true,
     "WebSockets more that are told that there is no room; the next get 503"},
    {"message-bytes", SETTING_NUMBER, AT(message_bytes), 256, LIMIT_MESSAGE_BYTES, "65536", true,
     "one WebSocket message or HTTP body"},
    {"message-fragments", SETTING_NUMBER, AT(message_fragments), 1, LIMIT_MESSAGE_FRAGMENTS, "256",
     true, "frames of one WebSocket message"},
    {"header-bytes", SETTING_NUMBER, AT(header_bytes), 1024, LIMIT_HEADER_BYTES, "16384", true,
     "target, names and values of a request"},
    {"in-flight-max", SETTING_NUMBER, AT(in_flight_max), 1, 1024, "16", true,
     "requests of one WebSocket that are not answered yet; the next ones wait"},
    {"queued-bytes", SETTING_NUMBER, AT(queued_bytes), 4096, 16777216, "262144", true,
     "texts that wait for one reader before its messages wait too"},
    {"request-ms", SETTING_NUMBER, AT(request_ms), 100, 3600000, "10000", true,
     "time for a whole HTTP request or handshake, and between two of them"},
    {"message-ms", SETTING_NUMBER, AT(message_ms), 100, 3600000, "30000", true,
     "time for a WebSocket message, from its first byte"},
    {"ping-ms", SETTING_NUMBER, AT(ping_ms), 100, 3599999, "15000", true,
     "silence after which the server pings"},
    {"idle-ms", SETTING_NUMBER, AT(idle_ms), 200, 3600000, "35000", true,
     "silence after which a connection is closed"},
    {"talk-idle-ms", SETTING_NUMBER, AT(talk_idle_ms), 200, 3600000, "35000", true,
     "time without a message after which /api/ws/game is closed"},
    {"write-ms", SETTING_NUMBER, AT(write_ms), 100, 3600000, "20000", true,
     "time a reader has to take what was sent"},
    {"closing-ms", SETTING_NUMBER, AT(closing_ms), 50, 60000, "3000", true,
     "time for each step of closing a WebSocket"},
    {"strikes-max", SETTING_NUMBER, AT(strikes_max), 1, 1000000, "100", true,
     "messages in a row over the rate before the WebSocket is closed"},
    {"message-rate", SETTING_NUMBER, AT(message_rate), 1, 6000000, "1200", true,
     "WebSocket messages per minute and connection"},
    {"choice-rate", SETTING_NUMBER, AT(choice_rate), 1, 6000000, "300", true,
     "choices per minute and connection"},
    {"session-message-rate", SETTING_NUMBER, AT(session_message_rate), 1, 6000000, "4800", true,
     "messages and requests per minute and session"},
    {"session-choice-rate", SETTING_NUMBER, AT(session_choice_rate), 1, 6000000, "600", true,
     "choices per minute and session"},
    {"connect-rate", SETTING_NUMBER, AT(connect_rate), 1, 6000000, "3000", true,
     "new connections per minute and address"},
    {"request-rate", SETTING_NUMBER, AT(request_rate), 1, 6000000, "3000", true,
     "HTTP requests per minute and address"},
    {"create-rate", SETTING_NUMBER, AT(create_rate), 1, 6000000, "60", true,
     "new games per minute and address"},
    {"return-rate", SETTING_NUMBER, AT(return_rate), 1, 1000000, "500", true,
     "clients a second that are told to come back after a restart, or to a full server"},
    {"return-min-ms", SETTING_NUMBER, AT(return_min_ms), 1, 600000, "1000", true,
     "the least time they are told"},
    {"return-max-ms", SETTING_NUMBER, AT(return_max_ms), 1, 3600000, "60000", true,
     "the most time they are told; more come in a second instead"},
    {"presence-ms", SETTING_NUMBER, AT(presence_ms), 50, 3600000, "500", true,
     "between two messages about who watches a game"},
    {"members-max", SETTING_NUMBER, AT(members_max), 1, LIMIT_MEMBERS, "100", true,
     "members of one game"},
    {"invitations-max", SETTING_NUMBER, AT(invitations_max), 1, LIMIT_INVITATIONS, "20", true,
     "open invitations of one game"},
    {"devices-max", SETTING_NUMBER, AT(devices_max), 1, LIMIT_DEVICES, "20", true,
     "devices of one session"},
    {"carry-minutes", SETTING_NUMBER, AT(carry_minutes), 1, 1440, "10", true,
     "time in which a code carries a session to another device"},
    {"rotate-days", SETTING_NUMBER, AT(rotate_days), 1, 3650, "30", true,
     "age of a device's secret at which it is told to take a new one"},
    {"keep-link-games-days", SETTING_NUMBER, AT(keep_link_games_days), 1, 36500, NULL, false,
     "days after which a finished link game that nobody touched is deleted; without it never"},
    {"keep-sessions-days", SETTING_NUMBER, AT(keep_sessions_days), 1, 36500, NULL, false,
     "days after which an unused session that has no game is forgotten; without it never"},
    {"keep-request-ids-days", SETTING_NUMBER, AT(keep_request_ids_days), 1, 36500, NULL, false,
     "days after which a repeated request is no longer known as one; without it never"},
};

static uint64_t *number_at(struct config *config, const struct setting *setting)
{
    return (uint64_t *)(void *)((char *)config + setting->offset);
}

/* An address of IPv6 stands in brackets, as in a URL: without them, nobody could say where it ends. */
static bool read_listen(struct config *config, const char *value)
{
    const char *colon = strrchr(value, ':');
    struct in6_addr address;
    uint64_t port;
    if (!colon || slice_to_u64(slice_str(colon + 1), UINT16_MAX, &port) != OK)
        return false;
    struct slice host = slice_make(value, (size_t)(colon - value));
    const bool six = host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']';
    if (six)
        host = slice_make(host.at + 1, host.len - 2);
    if (host.len >= sizeof(config->listen_host))
        return false;
    memcpy(config->listen_host, host.at, host.len);
    config->listen_host[host.len] = '\0';
    if (inet_pton(six ? AF_INET6 : AF_INET, config->listen_host, &address) != 1)
        return false;
    config->listen_port = (uint16_t)port;
    return true;
}

static bool only_of(struct slice text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++) {
        if (slice_find(slice_str(characters), text.at[i]) == SIZE_MAX)
            return false;
    }
    return text.len > 0;
}

/* Take a name, or an address of IPv6 in brackets, off the front of *rest. */
static bool take_host(struct slice *rest)
{
    const bool six = slice_starts(*rest, SLICE("["));
    size_t end = slice_find(*rest, six ? ']' : ':');
    if (end == SIZE_MAX && six)
        return false;
    if (end == SIZE_MAX)
        end = rest->len;
    const struct slice host = six ? slice_make(rest->at + 1, end - 1) : slice_make(rest->at, end);
    end += six ? 1 : 0;
    *rest = slice_make(rest->at + end, rest->len - end);
    return only_of(host, six ? "0123456789abcdef:." : "abcdefghijklmnopqrstuvwxyz0123456789-._");
}

/* As a browser writes it (RFC 6454, 6.2): small letters, no port that the scheme has anyway, nothing
 * behind it. Origins are compared byte by byte, so another form would quietly allow nobody. */
static bool is_origin(struct slice origin)
{
    const bool tls = slice_starts(origin, SLICE("https://"));
    if (!tls && !slice_starts(origin, SLICE("http://")))
        return false;
    const size_t scheme = tls ? 8 : 7;
    struct slice rest = slice_make(origin.at + scheme, origin.len - scheme);
    uint64_t port;
    if (!take_host(&rest))
        return false;
    if (rest.len == 0)
        return true;
    if (rest.len < 2 || rest.at[0] != ':' || rest.at[1] == '0')
        return false;
    return slice_to_u64(slice_make(rest.at + 1, rest.len - 1), UINT16_MAX, &port) == OK &&
           port != (tls ? 443 : 80);
}

static bool read_level(struct config *config, const char *value)
{
    static const char *const names[] = {
        [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(value, names[i]) == 0) {
            config->log_level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static bool read_setting(struct config *config, const struct setting *setting, const char *value)
{
    uint64_t number;
    switch (setting->kind) {
    case SETTING_NUMBER:
        if (slice_to_u64(slice_str(value), setting->most, &number) != OK || number < setting->least)
            return false;
        *number_at(config, setting) = number;
        return true;
    case SETTING_SWITCH: {
        const bool on = strcmp(value, "on") == 0;
        if (!on && strcmp(value, "off") != 0)
            return false;
        *((bool *)(void *)((char *)config + setting->offset)) = on;
        return true;
    }
    case SETTING_PATH:
        if (value[0] == '\0')
            return false;
        *((const char **)(void *)((char *)config + setting->offset)) = value;
        return true;
    case SETTING_LISTEN: return read_listen(config, value);
    case SETTING_ORIGIN:
        if (!is_origin(slice_str(value)))
            return false;
        ENSURE(config->origin_count < CONFIG_ORIGINS_MAX);
        config->origins[config->origin_count++] = slice_str(value);
        return true;
    case SETTING_LEVEL: return read_level(config, value);
    }
    return false;
}

static const char *expected(const struct setting *setting, char ret[96])
{
    switch (setting->kind) {
    case SETTING_NUMBER:
        snprintf(ret, 96, "a number from %llu to %llu", (unsigned long long)setting->least,
                 (unsigned long long)setting->most);
        return ret;
    case SETTING_SWITCH: return "on or off";
    case SETTING_PATH: return "a path";
    case SETTING_LISTEN: return "ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080";
    case SETTING_ORIGIN: return "SCHEME://HOST[:PORT] in small letters without :80 or :443";
    case SETTING_LEVEL: return "debug, info, warn or error";
    }
    return "";
}

static const struct setting *find_setting(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    }
    return NULL;
}

static void set_defaults(struct config *config)
{
    *config = (struct config){.origin_count = 0};
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        if (settings[i].value)
            ENSURE(read_setting(config, &settings[i], settings[i].value));
    }
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    config->threads = cores < 1 ? 1 : (uint64_t)cores;
    if (config->threads > LIMIT_IO_THREADS)
        config->threads = LIMIT_IO_THREADS;
}

static bool read_argument(struct config *config, const struct setting *setting, const char *value,
                          char reason[200])
{
    char words[96];
    if (setting->kind == SETTING_ORIGIN && config->origin_count == CONFIG_ORIGINS_MAX) {
        snprintf(reason, 200, "--%s: given more than %d times", setting->name, CONFIG_ORIGINS_MAX);
        return false;
    }
    if (read_setting(config, setting, value))
        return true;
    snprintf(reason, 200, "--%s: \"%.40s\" is not %s", setting->name, value,
             expected(setting, words));
    return false;
}

static enum config_result read_arguments(int argc, char **argv, struct config *config,
                                         char reason[200])
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return CONFIG_HELP;
        const struct setting *setting =
            strncmp(argv[i], "--", 2) == 0 ? find_setting(argv[i] + 2) : NULL;
        if (!setting) {
            snprintf(reason, 200, "%.60s: no such setting (casysd --help lists them)", argv[i]);
            return CONFIG_WRONG;
        }
        /* "--db --threads 4" lacks a value; a file of that name is written "./--threads". */
        if (i + 1 == argc || strncmp(argv[i + 1], "--", 2) == 0) {
            snprintf(reason, 200, "%s: a value is missing", argv[i]);
            return CONFIG_WRONG;
        }
        if (!read_argument(config, setting, argv[++i], reason))
            return CONFIG_WRONG;
    }
    if (config->idle_ms <= config->ping_ms) {
        snprintf(reason, 200, "--idle-ms: must be more than --ping-ms");
        return CONFIG_WRONG;
    }
    return CONFIG_RUN;
}

enum config_result config_parse(int argc, char **argv, struct config *ret, char reason[200])
{
    set_defaults(ret);
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return CONFIG_HELP;
    if (strcmp(argv[1], "--version") == 0)
        return CONFIG_VERSION;
    if (strcmp(argv[1], "serve") != 0) {
        snprintf(reason, 200, "%.60s: no such command (casysd --help lists them)", argv[1]);
        text_one_line(reason);
        return CONFIG_WRONG;
    }
    const enum config_result result = read_arguments(argc, argv, ret, reason);
    if (result == CONFIG_WRONG)
        text_one_line(reason);
    return result;
}

void config_help(struct buf *ret)
{
    buf_printf(
        ret, "casysd serve [--SETTING VALUE ...]   host gamebooks\n"
             "casysd story --help                     the tools of authors\n"
             "casysd verify DB                        play a database again and compare\n"
             "casysd backup FILE --db DB              copy a database, checked, while it is used\n"
             "casysd restore FILE --db DB             put a backup in place\n"
             "casysd prune --db DB [--dry-run]        take out what nobody has used for long\n"
             "casysd compact --db DB                  give unused space back\n"
             "casysd --version\n\nSettings of serve:\n");
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        const struct setting *setting = &settings[i];
        buf_printf(ret, "  --%-14s %s", setting->name, setting->help);
        if (setting->kind == SETTING_NUMBER)
            buf_printf(ret, ", %llu to %llu", (unsigned long long)setting->least,
                       (unsigned long long)setting->most);
        if (setting->value)
            buf_printf(ret, " (default: %s)", setting->value);
        buf_byte(ret, '\n');
    }
}

static void limit_name(const char *name, char ret[32])
{
    size_t i = 0;
    for (; i < 31 && name[i] != '\0'; i++)
        ret[i] = name[i] == '-' ? '_' : name[i];
    ret[i] = '\0';
}

void config_limits(const struct config *config, struct buf *ret)
{
    static const struct {
        const char *name;
        int64_t value;
    } fixed[] = {
        {"json_depth", LIMIT_JSON_DEPTH},
        {"json_values", LIMIT_JSON_NODES},
        {"id_bytes", LIMIT_ID_BYTES},
        {"request_id_characters", LIMIT_REQUEST_ID_CHARS},
        {"choice_id_bytes", LIMIT_CHOICE_ID_BYTES},
        {"choice_text_bytes", LIMIT_CHOICE_TEXT_BYTES},
        {"name_characters", LIMIT_NAME_CHARS},
        {"label_characters", LIMIT_NAME_CHARS},
        {"feedback_bytes", LIMIT_FEEDBACK_BYTES},
        {"page_rows", LIMIT_PAGE},
        {"wait_s", LIMIT_WAIT_S},
        {"exports_max", LIMIT_EXPORTS},
        {"export_bytes", LIMIT_EXPORT_BYTES},
        {"past_versions", LIMIT_COPY_VERSIONS},
    };
    struct json_out *out = json_out_new(ret);
    char name[32];
    json_out_object(out);
    json_out_member_bool(out, SLICE("rates"), config->rates);
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        if (!settings[i].limit)
            continue;
        limit_name(settings[i].name, name);
        const uint64_t *number =
            (const uint64_t *)(const void *)((const char *)config + settings[i].offset);
        json_out_member_int(out, slice_str(name), (int64_t)*number);
    }
    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        json_out_member_int(out, slice_str(fixed[i].name), fixed[i].value);
    json_out_object_end(out);
    json_out_free(out);
}
