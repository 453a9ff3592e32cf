#include "app/notice.h"

#include <stdlib.h>

struct notice *notice_new(enum notice_kind kind, unsigned threads)
{
    struct notice *notice = calloc(1, sizeof(*notice) + threads * sizeof(notice->posts[0]));
    ENSURE(notice != NULL);
    notice->kind = kind;
    list_init(&notice->node);
    atomic_init(&notice->refs, 1);
    for (unsigned i = 0; i < threads; i++) {
        notice->posts[i] = (struct notice_post){.mail.kind = MAIL_NOTICE, .notice = notice};
        list_init(&notice->posts[i].mail.node);
    }
    return notice;
}

struct notice *notice_ref(struct notice *notice)
{
    atomic_fetch_add_explicit(&notice->refs, 1, memory_order_relaxed);
    return notice;
}

void notice_unref(struct notice *notice)
{
    if (!notice)
        return;
    /* Release what this thread did with it, acquire what the others did, before it goes. */
    if (atomic_fetch_sub_explicit(&notice->refs, 1, memory_order_acq_rel) == 1)
        free(notice);
}
