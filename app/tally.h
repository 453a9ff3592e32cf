/* Who has how much, for the whole server: token buckets and counts of what is open, by a key (an
 * address, a session, a game), in one table of fixed size that every io thread uses at the same
 * moment without a lock. SO_REUSEPORT spreads the connections of one address over the threads, so
 * that a count for each thread would let each address have as many times its share.
 *
 * A key has a place from the first time it is asked for until somebody needs the place: then the
 * one of its row with nothing open is given away whose buckets were full first. Full buckets are as
 * good as none, so nothing is forgotten early unless a row of TALLY_ROW places is crowded, and
 * where a key comes to stand cannot be chosen: it depends on a random salt. When all places of a
 * row have something open, a key of that row is not counted.
 *
 * What a race can do: two threads that bring in one key at the same moment may for that moment
 * count it apart; a token may go to the place's next key. Never is anything counted as open too
 * long or for somebody else. Any thread. */
#ifndef CASYS_TALLY_H
#define CASYS_TALLY_H

#include "app/base/map.h"
#include "app/rate.h"

enum {
    TALLY_PLACES = 128 * 1024,
    TALLY_ROW = 8,
    TALLY_USES = 3,
    TALLY_OPEN_MAX = (1 << 24) - 2, /* the most that `max` may be */
};

struct tally;
struct tally_place;

struct tally *tally_new(void);
void tally_free(struct tally *tally);

/* Take one token of the key's bucket for this use (below TALLY_USES; each with a rate of its own).
 * 0: allowed; otherwise ms to wait. */
uint64_t tally_take(struct tally *tally, struct id key, unsigned use, const struct rate *rate,
                    uint64_t now_ms);

/* One more of the key's is open. False: `max` are already. *ret is for tally_leave, NULL when it is
 * not counted. */
bool tally_enter(struct tally *tally, struct id key, uint32_t max,
                 struct tally_place **ret) MUST_CHECK;
/* It is not open any more. NULL is let through. */
void tally_leave(struct tally_place *place);

#endif
