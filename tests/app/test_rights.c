/* The whole table of rights, a line for each deed, written down a second time. */
#include "app/rights.h"

#include <signal.h>

#include "tests/support/support.h"

/* A deed in a game: what each caller is told. In order: nobody, spectator, player, owner of a private
 * game; the same four of a link game. y: OK, f: forbidden, n: there is no such game. */
struct in_game {
    enum deed deed;
    const char *why;
    const char *verdicts;
};

static const struct in_game in_game[] = {
    {DEED_WATCH, "members watch, and everybody a link game", "nyyy yyyy"},
    {DEED_HISTORY, "who may watch may look back", "nyyy yyyy"},
    {DEED_COMMENT, "who may watch may say something about it", "nyyy yyyy"},
    {DEED_CHOOSE, "a spectator only looks; a link game is everybody's", "nfyy yyyy"},
    {DEED_GO_BACK, "not for passers-by", "nfyy ffyy"},
    {DEED_SAVE, "not for passers-by", "nfyy ffyy"},
    {DEED_FORK, "not for passers-by", "nfyy ffyy"},
    {DEED_STOP, "the owner's, or everybody's", "nffy yyyy"},
    {DEED_RESET, "the owner's, or everybody's", "nffy yyyy"},
    {DEED_EXPORT, "who may stop it may take it along", "nffy yyyy"},
    {DEED_MIGRATE, "the owner's alone", "nffy fffy"},
    {DEED_DELETE, "the owner's alone", "nffy fffy"},
    {DEED_SEE_MEMBERS, "members know each other", "nyyy fyyy"},
    {DEED_LEAVE, "who is there may go", "nyyy fyyy"},
    {DEED_SET_MEMBERS, "the owner's alone", "nffy fffy"},
    {DEED_INVITE, "the owner's alone", "nffy fffy"},
};

/* Any other deed: nobody, then a session. u: it takes a session. */
static const struct in_game elsewhere[] = {
    {DEED_BEGIN, "whoever comes first gets a session with it", "yy"},
    {DEED_ENTER, "a new browser has none", "yy"},
    {DEED_LIST_GAMES, "nobody's games are no games", "yy"},
    {DEED_SEE_DEVICES, "of whom?", "uy"},
    {DEED_KEEP_SESSION, "whose?", "uy"},
};

_Static_assert(COUNT_OF(in_game) + COUNT_OF(elsewhere) == DEED_COUNT, "a line for each deed");

static enum status status_of(char verdict)
{
    switch (verdict) {
    case 'y': return OK;
    case 'f': return ERR_FORBIDDEN;
    case 'u': return ERR_UNAUTHORIZED;
    default: return ERR_GAME_NOT_FOUND;
    }
}

START_TEST(a_deed_in_a_game_is_for_these_roles)
{
    static const enum store_role roles[] = {STORE_NOBODY, STORE_SPECTATOR, STORE_PLAYER,
                                            STORE_OWNER};
    const struct in_game *row = &in_game[_i];
    ck_assert(deed_in_game(row->deed));
    for (size_t link = 0; link < 2; link++) {
        for (size_t i = 0; i < COUNT_OF(roles); i++) {
            const enum status got = rights_in_game(row->deed, roles[i], link == 1);
            const enum status want = status_of(row->verdicts[link * 5 + i]);
            ck_assert_msg(got == want, "deed %d, role %d, link %zu: %s, not %s; %s", row->deed,
                          (int)roles[i], link, status_name(got), status_name(want), row->why);
        }
    }
}
END_TEST

START_TEST(a_deed_elsewhere_takes_a_session_or_not)
{
    const struct in_game *row = &elsewhere[_i];
    ck_assert(!deed_in_game(row->deed));
    for (size_t i = 0; i < 2; i++) {
        const enum status got = rights_of_session(row->deed, i == 1);
        ck_assert_msg(got == status_of(row->verdicts[i]), "deed %d, session %zu: %s; %s", row->deed,
                      i, status_name(got), row->why);
    }
}
END_TEST

START_TEST(a_deed_in_a_game_is_not_asked_of_a_session)
{
    ck_abort_msg("%s", status_name(rights_of_session(DEED_WATCH, true)));
}
END_TEST

START_TEST(a_deed_elsewhere_is_not_asked_in_a_game)
{
    ck_abort_msg("%s", status_name(rights_in_game(DEED_BEGIN, STORE_OWNER, false)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rights");
    TCase *tcase = tcase_create("rights");
    tcase_add_loop_test(tcase, a_deed_in_a_game_is_for_these_roles, 0, (int)COUNT_OF(in_game));
    tcase_add_loop_test(tcase, a_deed_elsewhere_takes_a_session_or_not, 0,
                        (int)COUNT_OF(elsewhere));
    tcase_add_test_raise_signal(tcase, a_deed_in_a_game_is_not_asked_of_a_session, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_deed_elsewhere_is_not_asked_in_a_game, SIGABRT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
