/* A small story that uses every part of the rules, made without the story loader: for tests of
 * stored states and of snapshots, and for fuzzing. */
#ifndef CASYS_TESTS_GAME_WHOLE_H
#define CASYS_TESTS_GAME_WHOLE_H

#include "app/game/game.h"

enum { WHOLE_ENDURANCE, WHOLE_CHANCE, WHOLE_SKILL, WHOLE_POWER, WHOLE_STATS };
enum { WHOLE_APPLE, WHOLE_LAMP, WHOLE_ROPE, WHOLE_ITEMS };
enum { WHOLE_DAYS, WHOLE_DOOM, WHOLE_COUNTERS };
enum { WHOLE_GATE, WHOLE_YARD, WHOLE_DEN, WHOLE_PIT, WHOLE_MAZE, WHOLE_GRAVE, WHOLE_THRONE };

/* One reference, finished, with all texts that snapshots show. */
struct story *whole_story(void);

#endif
