#include "handlers/gate.h"

#include <string.h>

struct rate gate_rate(uint64_t per_minute)
{
    return (struct rate){(uint32_t)per_minute, (uint32_t)(per_minute / 6 + 1)};
}

void gate_init(struct gate *gate, const struct config *config)
{
    *gate = (struct gate){
        .config = config,
        .addresses = tally_new(),
        .sessions = tally_new(),
        .games = tally_new(),
    };
    atomic_init(&gate->connections, 0);
    atomic_init(&gate->sockets, 0);
    atomic_init(&gate->turned_away, 0);
}

void gate_release(struct gate *gate)
{
    tally_free(gate->addresses);
    tally_free(gate->sessions);
    tally_free(gate->games);
}

bool gate_count(atomic_size_t *counter, uint64_t max)
{
    size_t count = atomic_load_explicit(counter, memory_order_relaxed);
    while (count < max) {
        if (atomic_compare_exchange_weak_explicit(counter, &count, count + 1, memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    }
    return false;
}

void gate_uncount(atomic_size_t *counter)
{
    ENSURE(atomic_fetch_sub_explicit(counter, 1, memory_order_relaxed) > 0);
}

static uint64_t address_rate(const struct config *config, enum address_use use)
{
    switch (use) {
    case ADDRESS_REQUEST: return config->request_rate;
    case ADDRESS_CREATE: return config->create_rate;
    case ADDRESS_CONNECT: return config->connect_rate;
    }
    return 0;
}

uint64_t gate_address(struct gate *gate, const struct sockaddr *address, enum address_use use,
                      uint64_t now_ms)
{
    if (!gate->config->rates)
        return 0;
    const struct rate rate = gate_rate(address_rate(gate->config, use));
    return tally_take(gate->addresses, address_key(address), use, &rate, now_ms);
}

/* Half of a hash is as good a name as all of it. */
static struct id session_key(const uint8_t hash[SHA256_LEN])
{
    struct id key;
    memcpy(&key.high, hash, sizeof(key.high));
    memcpy(&key.low, hash + sizeof(key.high), sizeof(key.low));
    return key;
}

uint64_t gate_session(struct gate *gate, const uint8_t hash[SHA256_LEN], enum session_use use,
                      uint64_t now_ms)
{
    const struct config *config = gate->config;
    if (!config->rates)
        return 0;
    const struct rate rate = gate_rate(use == SESSION_CHOICE ? config->session_choice_rate
                                                             : config->session_message_rate);
    return tally_take(gate->sessions, session_key(hash), use, &rate, now_ms);
}

static bool enter(const struct gate *gate, struct tally *tally, struct id key, uint64_t max,
                  struct tally_place **ret)
{
    *ret = NULL;
    return !gate->config->rates || tally_enter(tally, key, (uint32_t)max, ret);
}

bool gate_enter_address(struct gate *gate, const struct sockaddr *address, struct tally_place **ret)
{
    return enter(gate, gate->addresses, address_key(address), gate->config->address_connections_max,
                 ret);
}

bool gate_enter_session(struct gate *gate, const uint8_t hash[SHA256_LEN], struct tally_place **ret)
{
    return enter(gate, gate->sessions, session_key(hash), gate->config->session_sockets_max, ret);
}

bool gate_enter_game(struct gate *gate, struct id game, struct tally_place **ret)
{
    return tally_enter(gate->games, game, (uint32_t)gate->config->watchers_max, ret);
}

bool gate_is_proxy(const struct gate *gate, const struct sockaddr *peer)
{
    return gate->config->proxy && address_is_loopback(peer);
}
