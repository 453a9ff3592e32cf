#include "app/author/report.h"

#include <inttypes.h>
#include <stdio.h>

enum { LISTED_MAX = 20 }; /* of one kind, in words */

/* How long runs at random are that came to an ending. */
struct lengths {
    uint64_t runs, least, median, most, sum;
};

static struct lengths lengths_of(const struct explored *e)
{
    struct lengths ret = {.runs = e->won_random + e->lost_random};
    uint64_t before = 0;
    for (uint64_t i = 0; i <= EXPLORE_STEPS_MAX && before < ret.runs; i++) {
        if (e->lengths[i] == 0)
            continue;
        if (before == 0)
            ret.least = i;
        if (before <= (ret.runs - 1) / 2)
            ret.median = i;
        ret.most = i;
        ret.sum += i * e->lengths[i];
        before += e->lengths[i];
    }
    return ret;
}

static uint64_t permille(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (part * 1000 + whole / 2) / whole;
}

static void print_share(struct buf *ret, uint64_t part, uint64_t whole)
{
    const uint64_t share = permille(part, whole);
    buf_printf(ret, "%" PRIu64 ".%" PRIu64 " %%", share / 10, share % 10);
}

static void print_coverage(struct buf *ret, const char *what, size_t seen, size_t all)
{
    buf_printf(ret, "  %-10s %zu of %zu, ", what, seen, all);
    print_share(ret, seen, all);
    buf_byte(ret, '\n');
}

/* "  never chosen: 12 climb, 31 swim" */
static void print_unseen(const struct explored *e, struct buf *ret)
{
    const struct story *story = e->story;
    size_t count = 0;
    for (size_t i = 0; i < story->section_count; i++) {
        if (e->sections[i].runs > 0 || ++count > LISTED_MAX)
            continue;
        buf_printf(ret, "    never visited: section %" PRId32 "\n", story->sections[i].number);
    }
    for (size_t i = 0; i < story->section_count; i++) {
        const struct section *section = &story->sections[i];
        for (size_t k = 0; k < section->choice_count && e->sections[i].runs > 0; k++) {
            if (e->sections[i].taken[k] > 0 || ++count > LISTED_MAX)
                continue;
            buf_printf(ret, "    never chosen: section %" PRId32 ", \"%.*s\"\n", section->number,
                       SLICE_ARG(section->choices[k].id));
        }
    }
    for (size_t i = 0; i < story->item_count; i++) {
        if (!story->items[i].use || e->used[i] > 0 || ++count > LISTED_MAX)
            continue;
        buf_printf(ret, "    never used: item \"%.*s\"\n", SLICE_ARG(story->items[i].id));
    }
    if (count > LISTED_MAX)
        buf_printf(ret, "    and %zu more\n", count - LISTED_MAX);
}

static void print_endings(const struct explored *e, struct buf *ret)
{
    buf_printf(ret, "\nEndings of the runs at random (and of all)\n");
    for (size_t i = 0; i < e->story->section_count; i++) {
        const struct section *section = &e->story->sections[i];
        const struct explored_section *here = &e->sections[i];
        if (section->ending == ENDING_NONE)
            continue;
        buf_printf(ret, "  %-4s  %6" PRIu64 "  ", section->ending == ENDING_WON ? "won" : "lost",
                   here->ends_random);
        print_share(ret, here->ends_random, e->random_runs);
        buf_printf(ret, "  (%" PRIu64 ")  section %" PRId32 ", %.*s\n", here->ends, section->number,
                   SLICE_ARG(section->ending_title));
    }
    buf_printf(ret, "  win rate ");
    print_share(ret, e->won_random, e->random_runs);
    buf_printf(ret, ": %" PRIu64 " won, %" PRIu64 " lost, %" PRIu64 " neither\n", e->won_random,
               e->lost_random, e->random_runs - e->won_random - e->lost_random);
}

static void print_length(const struct explored *e, struct buf *ret)
{
    const struct lengths lengths = lengths_of(e);
    if (lengths.runs == 0)
        return;
    buf_printf(ret,
               "\nLength of the runs at random\n  %" PRIu64 " to %" PRIu64
               " choices, median %" PRIu64 ", mean %" PRIu64 "\n",
               lengths.least, lengths.most, lengths.median,
               (lengths.sum + lengths.runs / 2) / lengths.runs);
}

static void print_numbers(const struct explored *e, struct buf *ret)
{
    buf_printf(ret, "\nNumbers of the sheet\n");
    for (size_t i = 0; i < e->story->stat_count; i++)
        buf_printf(ret, "  %.*s %" PRId32 " to %" PRId32 "\n", SLICE_ARG(e->story->stats[i].name),
                   e->stats[i].lo, e->stats[i].hi);
    buf_printf(ret, "  gold %" PRId32 " to %" PRId32 "\n", e->gold.lo, e->gold.hi);
    for (size_t i = 0; i < e->story->item_count; i++)
        buf_printf(ret, "  %.*s %" PRId32 " to %" PRId32 "\n", SLICE_ARG(e->story->items[i].name),
                   e->items[i].lo, e->items[i].hi);
}

typedef uint64_t count_fn(const struct explored_section *section);

static uint64_t deaths_of(const struct explored_section *section)
{
    return section->deaths;
}

static uint64_t stuck_of(const struct explored_section *section)
{
    return section->stuck;
}

static void print_sections(const struct explored *e, const char *title, count_fn *count,
                           struct buf *ret)
{
    bool any = false;
    for (size_t i = 0; i < e->story->section_count; i++) {
        const uint64_t number = count(&e->sections[i]);
        if (number == 0)
            continue;
        if (!any)
            buf_printf(ret, "\n%s\n", title);
        any = true;
        buf_printf(ret, "  section %" PRId32 ": %" PRIu64 "\n", e->story->sections[i].number,
                   number);
    }
}

void report_print(const struct explored *e, uint64_t seed, struct buf *ret)
{
    const struct coverage coverage = explored_coverage(e);
    buf_printf(ret,
               "%.*s\n%" PRIu64 " runs with seed %" PRIu64 ": %" PRIu64 " at random, %" PRIu64
               " towards what was not seen yet; %" PRIu64 " choices\n\nSeen\n",
               SLICE_ARG(e->story->title), e->runs, seed, e->random_runs, e->runs - e->random_runs,
               e->steps);
    print_coverage(ret, "sections", coverage.sections_seen, coverage.sections);
    print_coverage(ret, "choices", coverage.choices_seen, coverage.choices);
    print_unseen(e, ret);
    print_endings(e, ret);
    print_length(e, ret);
    print_sections(e, "Lost by a choice made in (all runs)", deaths_of, ret);
    print_sections(e, "Nothing to choose in (all runs)", stuck_of, ret);
    if (e->unfinished > 0)
        buf_printf(ret, "\n%" PRIu64 " runs were given up after %d choices\n", e->unfinished,
                   EXPLORE_STEPS_MAX);
    print_numbers(e, ret);
}

/* ---- JSON ---- */

static void encode_range(struct json_out *out, struct slice id, struct range range)
{
    json_out_key(out, id);
    json_out_object(out);
    json_out_member_int(out, SLICE("min"), range.lo);
    json_out_member_int(out, SLICE("max"), range.hi);
    json_out_object_end(out);
}

static void encode_choices(const struct explored *e, size_t index, struct json_out *out)
{
    const struct section *section = &e->story->sections[index];
    json_out_key(out, SLICE("choices"));
    json_out_object(out);
    for (size_t i = 0; i < section->choice_count; i++)
        json_out_member_int(out, section->choices[i].id, (int64_t)e->sections[index].taken[i]);
    json_out_object_end(out);
}

static void encode_sections(const struct explored *e, struct json_out *out)
{
    json_out_key(out, SLICE("sections"));
    json_out_array(out);
    for (size_t i = 0; i < e->story->section_count; i++) {
        const struct explored_section *here = &e->sections[i];
        json_out_object(out);
        json_out_member_int(out, SLICE("number"), e->story->sections[i].number);
        json_out_member_int(out, SLICE("runs"), (int64_t)here->runs);
        json_out_member_int(out, SLICE("lost_from_here"), (int64_t)here->deaths);
        json_out_member_int(out, SLICE("nothing_to_choose"), (int64_t)here->stuck);
        encode_choices(e, i, out);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void encode_endings(const struct explored *e, struct json_out *out)
{
    json_out_key(out, SLICE("endings"));
    json_out_array(out);
    for (size_t i = 0; i < e->story->section_count; i++) {
        const struct section *section = &e->story->sections[i];
        if (section->ending == ENDING_NONE)
            continue;
        json_out_object(out);
        json_out_member_int(out, SLICE("number"), section->number);
        json_out_member(out, SLICE("kind"),
                        section->ending == ENDING_WON ? SLICE("won") : SLICE("lost"));
        json_out_member(out, SLICE("title"), section->ending_title);
        json_out_member_int(out, SLICE("runs"), (int64_t)e->sections[i].ends);
        json_out_member_int(out, SLICE("runs_at_random"), (int64_t)e->sections[i].ends_random);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void encode_coverage(const struct explored *e, struct json_out *out)
{
    const struct coverage coverage = explored_coverage(e);
    json_out_key(out, SLICE("coverage"));
    json_out_object(out);
    json_out_member_int(out, SLICE("sections"), (int64_t)coverage.sections);
    json_out_member_int(out, SLICE("sections_seen"), (int64_t)coverage.sections_seen);
    json_out_member_int(out, SLICE("choices"), (int64_t)coverage.choices);
    json_out_member_int(out, SLICE("choices_seen"), (int64_t)coverage.choices_seen);
    json_out_object_end(out);
}

static void encode_numbers(const struct explored *e, struct json_out *out)
{
    const struct story *story = e->story;
    json_out_key(out, SLICE("stats"));
    json_out_object(out);
    for (size_t i = 0; i < story->stat_count; i++)
        encode_range(out, story->stats[i].id, e->stats[i]);
    json_out_object_end(out);
    json_out_key(out, SLICE("items"));
    json_out_object(out);
    for (size_t i = 0; i < story->item_count; i++)
        encode_range(out, story->items[i].id, e->items[i]);
    json_out_object_end(out);
    json_out_key(out, SLICE("uses"));
    json_out_object(out);
    for (size_t i = 0; i < story->item_count; i++) {
        if (story->items[i].use)
            json_out_member_int(out, story->items[i].id, (int64_t)e->used[i]);
    }
    json_out_object_end(out);
    encode_range(out, SLICE("gold"), e->gold);
}

void report_encode(const struct explored *e, uint64_t seed, struct json_out *out)
{
    const struct lengths lengths = lengths_of(e);
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    json_out_object(out);
    json_out_member(out, SLICE("story"), e->story->id);
    json_out_member_int(out, SLICE("runs"), (int64_t)e->runs);
    json_out_member_int(out, SLICE("runs_at_random"), (int64_t)e->random_runs);
    json_out_member(out, SLICE("seed"), slice_str(text));
    json_out_member_int(out, SLICE("steps"), (int64_t)e->steps);
    json_out_member_int(out, SLICE("won"), (int64_t)e->won);
    json_out_member_int(out, SLICE("lost"), (int64_t)e->lost);
    json_out_member_int(out, SLICE("nothing_to_choose"), (int64_t)e->stuck);
    json_out_member_int(out, SLICE("given_up"), (int64_t)e->unfinished);
    json_out_member_int(out, SLICE("win_permille"),
                        (int64_t)permille(e->won_random, e->random_runs));
    encode_coverage(e, out);
    json_out_key(out, SLICE("length"));
    json_out_object(out);
    json_out_member_int(out, SLICE("min"), (int64_t)lengths.least);
    json_out_member_int(out, SLICE("median"), (int64_t)lengths.median);
    json_out_member_int(out, SLICE("max"), (int64_t)lengths.most);
    json_out_object_end(out);
    encode_endings(e, out);
    encode_numbers(e, out);
    encode_sections(e, out);
    json_out_object_end(out);
}
