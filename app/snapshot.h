/* What players see of a version, and what the journal keeps of it: the JSON that is stored, sent
 * and served, always the same bytes for the same input. Pure; any thread. */
#ifndef CASYS_SNAPSHOT_H
#define CASYS_SNAPSHOT_H

#include "app/game/game.h"
#include "app/id.h"
#include "app/json.h"

/* What a game keeps from its first version to its last. */
struct game_facts {
    struct id id;
    struct id owner;        /* the owner's session */
    bool link;              /* whoever knows the id may play */
    uint8_t seed[SEED_LEN]; /* secret */
    uint32_t hashed_run;    /* the run that seed_hash is of; 0: none yet. snapshot_encode's own */
    uint8_t seed_hash[SHA256_LEN]; /* public */
    struct story *story;           /* borrowed */
};

/* Once for each story, by the loader: what of its snapshots never changes is encoded beforehand,
 * into the story's arena. snapshot_encode takes prepared stories only. */
void snapshot_prepare(struct story *story);

/* No snapshot of a game in that section is longer, whatever led there. After story_finish. */
size_t snapshot_bytes_max(const struct story *story, const struct section *section);

/* The snapshot (docs/protocol.md, The state). Keeps the public hash of the run's seed in *facts. */
void snapshot_encode(struct json_out *out, struct game_facts *facts, const struct state *state,
                     const struct event *event);

/* A run as it is told: its number, the public hash of its seed, and the seed as soon as no throw will
 * come from it any more. */
void run_encode(struct json_out *out, const struct game_facts *facts, const struct state *state,
                uint32_t run);

/* The journal's event: what replay needs and what history shows, as one JSON object
 *   {"version","type":"start"|"choice"|"stop"|"reset"|"load"|"fork"|"import","at","name",
 *    "choice_id","choice_text","of","turn","run","from","to","rolls":[...],"changes":[...]}
 * with name for start only, the choice for a choice only, and for a load only the version gone back to
 * and the turn and the run that the dice go on from. */
void event_encode(struct json_out *out, const struct story *story, const struct state *state,
                  const struct event *event);

/* Play a journal event again on *state (for a start: on nothing) and get the state and event that
 * it led to.
 * ERR_CORRUPT    no event of this story and state: the journal and the story do not agree. */
enum status event_replay(struct slice json, int64_t at_ms, const struct game_facts *facts,
                         struct arena *arena, struct state *state,
                         struct event *ret_event) MUST_CHECK;

/* The same for an event that was told to others, as a parsed object, with the dice told of it.
 * ERR_CORRUPT    as above. */
enum status event_again(const struct json *row, int64_t at_ms, const struct story *story,
                        const struct dice_told *told, struct state *state,
                        struct event *ret_event) MUST_CHECK;

/* Why a choice is not available: a JSON array of what is missing. */
void needs_encode(struct json_out *out, const struct story *story, const struct state *state,
                  const struct condition *condition);

#endif
