#include "app/words.h"

enum { THROWS_TOLD = 12 }; /* a whole fight can have hundreds */

static struct slice text_of(const struct json *object, struct slice key)
{
    const struct json *value = json_get(object, key);
    return value && (value->kind == JSON_STRING || value->kind == JSON_NUMBER) ? value->text
                                                                               : SLICE_NONE;
}

static bool is_true(const struct json *object, struct slice key)
{
    const struct json *value = json_get(object, key);
    return value && value->kind == JSON_BOOL && value->truth;
}

static void put(struct buf *ret, const char *text)
{
    buf_append(ret, slice_str(text));
}

/* A text between two literals. */
static void say(struct buf *ret, const char *before, struct slice text, const char *after)
{
    buf_append(ret, slice_str(before));
    buf_append(ret, text);
    buf_append(ret, slice_str(after));
}

static void say_deed(struct buf *ret, const struct json *event)
{
    const struct slice type = text_of(event, SLICE("type"));
    if (slice_eq(type, SLICE("start")))
        say(ret, "", text_of(event, SLICE("name")), " begins.");
    else if (slice_eq(type, SLICE("choice")))
        say(ret, "Chose \"", text_of(event, SLICE("choice_text")), "\".");
    else if (slice_eq(type, SLICE("reset")))
        put(ret, "Began again.");
    else if (slice_eq(type, SLICE("load")))
        say(ret, "Went back to version ", text_of(event, SLICE("of")), ".");
    else if (slice_eq(type, SLICE("fork")))
        put(ret, "Became a game of its own.");
    else if (slice_eq(type, SLICE("import")))
        put(ret, "Was brought here from a file.");
    else if (slice_eq(type, SLICE("migrate")))
        put(ret, "Went on with a newer edition of the story.");
    else
        put(ret, "Stopped.");
}

static void say_dice(struct buf *ret, const struct json *roll)
{
    const struct json *values = json_get(roll, SLICE("values"));
    say(ret, " Threw ", text_of(roll, SLICE("dice")), "");
    const char *before = " (";
    for (const struct json *value = values ? values->child : NULL; value; value = value->next) {
        say(ret, before, value->text, "");
        before = ", ";
    }
    put(ret, ")");
}

static void say_throw(struct buf *ret, const struct json *roll)
{
    const struct slice by = text_of(roll, SLICE("by"));
    const struct slice foe = text_of(roll, SLICE("foe"));
    const struct json *target = json_get(roll, SLICE("target"));
    say_dice(ret, roll);
    if (slice_eq(by, SLICE("hero")))
        put(ret, " for the hero");
    else if (by.len > 0)
        say(ret, " for ", foe.len > 0 ? foe : SLICE("the foe"), "");
    say(ret, ": ", text_of(roll, SLICE("total")), "");
    if (target) {
        say(ret, is_true(roll, SLICE("at_least")) ? ", at least " : ", at most ", target->text,
            " was needed: ");
        put(ret, is_true(roll, SLICE("success")) ? "success" : "failure");
    }
    put(ret, ".");
}

static void say_throws(struct buf *ret, const struct json *rolls)
{
    uint32_t told = 0;
    for (const struct json *roll = rolls ? rolls->child : NULL; roll; roll = roll->next) {
        if (told++ == THROWS_TOLD) {
            buf_printf(ret, " And %u more.", (unsigned)(rolls->count - THROWS_TOLD));
            return;
        }
        say_throw(ret, roll);
    }
}

static struct slice name_of(const struct story *story, const struct json *change)
{
    const struct slice stat = text_of(change, SLICE("stat"));
    const struct slice item = text_of(change, SLICE("item"));
    for (size_t i = 0; i < story->stat_count && stat.len > 0; i++) {
        if (slice_eq(story->stats[i].id, stat))
            return story->stats[i].name;
    }
    for (size_t i = 0; i < story->item_count && item.len > 0; i++) {
        if (slice_eq(story->items[i].id, item))
            return story->items[i].name;
    }
    if (stat.len > 0)
        return stat;
    return item.len > 0 ? item : SLICE("Gold");
}

static void say_changes(struct buf *ret, const struct story *story, const struct json *changes)
{
    for (const struct json *change = changes ? changes->child : NULL; change;
         change = change->next) {
        say(ret, " ", name_of(story, change), " from ");
        say(ret, "", text_of(change, SLICE("from")), " to ");
        say(ret, "", text_of(change, SLICE("to")), ".");
    }
}

void words_event(struct buf *ret, const struct story *story, const struct json *event)
{
    say_deed(ret, event);
    say_throws(ret, json_get(event, SLICE("rolls")));
    say_changes(ret, story, json_get(event, SLICE("changes")));
    say(ret, " Section ", text_of(event, SLICE("to")), ".");
}
