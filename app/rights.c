#include "app/rights.h"

enum {
    STRANGER = 1 << 0, /* no member, in a link game */
    SPECTATOR = 1 << 1,
    PLAYER = 1 << 2,
    OWNER = 1 << 3,
    MEMBERS = SPECTATOR | PLAYER | OWNER,
    SESSION = 1 << 4, /* not in a game: whoever has a session */
    NOBODY = 1 << 5,  /* not in a game: whoever has none */
};

static const uint8_t who_may[DEED_COUNT] = {
    [DEED_WATCH] = STRANGER | MEMBERS,
    [DEED_HISTORY] = STRANGER | MEMBERS,
    [DEED_COMMENT] = STRANGER | MEMBERS,
    [DEED_CHOOSE] = STRANGER | PLAYER | OWNER,
    [DEED_GO_BACK] = PLAYER | OWNER,
    [DEED_SAVE] = PLAYER | OWNER,
    [DEED_FORK] = PLAYER | OWNER,
    /* In a link game whoever plays may end it and take it along, as CASYS clients do. */
    [DEED_STOP] = STRANGER | OWNER,
    [DEED_RESET] = STRANGER | OWNER,
    [DEED_EXPORT] = STRANGER | OWNER,
    [DEED_MIGRATE] = OWNER,
    [DEED_DELETE] = OWNER,
    [DEED_SEE_MEMBERS] = MEMBERS,
    [DEED_LEAVE] = MEMBERS,
    [DEED_SET_MEMBERS] = OWNER,
    [DEED_INVITE] = OWNER,
    [DEED_BEGIN] = NOBODY | SESSION,
    [DEED_ENTER] = NOBODY | SESSION,
    [DEED_LIST_GAMES] = NOBODY | SESSION,
    [DEED_SEE_DEVICES] = SESSION,
    [DEED_KEEP_SESSION] = SESSION,
};

static uint8_t bit_of(enum store_role role)
{
    switch (role) {
    case STORE_NOBODY: return 0;
    case STORE_OWNER: return OWNER;
    case STORE_PLAYER: return PLAYER;
    case STORE_SPECTATOR: return SPECTATOR;
    }
    ENSURE(false); /* the store knows no other */
    return 0;
}

bool deed_in_game(enum deed deed)
{
    ENSURE(deed < DEED_COUNT);
    return (who_may[deed] & OWNER) != 0;
}

enum status rights_in_game(enum deed deed, enum store_role role, bool link)
{
    ENSURE(deed_in_game(deed));
    const unsigned caller = bit_of(role) | (link ? (unsigned)STRANGER : 0U);
    if (caller == 0)
        return ERR_GAME_NOT_FOUND;
    return (who_may[deed] & caller) != 0 ? OK : ERR_FORBIDDEN;
}

enum status rights_of_session(enum deed deed, bool has_session)
{
    ENSURE(!deed_in_game(deed));
    return (who_may[deed] & (has_session ? SESSION : NOBODY)) != 0 ? OK : ERR_UNAUTHORIZED;
}
