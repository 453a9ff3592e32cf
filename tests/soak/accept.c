/* A system that has no room for a connection: preloaded, it lets the n-th accept of the program fail
 * (control.h). The file is named by CASYS_SOAK_ACCEPT. One that finds nobody waiting is not counted,
 * so the n-th newcomer is the n-th call. */
#include "tests/soak/control.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum operation { ACCEPT = 1 };

static void __attribute__((constructor)) begin(void)
{
    open_control("CASYS_SOAK_ACCEPT");
}

int accept4(int fd, struct sockaddr *ret, socklen_t *len, int flags)
{
    struct pollfd waiting = {.fd = fd, .events = POLLIN};
    if (poll(&waiting, 1, 0) == 1 && fails(ACCEPT))
        return -1;
    return (int)syscall(SYS_accept4, fd, ret, len, flags);
}
