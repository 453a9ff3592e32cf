/* What the compiler is asked to check, and the few macros that cannot be functions. */
#ifndef CASYS_BASE_COMPILER_H
#define CASYS_BASE_COMPILER_H

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
/* Argument number `text` is a printf format for the arguments from number `first` on. */
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* A local cleans itself up: `SCOPED(close_file) FILE *f = ...`; the function gets a pointer to the
 * variable. */
#define SCOPED(function) __attribute__((cleanup(function)))

/* The object that embeds *pointer as its member `member`; pointer is not NULL. */
#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Our own logic may be wrong: checked in every build. Prints the place and aborts, so that a game
 * is never written from a state that cannot be. */
#define ENSURE(condition)                                                                          \
    ((condition) ? (void)0 : ensure_failed(#condition, __FILE__, __LINE__, __func__))

/* Memory may run out. Then the program says so and aborts, wherever it is: nothing that was
 * acknowledged is lost by that (docs/storage.md), and going on with half of something might. */
#define ENSURE_MEMORY(at) ((at) ? (void)0 : memory_exhausted())

_Noreturn void memory_exhausted(void);

_Noreturn void ensure_failed(const char *condition, const char *file, int line,
                             const char *function);

/* 1 in a build with AddressSanitizer, else 0. */
#if defined(__SANITIZE_ADDRESS__)
#define BUILT_WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BUILT_WITH_ASAN 1
#endif
#endif
#ifndef BUILT_WITH_ASAN
#define BUILT_WITH_ASAN 0
#endif

#endif
