#include "app/base/status.h"

struct status_entry {
    const char *name;
    const char *code;
    const char *text;
};

static const struct status_entry status_table[] = {
#define STATUS_ENTRY(member, name, code, text) [member] = {name, code, text},
    STATUS_MAP(STATUS_ENTRY)
#undef STATUS_ENTRY
};

_Static_assert(COUNT_OF(status_table) == STATUS_COUNT, "an entry per status");

static const struct status_entry *status_find(enum status status)
{
    ENSURE((unsigned)status < STATUS_COUNT);
    return &status_table[status];
}

const char *status_name(enum status status)
{
    return status_find(status)->name;
}

const char *status_code(enum status status)
{
    return status_find(status)->code;
}

const char *status_text(enum status status)
{
    return status_find(status)->text;
}
