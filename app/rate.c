#include "app/rate.h"

#include "app/base/compiler.h"

enum { US_PER_MINUTE = 60 * 1000 * 1000, US_PER_MS = 1000 };

/* In microseconds just above half of 64 bits; what a bucket can lack, at most US_PER_MINUTE times
 * UINT32_MAX, fits into the rest. */
#define NOW_MS_END (UINT64_C(1) << 53)

uint64_t rate_take(struct bucket *bucket, const struct rate *rate, uint64_t now_ms)
{
    if (rate->per_minute == 0)
        return 0;
    ENSURE(rate->burst > 0 && now_ms < NOW_MS_END);
    const uint64_t now_us = now_ms * US_PER_MS;
    /* Rounded up: never more than per_minute, and never free. */
    const uint64_t cost_us = (US_PER_MINUTE - 1) / rate->per_minute + 1;
    const uint64_t full_us = bucket->full_us > now_us ? bucket->full_us : now_us;
    const uint64_t missing_us = full_us - now_us + cost_us;
    const uint64_t capacity_us = cost_us * rate->burst;
    if (missing_us > capacity_us)
        return (missing_us - capacity_us + US_PER_MS - 1) / US_PER_MS;
    bucket->full_us = full_us + cost_us;
    return 0;
}
