/* What a test run found, in words or as JSON. The same counts give the same bytes. Pure. */
#ifndef CASYS_AUTHOR_REPORT_H
#define CASYS_AUTHOR_REPORT_H

#include "app/author/explore.h"
#include "app/json.h"

void report_print(const struct explored *explored, uint64_t seed, struct buf *ret);

/* One object. Rates are in thousandths: "win_permille". */
void report_encode(const struct explored *explored, uint64_t seed, struct json_out *out);

#endif
