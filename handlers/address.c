#include "handlers/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* Four bytes of IPv4, or the first eight of IPv6; the family keeps them apart. A socket of IPv6
 * shows clients of IPv4 with theirs at the end, behind bytes that are the same for all. */
struct id address_key(const struct sockaddr *address)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    if (address->sa_family == AF_INET)
        return (struct id){.high = AF_INET, .low = four->sin_addr.s_addr};
    if (address->sa_family != AF_INET6)
        return (struct id){.high = AF_UNSPEC};
    const uint8_t *bytes = six->sin6_addr.s6_addr;
    struct in_addr mapped;
    if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        memcpy(&mapped, bytes + 12, sizeof(mapped));
        return (struct id){.high = AF_INET, .low = mapped.s_addr};
    }
    struct id key = {.high = AF_INET6};
    memcpy(&key.low, bytes, sizeof(key.low));
    return key;
}

enum status address_parse(struct slice text, struct sockaddr_storage *ret)
{
    char copy[INET6_ADDRSTRLEN];
    struct sockaddr_storage address = {.ss_family = AF_INET};
    if (text.len == 0 || text.len >= sizeof(copy) || slice_find(text, '\0') != SIZE_MAX)
        return ERR_INVALID;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)&address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)&address;
    if (inet_pton(AF_INET, copy, &four->sin_addr) != 1) {
        address.ss_family = AF_INET6;
        if (inet_pton(AF_INET6, copy, &six->sin6_addr) != 1)
            return ERR_INVALID;
    }
    *ret = address;
    return OK;
}

bool address_is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
        return (ntohl(four->sin_addr.s_addr) >> 24) == 127;
    }
    if (address->sa_family != AF_INET6)
        return false;
    const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127);
}
