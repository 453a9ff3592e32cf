/* Linked into casysd when it is built with AddressSanitizer: what its leak check is to pass over. */

/* The names are the sanitizer's (sanitizer/lsan_interface.h).
 * NOLINTBEGIN(cert-dcl37-c,cert-dcl51-cpp,bugprone-reserved-identifier) */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

const char *__lsan_default_suppressions(void)
{
    /* libh2o keeps freed chunks in lists of its own for each thread and has no call that empties
     * them: at the end of an io thread its lists are out of reach. */
    return "leak:h2o_mem_alloc_recycle\n";
}
/* NOLINTEND(cert-dcl37-c,cert-dcl51-cpp,bugprone-reserved-identifier) */
