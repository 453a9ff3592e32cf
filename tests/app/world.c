#include "tests/app/world.h"

#include <stdlib.h>
#include <string.h>

#include "app/carry.h"

/* Each test runs in a process of its own; the clock is read on several threads in some. */
static atomic_int_least64_t now_ms = WORLD_START_MS;
static atomic_uint_least64_t numbers;

int64_t world_clock(void)
{
    return atomic_fetch_add(&now_ms, 1000);
}

void world_random(void *ret, size_t len)
{
    uint8_t hash[SHA256_LEN];
    const uint64_t number = atomic_fetch_add(&numbers, 1);
    crypto_sha256(slice_make(&number, sizeof number), hash);
    ENSURE(len <= sizeof hash);
    memcpy(ret, hash, len);
}

void world_init(struct world *w)
{
    struct buf report = {0};
    memset(w->seen_count, 0, sizeof w->seen_count);
    ck_assert_status(
        catalogue_read(&w->catalogue, CASYS_SOURCE_DIR "/tests/app/stories", NULL, &report), OK);
    ck_assert_slice_str(buf_slice(&report), "");
    buf_release(&report);
    w->file = fake_store_new();
    w->writer = fake_store_writer(w->file);
    for (unsigned i = 0; i < WORLD_THREADS; i++) {
        queue_init(&w->io_queues[i], NULL, NULL);
        w->io[i] = &w->io_queues[i];
    }
    queue_init(&w->shelf, NULL, NULL);
    list_init(&w->spent);
    w->sequencer = NULL;
    w->config = (struct sequencer_config){
        .store = w->writer,
        .catalogue = &w->catalogue,
        .io = w->io,
        .threads = WORLD_THREADS,
        .archive = &w->shelf,
        .games_max = 100,
        .batch_max = 256,
        .people = {.members = 4, .invitations = 3, .devices = 3, .carry_ms = 600000},
        .link_games = true,
        .saves_max = LIMIT_SAVES,
        .now_ms = world_clock,
        .random = world_random,
    };
}

void world_start(struct world *w)
{
    ck_assert_ptr_null(w->sequencer);
    w->sequencer = sequencer_new(&w->config);
}

void world_restart(struct world *w)
{
    sequencer_free(w->sequencer);
    w->sequencer = NULL;
    store_free(w->writer);
    w->writer = fake_store_writer(w->file);
    w->config.store = w->writer;
    world_start(w);
}

static void forget_seen(struct world *w)
{
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        for (size_t i = 0; i < w->seen_count[thread]; i++) {
            const struct seen *seen = &w->seen[thread][i];
            if (seen->kind == MAIL_NOTICE)
                notice_unref(seen->notice);
            else if (seen->kind != MAIL_COMMAND)
                update_unref(seen->update);
        }
        w->seen_count[thread] = 0;
    }
}

static void take_mail(struct world *w, unsigned thread, struct mail *mail)
{
    struct seen *seen = &w->seen[thread][w->seen_count[thread]++];
    ck_assert_uint_le(w->seen_count[thread], WORLD_MAILS_MAX);
    *seen = (struct seen){.kind = mail->kind};
    if (mail->kind == MAIL_UPDATE || mail->kind == MAIL_PRESENCE) {
        seen->update = container_of(mail, struct update_post, mail)->update;
        return;
    }
    if (mail->kind == MAIL_NOTICE) {
        seen->notice = container_of(mail, struct notice_post, mail)->notice;
        return;
    }
    ck_assert_int_eq(mail->kind, MAIL_COMMAND);
    seen->command = container_of(mail, struct command, mail);
    ck_assert_uint_eq(seen->command->thread, thread);
    list_append(&w->spent, &mail->node);
}

static void take_mails(struct world *w, unsigned thread, struct list *mails)
{
    for (struct list *node; (node = list_take(mails)) != NULL;)
        take_mail(w, thread, container_of(node, struct mail, node));
}

static void free_commands(struct list *list)
{
    for (struct list *node; (node = list_take(list)) != NULL;) {
        struct mail *mail = container_of(node, struct mail, node);
        if (mail->kind == MAIL_COMMAND)
            command_free(container_of(mail, struct command, mail));
    }
}

void world_release(struct world *w)
{
    struct list shelved;
    list_init(&shelved);
    forget_seen(w);
    queue_take(&w->shelf, &shelved);
    free_commands(&shelved);
    free_commands(&w->spent);
    sequencer_free(w->sequencer);
    store_free(w->writer);
    fake_store_free(w->file);
    for (unsigned i = 0; i < WORLD_THREADS; i++)
        queue_release(w->io[i]);
    queue_release(&w->shelf);
    catalogue_release(&w->catalogue);
}

static struct slice dup_text(struct command *command, const char *text)
{
    return text ? arena_dup(&command->arena, slice_str(text)) : SLICE_NONE;
}

struct command *command_that_asks(const struct ask *ask)
{
    struct command *command = command_new();
    command->kind = ask->kind;
    command->thread = ask->thread;
    if (ask->who) {
        command->caller.has_secret = true;
        command->caller.bearer = ask->bearer;
        crypto_sha256(slice_str(ask->who), command->caller.secret_hash);
    }
    command->game = ask->game;
    command->story = dup_text(command, ask->story);
    command->name = dup_text(command, ask->name);
    command->link = ask->link;
    command->choice = (struct choice_ref){dup_text(command, ask->choice),
                                          dup_text(command, ask->text), ask->roll};
    command->if_version = ask->version;
    command->request_id = dup_text(command, ask->request_id);
    command->exact = ask->exact;
    command->cursor = ask->cursor;
    memcpy(command->watchers, ask->watchers, sizeof command->watchers);
    command->count = ask->count;
    command->text = arena_dup(&command->arena, ask->feedback);
    command->other = ask->other;
    command->give = ask->give;
    command->once = ask->once;
    command->of = ask->of;
    command->slot = ask->slot;
    if (ask->kind == COMMAND_ENTER)
        ck_assert_status(carry_hash(slice_str(ask->code), command->code_hash), OK);
    else if (ask->code)
        crypto_sha256(slice_str(ask->code), command->code_hash);
    return command;
}

void world_turn(struct world *w, struct list *mails)
{
    forget_seen(w);
    sequencer_turn(w->sequencer, mails);
    ck_assert(list_empty(mails));
    for (unsigned thread = 0; thread < WORLD_THREADS; thread++) {
        struct list seen;
        list_init(&seen);
        queue_take(w->io[thread], &seen);
        take_mails(w, thread, &seen);
    }
}

void world_batch(struct world *w, const struct ask *asks, size_t count,
                 struct command **ret_commands)
{
    struct list commands;
    list_init(&commands);
    for (size_t i = 0; i < count; i++) {
        struct command *command = command_that_asks(&asks[i]);
        list_append(&commands, &command->mail.node);
        ret_commands[i] = command;
    }
    world_turn(w, &commands);
}

struct command *world_ask(struct world *w, const struct ask *ask)
{
    struct command *command;
    world_batch(w, ask, 1, &command);
    return command;
}

void world_wait(struct world *w, unsigned thread)
{
    struct list mails;
    list_init(&mails);
    ck_assert(queue_wait(w->io[thread], &mails));
    take_mails(w, thread, &mails);
}

struct start world_create(struct world *w, bool link)
{
    struct start start;
    const struct command *made =
        world_ask(w, &(struct ask){.kind = COMMAND_CREATE, .story = "tiny", .link = link});
    ck_assert_status(made->status, OK);
    ck_assert(made->new_session);
    start.game = made->game;
    memcpy(start.secret, made->secret, sizeof start.secret);
    return start;
}

struct start world_stranger(struct world *w)
{
    return world_create(w, false);
}

struct store_game world_stored(struct world *w, struct id game, struct arena *arena)
{
    char name[ID_TEXT_SIZE];
    struct store_game stored;
    id_text(game, name);
    ck_assert_status(store_game_load(w->writer, slice_str(name), arena, &stored), OK);
    return stored;
}

uint64_t world_version(struct world *w, struct id game)
{
    struct arena arena = {0};
    char name[ID_TEXT_SIZE];
    struct store_game stored;
    id_text(game, name);
    const enum status st = store_game_load(w->writer, slice_str(name), &arena, &stored);
    arena_release(&arena);
    return st == OK ? stored.version : 0;
}

struct id world_session(struct world *w, const char *secret)
{
    struct arena arena = {0};
    struct store_session session;
    uint8_t hash[SHA256_LEN];
    struct id id;
    crypto_sha256(slice_str(secret), hash);
    ck_assert_status(store_session_find(w->writer, hash, &arena, &session), OK);
    ck_assert_status(id_parse(session.name, &id), OK);
    arena_release(&arena);
    return id;
}

void world_member(struct world *w, struct id game, const char *secret, enum store_role role)
{
    struct arena arena = {0};
    struct store_session session;
    uint8_t hash[SHA256_LEN];
    crypto_sha256(slice_str(secret), hash);
    ck_assert_status(store_session_find(w->writer, hash, &arena, &session), OK);
    const struct store_game stored = world_stored(w, game, &arena);
    ck_assert_status(store_begin(w->writer), OK);
    ck_assert_status(store_member_set(w->writer, stored.row, session.row, role), OK);
    ck_assert_status(store_commit(w->writer), OK);
    arena_release(&arena);
}

size_t world_updates(const struct world *w, unsigned thread, struct id game)
{
    size_t count = 0;
    for (size_t i = 0; i < w->seen_count[thread]; i++) {
        const struct seen *seen = &w->seen[thread][i];
        count += seen->kind == MAIL_UPDATE && id_eq(seen->update->game, game);
    }
    return count;
}
