/* A disk that fails when it is told to (control.h), or is slow: preloaded, it lets the n-th write or
 * synchronisation of the program go wrong. The file is named by CASYS_SOAK_DISK. */
#include "tests/soak/control.h"

#include <sys/syscall.h>

enum operation { WRITE = 1, SYNC };

static void __attribute__((constructor)) begin(void)
{
    open_control("CASYS_SOAK_DISK");
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
