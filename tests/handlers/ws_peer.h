/* Both ends of WebSocket connections in one process and one loop, for the tests of ws_conn: seats
 * are the server's end, peers the client's, over loopback TCP. A peer sends any bytes it likes and
 * keeps what came; nothing of it shares code with what is tested. */
#ifndef CASYS_TESTS_HANDLERS_WS_PEER_H
#define CASYS_TESTS_HANDLERS_WS_PEER_H

#include "handlers/ws_conn.h"

enum seat_mode {
    SEAT_RECORD,        /* keep what was heard */
    SEAT_ECHO,          /* and send it back */
    SEAT_PAUSE,         /* and pause after each text */
    SEAT_PAUSE_RESUME,  /* and pause and resume inside the call, then look at the text again */
    SEAT_CLOSE,         /* and close with 1000, then send a text that must not go out */
    SEAT_UNHOLD_AT_END, /* held from the start until on_end */
};

struct world {
    uv_loop_t loop;
    uv_timer_t guard; /* a test that waits for what never comes ends with an abort */
    struct ws_config config;
    struct ws_group group;
    size_t ended, freed;
};

/* One server connection. Its memory goes by on_free; `seat` of the peer is NULL afterwards. */
struct seat {
    struct ws_conn conn;
    struct world *world;
    struct peer *peer; /* NULL: closed by the test */
    enum seat_mode mode;
    struct buf heard; /* the texts, each with a ';' behind it */
    size_t texts;
    bool inside;
    bool ended;
};

struct peer {
    uv_poll_t poll;
    struct world *world;
    struct seat *seat;
    int fd;
    struct buf in; /* everything that came */
    size_t read;   /* how much of it peer_next took */
    struct buf out;
    size_t sent;
    size_t read_max; /* bytes of one recv */
    bool muted;      /* does not read */
    bool eof, reset;
};

/* A frame that a server sent: unmasked and whole. */
struct ws_seen {
    uint8_t head; /* FIN, reserved bits and opcode */
    struct slice payload;
};

void world_init(struct world *world);
/* Lets go of what is there and proves that everything was given back. */
void world_end(struct world *world);
/* One turn of the loop; waits until something happens. */
void world_turn(struct world *world);
#define until(world, condition)                                                                    \
    do {                                                                                           \
        while (!(condition))                                                                       \
            world_turn(world);                                                                     \
    } while (0)

/* A connection between a new peer and a new seat. `buffer`: size of the kernel's buffers on the way
 * to the peer, 0 for what the system gives. */
struct peer *peer_new(struct world *world, enum seat_mode mode, int buffer);
/* The same, with bytes that came right behind the handshake. */
struct peer *peer_new_early(struct world *world, enum seat_mode mode, struct slice early);
/* close(); with_reset: so that the other end sees a reset. */
void peer_close(struct peer *peer, bool with_reset);
/* End the peer's half. Everything it was given to send must be out. */
void peer_end_half(struct peer *peer);
void peer_mute(struct peer *peer, bool muted);

/* Send bytes as they are; a masked frame; a masked Close (code 0: an empty one). */
void peer_bytes(struct peer *peer, struct slice bytes);
void peer_frame(struct peer *peer, uint8_t head, struct slice payload);
void peer_text(struct peer *peer, const char *text);
void peer_close_frame(struct peer *peer, uint16_t code);
void frame_masked(struct buf *out, uint8_t head, struct slice payload);

/* The next whole frame that came; false when there is none yet. The payload is borrowed until the
 * next turn. */
bool peer_next(struct peer *peer, struct ws_seen *ret);
/* All frames that came since the last look, as text: "text(a) close(1000,bye) " with "eof" or
 * "reset" behind them; payloads of more than 40 bytes as their length. Owned by the caller. */
void peer_story(struct peer *peer, struct buf *ret);
/* Wait for the peer's end of file, then the story must be `expected`. */
void expect_story_to_end(struct peer *peer, const char *expected);
/* Wait until the story is `expected`. */
void expect_story(struct peer *peer, const char *expected);

/* An update with a payload of len bytes that tells its version. */
struct update *update_of(uint64_t version, size_t len);
/* Give the seat such an update. */
void seat_update(struct seat *seat, uint64_t version, size_t len);
void seat_text(struct seat *seat, const char *text);

#endif
