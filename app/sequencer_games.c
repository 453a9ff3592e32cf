#include "app/sequencer_parts.h"

#include <stdlib.h>
#include <string.h>

#include "app/base/metrics.h"

struct game *game_known(struct sequencer *seq, struct id id)
{
    struct map_node *node = map_find(&seq->games, id);
    return node ? container_of(node, struct game, node) : NULL;
}

static struct game *game_get(struct sequencer *seq, struct id id)
{
    struct game *game = game_known(seq, id);
    if (game)
        return game;
    game = calloc(1, sizeof(*game));
    ENSURE_MEMORY(game);
    game->node.key = id;
    map_add(&seq->games, &game->node);
    return game;
}

void audience_free(struct game *game)
{
    if (!game->audience)
        return;
    list_unlink(&game->audience->node);
    free(game->audience);
    game->audience = NULL;
}

void game_forget_if_idle(struct sequencer *seq, struct game *game)
{
    if (game->tip || game->watchers)
        return;
    map_remove(&seq->games, &game->node);
    free(game);
}

void tip_free(struct tip *tip)
{
    if (!tip)
        return;
    story_unref(tip->facts.story);
    update_unref(tip->update);
    free(tip);
}

void tip_evict(struct sequencer *seq, struct tip *tip)
{
    struct game *game = tip->game;
    ENSURE(!tip->pending);
    list_unlink(&tip->lru);
    seq->tip_count--;
    metric_add(METRIC_GAMES_LOADED, -1);
    game->tip = NULL;
    tip_free(tip);
    game_forget_if_idle(seq, game);
}

void tip_keep(struct sequencer *seq, struct tip *tip)
{
    tip->game = game_get(seq, tip->facts.id);
    ENSURE(!tip->game->tip);
    tip->game->tip = tip;
    list_append(&seq->recent, &tip->lru);
    seq->tip_count++;
    metric_add(METRIC_GAMES_LOADED, 1);
}

struct tip *tip_new(void)
{
    struct tip *tip = calloc(1, sizeof(*tip));
    ENSURE_MEMORY(tip);
    list_init(&tip->lru);
    return tip;
}

static enum status tip_fill(struct sequencer *seq, const struct store_game *stored, struct id id,
                            struct tip *tip)
{
    tip->row = stored->row;
    tip->owner = stored->owner;
    tip->facts.id = id;
    tip->facts.link = stored->link;
    memcpy(tip->facts.seed, stored->seed, SEED_LEN);
    if (id_parse(stored->owner_name, &tip->facts.owner) != OK)
        return ERR_CORRUPT;
    enum status st =
        library_story(&seq->library, seq->config.store, stored->story_hash, &tip->facts.story);
    if (st != OK)
        return st;
    st = state_decode(stored->state, tip->facts.story, &tip->state);
    if (st != OK)
        return st;
    if (tip->state.version != stored->version)
        return ERR_CORRUPT;
    tip->update =
        update_new(id, stored->version, stored->snapshot, seq->config.threads, seq->config.seal);
    return OK;
}

enum status tip_load(struct sequencer *seq, struct id id, struct tip **ret)
{
    struct game *game = game_known(seq, id);
    if (game && game->tip) {
        list_unlink(&game->tip->lru);
        list_append(&seq->recent, &game->tip->lru);
        *ret = game->tip;
        return OK;
    }
    char name[ID_TEXT_SIZE];
    struct store_game stored;
    id_text(id, name);
    enum status st = store_game_load(seq->config.store, slice_str(name), &seq->arena, &stored);
    if (st == ERR_NOT_FOUND)
        return ERR_GAME_NOT_FOUND;
    if (st != OK)
        return st;
    struct tip *tip = tip_new();
    st = tip_fill(seq, &stored, id, tip);
    if (st != OK) {
        tip_free(tip);
        return st;
    }
    metric_add(METRIC_GAME_LOADS, 1);
    tip_keep(seq, tip);
    *ret = tip;
    return OK;
}

void audience_note(struct sequencer *seq, const struct command *command)
{
    struct game *game = game_known(seq, command->game);
    if (!game || !((game->watchers >> command->thread) & 1))
        return;
    if (!game->audience) {
        game->audience = calloc(1, sizeof(*game->audience) +
                                       seq->config.threads * sizeof(game->audience->counts[0]));
        ENSURE_MEMORY(game->audience);
        game->audience->game = game;
        list_init(&game->audience->node);
    }
    memcpy(game->audience->counts[command->thread], command->watchers, sizeof(command->watchers));
    if (!list_linked(&game->audience->node))
        list_append(&seq->audiences, &game->audience->node);
}

void audience_leave(struct sequencer *seq, const struct command *command)
{
    struct game *game = game_known(seq, command->game);
    if (!game)
        return;
    const struct command gone = {.game = command->game, .thread = command->thread};
    if (game->audience)
        audience_note(seq, &gone);
    game->watchers &= ~(UINT64_C(1) << command->thread);
    if (!game->watchers)
        audience_free(game);
    game_forget_if_idle(seq, game);
}
