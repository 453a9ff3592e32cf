/* Who is present at a game, on one io thread: how many connections of which role watch it here, and
 * which of them want to know how many watch it on all threads.
 *
 *   sit, rise -> counts of this thread -> report -> the sequencer adds up the threads'
 *                                                        |
 *   tell, to each one who asked    <-  newest  <-  hear <-+  one update for each change
 *
 * Nothing is said at once: presence_tick reports and tells what is newest by then, each game at
 * most every interval_ms, and one that many watch more seldom. Who cannot take it is asked again
 * at the next time and then gets the newest, so nothing waits for anybody. */
#ifndef CASYS_PRESENCE_H
#define CASYS_PRESENCE_H

#include "app/update.h"
#include "storage/store.h"

struct crowd;

/* Embedded in what watches; zero watches nothing. */
struct seat {
    struct crowd *crowd; /* NULL: none */
    struct list node;    /* in crowd->askers, when it asked */
    enum store_role role;
    uint64_t told; /* version of the presence it was told last */
};

/* This thread's counts of a game have changed. */
typedef void presence_report_fn(void *arg, struct id game, const uint32_t counts[PRESENCE_ROLES]);
/* Give it to the connection. False: not now. Must not call the presence: the walk goes on. */
typedef bool presence_tell_fn(struct seat *seat, struct update *update);

struct presence {
    struct map crowds;
    struct list changed; /* counts that are not reported */
    struct list untold;  /* news that not everybody was told */
    presence_report_fn *report;
    presence_tell_fn *tell;
    void *arg;
    uint64_t interval_ms;
};

void presence_init(struct presence *presence, presence_report_fn *report, presence_tell_fn *tell,
                   void *arg, uint64_t interval_ms);
/* Everybody has risen. */
void presence_release(struct presence *presence);

/* It watches the game in this role from now on, and no other; asks: it wants to be told, what is
 * known already too. */
void presence_sit(struct presence *presence, struct seat *seat, struct id game,
                  enum store_role role, bool asks);
/* Safe for one that watches nothing. */
void presence_rise(struct presence *presence, struct seat *seat);

/* The newest from the sequencer; takes a reference of its own. */
void presence_hear(struct presence *presence, struct update *update);

/* Report and tell what is due. now_ms is monotonic. */
void presence_tick(struct presence *presence, uint64_t now_ms);

#endif
