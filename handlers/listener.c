#include "handlers/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/base/log.h"
#include "app/base/metrics.h"

enum {
    ACCEPTS_MAX = 64,     /* in one turn of the loop: others have their turn, too */
    SAY_AGAIN_MS = 10000, /* one line for a bad time, not one for each newcomer */
};

static const char no_room[] = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n"
                              "retry-after: 1\r\ncontent-length: 0\r\n\r\n";

void listener_refuse(int fd)
{
    metric_add(METRIC_CONNECTIONS_REFUSED, 1);
    /* A new socket has room for it; when not, it is closed all the same. */
    (void)!send(fd, no_room, sizeof(no_room) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(fd);
}

static void say(struct listener *listener, const char *event, int error)
{
    const uint64_t now = uv_now(listener->poll.loop);
    if (listener->said_ms != 0 && now - listener->said_ms < SAY_AGAIN_MS)
        return;
    listener->said_ms = now;
    log_event(LOG_WARN, event, L_STR("reason", error ? strerror(error) : "descriptors"));
}

static void on_readable(uv_poll_t *poll, int error, int events);

static void on_again(uv_timer_t *again)
{
    struct listener *listener = container_of(again, struct listener, again);
    ENSURE(uv_poll_start(&listener->poll, UV_READABLE, on_readable) == 0);
}

static void pause_accepting(struct listener *listener, int error)
{
    say(listener, "accept_paused", error);
    uv_poll_stop(&listener->poll);
    ENSURE(uv_timer_start(&listener->again, on_again, LISTENER_PAUSE_MS, 0) == 0);
}

static void open_spare(struct listener *listener)
{
    if (listener->spare < 0)
        listener->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int accept_one(const struct listener *listener, struct sockaddr_storage *ret)
{
    socklen_t len = sizeof(*ret);
    *ret = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    return accept4(listener->fd, (struct sockaddr *)ret, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* There is no descriptor at all: the spare one makes room for one newcomer, to refuse it. */
static void refuse_by_spare(struct listener *listener, int error)
{
    struct sockaddr_storage address;
    if (listener->spare < 0) {
        pause_accepting(listener, error);
        return;
    }
    close(listener->spare);
    listener->spare = -1;
    const int fd = accept_one(listener, &address);
    /* Another thread may have taken it meanwhile. */
    const bool stays = fd < 0 && errno != EAGAIN;
    if (fd >= 0)
        listener_refuse(fd);
    open_spare(listener);
    if (stays)
        pause_accepting(listener, error);
}

/* False: no more now. */
static bool take_one(struct listener *listener)
{
    struct sockaddr_storage address;
    const int fd = accept_one(listener, &address);
    if (fd >= listener->first_kept) {
        say(listener, "accept_refused", 0);
        listener_refuse(fd);
        return true;
    }
    if (fd >= 0) {
        listener->on_accept(listener, fd, (const struct sockaddr *)&address);
        return true;
    }
    switch (errno) {
    case EAGAIN: return false;
    case EMFILE:
    case ENFILE:
        refuse_by_spare(listener, errno);
        return uv_is_active((uv_handle_t *)&listener->poll) != 0;
    case ENOBUFS:
    case ENOMEM: pause_accepting(listener, errno); return false;
    default: return true; /* that one has gone: errors of the network come by accept, too */
    }
}

static void on_readable(uv_poll_t *poll, int error, int events)
{
    struct listener *listener = container_of(poll, struct listener, poll);
    (void)error;
    (void)events;
    open_spare(listener);
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        if (!take_one(listener))
            return;
    }
}

static int first_kept_descriptor(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= INT32_MAX)
        return INT32_MAX;
    return (int)limit.rlim_cur - LISTENER_KEPT_DESCRIPTORS;
}

enum status listener_init(struct listener *listener, uv_loop_t *loop, int fd, int backlog,
                          listener_fn *on_accept)
{
    *listener = (struct listener){
        .fd = fd,
        .spare = -1,
        .first_kept = first_kept_descriptor(),
        .on_accept = on_accept,
    };
    if (listen(fd, backlog) != 0) {
        const int saved = errno;
        close(fd);
        errno = saved;
        return ERR_IO;
    }
    open_spare(listener);
    ENSURE(uv_timer_init(loop, &listener->again) == 0);
    ENSURE(uv_poll_init(loop, &listener->poll, fd) == 0);
    ENSURE(uv_poll_start(&listener->poll, UV_READABLE, on_readable) == 0);
    return OK;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct listener *listener = container_of(handle, struct listener, poll);
    close(listener->fd);
    if (listener->spare >= 0)
        close(listener->spare);
}

void listener_stop(struct listener *listener)
{
    uv_close((uv_handle_t *)&listener->again, NULL);
    uv_close((uv_handle_t *)&listener->poll, on_poll_closed);
}
