#include "app/errand.h"

#include <stdlib.h>

struct errand *errand_new(void)
{
    struct errand *errand = calloc(1, sizeof(*errand));
    ENSURE(errand != NULL);
    return errand;
}

void errand_free(struct errand *errand)
{
    free(errand);
}
