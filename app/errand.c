#include "app/errand.h"

#include <stdlib.h>

struct errand *errand_new(void)
{
    struct errand *errand = calloc(1, sizeof(*errand));
    ENSURE_MEMORY(errand != NULL);
    return errand;
}

void errand_free(struct errand *errand)
{
    if (!errand)
        return;
    ENSURE(!errand->tip); /* the sequencer lets no command go with it */
    story_unref(errand->story);
    arena_release(&errand->arena);
    buf_release(&errand->origin);
    free(errand);
}
