/* One line, one event, keys and values on standard error:
 *     time=2026-01-31T12:00:00.123Z level=warn event=commit_failed game=42 status=io
 * Values with anything but plain ASCII are quoted and escaped ("\n", "\"", "\xc3"), so that one
 * event is always one line. Fields that do not fit in a line of 4 KB are left out, and cut=1 ends
 * it. Nothing a player typed and no secret goes in. Any thread: a line is one write(2). */
#ifndef CASYS_BASE_LOG_H
#define CASYS_BASE_LOG_H

#include "app/base/bytes.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key;
    enum { LOG_TEXT, LOG_INT } kind;
    struct slice text;
    int64_t number;
};

/* For use inside log_event only. */
#define L_STR(k, v)   ((struct log_field){.key = (k), .kind = LOG_TEXT, .text = slice_str(v)})
#define L_SLICE(k, v) ((struct log_field){.key = (k), .kind = LOG_TEXT, .text = (v)})
#define L_INT(k, v)   ((struct log_field){.key = (k), .kind = LOG_INT, .number = (int64_t)(v)})

/* log_event(LOG_WARN, "commit_failed", L_INT("games", 3), L_STR("status", status_name(st))); */
#define log_event(level, ...) LOG_EVENT_PICK(level, __VA_ARGS__, L_NONE)
#define L_NONE                ((struct log_field){.key = NULL})
#define LOG_EVENT_PICK(level, event, ...)                                                          \
    log_fields((level), (event), (const struct log_field[]){__VA_ARGS__})

/* fields end with one whose key is NULL. errno is kept. */
void log_fields(enum log_level level, const char *event, const struct log_field *fields);

/* Set in main before threads start: lines below `level` are dropped; fd gets the others. Without
 * it: standard error, LOG_INFO. */
void log_setup(int fd, enum log_level level);

/* RFC 3339 in UTC with milliseconds and Z, 24 characters and a NUL; ms since 1970. A time outside
 * of the years 0 to 9999 gives the nearest one inside. */
enum { TIME_TEXT_SIZE = 25 };
void time_text(int64_t unix_ms, char ret[TIME_TEXT_SIZE]);

#endif
