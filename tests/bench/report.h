/* The table at the end: one row per target, with what was measured, against what, and the verdict.
 * One thread. */
#ifndef CASYS_TESTS_BENCH_REPORT_H
#define CASYS_TESTS_BENCH_REPORT_H

#include "app/base/bytes.h"

enum { REPEAT_MAX = 21, REPORT_ROWS_MAX = 60 };

/* One value per repetition. */
struct series {
    double values[REPEAT_MAX];
    size_t count;
};

void series_add(struct series *series, double value);
double series_median(const struct series *series);
/* Value by value a / b: both were measured in the same repetition. */
void series_ratio(const struct series *a, const struct series *b, struct series *ret);
/* "label  median M unit  (a b c)" on one line. */
void series_print(const char *label, const struct series *series, const char *unit);

struct report_row {
    char what[64];
    double value;    /* of casysd */
    double baseline; /* measured in the same run, or the target itself */
    const char *unit;
    const char *baseline_name;
    double ratio;
    double target; /* of the ratio */
    bool at_least; /* otherwise at most */
    bool reported; /* there is no target: the ratio is only shown */
};

struct report {
    struct report_row rows[REPORT_ROWS_MAX];
    size_t count;
};

void report_add(struct report *report, const struct report_row *row);
/* Prints the table; false when a target was missed. */
bool report_print(const struct report *report);

#endif
