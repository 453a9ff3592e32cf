#include "app/replay.h"

#include <stdlib.h>
#include <string.h>

#include "app/game/edition.h"
#include "app/journal.h"

enum { EVENTS_PAGE = 64 }; /* events in memory */

struct replay *replay_told(const struct story *story, const struct origin *origin)
{
    struct replay *replay = calloc(1, sizeof *replay);
    ENSURE(replay != NULL);
    replay->story = story;
    replay->origin = *origin;
    return replay;
}

struct replay *replay_new(const struct game_facts *facts)
{
    struct replay *replay = replay_told(facts->story, &facts->origin);
    replay->seed = facts->seed;
    return replay;
}

void replay_free(struct replay *replay)
{
    if (!replay)
        return;
    story_unref(replay->edition);
    kept_release(&replay->kept);
    arena_release(&replay->arena);
    free(replay);
}

static struct slice string_member(const struct json *object, struct slice key)
{
    const struct json *value = json_get(object, key);
    return value && value->kind == JSON_STRING ? value->text : SLICE_NONE;
}

static bool kind_find(struct slice name, enum event_kind *ret)
{
    for (int kind = EVENT_START; kind <= EVENT_MIGRATE; kind++) {
        if (slice_eq(name, slice_str(event_kind_name((enum event_kind)kind)))) {
            *ret = (enum event_kind)kind;
            return true;
        }
    }
    return false;
}

/* Does nobody go back beyond such a version? */
static bool ends_past(enum event_kind kind)
{
    switch (kind) {
    case EVENT_START:
    case EVENT_RESET:
    case EVENT_FORK:
    case EVENT_IMPORT:
    case EVENT_MIGRATE: return true;
    case EVENT_CHOICE:
    case EVENT_STOP:
    case EVENT_LOAD: return false;
    }
    return false;
}

uint64_t replay_needs(const struct json *event)
{
    int64_t of;
    if (!slice_eq(string_member(event, SLICE("type")), SLICE("load")) ||
        json_int(json_get(event, SLICE("of")), 1, INT64_MAX, &of) != OK)
        return 0;
    return (uint64_t)of;
}

/* The values of an event's dice, all in a row. What is no such value becomes 0, which no die shows. */
static struct dice_told dice_of(const struct replay *replay, const struct json *event,
                                struct arena *arena)
{
    const struct json *rolls = json_get(event, SLICE("rolls"));
    uint8_t *values = arena_alloc(arena, (size_t)LIMIT_ROLLS * DICE_COUNT_MAX);
    struct dice_told told = {
        .runs = replay->origin.runs, .run_count = replay->origin.run_count, .values = values};
    for (const struct json *roll = rolls ? rolls->child : NULL; roll; roll = roll->next) {
        const struct json *list = json_get(roll, SLICE("values"));
        for (const struct json *value = list ? list->child : NULL; value; value = value->next) {
            int64_t number = 0;
            if (told.count == (size_t)LIMIT_ROLLS * DICE_COUNT_MAX)
                return told;
            if (json_int(value, 1, DICE_FACES_MAX, &number) != OK)
                number = 0;
            values[told.count++] = (uint8_t)number;
        }
    }
    return told;
}

/* What the event asks for, of what there is. `target` is room for the state of a load. */
static bool command_of(const struct replay *replay, const struct json *event, struct state *target,
                       struct command_told *ret)
{
    if (!kind_find(string_member(event, SLICE("type")), &ret->kind))
        return false;
    /* A game starts with its first version, and only there. */
    if ((ret->kind == EVENT_START) != (replay->state.version == 0))
        return false;
    if (ret->kind == EVENT_START)
        ret->name = string_member(event, SLICE("name"));
    /* By its exact id: a journal names the choice that was played, never a section's number. */
    if (ret->kind == EVENT_CHOICE)
        ret->choice = game_option_by_id(replay->story, &replay->state,
                                        string_member(event, SLICE("choice_id")));
    if (ret->kind == EVENT_CHOICE && !ret->choice)
        return false;
    ret->target = target;
    return ret->kind != EVENT_LOAD ||
           kept_find(&replay->kept, replay->story, replay_needs(event), target) == OK;
}

/* From here on with that edition, a reference that the replay takes over. */
static void edition_take(struct replay *replay, struct story *story)
{
    story_unref(replay->edition);
    replay->edition = story;
    replay->story = story;
}

static bool hash_member(const struct json *event, struct slice key, uint8_t ret[SHA256_LEN])
{
    return crypto_unhex(string_member(event, key), ret, SHA256_LEN) == OK;
}

static enum status replay_migration(struct replay *replay, const struct json *event, int64_t at_ms)
{
    uint8_t from[SHA256_LEN], to[SHA256_LEN];
    struct story *story;
    if (replay->state.version == 0 || !replay->editions ||
        !hash_member(event, SLICE("story_from"), from) || !hash_member(event, SLICE("story"), to) ||
        !story_is_named(replay->story, from))
        return ERR_CORRUPT;
    if (replay->editions->find(replay->editions->arg, to, &story) != OK)
        return ERR_CORRUPT;
    struct arena arena = {.blocks = NULL};
    struct edition_report report;
    kept_forget(&replay->kept, replay->state.version);
    const enum status st = edition_migrate(replay->story, &replay->state, story, at_ms, &arena,
                                           &report, &replay->state, &replay->event);
    arena_release(&arena);
    /* It may be known by two names (app/library.h), and was told by this one. */
    memcpy(replay->event.story_from, from, SHA256_LEN);
    edition_take(replay, story);
    if (st != OK)
        return ERR_CORRUPT;
    kept_put(&replay->kept, replay->story, &replay->state);
    return OK;
}

enum status replay_event(struct replay *replay, const struct json *event, int64_t at_ms)
{
    if (slice_eq(string_member(event, SLICE("type")), SLICE("migrate")))
        return replay_migration(replay, event, at_ms);
    struct arena arena = {.blocks = NULL};
    struct state target;
    struct command_told command = {.kind = EVENT_START};
    if (!command_of(replay, event, &target, &command))
        return ERR_CORRUPT;
    const bool is_told = replay->state.version < replay->origin.version;
    struct dice_told told = {.count = 0};
    if (is_told)
        told = dice_of(replay, event, &arena);
    ENSURE(is_told || replay->seed);
    if (ends_past(command.kind))
        kept_forget(&replay->kept, replay->state.version);
    const enum status st =
        game_again(replay->story, is_told ? NULL : replay->seed, is_told ? &told : NULL, &command,
                   at_ms, &replay->state, &replay->event);
    arena_release(&arena);
    if (st != OK)
        return ERR_CORRUPT;
    kept_put(&replay->kept, replay->story, &replay->state);
    return OK;
}

enum status replay_row(struct replay *replay, struct slice event, int64_t at_ms)
{
    /* No event of that many bytes has more values. */
    const struct json_limits limits = {LIMIT_EVENT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EVENT_BYTES};
    const struct json *parsed;
    arena_reset(&replay->arena);
    if (json_parse(event, &limits, &replay->arena, &parsed, NULL) != OK)
        return ERR_CORRUPT;
    return replay_event(replay, parsed, at_ms);
}

/* A journal being played. */
struct walk {
    struct replay *replay;
    struct store *store;
    uint64_t game;
    uint64_t version; /* to be played to */
    replay_fn *visit;
    void *arg;
    uint64_t scanned; /* every event up to here was looked at */
    uint64_t begins;  /* the last version looked at with which the past ends */
};

static enum status fails(struct walk *walk, uint64_t version, const char *what)
{
    walk->replay->wrong = what;
    walk->replay->wrong_version = version;
    return ERR_CORRUPT;
}

/* The type of an event as it is stored: the second member, as event_encode writes it. Nothing, of
 * bytes that are not ours: such an event cannot be played either. */
static struct slice type_of(struct slice event)
{
    const struct slice head = SLICE("{\"version\":");
    const struct slice key = SLICE(",\"type\":\"");
    if (!slice_starts(event, head))
        return SLICE_NONE;
    struct slice rest = slice_make(event.at + head.len, event.len - head.len);
    while (rest.len > 0 && rest.at[0] >= '0' && rest.at[0] <= '9')
        rest = slice_make(rest.at + 1, rest.len - 1);
    if (!slice_starts(rest, key))
        return SLICE_NONE;
    rest = slice_make(rest.at + key.len, rest.len - key.len);
    const uint8_t *end = rest.len > 0 ? memchr(rest.at, '"', rest.len) : NULL;
    return end ? slice_make(rest.at, (size_t)(end - rest.at)) : SLICE_NONE;
}

static bool on_scanned(void *arg, const struct store_journal_row *row)
{
    const struct json_limits limits = {LIMIT_EVENT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EVENT_BYTES};
    struct walk *walk = arg;
    struct arena *arena = &walk->replay->arena;
    enum event_kind kind;
    const struct json *event;
    if (!kind_find(type_of(row->event), &kind))
        return true;
    if (ends_past(kind) && row->version > walk->begins)
        walk->begins = row->version;
    if (kind != EVENT_LOAD)
        return true;
    arena_reset(arena);
    if (json_parse(row->event, &limits, arena, &event, NULL) == OK && replay_needs(event) > 0)
        kept_need(&walk->replay->kept, replay_needs(event));
    return true;
}

/* Look ahead until all is known that the versions after `done` ask for. Returns how far that is in
 * *ret_until. */
static enum status scan(struct walk *walk, uint64_t done, uint64_t *ret_until)
{
    while (walk->scanned < walk->version && walk->begins <= done + 1) {
        const uint64_t left = walk->version - walk->scanned;
        const uint64_t to = left > EVENTS_PAGE ? walk->scanned + EVENTS_PAGE : walk->version;
        const enum status st =
            store_history(walk->store, walk->game, walk->scanned + 1, to, on_scanned, walk);
        if (st == ERR_CORRUPT)
            return fails(walk, walk->scanned + 1, "the journal has a hole here, or is damaged");
        if (st != OK)
            return st;
        walk->scanned = to;
    }
    kept_ready(&walk->replay->kept);
    *ret_until = walk->scanned < walk->version ? walk->begins - 1 : walk->version;
    return OK;
}

static enum status play_row(struct walk *walk, const struct store_journal_row *row,
                            uint64_t expected)
{
    struct replay *replay = walk->replay;
    if (row->version != expected)
        return fails(walk, expected, "the journal has a hole here, or is damaged");
    if (replay_row(replay, row->event, row->at_ms) != OK)
        return fails(walk, expected, "the event cannot be played again");
    if (replay->state.version != expected)
        return fails(walk, expected, "the event makes another version");
    const char *wrong = walk->visit ? walk->visit(walk->arg, replay, row) : NULL;
    return wrong ? fails(walk, expected, wrong) : OK;
}

static enum status play_page(struct walk *walk, uint64_t from, uint64_t to)
{
    struct arena arena = {.blocks = NULL};
    struct journal_page page;
    uint64_t version = from;
    enum status st = journal_read(walk->store, walk->game, from, to, &arena, &page);
    if (st == ERR_CORRUPT || (st == OK && page.count != to - from + 1))
        st = fails(walk, from, "the journal has a hole here, or is damaged");
    for (const struct journal_row *row = page.first; st == OK && row; row = row->next)
        st = play_row(walk, &row->row, version++);
    arena_release(&arena);
    return st;
}

/* Play the versions after `done` up to `until`, which is as far as is known. */
static enum status play_until(struct walk *walk, uint64_t done, uint64_t until)
{
    while (done < until) {
        const uint64_t to = until - done > EVENTS_PAGE ? done + EVENTS_PAGE : until;
        const enum status st = play_page(walk, done + 1, to);
        if (st != OK)
            return st;
        done = to;
    }
    return OK;
}

/* The oldest migration of a page of a journal: the walk goes from new to old. */
struct departure {
    bool found;
    uint8_t story_from[SHA256_LEN];
    bool is_damaged;
};

static bool on_looked_at(void *arg, const struct store_journal_row *row)
{
    const struct json_limits limits = {LIMIT_EVENT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EVENT_BYTES};
    struct departure *departure = arg;
    struct arena arena = {.blocks = NULL};
    const struct json *event;
    if (!slice_eq(type_of(row->event), SLICE("migrate")))
        return true;
    departure->found = true;
    departure->is_damaged = json_parse(row->event, &limits, &arena, &event, NULL) != OK ||
                            !hash_member(event, SLICE("story_from"), departure->story_from);
    arena_release(&arena);
    return true;
}

enum status replay_first(struct store *store, const struct store_game *game,
                         const struct story *story, uint8_t ret_hash[SHA256_LEN])
{
    struct departure departure = {.found = false};
    struct state newest;
    /* With a migration a run begins: in a game of one run there was none. */
    const bool is_first_run = state_decode(game->state, story, &newest) == OK && newest.run == 1;
    uint64_t done = is_first_run ? game->version : 0;
    while (done < game->version && !departure.found) {
        const uint64_t left = game->version - done;
        const uint64_t to = left > EVENTS_PAGE ? done + EVENTS_PAGE : game->version;
        const enum status st =
            store_history(store, game->row, done + 1, to, on_looked_at, &departure);
        if (st != OK)
            return st;
        done = to;
    }
    if (departure.is_damaged)
        return ERR_CORRUPT;
    memcpy(ret_hash, departure.found ? departure.story_from : story->hash, SHA256_LEN);
    return OK;
}

/* Play with the edition that the game began with. */
static enum status begin_first(struct walk *walk, const struct store_game *game)
{
    struct replay *replay = walk->replay;
    uint8_t hash[SHA256_LEN];
    struct story *story;
    enum status st = replay_first(walk->store, game, replay->story, hash);
    if (st == ERR_CORRUPT)
        return fails(walk, game->version, "the journal up to here has a hole, or is damaged");
    if (st != OK || memcmp(hash, replay->story->hash, SHA256_LEN) == 0)
        return st;
    if (!replay->editions)
        return fails(walk, 1, "the edition that it began with is not known");
    st = replay->editions->find(replay->editions->arg, hash, &story);
    if (st != OK)
        return st == ERR_IO ? st : fails(walk, 1, "the edition that it began with is not there");
    edition_take(replay, story);
    return OK;
}

enum status replay_journal(struct replay *replay, struct store *store,
                           const struct store_game *game, uint64_t version, replay_fn *visit,
                           void *arg)
{
    struct walk walk = {.replay = replay,
                        .store = store,
                        .game = game->row,
                        .version = version,
                        .visit = visit,
                        .arg = arg};
    ENSURE(replay->state.version == 0);
    const enum status begun = begin_first(&walk, game);
    if (begun != OK)
        return begun;
    for (uint64_t done = 0; done < version;) {
        uint64_t until;
        enum status st = scan(&walk, done, &until);
        if (st == OK)
            st = play_until(&walk, done, until);
        if (st != OK)
            return st;
        done = until;
    }
    return OK;
}

enum status replay_facts(struct store *store, struct library *library, struct slice name,
                         struct arena *arena, struct store_game *ret_game,
                         struct game_facts *ret_facts)
{
    enum status st = store_game_load(store, name, arena, ret_game);
    if (st != OK)
        return st == ERR_NOT_FOUND ? ERR_GAME_NOT_FOUND : st;
    struct game_facts facts = {.link = ret_game->link};
    if (id_parse(name, &facts.id) != OK || id_parse(ret_game->owner_name, &facts.owner) != OK)
        return ERR_CORRUPT;
    memcpy(facts.seed, ret_game->seed, SEED_LEN);
    if (origin_decode(ret_game->origin, arena, &facts.origin) != OK)
        return ERR_CORRUPT;
    st = library_story(library, store, ret_game->story_hash, &facts.story);
    if (st != OK)
        return st;
    *ret_facts = facts;
    return OK;
}

enum status stored_edition(void *arg, const uint8_t hash[SHA256_LEN], struct story **ret)
{
    const struct stored *stored = arg;
    return library_story(stored->library, stored->store, hash, ret);
}

enum status replay_state(struct store *store, struct library *library,
                         const struct store_game *game, struct game_facts *facts, uint64_t version,
                         struct state *ret_state, struct event *ret_event)
{
    struct stored stored = {store, library};
    const struct editions editions = {stored_edition, &stored};
    if (version == 0 || version > game->version)
        return ERR_VERSION_NOT_FOUND;
    struct replay *replay = replay_new(facts);
    replay->editions = &editions;
    const enum status st = replay_journal(replay, store, game, version, NULL, NULL);
    if (st == OK) {
        *ret_state = replay->state;
        *ret_event = replay->event;
    }
    if (st == OK && replay->edition) {
        story_unref(facts->story);
        facts->story = story_ref(replay->edition);
    }
    replay_free(replay);
    return st;
}
