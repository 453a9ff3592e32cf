/* What an io thread does when something became of people (app/notice.h): connections and long polls
 * of whoever has to go end at once; who came with a secret that was replaced is asked about again
 * when its time is over. */
#ifndef CASYS_HANDLERS_PEOPLE_H
#define CASYS_HANDLERS_PEOPLE_H

#include "app/notice.h"
#include "handlers/io.h"

/* Takes the post's reference. */
void people_notice(struct io *io, struct notice_post *post);
/* Those that are due. */
void people_notices_before(struct io *io, uint64_t now_ms);
/* The thread ends. */
void people_notices_forget(struct io *io);

#endif
