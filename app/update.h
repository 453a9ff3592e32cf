/* What travels from the sequencer to the io threads: mail. Either a command that comes back with
 * its answer, or an update: a committed version of a game for everybody who watches it, or how many
 * watch it (app/presence.h). Other mail, such as a new catalogue (app/library.h), goes from the main
 * thread to all the others.
 *
 * An update is one allocation, counted, shared by all threads and never changed after update_new:
 * snapshot bytes with room in front, where the frame header is written once, and a node for the
 * queue of every io thread, so that waiting allocates nothing. */
#ifndef CASYS_UPDATE_H
#define CASYS_UPDATE_H

#include <stdatomic.h>

#include "app/base/list.h"
#include "app/id.h"

enum mail_kind {
    MAIL_COMMAND,
    MAIL_UPDATE,
    MAIL_PRESENCE,
    MAIL_NOTICE,
    MAIL_CHECKPOINT,
    MAIL_CATALOGUE,
    MAIL_STOP
};

/* What waits in a queue embeds this. */
struct mail {
    struct list node;
    enum mail_kind kind;
};

enum { UPDATE_HEADROOM = 10 };

/* Roles that watch: owner, player, spectator, in the order of enum store_role without nobody. */
enum { PRESENCE_ROLES = 3 };

struct update;

struct update_post {
    struct mail mail;
    struct update *update; /* one reference goes with the post */
};

struct update {
    atomic_uint refs;
    struct id game;
    uint64_t version;
    struct slice frame;         /* header and snapshot, as they go to a WebSocket */
    struct slice snapshot;      /* the JSON alone */
    struct update_post posts[]; /* one for each io thread; the bytes follow them */
};

/* Writes the frame header of a payload of that size to the END of room[UPDATE_HEADROOM]; returns
 * its length. Given by the layer that knows the protocol. */
typedef size_t update_seal_fn(uint64_t payload_len, uint8_t room[UPDATE_HEADROOM]);

/* One reference. seal may be NULL: then frame is the snapshot alone. */
struct update *update_new(struct id game, uint64_t version, struct slice snapshot, unsigned threads,
                          update_seal_fn *seal);
/* The same for who watches; version only tells newer from older. */
struct update *update_new_presence(struct id game, uint64_t version, struct slice text,
                                   unsigned threads, update_seal_fn *seal);
struct update *update_ref(struct update *update);
void update_unref(struct update *update);

#endif
