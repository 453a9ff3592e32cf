#include "app/game/dice.h"

#include <string.h>

static void put_le(uint8_t *at, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void dice_run_seed(const uint8_t seed[SEED_LEN], uint32_t run, uint8_t ret[SEED_LEN])
{
    _Static_assert((int)SEED_LEN == (int)SHA256_LEN, "a run's seed is one HMAC");
    const struct slice label = SLICE("casys run");
    uint8_t message[16];
    ENSURE(label.len + sizeof run <= sizeof message);
    memcpy(message, label.at, label.len);
    put_le(message + label.len, run, sizeof run);
    crypto_hmac_sha256(slice_make(seed, SEED_LEN), slice_make(message, label.len + sizeof run),
                       ret);
}

void dice_seed_hash(const uint8_t run_seed[SEED_LEN], uint8_t ret[SHA256_LEN])
{
    crypto_sha256(slice_make(run_seed, SEED_LEN), ret);
}

void dice_init(struct dice *dice, const uint8_t run_seed[SEED_LEN], uint64_t turn)
{
    *dice = (struct dice){.turn = turn};
    memcpy(dice->run_seed, run_seed, SEED_LEN);
}

void dice_init_told(struct dice *dice, const struct dice_told *told, uint32_t run, uint64_t turn)
{
    const bool is_revealed = run <= told->run_count && told->runs[run - 1].is_revealed;
    if (is_revealed)
        dice_init(dice, told->runs[run - 1].seed, turn);
    else
        *dice = (struct dice){.turn = turn, .is_told = true, .told = *told};
}

/* The next die that was told. */
static int32_t told_take(struct dice_told *told, int32_t faces)
{
    if (told->count == 0)
        return 1;
    const uint8_t value = *told->values++;
    told->count--;
    return value >= 1 && value <= faces ? value : 1;
}

static int32_t told_roll(struct dice *dice, int32_t count, int32_t faces, int32_t *ret_values)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        ret_values[i] = told_take(&dice->told, faces);
        sum += ret_values[i];
    }
    dice->index++;
    return sum;
}

/* One block of the current roll:
 *
 *     | turn  8 | index  4 | block  4 |   -- HMAC-SHA-256, key: run seed -->   32 bytes */
static void block_make(const struct dice *dice, uint32_t block, uint8_t ret[SHA256_LEN])
{
    uint8_t message[16];
    put_le(message, dice->turn, 8);
    put_le(message + 8, dice->index, 4);
    put_le(message + 12, block, 4);
    crypto_hmac_sha256(slice_make(dice->run_seed, SEED_LEN), slice_make(message, sizeof message),
                       ret);
}

int32_t dice_roll(struct dice *dice, int32_t count, int32_t faces, int32_t *ret_values)
{
    ENSURE(count >= 1 && count <= DICE_COUNT_MAX);
    ENSURE(faces >= 2 && faces <= DICE_FACES_MAX);
    if (dice->is_told)
        return told_roll(dice, count, faces, ret_values);

    /* A byte from here on would make the low faces likelier than the high ones. */
    const int32_t fair = 256 - 256 % faces;
    uint8_t bytes[SHA256_LEN];
    int32_t sum = 0;
    int32_t thrown = 0;
    /* Ends: at least 156 of 256 bytes are fair, whatever the number of faces. */
    for (uint32_t block = 0; thrown < count; block++) {
        block_make(dice, block, bytes);
        for (size_t i = 0; i < sizeof bytes && thrown < count; i++) {
            if (bytes[i] >= fair)
                continue;
            ret_values[thrown] = bytes[i] % faces + 1;
            sum += ret_values[thrown++];
        }
    }
    dice->index++;
    return sum;
}
