/* Who may do what: one table, asked by the sequencer for every command before it is decided. Routes and
 * socket messages have no rules of their own; each of them is a command, and each kind of command
 * is one deed (sequencer_decide.c). Pure; any thread.
 *
 * In a game, the caller has a role as its member, or none. A link game (docs/protocol.md) is open
 * to whoever knows its id: there everybody, a member of any role too, may at least do what a
 * stranger may. To who has no right at all a game does not exist. */
#ifndef CASYS_RIGHTS_H
#define CASYS_RIGHTS_H

#include "storage/store.h"

enum deed {
    /* In a game. */
    DEED_WATCH,   /* its state, who is there, and every next state */
    DEED_HISTORY, /* what happened so far */
    DEED_COMMENT, /* a text about it for the operator */
    DEED_CHOOSE,
    DEED_GO_BACK, /* undo, or load an earlier version */
    DEED_SAVE,    /* names for versions, one's own */
    DEED_FORK,    /* begin another game with its past */
    DEED_STOP,
    DEED_RESET,
    DEED_EXPORT,
    DEED_MIGRATE, /* to a newer edition of its story */
    DEED_DELETE,
    DEED_SEE_MEMBERS,
    DEED_LEAVE,
    DEED_SET_MEMBERS, /* give roles and take them away, hand the game over */
    DEED_INVITE,      /* see, make and revoke invitations */
    /* Anywhere else. */
    DEED_BEGIN,        /* a new game, also by import or with an invitation: a session is made */
    DEED_ENTER,        /* a session by a carry code */
    DEED_LIST_GAMES,   /* one's own: for nobody there are none */
    DEED_SEE_DEVICES,  /* of one's own session */
    DEED_KEEP_SESSION, /* carry it on, give it a new secret, end a device */
    DEED_COUNT
};

/* Is it done in a game? Otherwise it is done as a session, or as nobody. */
bool deed_in_game(enum deed deed);

/* In a game; role is STORE_NOBODY for who is no member. link: it is a link game, and those are open.
 * ERR_GAME_NOT_FOUND    nothing is allowed: it does not exist for this caller.
 * ERR_FORBIDDEN         something is, but not this. */
enum status rights_in_game(enum deed deed, enum store_role role, bool link) MUST_CHECK;

/* Anywhere else. ERR_UNAUTHORIZED: it takes a session. */
enum status rights_of_session(enum deed deed, bool has_session) MUST_CHECK;

#endif
