#include "tests/bench/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/wire.h"

enum {
    ANSWER_MAX = 4 * 1024 * 1024,
    ANSWER_SECONDS = 20,
};

void http_open(struct http *http, uint16_t port)
{
    const int one = 1;
    const struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    const struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    http->port = port;
    http->token = NULL;
    http->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (http->fd < 0)
        bench_die("socket: %s", strerror(errno));
    (void)setsockopt(http->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(http->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(http->fd, (const struct sockaddr *)&to, sizeof to) != 0)
        bench_die("connect to port %u: %s", port, strerror(errno));
}

void http_close(struct http *http)
{
    close(http->fd);
    http->fd = -1;
}

/* The number after "\r\nContent-Length:" in a header block, in any case. */
static size_t content_length(struct slice header)
{
    struct slice line = SLICE_NONE;
    uint64_t length = 0;

    while (slice_split(&header, '\n', &line)) {
        struct slice name = SLICE_NONE;
        if (!slice_split(&line, ':', &name) || !slice_eq_nocase(name, SLICE("content-length")))
            continue;
        if (line.len > 0 && line.at[line.len - 1] == '\r')
            line.len--;
        if (slice_to_u64(slice_trim(line), ANSWER_MAX, &length) != OK)
            break;
        return (size_t)length;
    }
    bench_die("an answer without a usable Content-Length");
}

static void receive(const struct http *http, struct buf *answer)
{
    uint8_t bytes[16 * 1024];

    const ssize_t got = recv(http->fd, bytes, sizeof bytes, 0);
    if (got < 0)
        bench_die("no answer from port %u: %s", http->port, strerror(errno));
    if (got == 0)
        bench_die("port %u closed before its answer was complete", http->port);
    buf_append(answer, slice_make(bytes, (size_t)got));
}

static void send_request(const struct http *http, const char *path, const char *body)
{
    struct buf request = {0};

    buf_printf(&request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n", body ? "POST" : "GET", path,
               http->port);
    if (http->token)
        buf_printf(&request, "Authorization: Bearer %s\r\n", http->token);
    if (body)
        buf_printf(&request, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   strlen(body), body);
    else
        buf_append(&request, SLICE("\r\n"));
    if (send(http->fd, request.at, request.len, MSG_NOSIGNAL) != (ssize_t)request.len)
        bench_die("send to port %u: %s", http->port, strerror(errno));
    buf_release(&request);
}

void http_ask(struct http *http, const char *path, const char *body, struct buf *ret_body)
{
    struct buf answer = {0};
    size_t header = SIZE_MAX;

    send_request(http, path, body);
    while ((header = wire_header_end(buf_slice(&answer))) == SIZE_MAX) {
        if (answer.len > ANSWER_MAX)
            bench_die("an answer without an end of its header");
        receive(http, &answer);
    }
    const struct slice head = slice_make(answer.at, header);
    if (!slice_starts(head, SLICE("HTTP/1.1 200 ")) && !slice_starts(head, SLICE("HTTP/1.1 201 ")))
        bench_die("%s was answered: %.*s", path, SLICE_ARG(head));
    const size_t length = content_length(head);
    while (answer.len < header + length)
        receive(http, &answer);
    buf_clear(ret_body);
    buf_append(ret_body, slice_make(answer.at + header, length));
    buf_release(&answer);
}

void http_new_game(struct http *http, struct buf *ret_id)
{
    struct buf body = {0};

    http_ask(http, "/api/game/initialize", "{}", &body);
    const struct slice id = wire_text(buf_slice(&body), "game_id");
    if (id.len == 0)
        bench_die("a new game without an id: %.*s", SLICE_ARG(body));
    buf_clear(ret_id);
    buf_append(ret_id, id);
    buf_release(&body);
}

uint64_t http_metric(struct http *http, const char *name)
{
    struct buf body = {0};
    uint64_t value = 0;
    struct slice line = SLICE_NONE;

    http_ask(http, "/metrics", NULL, &body);
    struct slice rest = buf_slice(&body);
    while (slice_split(&rest, '\n', &line)) {
        struct slice word = SLICE_NONE;
        if (!slice_split(&line, ' ', &word) || !slice_eq(word, slice_str(name)))
            continue;
        if (slice_to_u64(slice_trim(line), UINT64_MAX, &value) != OK)
            bench_die("the counter %s is no number", name);
        buf_release(&body);
        return value;
    }
    bench_die("no counter %s at /metrics", name);
}
