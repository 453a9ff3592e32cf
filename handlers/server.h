/* The front of the program: io threads, started and stopped together. Main thread only. */
#ifndef CASYS_HANDLERS_SERVER_H
#define CASYS_HANDLERS_SERVER_H

#include "app/sequencer.h"
#include "handlers/static_files.h"
#include "handlers/ws_frame.h"

struct config;
struct front;

/* The inboxes of the io threads exist from here on, so that the sequencer can be made; they take new
 * catalogues (app/library.h), too. The catalogue is copied, everything else borrowed until
 * front_free.
 * ERR_IO    the address cannot be used; ret_reason is one line that names the setting. */
enum status front_new(const struct config *config, const struct catalogue *catalogue,
                      const struct static_files *files, struct front **ret,
                      char ret_reason[200]) MUST_CHECK;
/* One inbox for each io thread; the array lives as long as the front. */
struct queue *const *front_inboxes(struct front *front);
uint16_t front_port(const struct front *front);

/* From now on requests are served. */
void front_start(struct front *front, struct sequencer *sequencer);
/* New work is refused from now on; any thread. */
void front_refuse(struct front *front);
/* Close what is open and end the threads: after the sequencer has stopped. */
void front_stop(struct front *front);
/* After front_stop, or without front_start. Connections that waited for a next request, and h2o's
 * own memory for them, go with the process: libh2o 2.2.5 cannot close them. */
void front_free(struct front *front);

#endif
