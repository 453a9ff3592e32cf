/* What players see of a version, and what the journal keeps of it: the JSON that is stored, sent
 * and served, always the same bytes for the same input. Pure; any thread. */
#ifndef CASYS_SNAPSHOT_H
#define CASYS_SNAPSHOT_H

#include "app/game/game.h"
#include "app/id.h"
#include "app/json.h"
#include "app/origin.h"

/* What a game keeps from its first version to its last. */
struct game_facts {
    struct id id;
    struct id owner;        /* the owner's session */
    bool link;              /* whoever knows the id may play */
    uint8_t seed[SEED_LEN]; /* secret */
    uint32_t hashed_run;    /* the run that seed_hash is of; 0: none yet. snapshot_encode's own */
    uint8_t seed_hash[SHA256_LEN]; /* public */
    struct story *story;           /* borrowed */
    struct origin origin;          /* runs that were thrown elsewhere */
};

/* Once for each story, by the loader: what of its snapshots never changes is encoded beforehand,
 * into the story's arena. snapshot_encode takes prepared stories only. */
void snapshot_prepare(struct story *story);

/* No snapshot of a game in that section is longer, whatever led there. After story_finish. */
size_t snapshot_bytes_max(const struct story *story, const struct section *section);

/* The snapshot (docs/protocol.md, The state). Keeps the public hash of the run's seed in *facts. */
void snapshot_encode(struct json_out *out, struct game_facts *facts, const struct state *state,
                     const struct event *event);

/* What is told of a run of a game whose newest state is given: the public hash of its seed, and the
 * seed as soon as no throw will come from it that nobody has seen. */
void run_facts(const struct game_facts *facts, const struct state *state, uint32_t run,
               struct run_told *ret);

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

/* Why a choice is not available: a JSON array of what is missing. */
void needs_encode(struct json_out *out, const struct story *story, const struct state *state,
                  const struct condition *condition);

#endif
