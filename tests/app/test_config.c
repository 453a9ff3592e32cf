#include "app/config.h"

#include <stdio.h>
#include <string.h>

#include "app/json.h"
#include "tests/support/support.h"

enum { ARGUMENTS_MAX = 2 * CONFIG_ORIGINS_MAX + 16, REASON_SIZE = 200 };

static struct config config;
static char reason[REASON_SIZE];
static const char untouched[] = "untouched";

static void setup(void)
{
    memcpy(reason, untouched, sizeof untouched);
}

/* casysd with these arguments, up to the first NULL. */
static enum config_result parse(const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX] = {(char *)"casysd"};
    int argc = 1;
    for (; arguments[argc - 1]; argc++)
        argv[argc] = (char *)arguments[argc - 1];
    return config_parse(argc, argv, &config, reason);
}
#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

/* All numbers, with what the table in config.c says of them. */
static const struct number {
    const char *name;
    size_t offset;
    uint64_t standard; /* 0: none, or one that depends on the machine */
    uint64_t least, most;
    const char *limit; /* its name at /api/limits, or NULL */
} numbers[] = {
#define NUMBER(name, member, ...)                                                                  \
    {                                                                                              \
        name, offsetof(struct config, member), __VA_ARGS__                                         \
    }
    NUMBER("threads", threads, 0, 1, LIMIT_IO_THREADS, NULL),
    NUMBER("batch-max", batch_max, LIMIT_BATCH, 1, 4096, NULL),
    NUMBER("games-max", games_max, LIMIT_GAMES_IN_MEMORY, 1, 1000000, NULL),
    NUMBER("connections-max", connections_max, 20000, 1, 1000000, "connections_max"),
    NUMBER("sockets-max", sockets_max, 100000, 1, 1000000, "sockets_max"),
    NUMBER("message-bytes", message_bytes, LIMIT_MESSAGE_BYTES, 256, LIMIT_MESSAGE_BYTES,
           "message_bytes"),
    NUMBER("address-connections-max", address_connections_max, 1000, 1, 1000000,
           "address_connections_max"),
    NUMBER("session-sockets-max", session_sockets_max, 100, 1, 1000000, "session_sockets_max"),
    NUMBER("saves-max", saves_max, 20, 1, 20, "saves_max"),
    NUMBER("watchers-max", watchers_max, 20000, 1, 1000000, "watchers_max"),
    NUMBER("session-message-rate", session_message_rate, 4800, 1, 6000000, "session_message_rate"),
    NUMBER("session-choice-rate", session_choice_rate, 600, 1, 6000000, "session_choice_rate"),
    NUMBER("connect-rate", connect_rate, 3000, 1, 6000000, "connect_rate"),
    NUMBER("turned-away-max", turned_away_max, 64, 1, 1000000, "turned_away_max"),
    NUMBER("message-fragments", message_fragments, LIMIT_MESSAGE_FRAGMENTS, 1,
           LIMIT_MESSAGE_FRAGMENTS, "message_fragments"),
    NUMBER("header-bytes", header_bytes, LIMIT_HEADER_BYTES, 1024, LIMIT_HEADER_BYTES,
           "header_bytes"),
    NUMBER("in-flight-max", in_flight_max, 16, 1, 1024, "in_flight_max"),
    NUMBER("request-ms", request_ms, 10000, 100, 3600000, "request_ms"),
    NUMBER("message-ms", message_ms, 30000, 100, 3600000, "message_ms"),
    NUMBER("closing-ms", closing_ms, 3000, 50, 60000, "closing_ms"),
    NUMBER("strikes-max", strikes_max, 100, 1, 1000000, "strikes_max"),
    NUMBER("queued-bytes", queued_bytes, 262144, 4096, 16777216, "queued_bytes"),
    NUMBER("ping-ms", ping_ms, 15000, 100, 3599999, "ping_ms"),
    NUMBER("idle-ms", idle_ms, 35000, 200, 3600000, "idle_ms"),
    NUMBER("talk-idle-ms", talk_idle_ms, 35000, 200, 3600000, "talk_idle_ms"),
    NUMBER("write-ms", write_ms, 20000, 100, 3600000, "write_ms"),
    NUMBER("message-rate", message_rate, 1200, 1, 6000000, "message_rate"),
    NUMBER("choice-rate", choice_rate, 300, 1, 6000000, "choice_rate"),
    NUMBER("request-rate", request_rate, 3000, 1, 6000000, "request_rate"),
    NUMBER("create-rate", create_rate, 60, 1, 6000000, "create_rate"),
    NUMBER("return-rate", return_rate, 500, 1, 1000000, "return_rate"),
    NUMBER("return-min-ms", return_min_ms, 1000, 1, 600000, "return_min_ms"),
    NUMBER("return-max-ms", return_max_ms, 60000, 1, 3600000, "return_max_ms"),
    NUMBER("presence-ms", presence_ms, 500, 50, 3600000, "presence_ms"),
    NUMBER("members-max", members_max, 100, 1, LIMIT_MEMBERS, "members_max"),
    NUMBER("invitations-max", invitations_max, 20, 1, LIMIT_INVITATIONS, "invitations_max"),
    NUMBER("devices-max", devices_max, 20, 1, LIMIT_DEVICES, "devices_max"),
    NUMBER("carry-minutes", carry_minutes, 10, 1, 1440, "carry_minutes"),
    NUMBER("rotate-days", rotate_days, 30, 1, 3650, "rotate_days"),
    NUMBER("keep-link-games-days", keep_link_games_days, 0, 1, 36500, NULL),
    NUMBER("keep-sessions-days", keep_sessions_days, 0, 1, 36500, NULL),
    NUMBER("keep-request-ids-days", keep_request_ids_days, 0, 1, 36500, NULL),
#undef NUMBER
};

/* The other settings, and what help shows as their default. */
static const struct {
    const char *name;
    const char *standard;
} others[] = {
    {"listen", "127.0.0.1:8080"},
    {"db", "casysd.sqlite"},
    {"stories", "stories"},
    {"static", "static"},
    {"allow-origin", NULL},
    {"rates", "on"},
    {"proxy", "on"},
    {"link-games", "on"},
    {"check-stories", "on"},
    {"log-level", "info"},
};

static uint64_t value_of(const struct number *number)
{
    uint64_t value;
    memcpy(&value, (const char *)&config + number->offset, sizeof value);
    return value;
}

START_TEST(every_setting_has_its_default)
{
    ck_assert_int_eq(PARSE("serve"), CONFIG_RUN);
    ck_assert_str_eq(reason, untouched);
    ck_assert_str_eq(config.listen_host, "127.0.0.1");
    ck_assert_uint_eq(config.listen_port, 8080);
    ck_assert_str_eq(config.db, "casysd.sqlite");
    ck_assert_str_eq(config.stories, "stories");
    ck_assert_str_eq(config.static_dir, "static");
    ck_assert_uint_eq(config.origin_count, 0);
    ck_assert(config.rates);
    ck_assert(config.proxy);
    ck_assert(config.link_games);
    ck_assert_int_eq(config.log_level, LOG_INFO);
    ck_assert(config.threads >= 1 && config.threads <= LIMIT_IO_THREADS);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (numbers[i].standard != 0)
            ck_assert_msg(value_of(&numbers[i]) == numbers[i].standard, "%s", numbers[i].name);
    }
}
END_TEST

/* One number beside a ping time below every idle time. Pings themselves go up to one below the
 * longest idle time. */
static enum config_result parse_beside(const char *name, const char *text)
{
    if (strcmp(name, "--ping-ms") == 0)
        return PARSE("serve", "--idle-ms", "3600000", name, text);
    return PARSE("serve", "--ping-ms", "100", name, text);
}

START_TEST(a_number_is_taken_from_its_least_to_its_most)
{
    const struct number *number = &numbers[_i];
    const uint64_t values[] = {number->least, number->least + 1, number->most};
    char name[32];
    char text[32];
    snprintf(name, sizeof name, "--%s", number->name);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)values[i]);
        ck_assert_msg(parse_beside(name, text) == CONFIG_RUN, "%s %s: %s", name, text, reason);
        ck_assert_msg(value_of(number) == values[i], "%s %s", name, text);
    }
}
END_TEST

START_TEST(a_number_outside_of_its_range_is_refused)
{
    const struct number *number = &numbers[_i];
    char values[8][32] = {"", "x", "-1", "1.5", " 300", "0x12c"};
    char name[32];
    char expected[REASON_SIZE];
    snprintf(values[6], sizeof values[6], "%llu", (unsigned long long)number->least - 1);
    snprintf(values[7], sizeof values[7], "%llu", (unsigned long long)number->most + 1);
    snprintf(name, sizeof name, "--%s", number->name);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        ck_assert_int_eq(PARSE("serve", name, values[i]), CONFIG_WRONG);
        snprintf(expected, sizeof expected, "%s: \"%s\" is not a number from %llu to %llu", name,
                 values[i], (unsigned long long)number->least, (unsigned long long)number->most);
        ck_assert_str_eq(reason, expected);
    }
}
END_TEST

START_TEST(every_other_setting_is_taken)
{
    ck_assert_int_eq(PARSE("serve", "--listen", "0.0.0.0:0", "--db", "/var/lib/x.sqlite",
                           "--stories", "s", "--static", "t", "--allow-origin",
                           "http://localhost:5173", "--rates", "off", "--link-games", "off",
                           "--log-level", "warn", "--allow-origin", "https://play.example"),
                     CONFIG_RUN);
    ck_assert_str_eq(config.listen_host, "0.0.0.0");
    ck_assert_uint_eq(config.listen_port, 0);
    ck_assert_str_eq(config.db, "/var/lib/x.sqlite");
    ck_assert_str_eq(config.stories, "s");
    ck_assert_str_eq(config.static_dir, "t");
    ck_assert_uint_eq(config.origin_count, 2);
    ck_assert_slice_str(config.origins[0], "http://localhost:5173");
    ck_assert_slice_str(config.origins[1], "https://play.example");
    ck_assert(!config.rates);
    ck_assert(!config.link_games);
    ck_assert_int_eq(config.log_level, LOG_WARN);
    ck_assert_str_eq(reason, untouched);
}
END_TEST

START_TEST(the_later_value_counts)
{
    ck_assert_int_eq(PARSE("serve", "--rates", "off", "--db", "a", "--rates", "on", "--db", "b"),
                     CONFIG_RUN);
    ck_assert(config.rates);
    ck_assert_str_eq(config.db, "b");
}
END_TEST

static const struct {
    const char *name;
    enum log_level level;
} levels[] = {{"debug", LOG_DEBUG}, {"info", LOG_INFO}, {"warn", LOG_WARN}, {"error", LOG_ERROR}};

START_TEST(every_log_level_is_taken)
{
    ck_assert_int_eq(PARSE("serve", "--log-level", levels[_i].name), CONFIG_RUN);
    ck_assert_int_eq(config.log_level, levels[_i].level);
}
END_TEST

static const struct {
    const char *value;
    const char *host;
    uint16_t port;
} addresses[] = {
    {"127.0.0.1:8080", "127.0.0.1", 8080},
    {"0.0.0.0:65535", "0.0.0.0", 65535},
    {"[::1]:8080", "::1", 8080},
    {"[::]:0", "::", 0},
    {"[fe80::1234:5678]:80", "fe80::1234:5678", 80},
    {"[0000:0000:0000:0000:0000:ffff:255.255.255.255]:1",
     "0000:0000:0000:0000:0000:ffff:255.255.255.255", 1},
};

START_TEST(an_address_is_taken_apart)
{
    ck_assert_int_eq(PARSE("serve", "--listen", addresses[_i].value), CONFIG_RUN);
    ck_assert_str_eq(config.listen_host, addresses[_i].host);
    ck_assert_uint_eq(config.listen_port, addresses[_i].port);
}
END_TEST

static const char *const good_origins[] = {
    "http://localhost",      "http://localhost:5173",
    "https://play.example",  "https://play.example:1",
    "http://127.0.0.1:3000", "http://[::1]:3000",
    "http://[::1]",          "https://a-b.c_d.xn--caf-dma.example:65535",
    "http://localhost:443",  "https://localhost:80",
};

START_TEST(an_origin_as_a_browser_writes_it_is_taken)
{
    ck_assert_int_eq(PARSE("serve", "--allow-origin", good_origins[_i]), CONFIG_RUN);
    ck_assert_uint_eq(config.origin_count, 1);
    ck_assert_slice_str(config.origins[0], good_origins[_i]);
}
END_TEST

#define LISTEN_FORM "ADDRESS:PORT, such as 127.0.0.1:8080 or [::1]:8080"
#define ORIGIN_FORM "SCHEME://HOST[:PORT] in small letters without :80 or :443"
#define LEVEL_FORM  "debug, info, warn or error"

/* A value that its setting does not take, and what it is not. */
static const struct {
    const char *name;
    const char *value;
    const char *form;
} wrong_values[] = {
    {"listen", "", LISTEN_FORM},
    {"listen", "8080", LISTEN_FORM},
    {"listen", ":8080", LISTEN_FORM},
    {"listen", "127.0.0.1", LISTEN_FORM},
    {"listen", "127.0.0.1:", LISTEN_FORM},
    {"listen", "127.0.0.1:65536", LISTEN_FORM},
    {"listen", "127.0.0.1:80a", LISTEN_FORM},
    {"listen", "127.0.0.1:-1", LISTEN_FORM},
    {"listen", "127.0.0:80", LISTEN_FORM},
    {"listen", "256.0.0.1:80", LISTEN_FORM},
    {"listen", "localhost:8080", LISTEN_FORM},
    {"listen", "::1:8080", LISTEN_FORM},
    {"listen", "[::1]", LISTEN_FORM},
    {"listen", "[127.0.0.1]:8080", LISTEN_FORM},
    {"listen", "[]:8080", LISTEN_FORM},
    {"listen", "[:8080", LISTEN_FORM},
    {"listen", "[fe80::1%eth0]:8080", LISTEN_FORM},
    {"db", "", "a path"},
    {"stories", "", "a path"},
    {"static", "", "a path"},
    {"rates", "", "on or off"},
    {"rates", "yes", "on or off"},
    {"rates", "ON", "on or off"},
    {"link-games", "offf", "on or off"},
    {"check-stories", "never", "on or off"},
    {"log-level", "", LEVEL_FORM},
    {"log-level", "trace", LEVEL_FORM},
    {"log-level", "INFO", LEVEL_FORM},
    {"allow-origin", "", ORIGIN_FORM},
    {"allow-origin", "*", ORIGIN_FORM},
    {"allow-origin", "null", ORIGIN_FORM},
    {"allow-origin", "localhost:5173", ORIGIN_FORM},
    {"allow-origin", "ftp://localhost", ORIGIN_FORM},
    {"allow-origin", "http:/localhost", ORIGIN_FORM},
    {"allow-origin", "http://", ORIGIN_FORM},
    {"allow-origin", "http://:80", ORIGIN_FORM},
    {"allow-origin", "http://localhost/", ORIGIN_FORM},
    {"allow-origin", "http://*.play.example", ORIGIN_FORM},
    {"allow-origin", "http://a b", ORIGIN_FORM},
    {"allow-origin", "http://me@localhost", ORIGIN_FORM},
    {"allow-origin", "http://localhost?", ORIGIN_FORM},
    {"allow-origin", "http://localhost#", ORIGIN_FORM},
    {"allow-origin", "http://Localhost", ORIGIN_FORM},
    {"allow-origin", "HTTP://localhost", ORIGIN_FORM},
    {"allow-origin", "http://a.example,http://b.example", ORIGIN_FORM},
    {"allow-origin", "http://localhost:", ORIGIN_FORM},
    {"allow-origin", "http://localhost:80", ORIGIN_FORM},
    {"allow-origin", "https://localhost:443", ORIGIN_FORM},
    {"allow-origin", "http://localhost:0", ORIGIN_FORM},
    {"allow-origin", "http://localhost:05173", ORIGIN_FORM},
    {"allow-origin", "http://localhost:65536", ORIGIN_FORM},
    {"allow-origin", "http://localhost:5173/", ORIGIN_FORM},
    {"allow-origin", "http://[::1", ORIGIN_FORM},
    {"allow-origin", "http://[]", ORIGIN_FORM},
    {"allow-origin", "http://[::1]5173", ORIGIN_FORM},
    {"allow-origin", "http://[localhost]", ORIGIN_FORM},
};

START_TEST(a_wrong_value_is_refused_by_name)
{
    char name[32];
    char expected[REASON_SIZE];
    snprintf(name, sizeof name, "--%s", wrong_values[_i].name);
    snprintf(expected, sizeof expected, "%s: \"%s\" is not %s", name, wrong_values[_i].value,
             wrong_values[_i].form);
    ck_assert_int_eq(PARSE("serve", name, wrong_values[_i].value), CONFIG_WRONG);
    ck_assert_str_eq(reason, expected);
}
END_TEST

static const struct {
    const char *why;
    const char *arguments[6];
    const char *reason;
} wrong_lines[] = {
    {"a command that is not", {"run"}, "run: no such command (casysd --help lists them)"},
    {"no command at all", {"--db", "x"}, "--db: no such command (casysd --help lists them)"},
    {"a setting that is not",
     {"serve", "--port", "8080"},
     "--port: no such setting (casysd --help lists them)"},
    {"a setting with one dash",
     {"serve", "-db", "x"},
     "-db: no such setting (casysd --help lists them)"},
    {"a setting with its value",
     {"serve", "--db=x"},
     "--db=x: no such setting (casysd --help lists them)"},
    {"the beginning of a name",
     {"serve", "--thread", "1"},
     "--thread: no such setting (casysd --help lists them)"},
    {"only dashes", {"serve", "--"}, "--: no such setting (casysd --help lists them)"},
    {"an empty word", {"serve", ""}, ": no such setting (casysd --help lists them)"},
    {"a word too much",
     {"serve", "--db", "x", "y"},
     "y: no such setting (casysd --help lists them)"},
    {"no value at the end", {"serve", "--db"}, "--db: a value is missing"},
    {"no value in the middle", {"serve", "--db", "--threads", "4"}, "--db: a value is missing"},
    {"idle no longer than ping",
     {"serve", "--idle-ms", "15000"},
     "--idle-ms: must be more than --ping-ms"},
    {"ping no shorter than idle",
     {"serve", "--ping-ms", "35000"},
     "--idle-ms: must be more than --ping-ms"},
    {"two lines in a value",
     {"serve", "--rates", "on\noff\x1b[2J"},
     "--rates: \"on?off?[2J\" is not on or off"},
    {"two lines in a name", {"serve", "a\nb"}, "a?b: no such setting (casysd --help lists them)"},
    {"two lines in a command", {"a\nb"}, "a?b: no such command (casysd --help lists them)"},
};

START_TEST(a_wrong_line_is_refused_with_one_line)
{
    ck_assert_int_eq(parse(wrong_lines[_i].arguments), CONFIG_WRONG);
    ck_assert_str_eq(reason, wrong_lines[_i].reason);
}
END_TEST

START_TEST(a_reason_fits_whatever_was_given)
{
    static char large[5000];
    memset(large, 'x', sizeof large - 1);
    ck_assert_int_eq(PARSE(large), CONFIG_WRONG);
    ck_assert_int_eq(PARSE("serve", large), CONFIG_WRONG);
    for (size_t i = 0; i < COUNT_OF(wrong_values); i++) {
        char name[32];
        snprintf(name, sizeof name, "--%s", wrong_values[i].name);
        /* Everything is a path. */
        if (strcmp(wrong_values[i].form, "a path") == 0)
            continue;
        ck_assert_int_eq(PARSE("serve", name, large), CONFIG_WRONG);
        ck_assert_msg(strstr(reason, wrong_values[i].form) != NULL, "%s", reason);
    }
}
END_TEST

START_TEST(as_many_origins_as_there_is_room_for_and_no_more)
{
    const char *arguments[ARGUMENTS_MAX] = {"serve"};
    size_t count = 1;
    for (int i = 0; i < CONFIG_ORIGINS_MAX; i++) {
        arguments[count++] = "--allow-origin";
        arguments[count++] = "http://localhost:5173";
    }
    ck_assert_int_eq(parse(arguments), CONFIG_RUN);
    ck_assert_uint_eq(config.origin_count, CONFIG_ORIGINS_MAX);
    arguments[count++] = "--allow-origin";
    arguments[count++] = "http://localhost:5173";
    ck_assert_int_eq(parse(arguments), CONFIG_WRONG);
    ck_assert_str_eq(reason, "--allow-origin: given more than 64 times");
}
END_TEST

START_TEST(whoever_asks_for_help_gets_it)
{
    ck_assert_int_eq(parse((const char *const[]){NULL}), CONFIG_HELP);
    ck_assert_int_eq(PARSE("--help"), CONFIG_HELP);
    ck_assert_int_eq(PARSE("help"), CONFIG_HELP);
    ck_assert_int_eq(PARSE("serve", "--help"), CONFIG_HELP);
    ck_assert_int_eq(PARSE("serve", "--db", "x", "--help"), CONFIG_HELP);
    ck_assert_int_eq(PARSE("--version"), CONFIG_VERSION);
    ck_assert_str_eq(reason, untouched);
}
END_TEST

/* The line of help about this setting, or an empty one. */
static struct slice help_line(struct slice help, const char *name)
{
    char start[32];
    struct slice line;
    const int len = snprintf(start, sizeof start, "  --%s ", name);
    while (slice_split(&help, '\n', &line)) {
        if (slice_starts(line, slice_make(start, (size_t)len)))
            return line;
    }
    return SLICE_NONE;
}

static bool ends_with(struct slice s, const char *end)
{
    const size_t len = strlen(end);
    return s.len >= len && slice_eq(slice_make(s.at + s.len - len, len), slice_str(end));
}

START_TEST(help_names_every_setting_with_its_default)
{
    struct buf help = {.at = NULL};
    char end[64];
    config_help(&help);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const int len =
            snprintf(end, sizeof end, ", %llu to %llu", (unsigned long long)numbers[i].least,
                     (unsigned long long)numbers[i].most);
        if (numbers[i].standard != 0)
            snprintf(end + len, sizeof end - (size_t)len, " (default: %llu)",
                     (unsigned long long)numbers[i].standard);
        ck_assert_msg(ends_with(help_line(buf_slice(&help), numbers[i].name), end), "%s%s",
                      numbers[i].name, end);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        const struct slice line = help_line(buf_slice(&help), others[i].name);
        ck_assert_msg(line.len > 0, "%s", others[i].name);
        if (!others[i].standard)
            continue;
        snprintf(end, sizeof end, " (default: %s)", others[i].standard);
        ck_assert_msg(ends_with(line, end), "%s", others[i].name);
    }
    buf_release(&help);
}
END_TEST

START_TEST(help_names_nothing_that_is_not_tested_here)
{
    struct buf help = {.at = NULL};
    struct slice line;
    size_t count = 0;
    config_help(&help);
    for (struct slice rest = buf_slice(&help); slice_split(&rest, '\n', &line);)
        count += slice_starts(line, SLICE("  --")) ? 1 : 0;
    ck_assert_uint_eq(count, COUNT_OF(numbers) + COUNT_OF(others));
    buf_release(&help);
}
END_TEST

/* What is no setting. */
static const struct {
    const char *name;
    int64_t value;
} fixed_limits[] = {
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

static void expect_limit(const struct json *limits, const char *name, int64_t value)
{
    int64_t number = -1;
    const struct json *member = json_get(limits, slice_str(name));
    ck_assert_msg(member != NULL, "%s is missing", name);
    ck_assert_msg(json_int(member, 0, INT64_MAX, &number) == OK && number == value, "%s: %lld",
                  name, (long long)number);
}

static void expect_limits(bool rates)
{
    const struct json_limits bounds = {.bytes = 65536, .depth = 1, .nodes = 100};
    struct buf text = {.at = NULL};
    struct arena arena = {.blocks = NULL};
    const struct json *limits;
    config_limits(&config, &text);
    ck_assert_int_eq(json_parse(buf_slice(&text), &bounds, &arena, &limits, NULL), OK);
    size_t count = 1 + COUNT_OF(fixed_limits);
    for (size_t i = 0; i < COUNT_OF(fixed_limits); i++)
        expect_limit(limits, fixed_limits[i].name, fixed_limits[i].value);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (!numbers[i].limit)
            continue;
        expect_limit(limits, numbers[i].limit, (int64_t)value_of(&numbers[i]));
        count++;
    }
    const struct json *member = json_get(limits, SLICE("rates"));
    ck_assert(member && member->kind == JSON_BOOL && member->truth == rates);
    ck_assert_uint_eq(limits->count, count);
    arena_release(&arena);
    buf_release(&text);
}

START_TEST(the_limits_are_all_listed)
{
    ck_assert_int_eq(PARSE("serve"), CONFIG_RUN);
    expect_limits(true);
}
END_TEST

START_TEST(the_limits_are_those_that_were_set)
{
    ck_assert_int_eq(PARSE("serve", "--rates", "off", "--message-bytes", "300", "--sockets-max",
                           "7", "--idle-ms", "201", "--ping-ms", "200", "--create-rate", "6000000",
                           "--queued-bytes", "5000", "--choice-rate", "1"),
                     CONFIG_RUN);
    ck_assert_uint_eq(config.message_bytes, 300);
    expect_limits(false);
}
END_TEST

static void add_parse_tests(TCase *tcase)
{
    const int number_count = (int)COUNT_OF(numbers);
    tcase_add_test(tcase, every_setting_has_its_default);
    tcase_add_loop_test(tcase, a_number_is_taken_from_its_least_to_its_most, 0, number_count);
    tcase_add_loop_test(tcase, a_number_outside_of_its_range_is_refused, 0, number_count);
    tcase_add_test(tcase, every_other_setting_is_taken);
    tcase_add_test(tcase, the_later_value_counts);
    tcase_add_loop_test(tcase, every_log_level_is_taken, 0, (int)COUNT_OF(levels));
    tcase_add_loop_test(tcase, an_address_is_taken_apart, 0, (int)COUNT_OF(addresses));
    tcase_add_loop_test(tcase, an_origin_as_a_browser_writes_it_is_taken, 0,
                        (int)COUNT_OF(good_origins));
    tcase_add_loop_test(tcase, a_wrong_value_is_refused_by_name, 0, (int)COUNT_OF(wrong_values));
    tcase_add_loop_test(tcase, a_wrong_line_is_refused_with_one_line, 0,
                        (int)COUNT_OF(wrong_lines));
    tcase_add_test(tcase, a_reason_fits_whatever_was_given);
    tcase_add_test(tcase, as_many_origins_as_there_is_room_for_and_no_more);
}

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *tcase = tcase_create("config");
    tcase_add_checked_fixture(tcase, setup, NULL);
    add_parse_tests(tcase);
    tcase_add_test(tcase, whoever_asks_for_help_gets_it);
    tcase_add_test(tcase, help_names_every_setting_with_its_default);
    tcase_add_test(tcase, help_names_nothing_that_is_not_tested_here);
    tcase_add_test(tcase, the_limits_are_all_listed);
    tcase_add_test(tcase, the_limits_are_those_that_were_set);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
