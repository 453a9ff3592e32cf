/* A system without memory at one moment: preloaded, it lets the n-th allocation of the program fail
 * (control.h), whoever asks for it. The file is named by CASYS_SOAK_MEMORY. Giving memory back never
 * fails. */
#include "tests/soak/control.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

enum operation { ALLOCATE = 1 };

typedef void *malloc_fn(size_t size);
typedef void *calloc_fn(size_t count, size_t size);
typedef void *realloc_fn(void *at, size_t size);
typedef int memalign_fn(void **ret, size_t alignment, size_t size);
typedef void *aligned_fn(size_t alignment, size_t size);

static void __attribute__((constructor)) begin(void)
{
    open_control("CASYS_SOAK_MEMORY");
}

/* The next library's function of that name. POSIX has its address fit into an integer. */
static uintptr_t next(uintptr_t *kept, const char *name)
{
    if (*kept == 0)
        *kept = (uintptr_t)dlsym(RTLD_NEXT, name);
    return *kept;
}

void *malloc(size_t size)
{
    static uintptr_t kept;
    if (fails(ALLOCATE))
        return NULL;
    return ((malloc_fn *)next(&kept, "malloc"))(size);
}

void *calloc(size_t count, size_t size)
{
    static uintptr_t kept;
    if (fails(ALLOCATE))
        return NULL;
    return ((calloc_fn *)next(&kept, "calloc"))(count, size);
}

void *realloc(void *at, size_t size)
{
    static uintptr_t kept;
    if (fails(ALLOCATE))
        return NULL;
    return ((realloc_fn *)next(&kept, "realloc"))(at, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    static uintptr_t kept;
    if (fails(ALLOCATE))
        return ENOMEM;
    return ((memalign_fn *)next(&kept, "posix_memalign"))(ret, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    static uintptr_t kept;
    if (fails(ALLOCATE))
        return NULL;
    return ((aligned_fn *)next(&kept, "aligned_alloc"))(alignment, size);
}
