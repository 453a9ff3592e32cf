/* Linked into casysd when it is built with ThreadSanitizer: reports that cannot be true. */

/* The name is the sanitizer's (sanitizer/tsan_interface.h). */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
    /* libuv closes a descriptor by the system call itself, which the sanitizer does not see. When
     * another io thread gets the same number from dup(), it seems to touch the first thread's. */
    return "race:h2o_socket_export\n";
}
