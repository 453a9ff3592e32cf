#include "app/presence.h"

#include <stdlib.h>

struct crowd {
    struct map_node node;
    uint32_t counts[PRESENCE_ROLES]; /* seated here */
    struct list changed_node;        /* in presence->changed */
    struct list untold_node;         /* in presence->untold */
    struct list askers;
    uint64_t asker_count;
    struct update *newest; /* one reference, or NULL */
    uint64_t report_at_ms, tell_at_ms;
};

void presence_init(struct presence *presence, presence_report_fn *report, presence_tell_fn *tell,
                   void *arg, uint64_t interval_ms)
{
    *presence =
        (struct presence){.report = report, .tell = tell, .arg = arg, .interval_ms = interval_ms};
    map_init(&presence->crowds);
    list_init(&presence->changed);
    list_init(&presence->untold);
}

static void crowd_free(struct presence *presence, struct crowd *crowd)
{
    map_remove(&presence->crowds, &crowd->node);
    list_unlink(&crowd->changed_node);
    list_unlink(&crowd->untold_node);
    update_unref(crowd->newest);
    free(crowd);
}

static bool is_empty(const struct crowd *crowd)
{
    for (size_t i = 0; i < PRESENCE_ROLES; i++) {
        if (crowd->counts[i] > 0)
            return false;
    }
    return true;
}

void presence_release(struct presence *presence)
{
    for (struct map_node *node; (node = map_any(&presence->crowds)) != NULL;) {
        struct crowd *crowd = container_of(node, struct crowd, node);
        ENSURE(is_empty(crowd));
        crowd_free(presence, crowd);
    }
    map_release(&presence->crowds);
}

static struct crowd *find(const struct presence *presence, struct id game)
{
    struct map_node *node = map_find(&presence->crowds, game);
    return node ? container_of(node, struct crowd, node) : NULL;
}

static struct crowd *crowd_get(struct presence *presence, struct id game)
{
    struct crowd *crowd = find(presence, game);
    if (crowd)
        return crowd;
    crowd = calloc(1, sizeof(*crowd));
    ENSURE_MEMORY(crowd);
    crowd->node.key = game;
    list_init(&crowd->changed_node);
    list_init(&crowd->untold_node);
    list_init(&crowd->askers);
    map_add(&presence->crowds, &crowd->node);
    return crowd;
}

static void mark(struct list *list, struct list *node)
{
    if (!list_linked(node))
        list_append(list, node);
}

static uint32_t *count_of(struct crowd *crowd, enum store_role role)
{
    ENSURE(role > STORE_NOBODY && (int)role <= (int)PRESENCE_ROLES);
    return &crowd->counts[role - 1];
}

void presence_sit(struct presence *presence, struct seat *seat, struct id game,
                  enum store_role role, bool asks)
{
    const bool same = seat->crowd && id_eq(seat->crowd->node.key, game) && seat->role == role;
    struct crowd *crowd = crowd_get(presence, game);
    if (same) {
        if (list_linked(&seat->node))
            crowd->asker_count--;
        list_unlink(&seat->node);
    } else {
        presence_rise(presence, seat);
        ++*count_of(crowd, role);
        mark(&presence->changed, &crowd->changed_node);
        seat->crowd = crowd;
        seat->role = role;
        list_init(&seat->node);
    }
    seat->told = 0;
    if (!asks)
        return;
    list_append(&crowd->askers, &seat->node);
    crowd->asker_count++;
    if (crowd->newest)
        mark(&presence->untold, &crowd->untold_node);
}

/* An empty crowd stays until that was reported. */
void presence_rise(struct presence *presence, struct seat *seat)
{
    struct crowd *crowd = seat->crowd;
    if (!crowd)
        return;
    if (list_linked(&seat->node))
        crowd->asker_count--;
    list_unlink(&seat->node);
    --*count_of(crowd, seat->role);
    mark(&presence->changed, &crowd->changed_node);
    seat->crowd = NULL;
}

void presence_hear(struct presence *presence, struct update *update)
{
    struct crowd *crowd = find(presence, update->game);
    if (!crowd)
        return;
    update_ref(update);
    update_unref(crowd->newest);
    crowd->newest = update;
    mark(&presence->untold, &crowd->untold_node);
}

static void report_changes(struct presence *presence, uint64_t now_ms)
{
    struct list *next;
    for (struct list *node = presence->changed.next; node != &presence->changed; node = next) {
        next = node->next;
        struct crowd *crowd = container_of(node, struct crowd, changed_node);
        if (crowd->report_at_ms > now_ms)
            continue;
        crowd->report_at_ms = now_ms + presence->interval_ms;
        list_unlink(&crowd->changed_node);
        presence->report(presence->arg, crowd->node.key, crowd->counts);
        if (is_empty(crowd))
            crowd_free(presence, crowd);
    }
}

/* True when everybody who asked knows the newest. */
static bool tell_all(struct presence *presence, struct crowd *crowd)
{
    bool all = true;
    for (struct list *node = crowd->askers.next; node != &crowd->askers; node = node->next) {
        struct seat *seat = container_of(node, struct seat, node);
        if (seat->told == crowd->newest->version)
            continue;
        if (presence->tell(seat, crowd->newest))
            seat->told = crowd->newest->version;
        else
            all = false;
    }
    return all;
}

static void tell_news(struct presence *presence, uint64_t now_ms)
{
    struct list *next;
    for (struct list *node = presence->untold.next; node != &presence->untold; node = next) {
        next = node->next;
        struct crowd *crowd = container_of(node, struct crowd, untold_node);
        if (crowd->tell_at_ms > now_ms)
            continue;
        /* About a thousand messages a second at the most, however many ask. */
        const uint64_t pause_ms =
            crowd->asker_count > presence->interval_ms ? crowd->asker_count : presence->interval_ms;
        crowd->tell_at_ms = now_ms + pause_ms;
        if (tell_all(presence, crowd))
            list_unlink(&crowd->untold_node);
    }
}

void presence_tick(struct presence *presence, uint64_t now_ms)
{
    tell_news(presence, now_ms);
    report_changes(presence, now_ms);
}
