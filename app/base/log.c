#include "app/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A pipe takes up to this much in one piece (PIPE_BUF on Linux), so lines of two threads, or of two
 * processes with one log, never mix. */
enum { LOG_LINE_BYTES = 4096 };

/* Ends a line whose last fields found no room. */
#define LOG_CUT " cut=1"

/* The last bytes are kept free for LOG_CUT and the newline. */
enum { LOG_LINE_FIELDS = LOG_LINE_BYTES - (int)sizeof LOG_CUT };

struct line {
    size_t len;
    bool full; /* something did not fit */
    char at[LOG_LINE_BYTES];
};

static struct {
    int fd;
    enum log_level level;
} log_sink = {STDERR_FILENO, LOG_INFO};

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};

static void put(struct line *line, const char *text, size_t len)
{
    if (line->full || len > LOG_LINE_FIELDS - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->at + line->len, text, len);
    line->len += len;
}

static void put_str(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

static bool needs_quotes(struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        const uint8_t c = value.at[i];
        if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=')
            return true;
    }
    return value.len == 0;
}

/* What is not printable ASCII becomes \xNN: a terminal that shows the log takes no orders from a
 * value, and a value that is no UTF-8 does not spoil the log's. */
static void put_escaped(struct line *line, uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    if (c == '"' || c == '\\')
        put(line, (const char[]){'\\', (char)c}, 2);
    else if (c == '\n')
        put(line, "\\n", 2);
    else if (c < ' ' || c > '~')
        put(line, (const char[]){'\\', 'x', digits[c >> 4], digits[c & 0x0F]}, 4);
    else
        put(line, (const char[]){(char)c}, 1);
}

static void put_text(struct line *line, struct slice value)
{
    if (!needs_quotes(value)) {
        put(line, (const char *)value.at, value.len);
        return;
    }
    put(line, "\"", 1);
    for (size_t i = 0; i < value.len && !line->full; i++)
        put_escaped(line, value.at[i]);
    put(line, "\"", 1);
}

static void put_field(struct line *line, const struct log_field *field)
{
    const size_t before = line->len;
    char number[24];

    put(line, " ", 1);
    put_str(line, field->key);
    put(line, "=", 1);
    switch (field->kind) {
    case LOG_TEXT: put_text(line, field->text); break;
    case LOG_INT:
        snprintf(number, sizeof number, "%" PRId64, field->number);
        put_str(line, number);
        break;
    }
    if (line->full)
        line->len = before; /* a field is whole or not there */
}

/* A log that cannot be written is no reason to stop, and there is nowhere to say so. */
static void write_line(int fd, const char *at, size_t len)
{
    while (len > 0) {
        const ssize_t written = write(fd, at, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        at += written;
        len -= (size_t)written;
    }
}

static int64_t wall_clock_ms(void)
{
    struct timespec now;
    ENSURE(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields)
{
    if (level < log_sink.level)
        return;
    const int saved_errno = errno;
    char time[TIME_TEXT_SIZE];
    struct line line;

    line.len = 0;
    line.full = false;
    time_text(wall_clock_ms(), time);
    put_str(&line, "time=");
    put_str(&line, time);
    put_str(&line, " level=");
    put_str(&line, level_names[level]);
    put_str(&line, " event=");
    put_str(&line, event);
    for (; fields->key && !line.full; fields++)
        put_field(&line, fields);
    if (line.full) {
        memcpy(line.at + line.len, LOG_CUT, strlen(LOG_CUT));
        line.len += strlen(LOG_CUT);
    }
    line.at[line.len++] = '\n';
    write_line(log_sink.fd, line.at, line.len);
    errno = saved_errno;
}

void log_setup(int fd, enum log_level level)
{
    log_sink.fd = fd;
    log_sink.level = level;
}

static char *put_digits(char *at, int64_t value, unsigned width)
{
    for (unsigned i = width; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

void time_text(int64_t unix_ms, char ret[TIME_TEXT_SIZE])
{
    static const int64_t first_ms = INT64_C(-62167219200000); /* 0000-01-01T00:00:00.000Z */
    static const int64_t last_ms = INT64_C(253402300799999);  /* 9999-12-31T23:59:59.999Z */
    struct tm tm;
    char *at = ret;

    if (unix_ms < first_ms)
        unix_ms = first_ms;
    if (unix_ms > last_ms)
        unix_ms = last_ms;
    /* Rounded down, also before 1970. */
    const int64_t ms = (unix_ms % 1000 + 1000) % 1000;
    const time_t seconds = (time_t)((unix_ms - ms) / 1000);
    ENSURE(gmtime_r(&seconds, &tm) != NULL);
    at = put_digits(at, tm.tm_year + 1900, 4);
    *at++ = '-';
    at = put_digits(at, tm.tm_mon + 1, 2);
    *at++ = '-';
    at = put_digits(at, tm.tm_mday, 2);
    *at++ = 'T';
    at = put_digits(at, tm.tm_hour, 2);
    *at++ = ':';
    at = put_digits(at, tm.tm_min, 2);
    *at++ = ':';
    at = put_digits(at, tm.tm_sec, 2);
    *at++ = '.';
    at = put_digits(at, ms, 3);
    *at++ = 'Z';
    *at = '\0';
}
