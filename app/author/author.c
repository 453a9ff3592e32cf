#include "app/author/author.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/author/backup.h"
#include "app/author/check.h"
#include "app/author/convert.h"
#include "app/author/graph.h"
#include "app/author/migrate.h"
#include "app/author/options.h"
#include "app/author/output.h"
#include "app/author/picture.h"
#include "app/author/play.h"
#include "app/author/prune.h"
#include "app/author/report.h"
#include "app/author/verify.h"
#include "app/author/verify_game.h"
#include "app/portable.h"
#include "app/story_schema.h"
#include "storage/sqlite_store.h"

static void print(const struct buf *text)
{
    fwrite(text->at, 1, text->len, stdout);
}

static int check_file(const char *path, bool json, struct json_out *out, struct buf *text)
{
    struct draft draft;
    struct findings findings = {.count = 0};
    int result = AUTHOR_USAGE;
    if (draft_read(path, &draft) == OK) {
        story_check(&draft, &findings);
        if (json)
            findings_encode(&findings, draft.file, out);
        else
            findings_print(&findings, draft.file, text);
        if (!json && findings.count == 0)
            buf_printf(text, "%s: good\n", path);
        result = findings.mistakes > 0 ? AUTHOR_MISTAKES : AUTHOR_GOOD;
    } else {
        fprintf(stderr, "%.*s", SLICE_ARG(buf_slice(&draft.report.text)));
    }
    findings_release(&findings);
    draft_release(&draft);
    return result;
}

static int run_check(const struct options *options)
{
    struct buf text = {.at = NULL};
    struct json_out *out = json_out_new(&text);
    int worst = AUTHOR_GOOD;
    json_out_array(out);
    if (!options->json)
        buf_clear(&text);
    for (size_t i = 0; i < options->file_count; i++) {
        const int result = check_file(options->files[i], options->json, out, &text);
        worst = result > worst ? result : worst;
    }
    if (options->json) {
        json_out_array_end(out);
        buf_byte(&text, '\n');
    }
    print(&text);
    json_out_free(out);
    buf_release(&text);
    return worst;
}

/* Read a story that is to be played, JSON or Twee; on failure say why and give the exit code. */
static int read_story(const char *path, struct story **ret)
{
    struct draft draft;
    int result = AUTHOR_GOOD;
    if (draft_read(path, &draft) != OK) {
        fprintf(stderr, "%.*s", SLICE_ARG(buf_slice(&draft.report.text)));
        result = AUTHOR_USAGE;
    } else if (!draft.sound) {
        struct findings findings = {.count = 0};
        SCOPED(buf_release) struct buf text = {.at = NULL};
        draft_findings(&draft, &findings);
        draft_place(&draft, &findings);
        findings_print(&findings, draft.file, &text);
        findings_release(&findings);
        fprintf(stderr, "%.*s", SLICE_ARG(buf_slice(&text)));
        result = AUTHOR_MISTAKES;
    } else {
        *ret = story_ref(draft.story);
    }
    draft_release(&draft);
    return result;
}

static int run_hash(const struct options *options)
{
    int worst = AUTHOR_GOOD;
    for (size_t i = 0; i < options->file_count; i++) {
        struct story *story;
        char hex[2 * SHA256_LEN + 1];
        const int wrong = read_story(options->files[i], &story);
        worst = wrong > worst ? wrong : worst;
        if (wrong)
            continue;
        crypto_hex(slice_make(story->hash, SHA256_LEN), hex);
        printf("%s  %s\n", hex, options->files[i]);
        story_unref(story);
    }
    return worst;
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum { PROGRESS_EVERY_MS = 500 };

struct progress {
    uint64_t done, all; /* all 0: not known */
    int64_t said_ms;
    bool shown;
};

static void on_progress(void *arg, uint64_t done)
{
    struct progress *progress = arg;
    const int64_t now_ms = clock_ms();
    if (now_ms - progress->said_ms < PROGRESS_EVERY_MS)
        return;
    progress->said_ms = now_ms;
    fprintf(stderr, "%llu", (unsigned long long)done);
    if (progress->all > 0)
        fprintf(stderr, " of %llu", (unsigned long long)progress->all);
    fputc('\n', stderr);
}

static void explore_with(const struct options *options, struct story *story, struct explored *ret)
{
    struct progress progress = {.all = options->runs, .said_ms = clock_ms()};
    const bool shown = options->progress || isatty(STDERR_FILENO);
    explore(story,
            &(struct explore_config){.runs = options->runs,
                                     .seed = options->seed,
                                     .on_progress = shown ? on_progress : NULL,
                                     .arg = &progress},
            ret);
}

static int run_test(const struct options *options)
{
    struct story *story;
    const int wrong = read_story(options->files[0], &story);
    if (wrong)
        return wrong;
    struct explored explored;
    struct buf text = {.at = NULL};
    explore_with(options, story, &explored);
    if (options->json) {
        struct json_out *out = json_out_new(&text);
        report_encode(&explored, options->seed, out);
        json_out_free(out);
        buf_byte(&text, '\n');
    } else {
        report_print(&explored, options->seed, &text);
    }
    print(&text);
    const bool stuck = explored.stuck > 0;
    buf_release(&text);
    explored_release(&explored);
    story_unref(story);
    return stuck ? AUTHOR_MISTAKES : AUTHOR_GOOD;
}

/* Give out the picture, as DOT or drawn. */
static int put_graph(const struct options *options, const struct buf *dot)
{
    SCOPED(buf_release) struct buf svg = {.at = NULL};
    char reason[200];
    if (options->svg) {
        const enum status st = picture_draw(buf_slice(dot), &svg);
        if (st != OK) {
            fprintf(stderr, "casysd story graph: %s\n",
                    st == ERR_NOT_FOUND
                        ? "there is no program \"dot\": --svg needs Graphviz (Debian: apt-get "
                          "install graphviz); without --svg the graph is text in DOT"
                        : "the program \"dot\" of Graphviz failed");
            return AUTHOR_USAGE;
        }
    }
    if (output_write(options->out, buf_slice(options->svg ? &svg : dot), reason) == OK)
        return AUTHOR_GOOD;
    fprintf(stderr, "casysd story graph: %s\n", reason);
    return AUTHOR_USAGE;
}

static int run_graph(const struct options *options)
{
    struct story *story;
    const int wrong = read_story(options->files[0], &story);
    if (wrong)
        return wrong;
    SCOPED(buf_release) struct buf dot = {.at = NULL};
    struct explored explored;
    if (options->coverage) {
        explore_with(options, story, &explored);
        graph_print(story, &explored, &dot);
        explored_release(&explored);
    } else {
        graph_print(story, NULL, &dot);
    }
    const int result = put_graph(options, &dot);
    story_unref(story);
    return result;
}

static int run_play(const struct options *options)
{
    struct story *story;
    const int wrong = read_story(options->files[0], &story);
    if (wrong)
        return wrong;
    struct play_config config = {.story = story, .in = stdin, .out = stdout};
    config.name = slice_str(options->name);
    if (options->given & OPTION_SEED)
        play_seed(options->seed, config.seed);
    else
        crypto_random(config.seed, sizeof config.seed);
    const enum status st = play_story(&config);
    if (st != OK)
        fprintf(stderr, "casysd story play: --name: a name has 1 to %d characters\n",
                (int)LIMIT_NAME_CHARS);
    story_unref(story);
    return st == OK ? AUTHOR_GOOD : AUTHOR_USAGE;
}

static int run_schema(const struct options *options)
{
    (void)options;
    const struct slice schema = story_schema();
    fwrite(schema.at, 1, schema.len, stdout);
    return AUTHOR_GOOD;
}

struct author_command {
    const char *name;
    const char *files; /* as the help shows them */
    size_t files_min, files_max;
    unsigned takes;
    int (*run)(const struct options *options);
    const char *help;
};

static const struct author_command commands[] = {
    {"check", "FILE...", 1, OPTIONS_FILES_MAX, OPTION_JSON, run_check,
     "every mistake in the story, with its place; exit code 1 when there is one"},
    {"test", "FILE", 1, 1, OPTION_JSON | OPTION_RUNS | OPTION_SEED | OPTION_PROGRESS, run_test,
     "play it many times and tell what happened; exit code 1 when a run had nothing to choose"},
    {"graph", "FILE", 1, 1,
     OPTION_SVG | OPTION_COVERAGE | OPTION_RUNS | OPTION_SEED | OPTION_PROGRESS | OPTION_OUT,
     run_graph, "the story as a graph in DOT"},
    {"play", "FILE", 1, 1, OPTION_SEED | OPTION_NAME, run_play,
     "play it here: type the number of a choice, q to stop"},
    {"import", "FILE.twee", 1, 1, OPTION_OUT, convert_import,
     "a story in Twee 3 as JSON; - is standard input"},
    {"export", "FILE.json", 1, 1, OPTION_OUT, convert_export,
     "a story as Twee 3, for Twine and other tools; - is standard input"},
    {"hash", "FILE...", 1, OPTIONS_FILES_MAX, 0, run_hash, "the hash that names the story"},
    {"schema", "", 0, 0, 0, run_schema, "the JSON Schema of story files"},
};

static void story_help(struct buf *ret)
{
    buf_printf(ret, "casysd story COMMAND ...: the tools of authors\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const struct author_command *command = &commands[i];
        buf_printf(ret, "  %s %s\n    %s\n", command->name, command->files, command->help);
        options_help(command->takes, ret);
    }
    buf_printf(ret,
               "\nExit codes: 0 all is well, 1 the story has a mistake, 2 the command is wrong or"
               " a file\ncannot be read.\n");
}

static int complain(const char *command, const char *reason)
{
    fprintf(stderr, "casysd story%s%s: %s\n", command[0] ? " " : "", command, reason);
    return AUTHOR_USAGE;
}

static int run_command(const struct author_command *command, int argc, char **argv, int first)
{
    struct options options;
    char reason[200];
    if (options_parse(argc, argv, first, command->takes, &options, reason) != OK)
        return complain(command->name, reason);
    if (options.file_count < command->files_min)
        return complain(command->name, "a file is missing (casysd story --help explains)");
    if (options.file_count > command->files_max)
        return complain(command->name, "too many files (casysd story --help explains)");
    return command->run(&options);
}

static int run_story(int argc, char **argv)
{
    if (argc < 3 || strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "help") == 0) {
        struct buf help = {.at = NULL};
        story_help(&help);
        fwrite(help.at, 1, help.len, argc < 3 ? stderr : stdout);
        buf_release(&help);
        return argc < 3 ? AUTHOR_USAGE : AUTHOR_GOOD;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(argv[2], commands[i].name) == 0)
            return run_command(&commands[i], argc, argv, 3);
    }
    char reason[200];
    snprintf(reason, sizeof reason, "%.60s: no such command (casysd story --help lists them)",
             argv[2]);
    text_one_line(reason);
    return complain("", reason);
}

static void on_game(void *arg, bool good, struct slice line)
{
    struct progress *progress = arg;
    (void)good;
    printf("%.*s\n", SLICE_ARG(line));
    if (progress->shown)
        on_progress(progress, ++progress->done);
}

static void on_damage(void *arg, struct slice line)
{
    (void)arg;
    printf("database: WRONG: %.*s\n", SLICE_ARG(line));
}

static int verify_opened(const char *path, struct store *store, bool shown)
{
    struct verified verified;
    struct progress progress = {.said_ms = clock_ms(), .shown = shown};
    char reason[200];
    enum status st = sqlite_store_check(path, on_damage, NULL, reason);
    if (st == ERR_CORRUPT) {
        puts("the file is damaged: its games were not played");
        return AUTHOR_MISTAKES;
    }
    if (st == OK)
        st = verify_store(
            &(struct verify_config){.store = store, .on_game = on_game, .arg = &progress},
            &verified);
    if (st != OK) {
        fprintf(stderr, "casysd verify: the database cannot be read to its end: %s\n",
                status_name(st));
        return AUTHOR_USAGE;
    }
    printf("%llu games, %llu versions, %llu games over: %llu differ\n",
           (unsigned long long)verified.games, (unsigned long long)verified.versions,
           (unsigned long long)verified.finished, (unsigned long long)verified.wrong);
    return verified.wrong > 0 ? AUTHOR_MISTAKES : AUTHOR_GOOD;
}

static int verify_file(const struct options *options)
{
    SCOPED(buf_release) struct buf line = {.at = NULL};
    const enum status st = verify_game(options->files[0], options->stories, &line);
    buf_byte(&line, '\0');
    /* The story's name and what is wrong come from a file that anybody may have made. */
    text_one_line((char *)line.at);
    if (st == OK || st == ERR_INVALID)
        printf("%s\n", (char *)line.at);
    else
        fprintf(stderr, "casysd verify: %s\n", (char *)line.at);
    if (st == OK)
        return AUTHOR_GOOD;
    return st == ERR_INVALID ? AUTHOR_MISTAKES : AUTHOR_USAGE;
}

static int run_verify(int argc, char **argv)
{
    struct options options;
    struct store *store;
    char reason[200];
    if (argc == 3 && strcmp(argv[2], "--schema") == 0) {
        const struct slice schema = portable_schema();
        fwrite(schema.at, 1, schema.len, stdout);
        return AUTHOR_GOOD;
    }
    if (argc > 2 && strcmp(argv[2], "--help") == 0) {
        puts(
            "casysd verify DB [--progress]\n\nReads every page of the database, then plays every game again "
            "and compares with what\nis stored. Only reads; a server may run meanwhile.\n\n"
            "casysd verify FILE [--stories PATH]\n\nChecks a game that was exported: its chain, its states, "
            "and every throw of runs whose\nseed is revealed. PATH is a folder of gamebooks, or one file; "
            "without it, the folder\n\"stories\".\n\n"
            "casysd verify --schema\n\nThe JSON Schema of exported games.\n\nExit codes: 0 all is the same, 1 something differs, "
            "2 the file, the database or the\nstory cannot be read.");
        return AUTHOR_GOOD;
    }
    if (options_parse(argc, argv, 2, OPTION_PROGRESS | OPTION_STORIES, &options, reason) != OK) {
        fprintf(stderr, "casysd verify: %s\n", reason);
        return AUTHOR_USAGE;
    }
    if (options.file_count != 1) {
        fprintf(stderr,
                "casysd verify: one database or game is wanted (casysd verify --help explains)\n");
        return AUTHOR_USAGE;
    }
    if (verify_game_begins(options.files[0]))
        return verify_file(&options);
    if (sqlite_store_open(options.files[0], SQLITE_READER, &store, reason) != OK) {
        fprintf(stderr, "casysd verify: %s\n", reason);
        return AUTHOR_USAGE;
    }
    const int result =
        verify_opened(options.files[0], store, options.progress || isatty(STDERR_FILENO));
    store_free(store);
    return result;
}

static const struct area {
    const char *name;
    int (*run)(int argc, char **argv);
} areas[] = {
    {"story", run_story},     {"verify", run_verify}, {"backup", backup_run},
    {"restore", restore_run}, {"prune", prune_run},   {"compact", compact_run},
    {"migrate", migrate_run},
};

static const struct area *area_of(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(areas); i++) {
        if (strcmp(name, areas[i].name) == 0)
            return &areas[i];
    }
    return NULL;
}

bool author_knows(int argc, char **argv)
{
    return argc >= 2 && area_of(argv[1]) != NULL;
}

int author_run(int argc, char **argv)
{
    ENSURE(author_knows(argc, argv));
    const int result = area_of(argv[1])->run(argc, argv);
    /* A full disk behind standard output is no good result. */
    if (fflush(stdout) != 0) {
        fprintf(stderr, "casysd: standard output cannot be written\n");
        return AUTHOR_USAGE;
    }
    return result;
}
