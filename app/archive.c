#include "app/archive.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/base/log.h"
#include "app/journal.h"
#include "app/members.h"
#include "app/past.h"
#include "app/people_page.h"
#include "app/portable.h"
#include "app/replay.h"
#include "app/save.h"
#include "app/words.h"

enum {
    RUNS_SHOWN_MAX = 100, /* seeds shown with a history; a game is seldom begun again that often */
};

struct archive {
    struct archive_config config;
    struct queue inbox;
    struct library library;
    pthread_t thread;
};

enum status replay_version(struct store *store, struct library *library, struct slice name,
                           uint64_t version, struct update **ret, unsigned threads,
                           update_seal_fn *seal)
{
    struct arena arena = {.blocks = NULL};
    struct store_game game;
    struct game_facts facts = {.story = NULL};
    struct state state;
    struct event *event = arena_alloc(&arena, sizeof(*event));
    enum status st = replay_facts(store, library, name, &arena, &game, &facts);
    if (st == OK)
        st = replay_state(store, library, &game, &facts, version, &state, event);
    if (st == OK) {
        struct buf bytes = {.at = NULL};
        struct json_out *out = json_out_new(&bytes);
        snapshot_encode(out, &facts, &state, event);
        *ret = update_new(facts.id, version, buf_slice(&bytes), threads, seal);
        json_out_free(out);
        buf_release(&bytes);
    }
    story_unref(facts.story);
    arena_release(&arena);
    return st;
}

static void runs_encode(struct json_out *out, const struct game_facts *facts,
                        const struct state *state)
{
    const uint32_t first = state->run > RUNS_SHOWN_MAX ? state->run - RUNS_SHOWN_MAX + 1 : 1;
    json_out_array(out);
    for (uint32_t run = first; run <= state->run; run++)
        run_encode(out, facts, state, run);
    json_out_array_end(out);
}

/* The event as it is stored, and with its words. */
static enum status told_encode(struct json_out *out, const struct story *story, struct slice stored,
                               struct arena *arena)
{
    const struct json_limits limits = {LIMIT_EVENT_BYTES, LIMIT_JSON_DEPTH, LIMIT_EVENT_BYTES};
    const struct json *event;
    struct buf words = {.at = NULL};
    if (json_parse(stored, &limits, arena, &event, NULL) != OK)
        return ERR_CORRUPT;
    words_event(&words, story, event);
    json_out_object(out);
    for (const struct json *member = event->child; member; member = member->next) {
        json_out_key(out, member->key);
        json_out_value(out, member);
    }
    json_out_member(out, SLICE("words"), buf_slice(&words));
    json_out_object_end(out);
    buf_release(&words);
    return OK;
}

static enum status history_encode(struct json_out *out, struct slice name,
                                  const struct store_game *game, const struct game_facts *facts,
                                  const struct state *state, const struct journal_page *page,
                                  struct arena *arena)
{
    uint64_t last = 0;
    json_out_object(out);
    json_out_member(out, SLICE("game_id"), name);
    json_out_member_int(out, SLICE("version"), (int64_t)game->version);
    json_out_member(out, SLICE("story_id"), facts->story->id);
    json_out_key(out, SLICE("runs"));
    runs_encode(out, facts, state);
    json_out_key(out, SLICE("events"));
    json_out_array(out);
    for (const struct journal_row *row = page->first; row; row = row->next) {
        const enum status st = told_encode(out, facts->story, row->row.event, arena);
        if (st != OK)
            return st;
        last = row->row.version;
    }
    json_out_array_end(out);
    if (last > 0 && last < game->version)
        json_out_member_int(out, SLICE("next"), (int64_t)last);
    else
        json_out_member_null(out, SLICE("next"));
    json_out_object_end(out);
    return OK;
}

static enum status answer_history(struct archive *archive, struct command *command)
{
    struct store *store = archive->config.reader;
    struct store_game game;
    struct game_facts facts = {.story = NULL};
    struct journal_page page = {.first = NULL};
    struct state state;
    char name[ID_TEXT_SIZE];
    id_text(command->game, name);
    enum status st =
        replay_facts(store, &archive->library, slice_str(name), &command->arena, &game, &facts);
    if (st == OK)
        st = state_decode(game.state, facts.story, &state);
    /* A cursor behind the end is an empty page. */
    if (st == OK && command->cursor < game.version)
        st = journal_read(store, game.row, command->cursor + 1, command->cursor + command->count,
                          &command->arena, &page);
    if (st == OK) {
        struct json_out *out = json_out_new(&command->body);
        st = history_encode(out, slice_str(name), &game, &facts, &state, &page, &command->arena);
        json_out_free(out);
    }
    story_unref(facts.story);
    return st;
}

static enum status answer_export(struct archive *archive, struct command *command)
{
    struct store *store = archive->config.reader;
    struct store_game game;
    struct game_facts facts = {.story = NULL};
    struct state state;
    char name[ID_TEXT_SIZE];
    id_text(command->game, name);
    enum status st =
        replay_facts(store, &archive->library, slice_str(name), &command->arena, &game, &facts);
    if (st == OK)
        st = state_decode(game.state, facts.story, &state);
    if (st == OK)
        st = portable_encode(store, &game, &facts, &state, &command->body);
    story_unref(facts.story);
    return st;
}

/* ---- saves ---- */

static bool on_save(void *arg, const struct store_save *save)
{
    struct json_out *out = arg;
    json_out_object(out);
    save_members(out, save);
    json_out_object_end(out);
    return true;
}

static enum status answer_saves(struct archive *archive, struct command *command)
{
    struct store *store = archive->config.reader;
    struct store_game game;
    char name[ID_TEXT_SIZE];
    id_text(command->game, name);
    enum status st = store_game_load(store, slice_str(name), &command->arena, &game);
    if (st != OK)
        return st == ERR_NOT_FOUND ? ERR_GAME_NOT_FOUND : st;
    struct json_out *out = json_out_new(&command->body);
    json_out_object(out);
    json_out_key(out, SLICE("saves"));
    json_out_array(out);
    st = store_save_list(store, game.row, command->session, on_save, out);
    json_out_array_end(out);
    json_out_member_int(out, SLICE("max"), command->count);
    json_out_object_end(out);
    json_out_free(out);
    return st;
}

/* ---- lists of games ---- */

struct listing {
    struct json_out *out;
    uint64_t last;
    size_t count;
};

static bool on_listed(void *arg, const struct store_listed *game)
{
    struct listing *listing = arg;
    struct json_out *out = listing->out;
    json_out_object(out);
    json_out_member(out, SLICE("game_id"), game->name);
    json_out_member(out, SLICE("story_id"), game->story_id);
    json_out_member(out, SLICE("title"), game->story_title);
    json_out_member(out, SLICE("status"),
                    slice_str(game_status_name((enum game_status)game->status)));
    json_out_member_int(out, SLICE("version"), (int64_t)game->version);
    json_out_member_int(out, SLICE("section_number"), game->section);
    member_time(out, SLICE("created"), game->created_ms);
    member_time(out, SLICE("updated"), game->updated_ms);
    json_out_object_end(out);
    listing->last = game->row;
    listing->count++;
    return true;
}

static enum status answer_list(struct archive *archive, struct command *command)
{
    struct listing listing = {.out = json_out_new(&command->body)};
    enum status st = OK;
    json_out_object(listing.out);
    json_out_key(listing.out, SLICE("games"));
    json_out_array(listing.out);
    /* Nobody's games are no games. */
    if (command->session != 0)
        st = store_list(archive->config.reader, command->session, command->cursor, command->count,
                        on_listed, &listing);
    json_out_array_end(listing.out);
    if (listing.count == command->count) {
        char cursor[24];
        snprintf(cursor, sizeof(cursor), "%llu", (unsigned long long)listing.last);
        json_out_member(listing.out, SLICE("next"), slice_str(cursor));
    } else {
        json_out_member_null(listing.out, SLICE("next"));
    }
    json_out_object_end(listing.out);
    json_out_free(listing.out);
    return st;
}

static enum status answer_people(struct archive *archive, struct command *command)
{
    const struct archive_config *config = &archive->config;
    struct json_out *out = json_out_new(&command->body);
    const enum status st =
        command->kind == COMMAND_MEMBERS
            ? members_page(config->reader, command, out)
            : session_page(config->reader, command, config->now_ms(), config->rotate_ms, out);
    json_out_free(out);
    return st;
}

static enum status answer_repeated(struct archive *archive, struct command *command)
{
    char name[ID_TEXT_SIZE];
    id_text(command->game, name);
    struct update *update;
    const enum status st =
        replay_version(archive->config.reader, &archive->library, slice_str(name), command->version,
                       &update, archive->config.threads, archive->config.seal);
    if (st == OK) {
        update_unref(command->update);
        command->update = update;
    }
    return st;
}

/* ---- what the sequencer needs to go on with a command (app/errand.h) ---- */

static enum status prepare_state(struct archive *archive, struct command *command)
{
    struct store *store = archive->config.reader;
    struct errand *errand = command->errand;
    struct store_game game;
    struct game_facts facts = {.story = NULL};
    struct event *event = arena_alloc(&command->arena, sizeof(*event));
    char name[ID_TEXT_SIZE];
    id_text(command->game, name);
    enum status st =
        replay_facts(store, &archive->library, slice_str(name), &command->arena, &game, &facts);
    if (st == OK)
        st = replay_state(store, &archive->library, &game, &facts, errand->of, &errand->state,
                          event);
    if (st == OK)
        errand->section = facts.story->sections[errand->state.section].number;
    story_unref(facts.story);
    return st;
}

static enum status prepare(struct archive *archive, struct command *command)
{
    struct store *store = archive->config.reader;
    char name[ID_TEXT_SIZE];
    SCOPED(buf_release) struct buf why = {.at = NULL};
    if (command->kind != COMMAND_FORK && command->kind != COMMAND_IMPORT)
        return prepare_state(archive, command);
    id_text(command->game, name);
    if (command->kind == COMMAND_FORK)
        return past_of_game(store, &archive->library, slice_str(name), command->errand);
    const enum status st = past_of_document(store, &archive->library, buf_slice(&command->body),
                                            command->errand, &why);
    buf_clear(&command->body);
    if (st == ERR_IMPORT_REFUSED) {
        buf_append(&command->body, buf_slice(&why));
        buf_byte(&command->body, '\0');
    }
    return st;
}

/* True: the sequencer has it again. */
static bool run_errand(struct archive *archive, struct command *command)
{
    struct errand *errand = command->errand;
    enum status st = prepare(archive, command);
    errand->is_prepared = st == OK;
    if (st == OK && queue_push(errand->back, &command->mail.node))
        return true;
    command->status = st == OK ? ERR_SHUTTING_DOWN : st;
    return false;
}

/* ---- the thread ---- */

/* Too long a game is nobody's, a document that is refused not ours, and a game may have been deleted
 * just now. */
static bool is_fault(enum status st)
{
    return st != OK && st != ERR_TOO_LARGE && st != ERR_SHUTTING_DOWN && st != ERR_IMPORT_REFUSED &&
           st != ERR_STORY_NOT_FOUND && st != ERR_GAME_NOT_FOUND;
}

static void give_back(struct archive *archive, struct command *command)
{
    const enum status st = command->status;
    if (is_fault(st))
        log_event(LOG_ERROR, "read_failed", L_STR("status", status_name(st)));
    /* Whatever went wrong inside the store is one answer outside. */
    command->status = st == ERR_IO ? ERR_STORAGE : st;
    /* An io thread ends after the archive: its queue is open. */
    ENSURE(queue_push(archive->config.io[command->thread], &command->mail.node));
}

static void answer(struct archive *archive, struct command *command)
{
    enum status st;
    if (command->errand) {
        if (!run_errand(archive, command))
            give_back(archive, command);
        return;
    }
    if (command->kind == COMMAND_LIST)
        st = answer_list(archive, command);
    else if (command->kind == COMMAND_HISTORY)
        st = answer_history(archive, command);
    else if (command->kind == COMMAND_SAVES)
        st = answer_saves(archive, command);
    else if (command->kind == COMMAND_EXPORT)
        st = answer_export(archive, command);
    else if (command->kind == COMMAND_MEMBERS || command->kind == COMMAND_SESSION)
        st = answer_people(archive, command);
    else
        st = answer_repeated(archive, command);
    command->status = st;
    give_back(archive, command);
}

static void run_checkpoint(struct archive *archive, struct checkpoint_mail *mail)
{
    if (archive->config.checkpointer) {
        const enum status st = store_checkpoint(archive->config.checkpointer);
        if (st != OK)
            log_event(LOG_WARN, "checkpoint_failed", L_STR("status", status_name(st)));
    }
    atomic_store(&mail->waiting, false);
}

static void *archive_main(void *arg)
{
    struct archive *archive = arg;
    struct list mails;
    list_init(&mails);
    while (queue_wait(&archive->inbox, &mails)) {
        for (struct list *node; (node = list_take(&mails)) != NULL;) {
            struct mail *mail = container_of(node, struct mail, node);
            if (mail->kind == MAIL_CHECKPOINT)
                run_checkpoint(archive, container_of(mail, struct checkpoint_mail, mail));
            else if (mail->kind == MAIL_CATALOGUE)
                library_receive(&archive->library, mail);
            else
                answer(archive, container_of(mail, struct command, mail));
        }
    }
    return NULL;
}

struct archive *archive_start(const struct archive_config *config)
{
    struct archive *archive = calloc(1, sizeof(*archive));
    ENSURE_MEMORY(archive);
    archive->config = *config;
    queue_init(&archive->inbox, NULL, NULL);
    library_init(&archive->library, config->catalogue);
    ENSURE_MEMORY(pthread_create(&archive->thread, NULL, archive_main, archive) == 0);
    return archive;
}

void archive_stop(struct archive *archive)
{
    if (!archive)
        return;
    queue_close(&archive->inbox);
    ENSURE(pthread_join(archive->thread, NULL) == 0);
    library_release(&archive->library);
    queue_release(&archive->inbox);
    free(archive);
}

struct queue *archive_inbox(struct archive *archive)
{
    return &archive->inbox;
}
