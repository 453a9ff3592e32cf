/* What happened in a game, in words for people: the sentences of history and of the feedback that
 * CASYS clients ask for, made of what the journal tells. Pure; any thread. */
#ifndef CASYS_WORDS_H
#define CASYS_WORDS_H

#include "app/game/story.h"
#include "app/json.h"

/* Append what one event of the journal (app/snapshot.h, event_encode) says, as sentences in one line:
 * what was done, the throws with what came of them, what changed by its name in the story, where the
 * game is now. */
void words_event(struct buf *ret, const struct story *story, const struct json *event);

#endif
