#include "app/steer.h"

#include "app/base/compiler.h"

enum { US_PER_SECOND = 1000 * 1000, US_PER_MS = 1000 };

uint64_t steer_take(struct steer *steer, const struct steer_plan *plan, uint64_t now_ms)
{
    ENSURE(plan->per_second > 0 && now_ms < UINT64_C(1) << 53);
    const uint64_t first_us = (now_ms + plan->least_ms) * US_PER_MS;
    const uint64_t place_us = steer->next_us > first_us ? steer->next_us : first_us;
    steer->next_us = place_us + US_PER_SECOND / plan->per_second;
    if (plan->most_ms <= plan->least_ms)
        return plan->least_ms;
    const uint64_t span_us = (plan->most_ms - plan->least_ms) * US_PER_MS;
    return plan->least_ms + (place_us - first_us) % span_us / US_PER_MS;
}
