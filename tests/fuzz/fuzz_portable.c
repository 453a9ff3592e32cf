/* A game as a document: whatever is in it, it is refused with words, or it is a game of the story below.
 * Links would keep nearly every change from being played: a document that was read is therefore checked
 * a second time with a chain that fits. */
#include <string.h>

#include "app/members.h"
#include "app/portable.h"
#include "app/story_loader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char source[] =
    "{\"format\":\"casys-story/1\",\"id\":\"fuzz\",\"title\":\"F\",\"start\":1,"
    "\"character\":{\"name\":\"Ann\",\"gold\":3,\"capacity\":5,\"items\":{\"rope\":1}},"
    "\"items\":{\"rope\":{\"name\":\"Rope\"}},\"sections\":["
    "{\"number\":1,\"text\":\"A\",\"choices\":["
    "{\"id\":\"go\",\"text\":\"Go\",\"type\":\"direct\",\"to\":2},"
    "{\"id\":\"dare\",\"text\":\"Dare\",\"type\":\"dice\",\"check\":{\"dice\":\"chance\","
    "\"stat\":\"chance\",\"success\":2,\"failure\":9}},"
    "{\"id\":\"duel\",\"text\":\"Duel\",\"type\":\"dice\",\"check\":{\"dice\":\"combat\","
    "\"foe\":{\"name\":\"G\",\"skill\":9,\"endurance\":4},\"damage\":2,\"success\":2,"
    "\"failure\":9}}]},"
    "{\"number\":2,\"text\":\"B\",\"choices\":["
    "{\"id\":\"back\",\"text\":\"Back\",\"type\":\"direct\",\"to\":1,"
    "\"effects\":[{\"gold\":{\"add\":1}}]}]},"
    "{\"number\":9,\"text\":\"C\",\"ending\":{\"kind\":\"won\",\"title\":\"End\"}}]}";

static struct story *story;

static void verify(struct slice document, struct arena *arena, struct portable *ret)
{
    SCOPED(buf_release) struct buf why = {.at = NULL};
    struct portable_counts counts;
    enum status st = portable_read(document, arena, ret, &why);
    ENSURE(st == OK || (st == ERR_INVALID && why.len > 0) || st == ERR_NOT_FOUND);
    if (st != OK) {
        ret->versions = NULL;
        return;
    }
    st = portable_verify(ret, story, NULL, &counts, &why);
    ENSURE(st == OK || (st == ERR_INVALID && why.len > 0));
    ENSURE(counts.revealed <= counts.rolls);
}

static void relinked_versions(struct json_out *out, const struct portable *portable,
                              struct arena *arena)
{
    uint8_t link[SHA256_LEN];
    uint8_t seed_hash[SHA256_LEN] = {0};
    const struct json *runs = portable->runs->child;
    uint32_t run = 0;
    memcpy(link, portable->story_hash, sizeof link);
    json_out_array(out);
    for (const struct json *entry = portable->versions->child; entry; entry = entry->next) {
        const struct json *event = json_get(entry, SLICE("event"));
        if (portable_run(event, run) == run + 1 && runs) {
            ENSURE(crypto_unhex(json_get(runs, SLICE("seed_hash"))->text, seed_hash, SHA256_LEN) ==
                   OK);
            runs = runs->next;
            run++;
        }
        portable_link(link, seed_hash, event, arena);
        json_out_object(out);
        json_out_key(out, SLICE("event"));
        json_out_value(out, event);
        member_hex(out, SLICE("link"), link);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void relink(const struct portable *portable, struct arena *arena, struct buf *ret)
{
    struct json_out *out = json_out_new(ret);
    json_out_object(out);
    json_out_member(out, SLICE("format"), SLICE("casys-game/1"));
    json_out_key(out, SLICE("story"));
    json_out_object(out);
    json_out_member(out, SLICE("id"), portable->story_id);
    member_hex(out, SLICE("hash"), portable->story_hash);
    json_out_object_end(out);
    json_out_member(out, SLICE("name"), portable->name);
    json_out_member_int(out, SLICE("version"), (int64_t)portable->version);
    json_out_member(out, SLICE("status"), portable->status);
    json_out_key(out, SLICE("runs"));
    json_out_value(out, portable->runs);
    json_out_key(out, SLICE("versions"));
    relinked_versions(out, portable, arena);
    member_hex(out, SLICE("state_hash"), portable->state_hash);
    json_out_object_end(out);
    json_out_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena arena = {.blocks = NULL};
    SCOPED(buf_release) struct buf again = {.at = NULL};
    struct portable portable;
    if (!story) {
        struct story_report report = {.count = 0};
        ENSURE(story_parse(slice_str(source), SLICE("fuzz"), &story, &report) == OK);
    }
    verify(slice_make(data, len), &arena, &portable);
    if (portable.versions) {
        relink(&portable, &arena, &again);
        verify(buf_slice(&again), &arena, &portable);
    }
    arena_release(&arena);
    return 0;
}
