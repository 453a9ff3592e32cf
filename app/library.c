#include "app/library.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/story_loader.h"

/* Stories that are no longer offered but still played; beyond it the oldest is let go. */
enum { LIBRARY_OLD_MAX = 16 };

static int is_story_file(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static int by_id(const void *a, const void *b)
{
    const struct story *const *first = a;
    const struct story *const *second = b;
    return slice_compare((*first)->id, (*second)->id);
}

static void add_file(struct catalogue *catalogue, const char *folder, const char *name,
                     catalogue_check_fn *check, struct buf *ret_report)
{
    struct buf path = {.at = NULL};
    struct story_report report = {.count = 0};
    struct story *story = NULL;
    buf_printf(&path, "%s/%s", folder, name);
    buf_byte(&path, 0);
    const enum status st = story_read((const char *)path.at, &story, &report);
    buf_append(ret_report, buf_slice(&report.text));
    if (st == OK && (!check || check(story, (const char *)path.at, ret_report)))
        catalogue->stories[catalogue->count++] = story;
    else
        story_unref(story);
    story_report_release(&report);
    buf_release(&path);
}

static void free_names(struct dirent **names, int count)
{
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

enum status catalogue_read(struct catalogue *catalogue, const char *folder,
                           catalogue_check_fn *check, struct buf *ret_report)
{
    *catalogue = (struct catalogue){.count = 0};
    struct dirent **names;
    const int count = scandir(folder, &names, is_story_file, alphasort);
    if (count < 0) {
        buf_printf(ret_report, "%s: %s\n", folder, strerror(errno));
        return ERR_IO;
    }
    if (count > LIMIT_STORIES) {
        buf_printf(ret_report, "%s: more than %d stories\n", folder, (int)LIMIT_STORIES);
        free_names(names, count);
        return ERR_IO;
    }
    catalogue->stories = calloc((size_t)count + 1, sizeof(*catalogue->stories));
    ENSURE_MEMORY(catalogue->stories);
    for (int i = 0; i < count; i++)
        add_file(catalogue, folder, names[i]->d_name, check, ret_report);
    free_names(names, count);
    if (catalogue->count == 0) {
        buf_printf(ret_report, "%s: no story that can be played\n", folder);
        return ERR_NOT_FOUND;
    }
    qsort(catalogue->stories, catalogue->count, sizeof(struct story *), by_id);
    for (size_t i = 1; i < catalogue->count; i++) {
        const struct slice id = catalogue->stories[i]->id;
        if (slice_eq(catalogue->stories[i - 1]->id, id)) {
            buf_printf(ret_report, "%s: two stories have the id %.*s\n", folder, SLICE_ARG(id));
            return ERR_CONFLICT;
        }
    }
    return OK;
}

void catalogue_release(struct catalogue *catalogue)
{
    if (!catalogue)
        return;
    for (size_t i = 0; i < catalogue->count; i++)
        story_unref(catalogue->stories[i]);
    free(catalogue->stories);
    *catalogue = (struct catalogue){.count = 0};
}

static bool has_hash(const struct story *story, const uint8_t hash[SHA256_LEN])
{
    return memcmp(story->hash, hash, SHA256_LEN) == 0;
}

struct story *catalogue_find(const struct catalogue *catalogue, struct slice key)
{
    uint8_t hash[SHA256_LEN];
    const bool by_hash = crypto_unhex(key, hash, sizeof(hash)) == OK;
    for (size_t i = 0; i < catalogue->count; i++) {
        struct story *story = catalogue->stories[i];
        if (key.len == 0 || slice_eq(story->id, key) || (by_hash && has_hash(story, hash)))
            return story;
    }
    return NULL;
}

void catalogue_copy(const struct catalogue *catalogue, struct catalogue *ret)
{
    *ret = (struct catalogue){.count = catalogue->count};
    ret->stories = calloc(catalogue->count + 1, sizeof(struct story *));
    ENSURE_MEMORY(ret->stories);
    for (size_t i = 0; i < catalogue->count; i++)
        ret->stories[i] = story_ref(catalogue->stories[i]);
}

bool story_is_named(const struct story *story, const uint8_t hash[SHA256_LEN])
{
    uint8_t of_bytes[SHA256_LEN];
    if (has_hash(story, hash))
        return true;
    crypto_sha256(story->source, of_bytes);
    return memcmp(of_bytes, hash, SHA256_LEN) == 0;
}

static struct story *find_by_hash(const struct catalogue *catalogue, const uint8_t hash[SHA256_LEN])
{
    for (size_t i = 0; i < catalogue->count; i++) {
        if (has_hash(catalogue->stories[i], hash))
            return catalogue->stories[i];
    }
    return NULL;
}

void catalogue_share(struct catalogue *catalogue, const struct catalogue *known)
{
    for (size_t i = 0; i < catalogue->count; i++) {
        struct story *same = find_by_hash(known, catalogue->stories[i]->hash);
        if (!same)
            continue;
        story_unref(catalogue->stories[i]);
        catalogue->stories[i] = story_ref(same);
    }
}

/* A catalogue on its way to one thread. */
struct catalogue_mail {
    struct mail mail;
    struct catalogue catalogue;
};

void catalogue_send(const struct catalogue *catalogue, struct queue *inbox)
{
    struct catalogue_mail *sent = calloc(1, sizeof(*sent));
    ENSURE_MEMORY(sent);
    sent->mail.kind = MAIL_CATALOGUE;
    list_init(&sent->mail.node);
    catalogue_copy(catalogue, &sent->catalogue);
    if (queue_push(inbox, &sent->mail.node))
        return;
    catalogue_release(&sent->catalogue);
    free(sent);
}

void catalogue_receive(struct catalogue *catalogue, struct mail *mail)
{
    ENSURE(mail->kind == MAIL_CATALOGUE);
    struct catalogue_mail *sent = container_of(mail, struct catalogue_mail, mail);
    catalogue_release(catalogue);
    *catalogue = sent->catalogue;
    free(sent);
}

void library_init(struct library *library, const struct catalogue *catalogue)
{
    *library = (struct library){.old_count = 0};
    catalogue_copy(catalogue, &library->catalogue);
    library->old = calloc(LIBRARY_OLD_MAX, sizeof(struct story *));
    ENSURE_MEMORY(library->old);
}

void library_release(struct library *library)
{
    if (!library)
        return;
    catalogue_release(&library->catalogue);
    for (size_t i = 0; i < library->old_count; i++)
        story_unref(library->old[i]);
    free(library->old);
    *library = (struct library){.old_count = 0};
}

static struct story *find_known(const struct library *library, const uint8_t hash[SHA256_LEN])
{
    struct story *offered = find_by_hash(&library->catalogue, hash);
    for (size_t i = 0; !offered && i < library->old_count; i++) {
        if (has_hash(library->old[i], hash))
            return library->old[i];
    }
    return offered;
}

static void keep(struct library *library, struct story *story)
{
    if (library->old_count == LIBRARY_OLD_MAX) {
        story_unref(library->old[0]);
        memmove(library->old, library->old + 1, (LIBRARY_OLD_MAX - 1) * sizeof(struct story *));
        library->old_count--;
    }
    library->old[library->old_count++] = story;
}

void library_receive(struct library *library, struct mail *mail)
{
    struct catalogue before;
    catalogue_copy(&library->catalogue, &before);
    catalogue_receive(&library->catalogue, mail);
    for (size_t i = 0; i < before.count; i++) {
        if (!find_known(library, before.stories[i]->hash))
            keep(library, story_ref(before.stories[i]));
    }
    catalogue_release(&before);
}

/* Is it the story that was stored under that hash? Where that is the hash of its bytes, snapshots of
 * its games show it: such a story keeps it. */
static bool is_stored_as(struct story *story, const uint8_t hash[SHA256_LEN])
{
    if (!story_is_named(story, hash))
        return false;
    memcpy(story->hash, hash, SHA256_LEN); /* the story is still ours alone */
    return true;
}

enum status library_find(struct library *library, struct store *store,
                         const uint8_t hash[SHA256_LEN], struct story **ret)
{
    struct story *known = find_known(library, hash);
    if (known) {
        *ret = story_ref(known);
        return OK;
    }
    struct arena arena = {.blocks = NULL};
    struct slice source;
    struct story *story = NULL;
    struct story_report report = {.count = 0};
    enum status st = store_story_load(store, hash, &arena, &source);
    if (st == OK && story_parse(source, SLICE("database"), &story, &report) != OK)
        st = ERR_CORRUPT;
    if (st == OK && !is_stored_as(story, hash)) {
        story_unref(story);
        st = ERR_CORRUPT;
    }
    story_report_release(&report);
    arena_release(&arena);
    if (st != OK)
        return st;
    keep(library, story);
    *ret = story_ref(story);
    return OK;
}

enum status library_story(struct library *library, struct store *store,
                          const uint8_t hash[SHA256_LEN], struct story **ret)
{
    const enum status st = library_find(library, store, hash, ret);
    /* Whoever asks has a game of that story. */
    return st == ERR_NOT_FOUND ? ERR_CORRUPT : st;
}
