#include "app/game/edition.h"

#include <string.h>

#include "app/game/fight.h"

/* A state on its way from one edition to another. */
struct mapping {
    const struct story *from, *to;
    const struct state *before;
    struct state *next; /* begins as a copy of `before`; each part is put in its place */
    struct edition_report *report;
    struct arena *arena;
};

static void line_add(struct mapping *m, struct edition_lines *lines, bool is_secret,
                     struct slice text)
{
    struct edition_line *line = arena_alloc(m->arena, sizeof *line);
    *line = (struct edition_line){.text = text, .is_secret = is_secret};
    if (lines->last)
        lines->last->next = line;
    else
        lines->first = line;
    lines->last = line;
    lines->count++;
}

#define REASON(m, ...)                                                                             \
    line_add((m), &(m)->report->reasons, false, arena_printf((m)->arena, __VA_ARGS__))
#define SECRET_REASON(m, ...)                                                                      \
    line_add((m), &(m)->report->reasons, true, arena_printf((m)->arena, __VA_ARGS__))
#define NOTE(m, ...)                                                                               \
    line_add((m), &(m)->report->notes, false, arena_printf((m)->arena, __VA_ARGS__))
#define SECRET_NOTE(m, ...)                                                                        \
    line_add((m), &(m)->report->notes, true, arena_printf((m)->arena, __VA_ARGS__))

/* ---- where something is in the other edition: an index, or -1 ---- */

static int32_t stat_find(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->stat_count; i++) {
        if (slice_eq(story->stats[i].id, id))
            return (int32_t)i; /* at most LIMIT_STATS */
    }
    return -1;
}

static int32_t item_find(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->item_count; i++) {
        if (slice_eq(story->items[i].id, id))
            return (int32_t)i; /* at most LIMIT_ITEMS */
    }
    return -1;
}

static int32_t flag_find(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->flag_count; i++) {
        if (slice_eq(story->flags[i], id))
            return (int32_t)i; /* at most LIMIT_FLAGS */
    }
    return -1;
}

static int32_t counter_find(const struct story *story, struct slice id)
{
    for (size_t i = 0; i < story->counter_count; i++) {
        if (slice_eq(story->counters[i].id, id))
            return (int32_t)i; /* at most LIMIT_COUNTERS */
    }
    return -1;
}

static const struct choice *choice_find(const struct section *section, struct slice id)
{
    for (size_t i = 0; i < section->choice_count; i++) {
        if (slice_eq(section->choices[i].id, id))
            return &section->choices[i];
    }
    return NULL;
}

/* ---- the hero's sheet ---- */

static void map_stats(struct mapping *m)
{
    memset(m->next->stats, 0, sizeof m->next->stats);
    for (size_t i = 0; i < m->to->stat_count; i++) {
        const struct stat_def *def = &m->to->stats[i];
        const int32_t was = stat_find(m->from, def->id);
        const int32_t value = was >= 0 ? m->before->stats[was] : def->initial;
        m->next->stats[i] = value;
        if (was < 0 && def->initial_dice)
            REASON(m, "the stat \"%.*s\" is new, and thrown when a run begins", SLICE_ARG(def->id));
        else if (was < 0)
            NOTE(m, "the stat \"%.*s\" is new and begins with %d", SLICE_ARG(def->id), value);
        else if (value < def->min || value > def->max)
            REASON(m, "the stat \"%.*s\" is %d, and is now to be within %d and %d",
                   SLICE_ARG(def->id), value, def->min, def->max);
    }
    for (size_t i = 0; i < m->from->stat_count; i++) {
        const struct slice id = m->from->stats[i].id;
        if (stat_find(m->to, id) < 0)
            NOTE(m, "the stat \"%.*s\", which is %d, is dropped", SLICE_ARG(id),
                 m->before->stats[i]);
    }
}

static void map_items(struct mapping *m)
{
    int64_t carried = 0;
    memset(m->next->items, 0, sizeof m->next->items);
    for (size_t i = 0; i < m->to->item_count; i++) {
        const struct item_def *def = &m->to->items[i];
        const int32_t was = item_find(m->from, def->id);
        m->next->items[i] = was >= 0 ? m->before->items[was] : 0;
        carried += m->next->items[i];
        if (was < 0 && def->initial > 0)
            NOTE(m, "the item \"%.*s\" is new; who begins now has %d, this hero has none",
                 SLICE_ARG(def->id), def->initial);
    }
    for (size_t i = 0; i < m->from->item_count; i++) {
        const struct slice id = m->from->items[i].id;
        if (m->before->items[i] > 0 && item_find(m->to, id) < 0)
            REASON(m, "the item \"%.*s\", of which it carries %d, is gone", SLICE_ARG(id),
                   m->before->items[i]);
    }
    if (carried > m->to->capacity)
        REASON(m, "it carries %d things, and only %d can be carried now", (int)carried,
               m->to->capacity);
}

static void map_flags(struct mapping *m)
{
    memset(m->next->flags, 0, sizeof m->next->flags);
    for (size_t i = 0; i < m->to->flag_count; i++) {
        const int32_t was = flag_find(m->from, m->to->flags[i]);
        if (was < 0)
            SECRET_NOTE(m, "the flag \"%.*s\" is new and begins unset", SLICE_ARG(m->to->flags[i]));
        else if (state_flag(m->before, was))
            m->next->flags[i / 8] |= (uint8_t)(1U << (i % 8));
    }
    for (size_t i = 0; i < m->from->flag_count; i++) {
        const struct slice id = m->from->flags[i];
        if (state_flag(m->before, (int32_t)i) && flag_find(m->to, id) < 0)
            SECRET_NOTE(m, "the flag \"%.*s\", which is set, is dropped", SLICE_ARG(id));
    }
}

static void map_counters(struct mapping *m)
{
    memset(m->next->counters, 0, sizeof m->next->counters);
    for (size_t i = 0; i < m->to->counter_count; i++) {
        const struct counter_def *def = &m->to->counters[i];
        const int32_t was = counter_find(m->from, def->id);
        const int32_t value = was >= 0 ? m->before->counters[was] : def->initial;
        m->next->counters[i] = value;
        if (was < 0)
            SECRET_NOTE(m, "the counter \"%.*s\" is new and begins with %d", SLICE_ARG(def->id),
                        value);
        else if (value < def->min || value > def->max)
            SECRET_REASON(m, "the counter \"%.*s\" is %d, and is now to be within %d and %d",
                          SLICE_ARG(def->id), value, def->min, def->max);
    }
    for (size_t i = 0; i < m->from->counter_count; i++) {
        const struct slice id = m->from->counters[i].id;
        if (counter_find(m->to, id) < 0)
            SECRET_NOTE(m, "the counter \"%.*s\", which is %d, is dropped", SLICE_ARG(id),
                        m->before->counters[i]);
    }
}

/* ---- what the game remembers ---- */

static void map_last_roll(struct mapping *m)
{
    if (!m->to->tracks_roll)
        m->next->last_roll = 0;
    else if (!m->from->tracks_roll)
        NOTE(m, "the last throw is asked for now; it is 0 until the next one");
}

static void visited_set(struct state *state, int32_t section)
{
    state->visited[section / 8] |= (uint8_t)(1U << (section % 8));
}

static void map_visited(struct mapping *m)
{
    size_t gone = 0;
    memset(m->next->visited, 0, sizeof m->next->visited);
    if (!m->to->tracks_visits)
        return;
    if (!m->from->tracks_visits)
        NOTE(m, "visited sections are asked for now; it only knows of the one where the hero is");
    for (size_t i = 0; i < m->from->section_count; i++) {
        if (!state_visited(m->before, (int32_t)i))
            continue;
        const int32_t now = story_section_find(m->to, m->from->sections[i].number);
        gone += now < 0;
        if (now >= 0)
            visited_set(m->next, now);
    }
    if (gone > 0)
        NOTE(m, "visited sections that are gone: %zu", gone);
    if (m->next->section >= 0)
        visited_set(m->next, m->next->section);
}

/* Choices of this section that were chosen, and may not be again. Returns how many are gone. */
static size_t map_chosen_of(struct mapping *m, const struct section *section)
{
    const int32_t at = story_section_find(m->to, section->number);
    size_t gone = 0;
    for (size_t i = 0; i < section->choice_count; i++) {
        if (!state_chosen(m->before, &section->choices[i]))
            continue;
        const struct choice *choice =
            at < 0 ? NULL : choice_find(&m->to->sections[at], section->choices[i].id);
        const int32_t bit = choice ? choice->once - 1 : -1;
        gone += choice == NULL;
        if (bit >= 0)
            m->next->chosen[bit / 8] |= (uint8_t)(1U << (bit % 8));
    }
    return gone;
}

static void map_chosen(struct mapping *m)
{
    size_t gone = 0;
    memset(m->next->chosen, 0, sizeof m->next->chosen);
    if (m->from->once_count == 0)
        return;
    for (size_t i = 0; i < m->from->section_count; i++)
        gone += map_chosen_of(m, &m->from->sections[i]);
    if (gone > 0)
        NOTE(m, "choices that were taken for good and are gone: %zu", gone);
}

/* ---- where the hero is ---- */

static bool same_foes(const struct fight *a, const struct fight *b)
{
    bool same = a->foe_count == b->foe_count && a->together == b->together;
    for (size_t i = 0; same && i < a->foe_count; i++) {
        const struct foe *one = &a->foes[i];
        const struct foe *other = &b->foes[i];
        same = slice_eq(one->name, other->name) && one->skill == other->skill &&
               one->endurance == other->endurance && one->damage == other->damage;
    }
    return same;
}

/* A fight of which no round was played begins anew; one that goes on needs the same foes. */
static void map_fight(struct mapping *m, const struct fight *was, const struct fight *now)
{
    struct fight_state fresh = {.round = 0};
    if (was)
        fight_begin(was, &fresh);
    const bool goes_on = was && memcmp(&fresh, &m->before->fight, sizeof fresh) != 0;
    if (goes_on && now && same_foes(was, now))
        return;
    m->next->fight = (struct fight_state){.round = 0};
    if (now)
        fight_begin(now, &m->next->fight);
    if (goes_on)
        REASON(m, "it is in the middle of a fight%s",
               now ? ", whose foes have changed" : ", and there is none here any more");
    else if (was && now && !same_foes(was, now))
        NOTE(m, "the fight that is about to begin has other foes");
    else if (!was != !now)
        NOTE(m, was ? "there is no fight here any more" : "there is a fight here now");
}

static bool same_outcomes(const struct mapping *m, const struct check *a, const struct check *b)
{
    bool same = a->outcome_count == b->outcome_count;
    for (size_t i = 0; same && i < a->outcome_count; i++) {
        const struct section *one = &m->from->sections[a->outcomes[i].target];
        const struct section *other = &m->to->sections[b->outcomes[i].target];
        same = a->outcomes[i].max == b->outcomes[i].max && one->number == other->number;
    }
    return same;
}

/* A throw that can be repeated waits for a word: it belongs to a choice of the section. */
static void map_pending(struct mapping *m, const struct section *was, const struct section *now)
{
    const struct pending *pending = &m->before->pending;
    if (pending->choice == 0)
        return;
    const struct choice *before = &was->choices[pending->choice - 1];
    const struct choice *choice = now->fight ? NULL : choice_find(now, before->id);
    m->next->pending = (struct pending){.choice = 0};
    if (!choice)
        REASON(m, "a throw waits for a word, and its choice \"%.*s\" is gone",
               SLICE_ARG(before->id));
    else if (choice->check.type != before->check.type ||
             choice->check.rerolls <= pending->rerolled ||
             !same_outcomes(m, &before->check, &choice->check))
        REASON(m, "a throw waits for a word, and its choice \"%.*s\" throws otherwise now",
               SLICE_ARG(before->id));
    else
        m->next->pending = (struct pending){.choice = (uint8_t)(choice->index + 1),
                                            .rerolled = pending->rerolled,
                                            .outcome = pending->outcome};
}

static void map_place(struct mapping *m)
{
    const struct section *was = &m->from->sections[m->before->section];
    m->next->section = story_section_find(m->to, was->number);
    if (m->next->section < 0) {
        REASON(m, "section %d, where the hero is, is gone", was->number);
        return;
    }
    const struct section *now = &m->to->sections[m->next->section];
    if (was->ending != now->ending)
        REASON(m, "section %d, where the hero is, is %s now", was->number,
               now->ending == ENDING_NONE   ? "no ending"
               : was->ending == ENDING_NONE ? "an ending"
                                            : "another ending");
    map_fight(m, was->fight, now->fight);
    map_pending(m, was, now);
}

/* Is there something that can be chosen? */
static bool can_go_on(const struct story *story, const struct state *state)
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(story, state, options);
    for (size_t i = 0; i < count; i++) {
        if (game_choice_available(state, options[i]))
            return true;
    }
    return false;
}

enum status edition_map(const struct story *from, const struct state *state, const struct story *to,
                        struct arena *arena, struct edition_report *ret_report, struct state *ret)
{
    struct state next = *state;
    struct mapping m = {.from = from,
                        .to = to,
                        .before = state,
                        .next = &next,
                        .report = ret_report,
                        .arena = arena};
    *ret_report = (struct edition_report){.reasons.count = 0};
    map_place(&m);
    map_stats(&m);
    map_items(&m);
    map_flags(&m);
    map_counters(&m);
    map_last_roll(&m);
    map_visited(&m);
    map_chosen(&m);
    if (ret_report->reasons.count > 0)
        return ERR_NOT_MIGRATABLE;
    if (state_check(&next, to) != OK)
        return ERR_INTERNAL;
    if (state->status == GAME_ACTIVE && can_go_on(from, state) && !can_go_on(to, &next)) {
        REASON(&m, "in section %d, where the hero is, there would be nothing to choose",
               to->sections[next.section].number);
        return ERR_NOT_MIGRATABLE;
    }
    *ret = next;
    return OK;
}

enum status edition_migrate(const struct story *from, const struct state *state,
                            const struct story *to, int64_t at_ms, struct arena *arena,
                            struct edition_report *ret_report, struct state *ret_state,
                            struct event *ret_event)
{
    struct state mapped;
    *ret_report = (struct edition_report){.reasons.count = 0};
    if (state->status != GAME_ACTIVE)
        return ERR_GAME_OVER;
    enum status st = edition_map(from, state, to, arena, ret_report, &mapped);
    if (st != OK)
        return st;
    st = game_take_over(to, &mapped, EVENT_MIGRATE, at_ms, ret_state, ret_event);
    memcpy(ret_event->story_from, from->hash, SHA256_LEN);
    return st;
}
