/* The past that a new game is to begin with, as the sequencer needs it (app/errand.h): that of a stored
 * game, or that of a document. For the thread that reads. */
#ifndef CASYS_PAST_H
#define CASYS_PAST_H

#include "app/errand.h"
#include "app/library.h"

/* Of the stored game with that name, as far as version errand->of.
 * ERR_GAME_NOT_FOUND, ERR_VERSION_NOT_FOUND, ERR_CORRUPT, ERR_IO */
enum status past_of_game(struct store *store, struct library *library, struct slice name,
                         struct errand *errand) MUST_CHECK;

/* Of a portable document (app/portable.h), which is checked in full. Sets errand->of.
 * ERR_IMPORT_REFUSED   it is none, or not true; ret_why says where, in words for people.
 * ERR_STORY_NOT_FOUND  its story is not known here.
 * ERR_TOO_LARGE        more than LIMIT_COPY_VERSIONS.
 * ERR_CORRUPT, ERR_IO */
enum status past_of_document(struct store *store, struct library *library, struct slice document,
                             struct errand *errand, struct buf *ret_why) MUST_CHECK;

#endif
