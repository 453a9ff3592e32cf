/* Section 1 is a market: things, flags and gold are there for who takes them, so that every condition
 * later on can be met. From section 2 on the numbers go up: each section leads to the next one that is
 * no ending, and further ahead. Every ENDING_EVERYth section is an ending that the one before leads
 * to, the last one is death. */
#include "tests/support/synthetic.h"

#include <inttypes.h>
#include <stdio.h>

enum { ENDING_EVERY = 29, AHEAD = 40, THINGS = 12, MARKS = 16, WORDS = 60 };

struct maker {
    struct buf *out;
    uint64_t random;
    enum synthetic_kind kind;
    unsigned sections;
    unsigned at; /* number of the section being made */
    bool first;  /* no choice was written yet */
};

static unsigned pick(struct maker *m, unsigned count)
{
    m->random += 0x9e3779b97f4a7c15U;
    uint64_t z = m->random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    return (unsigned)((z >> 32) * count >> 32);
}

static bool is_ending(const struct maker *m, unsigned number)
{
    return number % ENDING_EVERY == 0 || number >= m->sections - 1;
}

/* The next section that is no ending; the won ending when there is none. */
static unsigned next_of(const struct maker *m)
{
    unsigned number = m->at + 1;
    while (number < m->sections - 1 && is_ending(m, number))
        number++;
    return number;
}

static unsigned ahead_of(struct maker *m)
{
    const unsigned left = m->sections - 1 - m->at;
    const unsigned number = m->at + 1 + pick(m, left < AHEAD ? left : AHEAD);
    return is_ending(m, number) && pick(m, 4) > 0 ? next_of(m) : number;
}

static void put_text(struct maker *m)
{
    static const char *const words[] = {
        "the",   "road",  "a",     "lamp",  "burns",  "under",  "old",   "stones", "and",  "rain",
        "falls", "you",   "hear",  "steps", "behind", "door",   "water", "cold",   "wind", "turns",
        "your",  "hands", "shake", "light", "grows",  "nobody", "waits", "here",   "yet",  "still"};
    const unsigned count = WORDS / 2 + pick(m, WORDS);
    buf_printf(m->out, "Section *%u*:", m->at);
    for (unsigned i = 0; i < count; i++)
        buf_printf(m->out, "%s%s", i > 0 && i % 24 == 0 ? ".\\n\\nThen " : " ",
                   words[pick(m, COUNT_OF(words))]);
    buf_byte(m->out, '.');
}

/* ---- effects and conditions ---- */

static void put_effect(struct maker *m)
{
    struct buf *out = m->out;
    switch (pick(m, 9)) {
    case 0: buf_printf(out, "{\"gold\":{\"add\":\"1d6\"}}"); return;
    case 1: buf_printf(out, "{\"item\":\"thing-%u\",\"gain\":1}", pick(m, THINGS)); return;
    case 2: buf_printf(out, "{\"item\":\"thing-%u\",\"lose\":1}", pick(m, THINGS)); return;
    case 3: buf_printf(out, "{\"stat\":\"endurance\",\"add\":-%u}", 1 + pick(m, 2)); return;
    case 4: buf_printf(out, "{\"stat\":\"endurance\",\"gain\":\"min(4, 1d6)\"}"); return;
    case 5: buf_printf(out, "{\"mark\":\"mark-%u\"}", pick(m, MARKS)); return;
    case 6:
        buf_printf(out, "{\"unmark\":\"mark-%u\",\"when\":{\"gold\":{\"max\":5}}}", pick(m, MARKS));
        return;
    case 7: buf_printf(out, "{\"counter\":\"days\",\"add\":1}"); return;
    default: buf_printf(out, "{\"gold\":{\"lose\":\"gold / 4\"}}"); return;
    }
}

static void put_effects(struct maker *m, const char *member, unsigned of_ten)
{
    if (m->kind == SYNTHETIC_PLAIN || pick(m, 10) >= of_ten)
        return;
    const unsigned count = 1 + pick(m, 3);
    buf_printf(m->out, ",\"%s\":[", member);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buf_byte(m->out, ',');
        put_effect(m);
    }
    buf_byte(m->out, ']');
}

static void put_leaf(struct maker *m)
{
    struct buf *out = m->out;
    switch (pick(m, 8)) {
    case 0: buf_printf(out, "{\"item\":\"thing-%u\"}", pick(m, THINGS)); return;
    case 1: buf_printf(out, "{\"not\":{\"item\":\"thing-%u\"}}", pick(m, THINGS)); return;
    case 2: buf_printf(out, "{\"gold\":{\"min\":%u}}", 1 + pick(m, 12)); return;
    case 3: buf_printf(out, "{\"flag\":\"mark-%u\"}", pick(m, MARKS)); return;
    case 4: buf_printf(out, "{\"stat\":\"skill\",\"min\":%u}", 3 + pick(m, 6)); return;
    case 5: buf_printf(out, "{\"counter\":\"days\",\"min\":%u}", 1 + pick(m, 4)); return;
    case 6: buf_printf(out, "{\"visited\":%u}", 1 + pick(m, m->at)); return;
    default:
        buf_printf(out, "{\"test\":\"gold + 2 * item.thing-%u >= 5\",\"text\":\"means\"}",
                   pick(m, THINGS));
        return;
    }
}

/* Parts of an "all" are of kinds that cannot exclude each other. */
static void put_condition(struct maker *m)
{
    const unsigned parts = 1 + pick(m, 3);
    if (pick(m, 4) == 0) {
        buf_printf(m->out, "{\"all\":[{\"gold\":{\"min\":%u}},{\"flag\":\"mark-%u\"}]}", pick(m, 9),
                   pick(m, MARKS));
        return;
    }
    if (parts == 1) {
        put_leaf(m);
        return;
    }
    buf_append(m->out, SLICE("{\"any\":["));
    for (unsigned i = 0; i < parts; i++) {
        if (i > 0)
            buf_byte(m->out, ',');
        put_leaf(m);
    }
    buf_append(m->out, SLICE("]}"));
}

/* ---- choices ---- */

static void begin_choice(struct maker *m, const char *id)
{
    buf_printf(m->out, "%s{\"id\":\"%s\",\"text\":\"Take the way %s\"", m->first ? "" : ",", id,
               id);
    m->first = false;
}

static void put_direct(struct maker *m, const char *id, unsigned to)
{
    begin_choice(m, id);
    put_effects(m, "effects", 2);
    buf_printf(m->out, ",\"to\":%u}", to);
}

static void put_conditional(struct maker *m, const char *id)
{
    begin_choice(m, id);
    buf_append(m->out, SLICE(",\"when\":"));
    put_condition(m);
    buf_printf(m->out, "%s,\"to\":%u}", pick(m, 4) == 0 ? ",\"hidden\":true" : "", ahead_of(m));
}

static void put_check(struct maker *m, const char *id)
{
    struct buf *out = m->out;
    const unsigned good = next_of(m);
    const unsigned bad = ahead_of(m);
    begin_choice(m, id);
    put_effects(m, "effects", 1);
    buf_append(out, SLICE(",\"check\":"));
    switch (pick(m, 5)) {
    case 0:
        buf_printf(out, "{\"dice\":\"chance\",\"success\":%u,\"failure\":%u,\"rerolls\":1}}", good,
                   bad);
        return;
    case 1:
        buf_printf(out, "{\"dice\":\"luck\",\"success\":%u,\"failure\":%u}}", good, bad);
        return;
    case 2:
        buf_printf(out,
                   "{\"dice\":\"roll\",\"throw\":\"2d6+1\",\"at_least\":8,\"success\":%u,"
                   "\"failure\":%u}}",
                   good, bad);
        return;
    case 3:
        buf_printf(out,
                   "{\"dice\":\"table\",\"throw\":\"1d6\",\"outcomes\":[{\"max\":2,\"to\":%u},"
                   "{\"max\":4,\"to\":%u,\"effects\":[{\"gold\":{\"gain\":1}}]},{\"to\":%u}]}}",
                   bad, good, ahead_of(m));
        return;
    default:
        buf_printf(out,
                   "{\"dice\":\"combat\",\"foe\":{\"name\":\"Wolf\",\"skill\":%u,\"endurance\":%u},"
                   "\"success\":%u,\"failure\":%u}}",
                   4 + pick(m, 4), 2 + 2 * pick(m, 2), good, m->sections);
        return;
    }
}

static void put_fight(struct maker *m)
{
    const unsigned foes = 1 + pick(m, 2);
    buf_append(m->out, SLICE(",\"fight\":{\"foes\":["));
    for (unsigned i = 0; i < foes; i++)
        buf_printf(m->out, "%s{\"name\":\"Foe %u\",\"skill\":%u,\"endurance\":%u}",
                   i > 0 ? "," : "", i + 1, 3 + pick(m, 4), 2 + pick(m, 4));
    buf_printf(m->out, "],\"order\":\"%s\",\"luck\":\"chance\",\"win\":%u,\"lose\":%u",
               pick(m, 2) ? "together" : "in_turn", next_of(m), m->sections);
    if (pick(m, 2))
        buf_printf(m->out, ",\"flee\":{\"to\":%u,\"after\":%u}", next_of(m), pick(m, 3));
    buf_byte(m->out, '}');
}

static void put_choices(struct maker *m)
{
    const bool before_ending = is_ending(m, m->at + 1) && m->at + 1 < m->sections - 1;
    m->first = true;
    buf_append(m->out, SLICE(",\"choices\":["));
    put_direct(m, "on", next_of(m));
    if (before_ending)
        put_direct(m, "stop", m->at + 1);
    const unsigned kind = pick(m, 10);
    const bool plain = m->kind == SYNTHETIC_PLAIN;
    /* Without dice and wounds somebody must choose to die. */
    if (plain && m->at == 2)
        put_direct(m, "die", m->sections);
    if (plain || kind < 5)
        put_direct(m, "aside", ahead_of(m));
    else if (kind < 8)
        put_conditional(m, "perhaps");
    else
        put_check(m, "dare");
    buf_byte(m->out, ']');
}

static void put_market(struct maker *m)
{
    buf_append(m->out, SLICE(",\"choices\":["));
    m->first = true;
    put_direct(m, "on", 2);
    for (unsigned i = 0; m->kind == SYNTHETIC_FULL && i < THINGS; i++)
        buf_printf(
            m->out,
            ",{\"id\":\"take-%u\",\"text\":\"Take thing %u\",\"to\":1,\"once\":true,"
            "\"when\":{\"gold\":{\"min\":1}},\"effects\":[{\"item\":\"thing-%u\",\"gain\":1},"
            "{\"gold\":{\"add\":-1}},{\"counter\":\"days\",\"add\":1},{\"mark\":\"mark-%u\"}]}",
            i, i, i, i);
    for (unsigned i = THINGS; m->kind == SYNTHETIC_FULL && i < MARKS; i++)
        buf_printf(m->out,
                   ",{\"id\":\"ask-%u\",\"text\":\"Ask about %u\",\"to\":1,\"once\":true,"
                   "\"effects\":[{\"mark\":\"mark-%u\"},{\"gold\":{\"add\":\"2d6\"}}]}",
                   i, i, i);
    buf_byte(m->out, ']');
}

static void put_section(struct maker *m)
{
    buf_printf(m->out, "%s{\"number\":%u,\"text\":\"", m->at > 1 ? ",\n" : "", m->at);
    put_text(m);
    buf_byte(m->out, '"');
    if (is_ending(m, m->at)) {
        const bool won = m->at == m->sections - 1 || (m->at < m->sections && m->at % 2 == 0);
        buf_printf(m->out, ",\"ending\":{\"kind\":\"%s\",\"title\":\"End %u\"}}",
                   won ? "won" : "lost", m->at);
        return;
    }
    if (m->at > 1)
        put_effects(m, "enter", 4);
    if (m->at > 1)
        put_effects(m, "leave", 1);
    const bool before_ending = is_ending(m, m->at + 1) && m->at + 1 < m->sections - 1;
    if (m->at == 1)
        put_market(m);
    else if (m->kind == SYNTHETIC_FULL && !before_ending && pick(m, 10) == 0)
        put_fight(m);
    else
        put_choices(m);
    buf_byte(m->out, '}');
}

static void put_sheet(struct maker *m)
{
    struct buf *out = m->out;
    buf_printf(out,
               "\"character\":{\"gold\":12,\"capacity\":20,\"stats\":{\"skill\":9,\"chance\":9}},\n"
               "\"stats\":{\"endurance\":{\"initial\":22,\"zero_section\":%u}}",
               m->sections);
    if (m->kind == SYNTHETIC_PLAIN) {
        buf_append(out, SLICE(",\n"));
        return;
    }
    buf_append(out, SLICE(",\n\"counters\":{\"days\":{\"max\":999}},\n\"items\":{"));
    for (unsigned i = 0; i < THINGS; i++) {
        buf_printf(out, "%s\"thing-%u\":{\"name\":\"Thing %u\"", i > 0 ? "," : "", i, i);
        if (i % 4 == 0)
            buf_printf(out,
                       ",\"use\":{\"text\":\"Eat thing %u\",\"in_fight\":true,\"effects\":"
                       "[{\"stat\":\"endurance\",\"gain\":4}]}",
                       i);
        buf_byte(out, '}');
    }
    buf_append(out, SLICE("},\n\"flags\":["));
    for (unsigned i = 0; i < MARKS; i++)
        buf_printf(out, "%s\"mark-%u\"", i > 0 ? "," : "", i);
    buf_append(out, SLICE("],\n"));
}

void synthetic_story(enum synthetic_kind kind, unsigned sections, uint64_t seed, struct buf *ret)
{
    struct maker m = {.out = ret, .random = seed, .kind = kind, .sections = sections};
    buf_printf(ret,
               "{\"format\":\"casys-story/1\",\"id\":\"synthetic-%u\",\"title\":\"%u sections\","
               "\"start\":1,\n",
               sections, sections);
    put_sheet(&m);
    buf_append(ret, SLICE("\"sections\":[\n"));
    for (m.at = 1; m.at <= sections; m.at++)
        put_section(&m);
    buf_append(ret, SLICE("\n]}\n"));
}
