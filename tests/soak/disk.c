/* A disk that fails when it is told to: preloaded, it lets the n-th write or synchronisation of the
 * program go wrong. The first bytes of the file CASYS_SOAK_DISK are a struct control, which a test
 * changes while the program runs. It is mapped once, so that asking it opens nothing. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum operation { NONE, WRITE, SYNC };

struct control {
    _Atomic int32_t operation; /* which one fails */
    _Atomic int32_t left;      /* so many still work; counts down to 0 */
    _Atomic int32_t lasting;   /* 0: one failure, then the disk is well again */
    _Atomic int32_t error;     /* errno of the failure */
    _Atomic int32_t failed;    /* how many have failed */
};

static struct control *control;

static void __attribute__((constructor)) open_control(void)
{
    const char *path = getenv("CASYS_SOAK_DISK");
    const int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        abort();
    void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED)
        abort();
    close(file);
    control = at;
}

/* Is it this one's turn to fail? errno is set then. */
static int fails(enum operation operation)
{
    if (!control || control->operation != (int32_t)operation)
        return 0;
    if (atomic_fetch_sub(&control->left, 1) > 0)
        return 0;
    if (!control->lasting)
        control->operation = NONE;
    control->failed++;
    errno = control->error;
    return 1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    return fails(WRITE) ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, bytes, len, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    return pwrite64(fd, bytes, len, at);
}

int fdatasync(int fd)
{
    return fails(SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return fails(SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}
