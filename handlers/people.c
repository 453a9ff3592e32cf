#include "handlers/people.h"

#include "handlers/game_socket.h"
#include "handlers/http.h"

/* A little more than the time that the previous secret has, because this thread's clock is another
 * one. A long poll never lives as long. */
enum { PREVIOUS_SECRET_MS = 61 * 1000 };
_Static_assert((int)LIMIT_WAIT_S * 1000 < (int)PREVIOUS_SECRET_MS, "long polls end before");

static void heed(struct io *io, const struct notice *notice)
{
    ws_group_each(&io->sockets, game_socket_notice, notice);
    http_notice(io, notice);
}

void people_notice(struct io *io, struct notice_post *post)
{
    if (post->notice->kind == NOTICE_NEW_SECRET) {
        post->due_ms = uv_now(&io->loop) + PREVIOUS_SECRET_MS;
        list_append(&io->notices, &post->mail.node);
        return;
    }
    heed(io, post->notice);
    notice_unref(post->notice);
}

/* The one that is due next, or NULL. All wait equally long, so they are in order. */
static struct notice_post *first(struct io *io)
{
    if (list_empty(&io->notices))
        return NULL;
    struct mail *mail = container_of(io->notices.next, struct mail, node);
    return container_of(mail, struct notice_post, mail);
}

void people_notices_before(struct io *io, uint64_t now_ms)
{
    for (struct notice_post *post; (post = first(io)) != NULL && post->due_ms <= now_ms;) {
        list_unlink(&post->mail.node);
        heed(io, post->notice);
        notice_unref(post->notice);
    }
}

void people_notices_forget(struct io *io)
{
    for (struct notice_post *post; (post = first(io)) != NULL;) {
        list_unlink(&post->mail.node);
        notice_unref(post->notice);
    }
}
