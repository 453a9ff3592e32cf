/* A game goes on with a newer edition of its story (app/game/edition.h). */
#include "app/sequencer_parts.h"

#include <string.h>

#include "app/game/edition.h"

/* What is a secret of the story is no more than hinted at. */
static void lines_encode(struct json_out *out, const struct edition_lines *lines, const char *hint)
{
    bool hinted = false;
    json_out_array(out);
    for (const struct edition_line *line = lines->first; line; line = line->next) {
        if (!line->is_secret)
            json_out_string(out, line->text);
        else if (hint && !hinted)
            json_out_string(out, slice_str(hint));
        hinted = hinted || line->is_secret;
    }
    json_out_array_end(out);
}

static enum status refuse(struct sequencer *seq, struct command *command,
                          const struct edition_report *report)
{
    sheet_clear(&seq->needs);
    lines_encode(seq->needs.out, &report->reasons,
                 "what the story keeps to itself has no place in the newer edition");
    command->needs = arena_dup(&command->arena, buf_slice(&seq->needs.buf));
    return ERR_NOT_MIGRATABLE;
}

static enum status refuse_for(struct sequencer *seq, struct command *command, const char *reason)
{
    struct edition_line line = {.text = slice_str(reason)};
    const struct edition_report report = {.reasons = {.first = &line, .last = &line, .count = 1}};
    return refuse(seq, command, &report);
}

static enum status tell(struct command *command, const struct edition_report *report)
{
    struct json_out *out = json_out_new(&command->body);
    json_out_object(out);
    json_out_member_bool(out, SLICE("maps"), true);
    json_out_key(out, SLICE("notes"));
    lines_encode(out, &report->notes, NULL);
    json_out_object_end(out);
    json_out_free(out);
    return OK;
}

/* From here on the game in memory has the newer edition, so that a further command of this batch
 * plays with it. If the batch is lost, the game is read again (sequencer.c, lose). */
static enum status write(struct sequencer *seq, struct work *work, struct story *newest,
                         const struct state *next, const uint8_t *print)
{
    struct game_facts *facts = &work->tip->facts;
    struct story *left = facts->story;
    facts->story = story_ref(newest);
    const enum status st = step_write(seq, work, work->tip, next, print);
    if (st == OK) {
        work->step->migrated = true;
        story_unref(left);
        return OK;
    }
    facts->story = left;
    story_unref(newest);
    return st;
}

enum status decide_migrate(struct sequencer *seq, struct work *work, const struct session *session)
{
    struct command *command = work->command;
    const struct story *story = work->tip->facts.story;
    struct edition_report report;
    uint8_t room[STORE_PRINT_LEN];
    const uint8_t *print = NULL;
    struct state next;
    enum status st = command->dry_run ? OK : step_request(seq, work, session, room, &print);
    if (st != OK || command->duplicate)
        return st;
    const struct state *state = tip_newest(work->tip);
    if (command->if_version != 0 && command->if_version != state->version)
        return ERR_STALE_VERSION;
    struct story *newest = catalogue_find(&seq->library.catalogue, story->id);
    if (!newest)
        return refuse_for(seq, command, "no edition of its story is offered here");
    if (memcmp(newest->hash, story->hash, SHA256_LEN) == 0)
        return refuse_for(seq, command, "it has the newest edition");
    st = edition_migrate(story, state, newest, seq->config.now_ms(), &seq->arena, &report, &next,
                         seq->scratch);
    if (st == ERR_NOT_MIGRATABLE)
        return refuse(seq, command, &report);
    if (st != OK)
        return st;
    return command->dry_run ? tell(command, &report) : write(seq, work, newest, &next, print);
}
