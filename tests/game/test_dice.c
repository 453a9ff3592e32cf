#include "app/game/dice.h"

#include <signal.h>
#include <string.h>

#include "tests/game/sample.h"
#include "tests/support/support.h"

/* The expected values come from a second implementation, a few lines of Python by the text of
 * dice.h, with the seed 0, 1 ... 31:
 *
 *     def run_seed(seed, run):
 *         return hmac.new(seed, b"casys run" + struct.pack("<I", run), sha256).digest()
 *     def block(run_seed, version, index, b):
 *         return hmac.new(run_seed, struct.pack("<QII", version, index, b), sha256).digest()
 *     values = [x % faces + 1 for x in block(0) + block(1) + ... if x < 256 - 256 % faces] */
static const struct {
    uint32_t run;
    const char *seed;
    const char *hash;
} run_cases[] = {
    {1, "577fe1da751d357c72bd47e10bc3700a8bc200eb693512c9873b6bb511551790",
     "fc2ea3bbaf7a92a29f2b2f78a253fa24640016cf8552501752b8155a3e2cdafb"},
    {2, "d99bf1f0398d0e7eea8d5821f1fd56bbd9403322b0d7765e884f0145a2004940",
     "113e114a5276ba3ed7e468b6ce393fabd55f8ec554f86528a507bc0ecbacee84"},
    {0x01020304, "93bcbffae264681bfa05797626f7aaed62fb2639880a4af11209135db694f3cc",
     "0b1e885cb2a9ed761af2927597b61a0e0a04d4838392fe80c7344b21c9ef8283"},
};

START_TEST(a_run_has_its_seed_and_the_seed_its_hash)
{
    uint8_t seed[SEED_LEN];
    uint8_t hash[SHA256_LEN];
    char text[2 * SHA256_LEN + 1];

    dice_run_seed(sample_seed, run_cases[_i].run, seed);
    crypto_hex(slice_make(seed, sizeof seed), text);
    ck_assert_str_eq(text, run_cases[_i].seed);
    dice_seed_hash(seed, hash);
    crypto_hex(slice_make(hash, sizeof hash), text);
    ck_assert_str_eq(text, run_cases[_i].hash);
}
END_TEST

static const struct {
    const char *why;
    uint32_t run;
    uint64_t version;
    uint32_t index;
    int32_t count, faces;
    int32_t values[DICE_COUNT_MAX];
} roll_cases[] = {
    {"the first roll of all", 1, 1, 0, 2, 6, {6, 6}},
    {"the next roll of the same command", 1, 1, 1, 2, 6, {1, 5}},
    {"the next command", 1, 2, 0, 2, 6, {2, 2}},
    {"all bytes of the version count", 1, 0x0102030405060708, 0, 2, 6, {3, 6}},
    {"another run", 2, 1, 0, 2, 6, {1, 5}},
    {"another run, the next roll", 2, 1, 1, 2, 6, {5, 6}},
    {"one coin", 1, 1, 0, 1, 2, {2}},
    {"as many dice as there may be", 1, 1, 0, 20, 6, {6, 6, 6, 1, 3, 6, 1, 1, 3, 1,
                                                      3, 6, 4, 5, 6, 3, 6, 3, 6, 6}},
    {"all bytes of the index count", 1, 3, 0x0a0b0c0d, 20, 20, {16, 4, 13, 17, 19, 18, 14,
                                                                14, 5, 8,  6,  9,  4,  18,
                                                                10, 2, 5,  17, 3,  17}},
    /* The block begins with the bytes 255, 233, 215 and 95. Only the last is below 200, so it is
     * the one that counts; a plain remainder would have given 56. */
    {"bytes that are not fair are thrown away", 1, 1, 0, 1, 100, {96}},
    {"a block with 13 such bytes is not enough for 20 dice", 1, 101, 0, 20, 100, {54, 25, 55, 94,
                                                                                  53, 7,  42, 32,
                                                                                  51, 59, 11, 32,
                                                                                  30, 39, 50, 56,
                                                                                  85, 40, 11, 69}},
    {"a second block with other faces", 1, 53, 0, 20, 65, {65, 11, 6,  54, 39, 30, 63, 12, 5,  53,
                                                           35, 53, 62, 36, 49, 24, 27, 5,  21, 20}},
};

START_TEST(a_roll_is_what_the_header_says)
{
    uint8_t seed[SEED_LEN];
    struct dice dice;
    int32_t values[DICE_COUNT_MAX + 1] = {0};
    int32_t expected_sum = 0;

    dice_run_seed(sample_seed, roll_cases[_i].run, seed);
    dice_init(&dice, seed, roll_cases[_i].version);
    ck_assert_uint_eq(dice.index, 0);
    dice.index = roll_cases[_i].index;
    const int32_t sum = dice_roll(&dice, roll_cases[_i].count, roll_cases[_i].faces, values);
    for (int32_t i = 0; i < roll_cases[_i].count; i++) {
        ck_assert_msg(values[i] == roll_cases[_i].values[i], "%s: value %d is %d",
                      roll_cases[_i].why, i, values[i]);
        expected_sum += values[i];
    }
    ck_assert_int_eq(sum, expected_sum);
    ck_assert_int_eq(values[roll_cases[_i].count], 0); /* nothing behind what was asked for */
    ck_assert_uint_eq(dice.index, roll_cases[_i].index + 1);
}
END_TEST

START_TEST(rolling_twice_is_rolling_index_0_and_then_1)
{
    uint8_t seed[SEED_LEN];
    struct dice dice;
    int32_t values[2];

    dice_run_seed(sample_seed, 1, seed);
    dice_init(&dice, seed, 1);
    ck_assert_int_eq(dice_roll(&dice, 2, 6, values), 12);
    ck_assert_int_eq(dice_roll(&dice, 2, 6, values), 6);
    ck_assert_int_eq(values[0], 1);
    ck_assert_int_eq(values[1], 5);
}
END_TEST

START_TEST(dice_that_were_told_show_what_was_told)
{
    static const uint8_t told[] = {5, 2, 7, 0};
    struct dice dice;
    int32_t values[4];
    dice_init_told(&dice, &(struct dice_told){.values = told, .count = COUNT_OF(told)}, 1, 9);
    ck_assert_int_eq(dice_roll(&dice, 2, 6, values), 7);
    ck_assert_int_eq(values[0], 5);
    ck_assert_int_eq(values[1], 2);
    /* No such face, no such face either, and nothing told. */
    ck_assert_int_eq(dice_roll(&dice, 4, 6, values), 4);
    ck_assert_uint_eq(dice.index, 2);
}
END_TEST

START_TEST(a_run_seed_that_was_told_throws_the_same_dice)
{
    static const uint8_t told[] = {5, 3};
    struct run_told runs[2] = {{.is_revealed = true}, {.is_revealed = false}};
    const struct dice_told all = {runs, COUNT_OF(runs), told, COUNT_OF(told)};
    struct dice dice;
    int32_t values[2];
    dice_run_seed(sample_seed, 1, runs[0].seed);
    dice_init_told(&dice, &all, 1, 1);
    ck_assert_int_eq(dice_roll(&dice, 2, 6, values), 12);
    ck_assert_int_eq(dice_roll(&dice, 2, 6, values), 6);
    /* Of a run that is not revealed, and of one that nothing was told of, the values count. */
    for (uint32_t run = 2; run <= 3; run++) {
        dice_init_told(&dice, &all, run, 1);
        ck_assert_int_eq(dice_roll(&dice, 2, 6, values), 8);
        ck_assert_int_eq(values[0], 5);
    }
}
END_TEST

/* Chi square of the counts of each face against equal shares. The bound is what fair dice exceed
 * with one seed in a million (the quantile for faces - 1 degrees of freedom), and the seed is fixed.
 * A plain remainder with 100 faces, where of 256 bytes 56 faces get three and 44 get two, comes to
 * about 1600. */
START_TEST(every_face_is_equally_likely)
{
    static const struct {
        int32_t faces;
        double bound;
    } cases[] = {{2, 23.9}, {6, 35.9}, {10, 44.8}, {20, 63.7}, {65, 132.8}, {100, 180.8}};
    enum { ROLLS = 2000 };
    const int32_t faces = cases[_i].faces;
    struct dice dice;
    int32_t values[DICE_COUNT_MAX];
    double counts[DICE_FACES_MAX + 1] = {0};

    dice_init(&dice, sample_seed, 1);
    for (int roll = 0; roll < ROLLS; roll++) {
        dice_roll(&dice, DICE_COUNT_MAX, faces, values);
        for (int i = 0; i < DICE_COUNT_MAX; i++) {
            if (values[i] < 1 || values[i] > faces)
                ck_abort_msg("%d is no face of a die with %d", values[i], faces);
            counts[values[i]]++;
        }
    }
    const double share = (double)ROLLS * DICE_COUNT_MAX / faces;
    double chi_square = 0;
    for (int32_t face = 1; face <= faces; face++)
        chi_square += (counts[face] - share) * (counts[face] - share) / share;
    ck_assert_msg(chi_square < cases[_i].bound, "%d faces: %f", faces, chi_square);
}
END_TEST

static const struct {
    int32_t count, faces;
} wrong_cases[] = {{0, 6}, {DICE_COUNT_MAX + 1, 6}, {-1, 6}, {1, 1}, {1, DICE_FACES_MAX + 1}};

START_TEST(dice_that_do_not_exist_stop_the_program)
{
    struct dice dice;
    int32_t values[DICE_COUNT_MAX + 1];
    dice_init(&dice, sample_seed, 1);
    dice_roll(&dice, wrong_cases[_i].count, wrong_cases[_i].faces, values);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dice");
    TCase *tcase = tcase_create("dice");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_run_has_its_seed_and_the_seed_its_hash, 0,
                        (int)COUNT_OF(run_cases));
    tcase_add_loop_test(tcase, a_roll_is_what_the_header_says, 0, (int)COUNT_OF(roll_cases));
    tcase_add_test(tcase, dice_that_were_told_show_what_was_told);
    tcase_add_test(tcase, a_run_seed_that_was_told_throws_the_same_dice);
    tcase_add_test(tcase, rolling_twice_is_rolling_index_0_and_then_1);
    tcase_add_loop_test(tcase, every_face_is_equally_likely, 0, 6);
    tcase_add_loop_test_raise_signal(tcase, dice_that_do_not_exist_stop_the_program, SIGABRT, 0,
                                     (int)COUNT_OF(wrong_cases));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
