/* When clients are to come back, so that thousands do not come at once: each is given the next free
 * place, at the rate that the server can take. Pure: time is an argument. */
#ifndef CASYS_STEER_H
#define CASYS_STEER_H

#include <stdint.h>

struct steer_plan {
    uint64_t per_second; /* places, at least 1 */
    uint64_t least_ms;   /* nobody comes earlier, */
    uint64_t most_ms;    /* nor later than this; below least_ms it counts as least_ms */
};

/* Zero: nobody was given a place yet. */
struct steer {
    uint64_t next_us; /* the next free place; on the clock of now_ms */
};

/* Take the next place: how many ms from now on. When there are no more places until most_ms, those
 * from least_ms on are given again, so that the rate grows evenly. now_ms is monotonic and below
 * 2^53. */
uint64_t steer_take(struct steer *steer, const struct steer_plan *plan, uint64_t now_ms);

#endif
