#include "app/author/migrate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/author/author.h"
#include "app/author/check.h"
#include "app/author/games_page.h"
#include "app/author/options.h"
#include "app/game/edition.h"
#include "app/json.h"
#include "app/replay.h"
#include "storage/sqlite_store.h"

enum verdict {
    MAPS,
    DOES_NOT_MAP,
    IS_OVER,    /* left alone */
    IS_NEWEST,  /* has the edition of the folder */
    HAS_NO_NEW, /* its story is not in the folder */
    UNREADABLE,
    VERDICTS,
};

static const struct {
    const char *code; /* for programs */
    const char *words;
} verdicts[VERDICTS] = {
    [MAPS] = {"maps", "maps"}, /* and went on, unless it was a dry run */
    [DOES_NOT_MAP] = {"does_not_map", "does not map"},
    [IS_OVER] = {"over", "over, left alone"},
    [IS_NEWEST] = {"newest", "has the newest edition"},
    [HAS_NO_NEW] = {"no_story", "its story is not in the folder"},
    [UNREADABLE] = {"unreadable", "WRONG: the game or its story cannot be read"},
};

/* One run of the command. */
struct migration {
    struct options options;
    struct store *store;
    struct catalogue catalogue; /* the newest editions */
    struct library library;     /* and older ones, from the database */
    struct json_out *out;
    struct buf text;            /* not printed yet */
    struct event *event;        /* room for one */
    struct json_out *entry_out; /* into entry */
    struct buf entry, bytes;    /* event and snapshot; state */
    uint64_t counts[VERDICTS];
};

/* One game of it. */
struct candidate {
    const struct store_listed *listed;
    struct arena arena;
    struct store_game game;
    struct game_facts facts; /* with the older edition */
    enum verdict verdict;
    struct edition_report report;
};

static int complain(const char *path, const char *reason)
{
    SCOPED(buf_release) struct buf line = {.at = NULL};
    buf_printf(&line, "%s%s%s", path, path[0] ? ": " : "", reason);
    buf_byte(&line, '\0');
    text_one_line((char *)line.at);
    fprintf(stderr, "casysd migrate: %s\n", (const char *)line.at);
    return AUTHOR_USAGE;
}

/* ---- what is said ---- */

static void lines_print(const struct edition_lines *lines, const char *before, struct buf *ret)
{
    for (const struct edition_line *line = lines->first; line; line = line->next)
        buf_printf(ret, "    %s%.*s\n", before, SLICE_ARG(line->text));
}

static void candidate_print(const struct candidate *c, bool is_dry, struct buf *ret)
{
    const bool is_done = c->verdict == MAPS && !is_dry;
    buf_printf(ret, "%.*s  %.*s  version %" PRIu64 ", section %" PRId32 ": %s\n",
               SLICE_ARG(c->listed->name), SLICE_ARG(c->listed->story_id), c->listed->version,
               c->listed->section,
               is_done ? "goes on with the newer edition" : verdicts[c->verdict].words);
    lines_print(&c->report.reasons, "", ret);
    if (c->verdict == MAPS)
        lines_print(&c->report.notes, "note: ", ret);
}

static void lines_encode(struct json_out *out, struct slice key, const struct edition_lines *lines)
{
    json_out_key(out, key);
    json_out_array(out);
    for (const struct edition_line *line = lines->first; line; line = line->next)
        json_out_string(out, line->text);
    json_out_array_end(out);
}

static void candidate_encode(const struct candidate *c, struct json_out *out)
{
    json_out_object(out);
    json_out_member(out, SLICE("game_id"), c->listed->name);
    json_out_member(out, SLICE("story_id"), c->listed->story_id);
    json_out_member_int(out, SLICE("version"), (int64_t)c->listed->version);
    json_out_member_int(out, SLICE("section_number"), c->listed->section);
    json_out_member(out, SLICE("result"), slice_str(verdicts[c->verdict].code));
    lines_encode(out, SLICE("reasons"), &c->report.reasons);
    lines_encode(out, SLICE("notes"), &c->report.notes);
    json_out_object_end(out);
}

static void flush(struct migration *m)
{
    if (m->text.len > 0)
        fwrite(m->text.at, 1, m->text.len, stdout);
    buf_clear(&m->text);
}

static void tell(struct migration *m, const struct candidate *c)
{
    const bool is_plain = c->verdict == IS_NEWEST || c->verdict == HAS_NO_NEW;
    m->counts[c->verdict]++;
    /* Nobody asked about those that have nothing to do with a newer edition, but for one by name. */
    if (is_plain && !m->options.game)
        return;
    if (m->options.json) {
        candidate_encode(c, m->out);
        return;
    }
    candidate_print(c, m->options.dry_run, &m->text);
}

static void tell_totals(struct migration *m)
{
    const uint64_t *counts = m->counts;
    if (m->options.json) {
        json_out_array_end(m->out);
        json_out_key(m->out, SLICE("totals"));
        json_out_object(m->out);
        for (size_t i = 0; i < VERDICTS; i++)
            json_out_member_int(m->out, slice_str(verdicts[i].code), (int64_t)counts[i]);
        json_out_object_end(m->out);
        json_out_object_end(m->out);
        buf_byte(&m->text, '\n');
    } else {
        buf_printf(&m->text,
                   "%" PRIu64 " map, %" PRIu64 " do not, %" PRIu64 " are over, %" PRIu64
                   " have the newest edition, %" PRIu64
                   " are of stories that are not in the folder",
                   counts[MAPS], counts[DOES_NOT_MAP], counts[IS_OVER], counts[IS_NEWEST],
                   counts[HAS_NO_NEW]);
        if (counts[UNREADABLE] > 0)
            buf_printf(&m->text, ", %" PRIu64 " cannot be read", counts[UNREADABLE]);
        buf_byte(&m->text, '\n');
    }
    flush(m);
}

/* ---- one game ---- */

static int64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Write the version with which the game goes on. In a transaction. */
static enum status apply(struct migration *m, struct candidate *c, struct story *newest,
                         const struct state *next)
{
    const struct store_story edition = {newest->hash, newest->id, newest->title, newest->source};
    struct game_facts facts = c->facts;
    facts.story = newest;
    buf_clear(&m->entry);
    buf_clear(&m->bytes);
    json_out_reset(m->entry_out);
    event_encode(m->entry_out, newest, next, m->event);
    const size_t event_len = m->entry.len;
    json_out_reset(m->entry_out);
    snapshot_encode(m->entry_out, &facts, next, m->event);
    state_encode(next, newest, &m->bytes);
    return store_append(
        m->store, &(struct store_entry){
                      .game = c->game.row,
                      .version = next->version,
                      .at_ms = m->event->at_ms,
                      .status = (uint8_t)next->status,
                      .section = newest->sections[next->section].number,
                      .event = slice_make(m->entry.at, event_len),
                      .state = buf_slice(&m->bytes),
                      .snapshot = slice_make(m->entry.at + event_len, m->entry.len - event_len),
                      .edition = &edition,
                  });
}

/* Its older edition and its state: does that map to the newer one? Then do it, unless it is only
 * asked. */
static enum status migrate(struct migration *m, struct candidate *c, struct story *newest)
{
    const struct story *story = c->facts.story;
    struct state state;
    enum status st = state_decode(c->game.state, story, &state);
    if (st != OK)
        return st;
    st = edition_migrate(story, &state, newest, unix_ms(), &c->arena, &c->report, &state, m->event);
    c->verdict = st == OK ? MAPS : DOES_NOT_MAP;
    if (st == OK && !m->options.dry_run)
        st = apply(m, c, newest, &state);
    return st == ERR_NOT_MIGRATABLE ? OK : st;
}

static enum status judge(struct migration *m, struct candidate *c)
{
    struct story *newest = catalogue_find(&m->catalogue, c->listed->story_id);
    c->verdict = HAS_NO_NEW;
    if (!newest)
        return OK;
    enum status st =
        replay_facts(m->store, &m->library, c->listed->name, &c->arena, &c->game, &c->facts);
    if (st != OK)
        return st;
    c->verdict = IS_NEWEST;
    if (!story_is_named(newest, c->game.story_hash)) {
        c->verdict = IS_OVER;
        if (c->listed->status == GAME_ACTIVE)
            st = migrate(m, c, newest);
    }
    story_unref(c->facts.story);
    return st;
}

static bool is_asked_for(const struct migration *m, const struct store_listed *listed)
{
    const struct options *options = &m->options;
    return (!options->story || slice_eq(listed->story_id, slice_str(options->story))) &&
           (!options->game || slice_eq(listed->name, slice_str(options->game)));
}

static enum status migrate_game(struct migration *m, const struct store_listed *listed)
{
    struct candidate c = {.listed = listed};
    enum status st = judge(m, &c);
    /* A damaged game does not keep the others from being looked at. */
    if (st == ERR_CORRUPT || st == ERR_INTERNAL || st == ERR_TOO_LARGE) {
        c.verdict = UNREADABLE;
        st = OK;
    }
    if (st == OK)
        tell(m, &c);
    arena_release(&c.arena);
    return st == ERR_GAME_NOT_FOUND ? OK : st; /* deleted meanwhile */
}

/* ---- all of them ---- */

/* One transaction, and what was done is said when it is on disk. *above becomes the last game of the
 * page. */
static enum status migrate_page(struct migration *m, uint64_t *above, size_t *ret_count)
{
    struct games_page games;
    enum status st = games_read(m->store, *above, &games);
    if (st == OK && !m->options.dry_run)
        st = store_begin(m->store);
    for (size_t i = 0; st == OK && i < games.count; i++) {
        if (is_asked_for(m, &games.list[i]))
            st = migrate_game(m, &games.list[i]);
        *above = games.list[i].row;
    }
    *ret_count = games.count;
    games_release(&games);
    if (st == OK && !m->options.dry_run)
        st = store_commit(m->store);
    if (st == OK && !m->options.json)
        flush(m);
    return st;
}

static int migrate_all(struct migration *m)
{
    uint64_t above = 0, seen = 0;
    size_t count = GAMES_PAGE;
    enum status st = OK;
    if (m->options.json) {
        json_out_object(m->out);
        json_out_member_bool(m->out, SLICE("dry_run"), m->options.dry_run);
        json_out_key(m->out, SLICE("games"));
        json_out_array(m->out);
    }
    while (st == OK && count == GAMES_PAGE)
        st = migrate_page(m, &above, &count);
    if (st != OK)
        return complain(m->options.db, status_name(st));
    for (size_t i = 0; i < VERDICTS; i++)
        seen += m->counts[i];
    if (m->options.game && seen == 0)
        return complain(m->options.game, "there is no such game");
    tell_totals(m);
    return m->counts[DOES_NOT_MAP] + m->counts[UNREADABLE] > 0 ? AUTHOR_MISTAKES : AUTHOR_GOOD;
}

/* ---- the command ---- */

/* The editions that a server would serve, which are those that games may go on in. */
static int read_stories(struct migration *m)
{
    SCOPED(buf_release) struct buf report = {.at = NULL};
    const enum status st =
        catalogue_read(&m->catalogue, m->options.stories, story_may_be_served, &report);
    struct slice rest = buf_slice(&report);
    struct slice line;
    while (slice_split(&rest, '\n', &line))
        fprintf(stderr, "casysd migrate: --stories: %.*s\n", SLICE_ARG(line));
    if (st != OK)
        return AUTHOR_USAGE;
    if (m->options.story && !catalogue_find(&m->catalogue, slice_str(m->options.story)))
        return complain(m->options.story, "there is no such story in the folder");
    return AUTHOR_GOOD;
}

static int migrate_opened(struct migration *m)
{
    struct arena arena = {.blocks = NULL};
    m->out = json_out_new(&m->text);
    m->entry_out = json_out_new(&m->entry);
    m->event = arena_alloc(&arena, sizeof *m->event);
    library_init(&m->library, &m->catalogue);
    const int result = migrate_all(m);
    library_release(&m->library);
    json_out_free(m->out);
    json_out_free(m->entry_out);
    buf_release(&m->text);
    buf_release(&m->entry);
    buf_release(&m->bytes);
    arena_release(&arena);
    return result;
}

static int parse(struct migration *m, int argc, char **argv)
{
    char reason[200];
    if (options_parse(argc, argv, 2,
                      OPTION_DB | OPTION_STORIES | OPTION_STORY | OPTION_GAME | OPTION_DRY_RUN |
                          OPTION_JSON,
                      &m->options, reason) != OK)
        return complain("", reason);
    if (m->options.file_count > 0 || !m->options.db)
        return complain("", "--db DB is wanted, and no file (casysd migrate --help explains)");
    return AUTHOR_GOOD;
}

int migrate_run(int argc, char **argv)
{
    struct migration m = {.counts = {0}};
    char reason[200];
    if (argc == 3 && strcmp(argv[2], "--help") == 0) {
        puts(
            "casysd migrate --db DB [--stories DIR] [--story ID] [--game GAME_ID] [--dry-run] [--json]\n\n"
            "Lets each game whose story has a newer edition in the folder DIR (\"stories\") go on with\n"
            "that, as its next version, and says why where that cannot be. No server may have the\n"
            "database open. With --dry-run it only says what would be done; then a server may run.\n"
            "Games that are over are left alone.\n\n"
            "Exit codes: 0 all of them map, 1 a game does not or cannot be read, 2 the command is\n"
            "wrong, or the database or the folder cannot be used.");
        return AUTHOR_GOOD;
    }
    int result = parse(&m, argc, argv);
    if (result == AUTHOR_GOOD)
        result = read_stories(&m);
    /* A writer would make what is not there. */
    if (result == AUTHOR_GOOD && access(m.options.db, F_OK) != 0)
        result = complain(m.options.db, strerror(errno));
    if (result == AUTHOR_GOOD &&
        sqlite_store_open(m.options.db, m.options.dry_run ? SQLITE_READER : SQLITE_WRITER, &m.store,
                          reason) != OK)
        result = complain("--db", reason);
    if (m.store)
        result = migrate_opened(&m);
    store_free(m.store);
    catalogue_release(&m.catalogue);
    return result;
}
