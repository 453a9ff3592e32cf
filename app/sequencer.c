#include "app/sequencer_parts.h"

#include <stdlib.h>
#include <string.h>

#include "app/base/log.h"
#include "app/base/metrics.h"

enum {
    CHECKPOINT_PAGES = 8000, /* of new log, 4 KB each: then a checkpoint outside the commit */
    MASK_BITS = 64,
};
_Static_assert((int)LIMIT_IO_THREADS <= (int)MASK_BITS,
               "a bit of the watcher mask for each io thread");

/* ---- after the commit ---- */

static void post(struct sequencer *seq, unsigned thread, struct mail *mail)
{
    list_append(&seq->outboxes[thread], &mail->node);
}

static void answer(struct sequencer *seq, struct work *work)
{
    struct command *command = work->command;
    if (command->status != OK && command->status != ERR_GAME_NOT_FOUND)
        metric_add(METRIC_REFUSALS, 1);
    /* One that comes from the archive has that of its first visit, which it may not see any more. */
    update_unref(command->update);
    command->update = work->tip && work->tip->update ? update_ref(work->tip->update) : NULL;
    if (command->errand && command->errand->is_prepared)
        errand_end(seq, command);
    /* The first answer to a repeated request is an older version than what is known here. */
    if (command->duplicate && command->exact && command->update &&
        command->update->version != command->version)
        work->to_archive = true;
    if (command->status == OK && work->to_archive &&
        queue_push(seq->config.archive, &command->mail.node))
        return;
    if (command->status == OK && work->to_archive)
        command->status = ERR_SHUTTING_DOWN;
    post(seq, command->thread, &command->mail);
}

static void publish(struct sequencer *seq, struct update *update, uint64_t watchers)
{
    for (unsigned thread = 0; thread < seq->config.threads; thread++) {
        if ((watchers >> thread) & 1) {
            update_ref(update);
            post(seq, thread, &update->posts[thread].mail);
        }
    }
}

/* Behind the answers of the batch: who was let in before is known on its io thread by then. */
static void tell_notices(struct sequencer *seq)
{
    for (struct list *node; (node = list_take(&seq->notices)) != NULL;) {
        struct notice *notice = container_of(node, struct notice, node);
        for (unsigned thread = 0; thread < seq->config.threads; thread++) {
            notice_ref(notice);
            post(seq, thread, &notice->posts[thread].mail);
        }
        notice_unref(notice);
    }
}

/* Who watches is no state of the game: it is told whether the batch was committed or not. One
 * allocation for each change, as for a version; the threads share it. */
static void tell_audiences(struct sequencer *seq)
{
    for (struct list *node; (node = list_take(&seq->audiences)) != NULL;) {
        const struct audience *audience = container_of(node, struct audience, node);
        const struct id id = audience->game->node.key;
        uint32_t sums[PRESENCE_ROLES] = {0};
        for (unsigned thread = 0; thread < seq->config.threads; thread++) {
            for (size_t role = 0; role < PRESENCE_ROLES; role++)
                sums[role] += audience->counts[thread][role];
        }
        sheet_clear(&seq->needs);
        message_presence(seq->needs.out, id, sums);
        struct update *update =
            update_new_presence(id, ++seq->audience_version, buf_slice(&seq->needs.buf),
                                seq->config.threads, seq->config.seal);
        publish(seq, update, audience->game->watchers);
        update_unref(update);
    }
}

/* Of a command that was refused, the secret of a session that it made is told to nobody. */
static void settle_people(struct sequencer *seq, struct work *work)
{
    const bool done = work->command->status == OK;
    /* A command that comes again has made it with its first piece. */
    if (work->session)
        work->command->new_session = done;
    if (done && work->session)
        session_keep(seq, work->session);
    else
        free(work->session);
    if (done && work->notice)
        list_append(&seq->notices, &work->notice->node);
    else
        notice_unref(work->notice);
}

/* Its next piece comes after what others have sent meanwhile. */
static void send_again(struct sequencer *seq, struct work *work)
{
    if (queue_push(&seq->inbox, &work->command->mail.node))
        return;
    work->command->status = ERR_SHUTTING_DOWN;
    answer(seq, work);
}

/* The game is no more; its tip goes when nothing of this batch looks at it. */
static void forget_game(struct sequencer *seq, struct work *work)
{
    work->tip->suspect = true;
    seq->suspects = true;
    work->tip = NULL;
    upkeep_purge(&seq->upkeep);
}

/* What was pending is committed: it becomes the game's state, and is shown. */
static void settle(struct sequencer *seq, struct work *work)
{
    struct step *step = work->step;
    if (work->deletes)
        forget_game(seq, work);
    settle_people(seq, work);
    if (work->again) {
        send_again(seq, work);
        return;
    }
    if (!step) {
        answer(seq, work);
        return;
    }
    struct tip *tip = step->tip;
    if (work->created) {
        tip_keep(seq, tip);
        work->command->game = tip->facts.id;
    }
    update_unref(tip->update);
    tip->update = step->update;
    tip->state = step->state;
    if (tip->pending == step)
        tip->pending = NULL;
    metric_add(METRIC_COMMANDS, 1);
    /* The sender learns that its choice was accepted before it sees what came of it. */
    answer(seq, work);
    publish(seq, tip->update, tip->game->watchers);
}

/* Nothing of this batch happened. */
static void lose(struct sequencer *seq, struct work *work)
{
    struct command *command = work->command;
    if (work->step) {
        update_unref(work->step->update);
        work->step->tip->pending = NULL;
        if (work->step->migrated) {
            work->step->tip->suspect = true;
            seq->suspects = true;
        }
        if (work->created) {
            tip_free(work->step->tip);
            work->tip = NULL;
            /* Earlier pieces of its past are there. */
            if (command->errand)
                upkeep_purge(&seq->upkeep);
        }
    }
    if (work->tip) {
        work->tip->gone = false;
        roles_forget(work->tip);
    }
    free(work->session);
    notice_unref(work->notice);
    if (work->wrote || work->depends) {
        command->status = ERR_STORAGE;
        command->version = 0;
        command->duplicate = false;
    }
    answer(seq, work);
}

static void show_sizes(struct sequencer *seq)
{
    metric_set(METRIC_DATABASE_BYTES, (int64_t)store_bytes(seq->config.store));
    metric_set(METRIC_LOG_PAGES, (int64_t)store_wal_pages(seq->config.store));
}

static bool commit(struct sequencer *seq)
{
    if (!seq->in_transaction && !seq->broken)
        return true;
    enum status st = ERR_IO;
    if (!seq->broken)
        st = store_commit(seq->config.store);
    else if (seq->in_transaction)
        store_rollback(seq->config.store);
    seq->in_transaction = false;
    seq->broken = false;
    const bool committed = st == OK;
    /* A line for each change, not for each batch of a bad hour; the counters count those. */
    if (atomic_exchange(&seq->healthy, committed) != committed)
        log_event(committed ? LOG_INFO : LOG_ERROR,
                  committed ? "commit_works_again" : "commit_failed",
                  L_STR("status", status_name(st)));
    metric_add(committed ? METRIC_BATCHES : METRIC_COMMIT_FAILURES, 1);
    if (committed)
        show_sizes(seq);
    return committed;
}

static void flush_outboxes(struct sequencer *seq)
{
    for (unsigned thread = 0; thread < seq->config.threads; thread++) {
        /* Io threads end after the sequencer: their queues are open. */
        if (!list_empty(&seq->outboxes[thread]))
            ENSURE(queue_push_all(seq->config.io[thread], &seq->outboxes[thread]));
    }
}

/* The log goes on growing while it is copied, and begins anew only when nothing in it is needed: what
 * counts is how much has come since the last checkpoint was asked for. */
static void checkpoint_if_due(struct sequencer *seq)
{
    const size_t pages = store_wal_pages(seq->config.store);
    if (pages < seq->checkpoint_pages)
        seq->checkpoint_pages = 0;
    if (pages - seq->checkpoint_pages < CHECKPOINT_PAGES)
        return;
    if (atomic_exchange(&seq->checkpoint.waiting, true))
        return;
    seq->checkpoint_pages = pages;
    if (!queue_push(seq->config.archive, &seq->checkpoint.mail.node))
        atomic_store(&seq->checkpoint.waiting, false);
}

static void evict_suspects(struct sequencer *seq)
{
    struct list *next;
    for (struct list *node = seq->recent.next; seq->suspects && node != &seq->recent; node = next) {
        next = node->next;
        struct tip *tip = container_of(node, struct tip, lru);
        if (tip->suspect)
            tip_evict(seq, tip);
    }
    seq->suspects = false;
}

static void evict_unused(struct sequencer *seq)
{
    while (seq->tip_count > seq->config.games_max)
        tip_evict(seq, container_of(seq->recent.next, struct tip, lru));
}

/* Whatever went wrong inside the store is one answer outside. */
static enum status outside(enum status st)
{
    return st == ERR_IO || st == ERR_FULL ? ERR_STORAGE : st;
}

static void turn(struct sequencer *seq, struct work *works, size_t count)
{
    for (size_t i = 0; i < count; i++)
        works[i].command->status = outside(work_decide(seq, &works[i]));
    const bool wrote = seq->in_transaction;
    const bool committed = commit(seq);
    for (size_t i = 0; i < count; i++) {
        /* A command that wrote and was refused all the same has no step: nothing of it is kept. */
        if (committed)
            settle(seq, &works[i]);
        else
            lose(seq, &works[i]);
    }
    if (seq->people_changed && !committed)
        session_forget_all(seq);
    seq->people_changed = false;
    tell_audiences(seq);
    tell_notices(seq);
    flush_outboxes(seq);
    if (committed)
        session_write_seen(seq);
    if (wrote && committed)
        checkpoint_if_due(seq);
    evict_suspects(seq);
    evict_unused(seq);
    arena_reset(&seq->arena);
}

void sequencer_turn(struct sequencer *seq, struct list *commands)
{
    while (!list_empty(commands)) {
        size_t count = 0;
        while (count < seq->config.batch_max) {
            struct list *node = list_take(commands);
            if (!node)
                break;
            struct mail *mail = container_of(node, struct mail, node);
            if (mail->kind == MAIL_CATALOGUE)
                library_receive(&seq->library, mail);
            else
                seq->works[count++] =
                    (struct work){.command = container_of(mail, struct command, mail)};
        }
        turn(seq, seq->works, count);
    }
}

/* ---- upkeep ---- */

enum {
    QUIET_MS = 2,         /* without a command: there is time for a piece of upkeep */
    UPKEEP_LATE_MS = 200, /* since the last piece: there has to be time */
    NOTHING_DUE_MS = 60 * 1000,
};

/* Who watches a game uses it: it stays until they are gone. */
static enum status drop_stale_game(void *arg, const struct store_stale_row *row, bool *ret_gone)
{
    struct sequencer *seq = arg;
    struct id id;
    if (id_parse(row->name, &id) != OK)
        return ERR_CORRUPT;
    struct game *game = game_known(seq, id);
    *ret_gone = !game || game->watchers == 0;
    if (!*ret_gone)
        return OK;
    if (game && game->tip)
        tip_evict(seq, game->tip);
    return store_game_doom(seq->config.store, row->row);
}

static void log_round(const struct upkeep *upkeep)
{
    const uint64_t *found = upkeep->found;
    uint64_t all = 0;
    for (size_t i = 0; i < STORE_STALE_COUNT; i++)
        all += found[i];
    if (all > 0)
        log_event(LOG_INFO, "pruned", L_INT("link_games", found[STORE_STALE_LINK_GAMES]),
                  L_INT("sessions", found[STORE_STALE_SESSIONS]),
                  L_INT("devices", found[STORE_STALE_DEVICES]),
                  L_INT("carries", found[STORE_STALE_CARRIES]),
                  L_INT("invitations", found[STORE_STALE_INVITATIONS]),
                  L_INT("request_ids", found[STORE_STALE_REQUEST_IDS]));
}

bool sequencer_upkeep(struct sequencer *seq)
{
    const int64_t now_ms = seq->config.now_ms();
    const unsigned kind = seq->upkeep.kind;
    bool round;
    /* A past that is being written looks like what a deleted game left. */
    if (seq->pasts > 0 || !sequencer_healthy(seq) || !upkeep_is_due(&seq->upkeep, now_ms))
        return false;
    const enum status st = upkeep_step(&seq->upkeep, now_ms, &round);
    seq->upkeep_ms = now_ms;
    if (st != OK)
        log_event(LOG_WARN, "upkeep_failed", L_STR("status", status_name(st)));
    if (kind == STORE_STALE_SESSIONS || kind == STORE_STALE_DEVICES)
        session_forget_all(seq); /* some may be gone: they are read again when they are asked for */
    if (round)
        log_round(&seq->upkeep);
    show_sizes(seq);
    checkpoint_if_due(seq);
    return true;
}

static unsigned wait_ms(const struct sequencer *seq)
{
    return sequencer_healthy(seq) && upkeep_is_due(&seq->upkeep, seq->config.now_ms())
               ? (unsigned)QUIET_MS
               : (unsigned)NOTHING_DUE_MS;
}

/* ---- life ---- */

static void *sequencer_main(void *arg)
{
    struct sequencer *seq = arg;
    struct list commands;
    list_init(&commands);
    while (queue_wait_for(&seq->inbox, wait_ms(seq), &commands)) {
        const bool quiet = list_empty(&commands);
        sequencer_turn(seq, &commands);
        if (quiet || seq->config.now_ms() - seq->upkeep_ms >= UPKEEP_LATE_MS)
            (void)sequencer_upkeep(seq);
    }
    return NULL;
}

static void sheet_init(struct sheet *sheet)
{
    sheet->buf = (struct buf){.at = NULL};
    sheet->out = json_out_new(&sheet->buf);
}

static void sheet_release(struct sheet *sheet)
{
    json_out_free(sheet->out);
    buf_release(&sheet->buf);
}

struct sequencer *sequencer_new(const struct sequencer_config *config)
{
    ENSURE(config->threads >= 1 && config->threads <= LIMIT_IO_THREADS);
    ENSURE(config->batch_max >= 1 && config->games_max >= 1);
    struct sequencer *seq = calloc(1, sizeof(*seq));
    ENSURE_MEMORY(seq);
    seq->config = *config;
    queue_init(&seq->inbox, NULL, NULL);
    map_init(&seq->games);
    map_init(&seq->sessions);
    list_init(&seq->recent);
    list_init(&seq->recent_sessions);
    list_init(&seq->unseen);
    list_init(&seq->notices);
    list_init(&seq->audiences);
    library_init(&seq->library, config->catalogue);
    sheet_init(&seq->event);
    sheet_init(&seq->snapshot);
    sheet_init(&seq->needs);
    seq->scratch = calloc(1, sizeof(*seq->scratch));
    seq->outboxes = calloc(config->threads, sizeof(*seq->outboxes));
    seq->works = calloc(config->batch_max, sizeof(*seq->works));
    ENSURE_MEMORY(seq->scratch != NULL && seq->outboxes != NULL && seq->works != NULL);
    for (unsigned thread = 0; thread < config->threads; thread++)
        list_init(&seq->outboxes[thread]);
    seq->checkpoint.mail.kind = MAIL_CHECKPOINT;
    list_init(&seq->checkpoint.mail.node);
    atomic_init(&seq->checkpoint.waiting, false);
    atomic_init(&seq->healthy, true);
    upkeep_init(&seq->upkeep, &(struct upkeep_config){.store = config->store,
                                                      .settings = config->upkeep,
                                                      .on_game = drop_stale_game,
                                                      .arg = seq});
    show_sizes(seq);
    return seq;
}

static void free_games(struct sequencer *seq)
{
    for (struct list *node; (node = seq->recent.next) != &seq->recent;)
        tip_evict(seq, container_of(node, struct tip, lru));
    for (struct map_node *node; (node = map_any(&seq->games)) != NULL;) {
        map_remove(&seq->games, node);
        struct game *game = container_of(node, struct game, node);
        audience_free(game);
        free(game);
    }
    map_release(&seq->games);
}

void sequencer_free(struct sequencer *seq)
{
    if (!seq)
        return;
    free_games(seq);
    session_forget_all(seq);
    map_release(&seq->sessions);
    library_release(&seq->library);
    sheet_release(&seq->event);
    sheet_release(&seq->snapshot);
    sheet_release(&seq->needs);
    buf_release(&seq->state);
    arena_release(&seq->arena);
    queue_release(&seq->inbox);
    free(seq->scratch);
    free(seq->outboxes);
    free(seq->works);
    free(seq);
}

void sequencer_start(struct sequencer *seq)
{
    ENSURE_MEMORY(pthread_create(&seq->thread, NULL, sequencer_main, seq) == 0);
}

void sequencer_stop(struct sequencer *seq)
{
    queue_close(&seq->inbox);
    ENSURE(pthread_join(seq->thread, NULL) == 0);
}

struct queue *sequencer_inbox(struct sequencer *seq)
{
    return &seq->inbox;
}

bool sequencer_healthy(const struct sequencer *seq)
{
    return atomic_load(&seq->healthy);
}
