#include "app/sequencer_parts.h"

#include <string.h>

#include "app/base/log.h"

const struct state *tip_newest(const struct tip *tip)
{
    return tip->pending ? &tip->pending->state : &tip->state;
}

enum status step_transaction(struct sequencer *seq)
{
    if (seq->broken)
        return ERR_STORAGE;
    if (seq->in_transaction)
        return OK;
    if (store_begin(seq->config.store) != OK) {
        seq->broken = true;
        return ERR_STORAGE;
    }
    seq->in_transaction = true;
    return OK;
}

/* A write failed. A conflict is this one entry's: the store holds something else than memory does,
 * and nothing of the entry was written. What is too large was not written either. Anything else
 * ends the transaction. */
enum status step_failed(struct sequencer *seq, enum status st)
{
    if (st == ERR_TOO_LARGE)
        return st;
    if (st == ERR_CONFLICT) {
        log_event(LOG_ERROR, "store_conflict");
        return ERR_INTERNAL;
    }
    seq->broken = true;
    return ERR_STORAGE;
}

void sheet_clear(struct sheet *sheet)
{
    buf_clear(&sheet->buf);
    json_out_reset(sheet->out);
}

/* Encode the state that a command led to, into the sequencer's sheets. */
static enum status step_encode(struct sequencer *seq, struct tip *tip, const struct state *next)
{
    sheet_clear(&seq->event);
    sheet_clear(&seq->snapshot);
    buf_clear(&seq->state);
    event_encode(seq->event.out, tip->facts.story, next, seq->scratch);
    snapshot_encode(seq->snapshot.out, &tip->facts, next, seq->scratch);
    state_encode(next, tip->facts.story, &seq->state);
    if (seq->event.buf.len <= LIMIT_EVENT_BYTES && seq->snapshot.buf.len <= LIMIT_SNAPSHOT_BYTES &&
        seq->state.len <= LIMIT_STATE_BYTES)
        return OK;
    /* The author wrote too much for one section; no player can help that. */
    log_event(LOG_ERROR, "step_too_large", L_SLICE("story", tip->facts.story->id));
    return ERR_INTERNAL;
}

/* Write what encode_step encoded; it becomes the game's pending step. */
static enum status step_append(struct sequencer *seq, struct work *work, struct tip *tip,
                               const struct state *next, const uint8_t *request_print)
{
    struct store_entry entry = {
        .game = tip->row,
        .version = next->version,
        .at_ms = seq->scratch->at_ms,
        .status = (uint8_t)next->status,
        .section = tip->facts.story->sections[next->section].number,
        .event = buf_slice(&seq->event.buf),
        .state = buf_slice(&seq->state),
        .snapshot = buf_slice(&seq->snapshot.buf),
        .request_id = request_print ? work->command->request_id : SLICE_NONE,
    };
    const struct story *story = tip->facts.story;
    const struct store_story edition = {story->hash, story->id, story->title, story->source};
    if (seq->scratch->kind == EVENT_MIGRATE)
        entry.edition = &edition;
    if (request_print)
        memcpy(entry.request_print, request_print, STORE_PRINT_LEN);
    work->wrote = true;
    const enum status st = store_append(seq->config.store, &entry);
    if (st == ERR_CONFLICT) {
        tip->suspect = true;
        seq->suspects = true;
    }
    if (st != OK)
        return step_failed(seq, st);
    struct step *step = arena_alloc(&seq->arena, sizeof(*step));
    step->tip = tip;
    step->state = *next;
    step->update = update_new(tip->facts.id, next->version, entry.snapshot, seq->config.threads,
                              seq->config.seal);
    tip->pending = step;
    work->step = step;
    work->tip = tip;
    work->command->version = next->version;
    return OK;
}

enum status step_write(struct sequencer *seq, struct work *work, struct tip *tip,
                       const struct state *next, const uint8_t *request_print)
{
    enum status st = step_encode(seq, tip, next);
    if (st == OK)
        st = step_transaction(seq);
    return st == OK ? step_append(seq, work, tip, next, request_print) : st;
}

static struct store_new_game row_of(const struct tip *tip, const char *name, int64_t at_ms)
{
    const struct story *story = tip->facts.story;
    struct store_new_game row = {
        .name = slice_str(name),
        .story_hash = story->hash,
        .story_id = story->id,
        .story_title = story->title,
        .story_source = story->source,
        .owner = tip->owner,
        .link = tip->facts.link,
        .at_ms = at_ms,
    };
    memcpy(row.seed, tip->facts.seed, SEED_LEN);
    return row;
}

/* A game without its first version would stop the commit of the whole batch: that version is
 * encoded, and so known to fit, before the game is made. */
enum status step_new_game(struct sequencer *seq, struct work *work, struct tip *tip,
                          const struct state *state)
{
    enum status st = step_encode(seq, tip, state);
    if (st != OK)
        return st;
    char name[ID_TEXT_SIZE];
    id_text(tip->facts.id, name);
    const struct store_new_game row = row_of(tip, name, seq->scratch->at_ms);
    work->wrote = true;
    st = store_game_create(seq->config.store, &row, &tip->row);
    if (st != OK)
        return step_failed(seq, st);
    return step_append(seq, work, tip, state, NULL);
}

enum status step_past_begin(struct sequencer *seq, struct work *work, struct tip *tip,
                            struct slice origin)
{
    char name[ID_TEXT_SIZE];
    id_text(tip->facts.id, name);
    struct store_new_game row = row_of(tip, name, seq->config.now_ms());
    row.origin = origin;
    row.has_past = true;
    work->wrote = true;
    const enum status st = store_game_create(seq->config.store, &row, &tip->row);
    return st == OK ? OK : step_failed(seq, st);
}

enum status step_past_end(struct sequencer *seq, struct work *work, struct tip *tip,
                          const struct state *next)
{
    enum status st = step_encode(seq, tip, next);
    if (st != OK)
        return st;
    work->wrote = true;
    st = store_past_end(seq->config.store, tip->row);
    if (st != OK)
        return step_failed(seq, st);
    st = step_append(seq, work, tip, next, NULL);
    /* It is no game without this version, and must not be committed as one. */
    if (st != OK)
        seq->broken = true;
    return st == OK ? OK : ERR_STORAGE;
}

struct tip *tip_begin(struct sequencer *seq, struct story *story, bool link)
{
    struct tip *tip = tip_new();
    tip->facts.link = link;
    tip->facts.story = story_ref(story);
    seq->config.random(&tip->facts.id, sizeof(tip->facts.id));
    seq->config.random(tip->facts.seed, SEED_LEN);
    return tip;
}

/* What a request id stands for: who asked for what. Used again with another content, it is
 * refused. A choice and a stop keep the form they have in every database. */
static void request_print(const struct command *command, const struct session *session,
                          uint8_t ret[STORE_PRINT_LEN])
{
    uint8_t hash[SHA256_LEN];
    SCOPED(buf_release) struct buf text = {.at = NULL};
    const int what = command->kind == COMMAND_UNDO      ? 2
                     : command->kind == COMMAND_LOAD    ? 3
                     : command->kind == COMMAND_MIGRATE ? 4
                     : command->choice.roll             ? 1
                                                        : 0;
    buf_printf(&text, "%llu %llu %d %zu ", (unsigned long long)(session ? session->row : 0),
               (unsigned long long)command->if_version, what, command->choice.id.len);
    buf_append(&text, command->choice.id);
    buf_append(&text, command->choice.text);
    if (command->kind == COMMAND_LOAD)
        buf_printf(&text, "%llu %u", (unsigned long long)command->of, (unsigned)command->slot);
    crypto_sha256(buf_slice(&text), hash);
    memcpy(ret, hash, STORE_PRINT_LEN);
}

/* Was this request id answered before? OK: no. */
static enum status check_request(struct sequencer *seq, struct command *command,
                                 const struct tip *tip, const uint8_t print[STORE_PRINT_LEN])
{
    uint64_t version;
    uint8_t first[STORE_PRINT_LEN];
    const enum status st =
        store_request_find(seq->config.store, tip->row, command->request_id, &version, first);
    if (st == ERR_NOT_FOUND)
        return OK;
    if (st != OK)
        return ERR_STORAGE;
    if (memcmp(first, print, STORE_PRINT_LEN) != 0)
        return ERR_REQUEST_ID_REUSED;
    command->version = version;
    command->duplicate = true;
    return OK;
}

enum status step_request(struct sequencer *seq, const struct work *work,
                         const struct session *session, uint8_t room[STORE_PRINT_LEN],
                         const uint8_t **ret)
{
    *ret = NULL;
    if (work->command->request_id.len == 0)
        return OK;
    request_print(work->command, session, room);
    *ret = room;
    return check_request(seq, work->command, work->tip, room);
}
