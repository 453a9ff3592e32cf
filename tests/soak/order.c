/* What the program does in which order: preloaded, it notes each write to a file, each synchronisation
 * that has succeeded, and each version that is about to be sent to somebody. The file
 * CASYS_SOAK_ORDER is a struct journal, which a test reads while the program runs. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { EVENTS_MAX = 65536 };

enum kind { WRITE = 1, SYNC, SEND };

struct event {
    _Atomic uint32_t kind; /* last: 0 until the event is whole */
    uint32_t version;      /* of a SEND: the largest one in what is sent */
};

struct journal {
    _Atomic uint32_t count; /* those beyond EVENTS_MAX are not kept */
    uint32_t unused;
    struct event events[EVENTS_MAX];
};

static struct journal *journal;

static void __attribute__((constructor)) open_journal(void)
{
    const char *path = getenv("CASYS_SOAK_ORDER");
    const int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        abort();
    void *at = mmap(NULL, sizeof *journal, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED)
        abort();
    close(file);
    journal = at;
}

static void note(enum kind kind, uint32_t version)
{
    if (!journal)
        return;
    const uint32_t at = atomic_fetch_add(&journal->count, 1);
    if (at >= EVENTS_MAX)
        return;
    journal->events[at].version = version;
    journal->events[at].kind = kind;
}

/* The largest number after "version": in these bytes, or 0. */
static uint32_t find_version(const char *bytes, size_t len)
{
    static const char key[] = "\"version\":";
    const char *end = bytes + len;
    uint32_t largest = 0;
    while (bytes < end && (bytes = memmem(bytes, (size_t)(end - bytes), key, sizeof key - 1))) {
        uint32_t number = 0;
        for (bytes += sizeof key - 1; bytes < end && *bytes >= '0' && *bytes <= '9'; bytes++)
            number = number * 10 + (uint32_t)(*bytes - '0');
        largest = number > largest ? number : largest;
    }
    return largest;
}

static void note_send(const struct iovec *parts, size_t count)
{
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t version = find_version(parts[i].iov_base, parts[i].iov_len);
        largest = version > largest ? version : largest;
    }
    if (largest > 0)
        note(SEND, largest);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    note_send(&(struct iovec){(void *)(uintptr_t)bytes, len}, 1);
    return syscall(SYS_write, fd, bytes, len);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    note_send(parts, count > 0 ? (size_t)count : 0);
    return syscall(SYS_writev, fd, parts, count);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    note_send(&(struct iovec){(void *)(uintptr_t)bytes, len}, 1);
    return syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    note_send(message->msg_iov, message->msg_iovlen);
    return syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    note(WRITE, 0);
    return syscall(SYS_pwrite64, fd, bytes, len, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    return pwrite64(fd, bytes, len, at);
}

static int noted_sync(long number, int fd)
{
    const int result = (int)syscall(number, fd);
    if (result == 0)
        note(SYNC, 0);
    return result;
}

int fdatasync(int fd)
{
    return noted_sync(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return noted_sync(SYS_fsync, fd);
}
