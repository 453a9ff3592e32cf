#include "app/author/play.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/author/plain.h"

enum { WIDTH = 78, LINE_MAX_BYTES = 200 };

struct player {
    const struct play_config *config;
    const struct story *story;
    FILE *out;
    struct state state;
    struct event event;
};

void play_seed(uint64_t number, uint8_t ret[SEED_LEN])
{
    char text[64];
    snprintf(text, sizeof text, "casysd story play %" PRIu64, number);
    crypto_sha256(slice_str(text), ret);
}

static void show_text(const struct player *p, struct slice html)
{
    struct buf text = {.at = NULL};
    plain_text(html, WIDTH, &text);
    fprintf(p->out, "%.*s", SLICE_ARG(buf_slice(&text)));
    buf_release(&text);
}

/* "Robin: Endurance 12, Luck 8, Skill 9; 2 gold; Walking stick, 2 x Apple" */
static void show_sheet(const struct player *p)
{
    const struct story *story = p->story;
    const char *between = ": ";
    fprintf(p->out, "%.*s", (int)p->state.name_len, (const char *)p->state.name);
    for (size_t i = 0; i < story->stat_count; i++, between = ", ")
        fprintf(p->out, "%s%.*s %" PRId32, between, SLICE_ARG(story->stats[i].name),
                p->state.stats[i]);
    fprintf(p->out, "; %" PRId32 " gold", p->state.gold);
    between = "; ";
    for (size_t i = 0; i < story->item_count; i++) {
        if (p->state.items[i] == 0)
            continue;
        fprintf(p->out, "%s", between);
        if (p->state.items[i] > 1)
            fprintf(p->out, "%" PRId32 " x ", p->state.items[i]);
        fprintf(p->out, "%.*s", SLICE_ARG(story->items[i].name));
        between = ", ";
    }
    fputc('\n', p->out);
}

static const char *who_rolls(enum roll_purpose purpose)
{
    switch (purpose) {
    case ROLL_COMBAT_HERO: return "You strike";
    case ROLL_COMBAT_FOE: return "The foe strikes";
    case ROLL_LUCK: return "You test your luck";
    case ROLL_CHANCE:
    case ROLL_CHECK:
    case ROLL_TABLE: return "You roll";
    case ROLL_EFFECT:
    case ROLL_INITIAL: return "The dice say";
    }
    ENSURE(false); /* every purpose is handled above */
}

static bool has_target(enum roll_purpose purpose)
{
    return purpose == ROLL_CHANCE || purpose == ROLL_LUCK || purpose == ROLL_CHECK;
}

/* "You roll 2d6: 3 5, total 8 (8 or less is wanted): success" */
static void show_roll(const struct player *p, const struct roll *roll)
{
    fprintf(p->out, "  %s %dd%d:", who_rolls(roll->purpose), roll->count, roll->faces);
    for (int i = 0; i < roll->count; i++)
        fprintf(p->out, " %d", roll->values[i]);
    fprintf(p->out, ", total %" PRId32, roll->total);
    if (has_target(roll->purpose))
        fprintf(p->out, " (%" PRId32 " or %s is wanted): %s", roll->target,
                roll->at_least ? "more" : "less", roll->success ? "success" : "failure");
    fputc('\n', p->out);
}

/* Flags and counters are the story's secret here as on the server. */
static void show_change(const struct player *p, const struct change *change)
{
    struct slice name = SLICE("Gold");
    if (change->kind == EFFECT_STAT)
        name = p->story->stats[change->index].name;
    else if (change->kind == EFFECT_ITEM)
        name = p->story->items[change->index].name;
    else if (change->kind != EFFECT_GOLD)
        return;
    fprintf(p->out, "  %.*s: %" PRId32 " -> %" PRId32 "\n", SLICE_ARG(name), change->from,
            change->to);
}

static void show_event(const struct player *p)
{
    for (size_t i = 0; i < p->event.roll_count; i++)
        show_roll(p, &p->event.rolls[i]);
    for (size_t i = 0; i < p->event.change_count; i++)
        show_change(p, &p->event.changes[i]);
}

static void show_foes(const struct player *p, const struct fight *fight)
{
    for (size_t i = 0; i < fight->foe_count; i++) {
        const struct foe *foe = &fight->foes[i];
        if (p->state.fight.foe[i] > 0)
            fprintf(p->out, "  %.*s: skill %" PRId32 ", endurance %" PRId32 "\n",
                    SLICE_ARG(foe->name), foe->skill, p->state.fight.foe[i]);
        else
            fprintf(p->out, "  %.*s: defeated\n", SLICE_ARG(foe->name));
    }
}

static void show_needs(const struct player *p, const struct choice *choice)
{
    const struct condition *needs[LIMIT_CONDITIONS];
    const size_t count = condition_needs(choice->condition, &p->state, needs, COUNT_OF(needs));
    fprintf(p->out, "  -  %.*s (needs", SLICE_ARG(choice->text));
    for (size_t i = 0; i < count; i++)
        fprintf(p->out, "%s %.*s", i > 0 ? "," : "", SLICE_ARG(needs[i]->text));
    fputs(")\n", p->out);
}

static void show_section(const struct player *p)
{
    const struct section *section = &p->story->sections[p->state.section];
    fprintf(p->out, "\n--- %" PRId32 " ---\n\n", section->number);
    show_text(p, section->html);
    fputc('\n', p->out);
}

/* Show what can be chosen; gives the choices that can be named by a number. */
static size_t show_choices(const struct player *p, const struct choice *ret[GAME_OPTIONS_MAX])
{
    const struct choice *options[GAME_OPTIONS_MAX];
    const size_t count = game_options(p->story, &p->state, options);
    const struct section *section = &p->story->sections[p->state.section];
    size_t kept = 0;
    if (section->fight)
        show_foes(p, section->fight);
    show_sheet(p);
    for (size_t i = 0; i < count; i++) {
        if (!game_choice_available(&p->state, options[i])) {
            show_needs(p, options[i]);
            continue;
        }
        ret[kept++] = options[i];
        fprintf(p->out, "  %zu  %.*s%s\n", kept, SLICE_ARG(options[i]->text),
                options[i]->check.type != DICE_NONE ? " (dice)" : "");
    }
    return kept;
}

/* One line of input without its end, cut when it is too long. False at the end of the input. */
static bool read_line(FILE *in, char line[LINE_MAX_BYTES])
{
    if (!fgets(line, LINE_MAX_BYTES, in))
        return false;
    const size_t len = strcspn(line, "\n");
    bool whole = line[len] == '\n';
    while (!whole) {
        const int c = fgetc(in);
        whole = c == '\n' || c == EOF;
    }
    line[len] = '\0';
    return true;
}

/* Ask until the answer is one of the choices. NULL: the player stops. */
static const struct choice *ask(const struct player *p, const struct choice *const *choices,
                                size_t count)
{
    char line[LINE_MAX_BYTES];
    for (;;) {
        fputs("> ", p->out);
        fflush(p->out);
        if (!read_line(p->config->in, line))
            return NULL;
        const struct slice answer = slice_trim(slice_str(line));
        uint64_t number;
        if (slice_eq(answer, SLICE("q")))
            return NULL;
        if (slice_to_u64(answer, count, &number) == OK && number > 0)
            return choices[number - 1];
        for (size_t i = 0; i < count; i++) {
            if (slice_eq(answer, choices[i]->id))
                return choices[i];
        }
        fprintf(p->out, "Type a number from 1 to %zu, or q to stop.\n", count);
    }
}

static void show_ending(const struct player *p)
{
    const struct section *section = &p->story->sections[p->state.section];
    fprintf(p->out, "%.*s. You have %s.\n", SLICE_ARG(section->ending_title),
            p->state.status == GAME_WON ? "won" : "lost");
}

static void play_on(struct player *p)
{
    const struct choice *choices[GAME_OPTIONS_MAX];
    while (p->state.status == GAME_ACTIVE) {
        const size_t count = show_choices(p, choices);
        if (count == 0) {
            fputs("There is nothing to choose here: the story ends without an ending.\n", p->out);
            return;
        }
        const struct choice *choice = ask(p, choices, count);
        if (!choice) {
            fputs("\nUntil next time.\n", p->out);
            return;
        }
        const int32_t from = p->state.section;
        ENSURE(game_step(p->story, p->config->seed, &p->state, choice, 0, &p->state, &p->event) ==
               OK);
        show_event(p);
        /* A round of a fight or a use of an item leaves the hero where they are. */
        if (p->state.section != from || choice->act == ACT_CHOICE)
            show_section(p);
    }
    show_sheet(p);
    show_ending(p);
}

enum status play_story(const struct play_config *config)
{
    struct player *p = calloc(1, sizeof *p);
    ENSURE_MEMORY(p);
    *p = (struct player){.config = config, .story = config->story, .out = config->out};
    const enum status st =
        game_start(config->story, config->seed, config->name, 0, &p->state, &p->event);
    if (st == OK) {
        fprintf(p->out, "%.*s\n", SLICE_ARG(config->story->title));
        show_event(p);
        show_section(p);
        play_on(p);
    }
    free(p);
    return st;
}
