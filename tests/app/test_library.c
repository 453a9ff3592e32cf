/* The stories that can be begun, and those that old games still need. */
#include "app/library.h"

#include <stdio.h>
#include <string.h>

#include "app/story_loader.h"
#include "tests/support/fake_store.h"
#include "tests/support/support.h"

static struct catalogue catalogue;
static struct buf report;

static void setup(void)
{
    catalogue = (struct catalogue){.count = 0};
    report = (struct buf){0};
}

static void teardown(void)
{
    catalogue_release(&catalogue);
    buf_release(&report);
}

/* A whole story of two sections; what is told apart are id and title. */
static void story_source(const char *id, const char *title, struct buf *ret)
{
    buf_printf(ret,
               "{\"format\":\"casys-story/1\",\"id\":\"%s\",\"title\":\"%s\",\"start\":1,"
               "\"sections\":[{\"number\":1,\"text\":\"a\",\"choices\":[{\"id\":\"go\",\"text\":"
               "\"Go\",\"type\":\"direct\",\"to\":2}]},{\"number\":2,\"text\":\"b\",\"ending\":"
               "{\"kind\":\"won\",\"title\":\"End\"}}]}",
               id, title);
}

static void put_story(const struct temp_path *folder, const char *file, const char *id)
{
    struct buf source = {0};
    const struct temp_path path = temp_join(folder, file);
    story_source(id, id, &source);
    write_file(path.text, buf_slice(&source));
    buf_release(&source);
}

static bool report_names(const char *text)
{
    return report.len > 0 && memmem(report.at, report.len, text, strlen(text)) != NULL;
}

/* ---- the catalogue ---- */

START_TEST(stories_come_in_the_order_of_their_ids)
{
    const struct temp_path folder = temp_folder();
    put_story(&folder, "1.json", "zebra");
    put_story(&folder, "2.json", "ant");
    put_story(&folder, "3.json", "mole");
    ck_assert_int_eq(catalogue_read(&catalogue, folder.text, NULL, &report), OK);
    ck_assert_uint_eq(catalogue.count, 3);
    ck_assert_slice_str(catalogue.stories[0]->id, "ant");
    ck_assert_slice_str(catalogue.stories[1]->id, "mole");
    ck_assert_slice_str(catalogue.stories[2]->id, "zebra");
    ck_assert_slice_str(buf_slice(&report), "");
}
END_TEST

START_TEST(a_wrong_story_is_reported_and_left_out)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path broken = temp_join(&folder, "broken.json");
    put_story(&folder, "good.json", "good");
    write_file(broken.text, SLICE("{\"format\":\"casys-story/1\","));
    ck_assert_int_eq(catalogue_read(&catalogue, folder.text, NULL, &report), OK);
    ck_assert_uint_eq(catalogue.count, 1);
    ck_assert(report_names("broken.json:1:"));
}
END_TEST

START_TEST(only_json_files_are_stories)
{
    const struct temp_path folder = temp_folder();
    put_story(&folder, "good.json", "good");
    put_story(&folder, ".hidden.json", "hidden");
    put_story(&folder, "good.json~", "backup");
    put_story(&folder, "LICENSE", "license");
    put_story(&folder, ".json", "no-name");
    ck_assert_int_eq(catalogue_read(&catalogue, folder.text, NULL, &report), OK);
    ck_assert_uint_eq(catalogue.count, 1);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_said)
{
    const struct temp_path folder = temp_folder();
    const struct temp_path missing = temp_join(&folder, "missing");
    ck_assert_int_eq(catalogue_read(&catalogue, missing.text, NULL, &report), ERR_IO);
    ck_assert(report_names("missing: No such file or directory\n"));
}
END_TEST

START_TEST(a_folder_without_stories_is_said)
{
    const struct temp_path folder = temp_folder();
    ck_assert_int_eq(catalogue_read(&catalogue, folder.text, NULL, &report), ERR_NOT_FOUND);
    ck_assert(report_names("no story that can be played\n"));
}
END_TEST

START_TEST(two_stories_with_one_id_are_refused)
{
    const struct temp_path folder = temp_folder();
    put_story(&folder, "1.json", "same");
    put_story(&folder, "2.json", "same");
    ck_assert_int_eq(catalogue_read(&catalogue, folder.text, NULL, &report), ERR_CONFLICT);
    ck_assert(report_names("two stories have the id same\n"));
}
END_TEST

START_TEST(a_story_is_found_by_id_by_hash_or_as_the_first)
{
    const struct temp_path folder = temp_folder();
    char hex[2 * SHA256_LEN + 1];
    put_story(&folder, "1.json", "ant");
    put_story(&folder, "2.json", "bee");
    ck_assert_int_eq(catalogue_read(&catalogue, folder.text, NULL, &report), OK);
    struct story *const ant = catalogue.stories[0];
    struct story *const bee = catalogue.stories[1];
    crypto_hex(slice_make(bee->hash, SHA256_LEN), hex);
    ck_assert_ptr_eq(catalogue_find(&catalogue, SLICE_NONE), ant);
    ck_assert_ptr_eq(catalogue_find(&catalogue, SLICE("bee")), bee);
    ck_assert_ptr_eq(catalogue_find(&catalogue, slice_str(hex)), bee);
    ck_assert_ptr_null(catalogue_find(&catalogue, SLICE("be")));
    ck_assert_ptr_null(catalogue_find(&catalogue, SLICE("beee")));
    hex[0] = hex[0] == '0' ? '1' : '0';
    ck_assert_ptr_null(catalogue_find(&catalogue, slice_str(hex)));
}
END_TEST

/* ---- the library ---- */

static struct fake_store *file;
static struct store *store;
static struct library library;
static uint64_t owner;

static void setup_store(void)
{
    setup();
    file = fake_store_new();
    store = fake_store_writer(file);
    library_init(&library, &catalogue);
    ck_assert_int_eq(store_begin(store), OK);
    ck_assert_int_eq(store_session_add(store, SLICE("owner"), 0, &owner), OK);
    ck_assert_int_eq(store_commit(store), OK);
}

static void teardown_store(void)
{
    library_release(&library);
    store_free(store);
    fake_store_free(file);
    teardown();
}

/* Store a game that plays this source, under the hash given. */
static void store_source(struct slice source, const uint8_t hash[SHA256_LEN], const char *name)
{
    uint64_t row;
    const struct store_new_game game = {.name = slice_str(name),
                                        .story_hash = hash,
                                        .story_id = SLICE("x"),
                                        .story_source = source,
                                        .owner = owner};
    ck_assert_int_eq(store_begin(store), OK);
    ck_assert_int_eq(store_game_create(store, &game, &row), OK);
    const struct store_entry entry = {.game = row, .version = 1};
    ck_assert_int_eq(store_append(store, &entry), OK);
    ck_assert_int_eq(store_commit(store), OK);
}

/* The catalogue as it is now, by way of a queue. */
static void send_catalogue(void)
{
    struct queue inbox;
    struct list mails;
    list_init(&mails);
    queue_init(&inbox, NULL, NULL);
    catalogue_send(&catalogue, &inbox);
    queue_take(&inbox, &mails);
    library_receive(&library, container_of(list_take(&mails), struct mail, node));
    ck_assert(list_empty(&mails));
    queue_close(&inbox);
    catalogue_send(&catalogue, &inbox); /* to nobody, and it is not lost */
    queue_release(&inbox);
}

START_TEST(a_story_that_is_not_offered_any_more_stays_at_hand)
{
    const struct temp_path first = temp_folder();
    const struct temp_path second = temp_folder();
    struct catalogue before;
    struct story *story;
    put_story(&first, "1.json", "ant");
    put_story(&second, "2.json", "bee");
    ck_assert_int_eq(catalogue_read(&catalogue, first.text, NULL, &report), OK);
    send_catalogue();
    before = catalogue;
    ck_assert_int_eq(catalogue_read(&catalogue, second.text, NULL, &report), OK);
    send_catalogue();
    ck_assert_uint_eq(library.catalogue.count, 1);
    ck_assert_ptr_eq(catalogue_find(&library.catalogue, SLICE_NONE), catalogue.stories[0]);
    ck_assert_int_eq(library_story(&library, store, before.stories[0]->hash, &story), OK);
    ck_assert_ptr_eq(story, before.stories[0]);
    ck_assert_uint_eq(fake_store_calls(file, FAKE_STORY_LOAD), 0);
    story_unref(story);
    catalogue_release(&before);
}
END_TEST

START_TEST(a_story_that_did_not_change_is_in_memory_once)
{
    const struct temp_path folder = temp_folder();
    struct catalogue before;
    put_story(&folder, "1.json", "ant");
    ck_assert_int_eq(catalogue_read(&before, folder.text, NULL, &report), OK);
    put_story(&folder, "2.json", "bee");
    ck_assert_int_eq(catalogue_read(&catalogue, folder.text, NULL, &report), OK);
    ck_assert_ptr_ne(catalogue.stories[0], before.stories[0]);
    catalogue_share(&catalogue, &before);
    ck_assert_ptr_eq(catalogue.stories[0], before.stories[0]);
    ck_assert_slice_str(catalogue.stories[1]->id, "bee");
    ck_assert_uint_eq(atomic_load(&before.stories[0]->refs), 2);
    catalogue_release(&before);
}
END_TEST

START_TEST(a_story_that_is_offered_is_not_read_from_the_store)
{
    const struct temp_path folder = temp_folder();
    struct story *story;
    put_story(&folder, "1.json", "ant");
    ck_assert_int_eq(catalogue_read(&catalogue, folder.text, NULL, &report), OK);
    send_catalogue();
    ck_assert_int_eq(library_story(&library, store, catalogue.stories[0]->hash, &story), OK);
    ck_assert_ptr_eq(story, catalogue.stories[0]);
    ck_assert_uint_eq(atomic_load(&story->refs), 3);
    ck_assert_uint_eq(fake_store_calls(file, FAKE_STORY_LOAD), 0);
    story_unref(story);
}
END_TEST

START_TEST(an_old_story_is_read_from_the_store_once)
{
    struct buf source = {0};
    uint8_t hash[SHA256_LEN];
    struct story *first;
    struct story *second;
    story_source("old", "Old", &source);
    crypto_sha256(buf_slice(&source), hash);
    store_source(buf_slice(&source), hash, "game");
    ck_assert_int_eq(library_story(&library, store, hash, &first), OK);
    ck_assert_int_eq(library_story(&library, store, hash, &second), OK);
    ck_assert_slice_str(first->title, "Old");
    ck_assert_ptr_eq(first, second);
    ck_assert_uint_eq(fake_store_calls(file, FAKE_STORY_LOAD), 1);
    story_unref(first);
    story_unref(second);
    buf_release(&source);
}
END_TEST

START_TEST(a_stored_story_is_found_by_the_hash_of_its_canonical_form_or_of_its_bytes)
{
    struct buf source = {0};
    uint8_t of_bytes[SHA256_LEN];
    struct story *parsed;
    struct story *by_bytes;
    struct story *by_form;
    struct story_report found = {.count = 0};
    story_source("old", "Old", &source);
    ck_assert_int_eq(story_parse(buf_slice(&source), SLICE("old"), &parsed, &found), OK);
    crypto_sha256(buf_slice(&source), of_bytes);
    ck_assert_mem_ne(parsed->hash, of_bytes, SHA256_LEN);
    store_source(buf_slice(&source), of_bytes, "older");
    store_source(buf_slice(&source), parsed->hash, "newer");
    ck_assert_int_eq(library_story(&library, store, of_bytes, &by_bytes), OK);
    ck_assert_int_eq(library_story(&library, store, parsed->hash, &by_form), OK);
    /* Each keeps the name that its games show. */
    ck_assert_mem_eq(by_bytes->hash, of_bytes, SHA256_LEN);
    ck_assert_mem_eq(by_form->hash, parsed->hash, SHA256_LEN);
    story_report_release(&found);
    story_unref(parsed);
    story_unref(by_bytes);
    story_unref(by_form);
    buf_release(&source);
}
END_TEST

START_TEST(a_stored_story_that_is_not_the_one_named_is_damaged)
{
    static const struct {
        const char *why;
        const char *source; /* NULL: a whole story, under another hash */
    } rows[] = {{"no JSON", "x"}, {"no story", "{}"}, {"another story", NULL}};
    const uint8_t hash[SHA256_LEN] = {7};
    struct buf source = {0};
    struct story *story;
    if (rows[_i].source)
        buf_append(&source, slice_str(rows[_i].source));
    else
        story_source("other", "Other", &source);
    store_source(buf_slice(&source), hash, "game");
    ck_assert_msg(library_story(&library, store, hash, &story) == ERR_CORRUPT, "%s", rows[_i].why);
    buf_release(&source);
}
END_TEST

START_TEST(a_story_that_cannot_be_read_is_an_error)
{
    const uint8_t hash[SHA256_LEN] = {9};
    struct story *story;
    ck_assert_int_eq(library_story(&library, store, hash, &story), ERR_CORRUPT);
    fake_store_fail(file, FAKE_STORY_LOAD, 1, ERR_IO);
    ck_assert_int_eq(library_story(&library, store, hash, &story), ERR_IO);
}
END_TEST

START_TEST(old_stories_are_let_go_the_oldest_first)
{
    enum { STORIES = 20 };
    uint8_t hashes[STORIES][SHA256_LEN];
    struct story *held = NULL;
    for (size_t i = 0; i < STORIES; i++) {
        struct buf source = {0};
        char name[16];
        struct story *story;
        snprintf(name, sizeof name, "story-%zu", i);
        story_source(name, name, &source);
        crypto_sha256(buf_slice(&source), hashes[i]);
        store_source(buf_slice(&source), hashes[i], name);
        ck_assert_int_eq(library_story(&library, store, hashes[i], &story), OK);
        if (i == 0)
            held = story; /* somebody still plays it */
        else
            story_unref(story);
        buf_release(&source);
    }
    const unsigned loads = fake_store_calls(file, FAKE_STORY_LOAD);
    struct story *story;
    ck_assert_int_eq(library_story(&library, store, hashes[STORIES - 1], &story), OK);
    story_unref(story);
    ck_assert_uint_eq(fake_store_calls(file, FAKE_STORY_LOAD), loads);
    ck_assert_int_eq(library_story(&library, store, hashes[0], &story), OK);
    ck_assert_uint_eq(fake_store_calls(file, FAKE_STORY_LOAD), loads + 1);
    ck_assert_slice_str(held->title, "story-0");
    story_unref(story);
    story_unref(held);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("library");
    TCase *stories = tcase_create("catalogue");
    tcase_add_checked_fixture(stories, setup, teardown);
    tcase_add_test(stories, stories_come_in_the_order_of_their_ids);
    tcase_add_test(stories, a_wrong_story_is_reported_and_left_out);
    tcase_add_test(stories, only_json_files_are_stories);
    tcase_add_test(stories, a_folder_that_is_not_there_is_said);
    tcase_add_test(stories, a_folder_without_stories_is_said);
    tcase_add_test(stories, two_stories_with_one_id_are_refused);
    tcase_add_test(stories, a_story_is_found_by_id_by_hash_or_as_the_first);
    suite_add_tcase(suite, stories);

    TCase *old = tcase_create("library");
    tcase_add_checked_fixture(old, setup_store, teardown_store);
    tcase_add_test(old, a_story_that_is_offered_is_not_read_from_the_store);
    tcase_add_test(old, a_story_that_is_not_offered_any_more_stays_at_hand);
    tcase_add_test(old, a_story_that_did_not_change_is_in_memory_once);
    tcase_add_test(old, an_old_story_is_read_from_the_store_once);
    tcase_add_test(old, a_stored_story_is_found_by_the_hash_of_its_canonical_form_or_of_its_bytes);
    tcase_add_loop_test(old, a_stored_story_that_is_not_the_one_named_is_damaged, 0, 3);
    tcase_add_test(old, a_story_that_cannot_be_read_is_an_error);
    tcase_add_test(old, old_stories_are_let_go_the_oldest_first);
    suite_add_tcase(suite, old);
    return run_suite(suite);
}
