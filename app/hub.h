/* Who watches what, on one io thread. The sequencer sends an update once to each io thread that
 * has watchers of the game; the hub hands it to each of them, in memory order.
 *
 * A watcher reserves its place before the sequencer is asked, so that the place exists when the
 * answer comes, and sees updates only after it was confirmed: the right to watch is the
 * sequencer's to give. */
#ifndef CASYS_HUB_H
#define CASYS_HUB_H

#include "app/update.h"

struct watcher;

/* May mark the watcher for later work, and must not call the hub: the walk goes on. */
typedef void watcher_fn(struct watcher *watcher, struct update *update);

/* Embedded in what watches; zero is a watcher of nothing. */
struct watcher {
    struct topic *topic; /* NULL: watches nothing */
    uint32_t place;      /* in topic->watchers, when confirmed */
    bool confirmed;
    watcher_fn *on_update;
};

/* Called when the last watcher of a game left: no more updates are needed. */
typedef void hub_idle_fn(void *arg, struct id game);

struct hub {
    struct map topics;
    hub_idle_fn *on_idle;
    void *arg;
    bool walking;
};

void hub_init(struct hub *hub, hub_idle_fn *on_idle, void *arg);
/* Nobody may be watching any more. */
void hub_release(struct hub *hub);

/* Keep a place at the game for a watcher of nothing. */
void hub_reserve(struct hub *hub, struct watcher *watcher, struct id game);
/* From now on it gets the game's updates. */
void hub_confirm(struct watcher *watcher);
/* Give up the place, confirmed or not. Safe for a watcher of nothing. */
void hub_leave(struct hub *hub, struct watcher *watcher);

/* The game it has a place at; the watcher must have one. */
struct id watcher_game(const struct watcher *watcher);

/* Hand the update to every confirmed watcher of its game. Returns how many. */
size_t hub_publish(struct hub *hub, struct update *update);

/* Confirmed watchers of a game on this thread. */
size_t hub_count(const struct hub *hub, struct id game);

#endif
