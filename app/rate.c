#include "app/rate.h"

enum { US_PER_MINUTE = 60 * 1000 * 1000, US_PER_MS = 1000 };

uint64_t rate_take(struct bucket *bucket, const struct rate *rate, uint64_t now_ms)
{
    if (rate->per_minute == 0)
        return 0;
    const uint64_t now_us = now_ms * US_PER_MS;
    const uint64_t cost_us = US_PER_MINUTE / rate->per_minute;
    const uint64_t full_us = bucket->full_us > now_us ? bucket->full_us : now_us;
    const uint64_t missing_us = full_us - now_us + cost_us;
    const uint64_t capacity_us = cost_us * rate->burst;
    if (missing_us > capacity_us)
        return (missing_us - capacity_us + US_PER_MS - 1) / US_PER_MS;
    bucket->full_us = full_us + cost_us;
    return 0;
}
