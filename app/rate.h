/* How often something may happen: a token bucket in eight bytes (the generic cell rate algorithm).
 * Zero is a full bucket. Pure: time is an argument. */
#ifndef CASYS_RATE_H
#define CASYS_RATE_H

#include <stdint.h>

struct rate {
    uint32_t per_minute; /* in the long run, never more; 0: no limit */
    uint32_t burst;      /* at once, at least 1 */
};

struct bucket {
    uint64_t full_us; /* when it will be full again; monotonic */
};

/* Take one. 0: allowed. Otherwise nothing was taken, and in so many ms, not earlier, one is allowed
 * again. now_ms is monotonic, with any beginning, and below 2^53. */
uint64_t rate_take(struct bucket *bucket, const struct rate *rate, uint64_t now_ms);

#endif
