#include "app/author/games_page.h"

static bool on_listed(void *arg, const struct store_listed *listed)
{
    struct games_page *games = arg;
    struct store_listed *game = &games->list[games->count++];
    *game = *listed;
    game->name = arena_dup(&games->arena, listed->name);
    game->story_id = arena_dup(&games->arena, listed->story_id);
    game->story_title = arena_dup(&games->arena, listed->story_title);
    return true;
}

enum status games_read(struct store *store, uint64_t above, struct games_page *ret)
{
    ret->arena = (struct arena){.blocks = NULL};
    ret->count = 0;
    return store_scan(store, above, GAMES_PAGE, on_listed, ret);
}

void games_release(struct games_page *games)
{
    arena_release(&games->arena);
}
