#include "tests/bench/report.h"

#include <stdio.h>
#include <stdlib.h>

void series_add(struct series *series, double value)
{
    ENSURE(series->count < REPEAT_MAX);
    series->values[series->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

double series_median(const struct series *series)
{
    struct series sorted = *series;

    ENSURE(series->count > 0);
    qsort(sorted.values, sorted.count, sizeof *sorted.values, by_value);
    const size_t half = sorted.count / 2;
    if (sorted.count % 2 == 1)
        return sorted.values[half];
    return (sorted.values[half - 1] + sorted.values[half]) / 2;
}

void series_ratio(const struct series *a, const struct series *b, struct series *ret)
{
    ENSURE(a->count == b->count);
    *ret = (struct series){0};
    for (size_t i = 0; i < a->count; i++)
        series_add(ret, a->values[i] / b->values[i]);
}

void series_print(const char *label, const struct series *series, const char *unit)
{
    printf("  %-46s %10.2f %-11s (", label, series_median(series), unit);
    for (size_t i = 0; i < series->count; i++)
        printf("%s%.2f", i > 0 ? " " : "", series->values[i]);
    puts(")");
}

void report_add(struct report *report, const struct report_row *row)
{
    ENSURE(report->count < REPORT_ROWS_MAX);
    report->rows[report->count++] = *row;
}

static bool is_met(const struct report_row *row)
{
    if (row->reported)
        return true;
    return row->at_least ? row->ratio >= row->target : row->ratio <= row->target;
}

static void print_row(const struct report_row *row)
{
    printf("%-46s %12.2f %12.2f %-6s %8.2f   ", row->what, row->value, row->baseline, row->unit,
           row->ratio);
    if (row->reported)
        puts("        -  reported");
    else
        printf("%s %6.2f  %s\n", row->at_least ? ">=" : "<=", row->target,
               is_met(row) ? "met" : "MISSED");
}

bool report_print(const struct report *report)
{
    bool all_met = true;

    printf("\n%-46s %12s %12s %-6s %8s %11s  %s\n", "measured (medians)", "casysd", "against",
           "unit", "ratio", "target", "verdict");
    for (size_t i = 0; i < report->count; i++) {
        print_row(&report->rows[i]);
        all_met = all_met && is_met(&report->rows[i]);
    }
    puts("\nagainst:");
    for (size_t i = 0; i < report->count; i++)
        printf("  %s: %s\n", report->rows[i].what, report->rows[i].baseline_name);
    for (size_t i = 0; i < report->count; i++) {
        const struct report_row *row = &report->rows[i];
        if (!is_met(row))
            printf("MISSED: %s: the ratio is %.2f, the target is %s %.2f\n", row->what, row->ratio,
                   row->at_least ? "at least" : "at most", row->target);
    }
    return all_met;
}
