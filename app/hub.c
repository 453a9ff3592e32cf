#include "app/hub.h"

#include <stdlib.h>

struct topic {
    struct map_node node;
    struct watcher **watchers; /* confirmed ones */
    uint32_t count, cap;
    uint32_t reserved; /* places of watchers that are not confirmed */
};

void hub_init(struct hub *hub, hub_idle_fn *on_idle, void *arg)
{
    *hub = (struct hub){.on_idle = on_idle, .arg = arg};
    map_init(&hub->topics);
}

void hub_release(struct hub *hub)
{
    if (!hub)
        return;
    ENSURE(hub->topics.count == 0);
    map_release(&hub->topics);
}

static struct topic *find(const struct hub *hub, struct id game)
{
    struct map_node *node = map_find(&hub->topics, game);
    return node ? container_of(node, struct topic, node) : NULL;
}

void hub_reserve(struct hub *hub, struct watcher *watcher, struct id game)
{
    ENSURE(!watcher->topic && !hub->walking);
    struct topic *topic = find(hub, game);
    if (!topic) {
        topic = calloc(1, sizeof(*topic));
        ENSURE_MEMORY(topic);
        topic->node.key = game;
        map_add(&hub->topics, &topic->node);
    }
    topic->reserved++;
    watcher->topic = topic;
    watcher->confirmed = false;
}

void hub_confirm(struct watcher *watcher)
{
    struct topic *topic = watcher->topic;
    ENSURE(topic != NULL);
    if (watcher->confirmed)
        return;
    if (topic->count == topic->cap) {
        topic->cap = topic->cap ? topic->cap * 2 : 2;
        topic->watchers = realloc(topic->watchers, topic->cap * sizeof(*topic->watchers));
        ENSURE_MEMORY(topic->watchers);
    }
    watcher->place = topic->count;
    watcher->confirmed = true;
    topic->watchers[topic->count++] = watcher;
    topic->reserved--;
}

void hub_leave(struct hub *hub, struct watcher *watcher)
{
    struct topic *topic = watcher->topic;
    if (!topic)
        return;
    ENSURE(!hub->walking);
    if (watcher->confirmed) {
        struct watcher *last = topic->watchers[--topic->count];
        topic->watchers[watcher->place] = last;
        last->place = watcher->place;
    } else {
        topic->reserved--;
    }
    watcher->topic = NULL;
    watcher->confirmed = false;
    if (topic->count > 0 || topic->reserved > 0)
        return;
    const struct id game = topic->node.key;
    map_remove(&hub->topics, &topic->node);
    free(topic->watchers);
    free(topic);
    hub->on_idle(hub->arg, game);
}

struct id watcher_game(const struct watcher *watcher)
{
    return watcher->topic->node.key;
}

size_t hub_publish(struct hub *hub, struct update *update)
{
    const struct topic *topic = find(hub, update->game);
    if (!topic)
        return 0;
    hub->walking = true;
    for (uint32_t i = 0; i < topic->count; i++)
        topic->watchers[i]->on_update(topic->watchers[i], update);
    hub->walking = false;
    return topic->count;
}

size_t hub_count(const struct hub *hub, struct id game)
{
    const struct topic *topic = find(hub, game);
    return topic ? topic->count : 0;
}
