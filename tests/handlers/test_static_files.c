#include "handlers/static_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/base/crypto.h"
#include "tests/support/support.h"

static struct temp_path root;
static struct static_files *files;
static char reason[200];

static void setup(void)
{
    root = temp_folder();
    files = NULL;
    memset(reason, 0, sizeof(reason));
}

static void teardown(void)
{
    static_files_free(files);
}

/* root/name, with the folders on the way. */
static struct temp_path place(const char *name)
{
    const struct temp_path path = temp_join(&root, name);
    struct temp_path folder = path;
    for (char *slash = strchr(folder.text + strlen(root.text) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder.text, 0755) != 0 && errno != EEXIST)
            ck_abort_msg("%s: %s", folder.text, strerror(errno));
        *slash = '/';
    }
    return path;
}

static void put(const char *name, const char *content)
{
    write_file(place(name).text, slice_str(content));
}

/* A file of that many zero bytes. */
static void put_size(const char *name, size_t size)
{
    put(name, "");
    ck_assert_int_eq(truncate(place(name).text, (off_t)size), 0);
}

static void put_link(const char *name, const char *target)
{
    ck_assert_int_eq(symlink(target, place(name).text), 0);
}

static enum status read_root(void)
{
    return static_files_read(root.text, &files, reason);
}

static const struct static_file *find(const char *path)
{
    return static_files_find(files, slice_str(path));
}

START_TEST(files_are_found_by_their_path)
{
    static const char *const names[] = {
        "app.js",    "js/app.js",      "js/views/play-view.js", "js-2/app.js", "b/c",
        "zebra.txt", "with space.txt", "caf\xc3\xa9.txt",       "two.dots.css"};
    put("index.html", "page");
    for (size_t i = 0; i < COUNT_OF(names); i++)
        put(names[i], names[i]);
    ck_assert_int_eq(read_root(), OK);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[64];
        snprintf(path, sizeof(path), "/%s", names[i]);
        const struct static_file *file = find(path);
        ck_assert_msg(file != NULL, "%s", path);
        ck_assert_slice_str(file->path, path);
        ck_assert_slice_str(file->body, names[i]);
    }
}
END_TEST

START_TEST(the_root_is_the_index)
{
    put("index.html", "page");
    ck_assert_int_eq(read_root(), OK);
    ck_assert_ptr_nonnull(find("/"));
    ck_assert_ptr_eq(find("/"), find("/index.html"));
    ck_assert_slice_str(find("/")->path, "/index.html");
    ck_assert_slice_str(find("/")->body, "page");
}
END_TEST

START_TEST(only_the_exact_path_finds_a_file)
{
    static const char *const wrong[] = {
        "",
        "index.html",
        "//index.html",
        "/index.html/",
        "/Index.html",
        "/index.htm",
        "/index.html?",
        "/js",
        "/js/",
        "/js//app.js",
        "/js/app",
        "/js/app.js.map",
        "/js/../index.html",
        "/../index.html",
        "/./index.html",
        "/js/./app.js",
        "/js%2fapp.js",
        "/js\\app.js",
        "\\",
        "/.",
    };
    put("index.html", "page");
    put("js/app.js", "code");
    ck_assert_int_eq(read_root(), OK);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_msg(find(wrong[i]) == NULL, "%s", wrong[i]);
    ck_assert_ptr_null(static_files_find(files, SLICE("/index.html\0")));
    ck_assert_ptr_null(static_files_find(files, SLICE("/\0")));
    ck_assert_ptr_null(static_files_find(files, SLICE_NONE));
}
END_TEST

START_TEST(an_index_in_a_folder_is_not_the_folder)
{
    put("index.html", "page");
    put("help/index.html", "help");
    ck_assert_int_eq(read_root(), OK);
    ck_assert_ptr_null(find("/help"));
    ck_assert_ptr_null(find("/help/"));
    ck_assert_ptr_nonnull(find("/help/index.html"));
}
END_TEST

static const struct {
    const char *name;
    const char *type;
} types[] = {
    {"a.html", "text/html; charset=utf-8"},
    {"a.css", "text/css; charset=utf-8"},
    {"a.js", "text/javascript; charset=utf-8"},
    {"a.json", "application/json"},
    {"a.svg", "image/svg+xml"},
    {"a.png", "image/png"},
    {"a.ico", "image/vnd.microsoft.icon"},
    {"a.webp", "image/webp"},
    {"a.jpg", "image/jpeg"},
    {"a.txt", "text/plain; charset=utf-8"},
    {"a.webmanifest", "application/manifest+json"},
    {"a.woff2", "font/woff2"},
    {"a.js.map", "application/json"},
    {"A.HTML", "text/html; charset=utf-8"},
    {"a.min.js", "text/javascript; charset=utf-8"},
    {"a.exe", "application/octet-stream"},
    {"a.jsx", "application/octet-stream"},
    {"a.", "application/octet-stream"},
    {"js", "application/octet-stream"},
    {"folder.js/file", "application/octet-stream"},
    {"folder.js/html", "application/octet-stream"},
};

START_TEST(the_ending_gives_the_type)
{
    char path[64];
    put("index.html", "page");
    put(types[_i].name, "x");
    ck_assert_int_eq(read_root(), OK);
    snprintf(path, sizeof(path), "/%s", types[_i].name);
    ck_assert_ptr_nonnull(find(path));
    ck_assert_slice_str(find(path)->type, types[_i].type);
}
END_TEST

START_TEST(the_etag_is_the_hash_of_the_body)
{
    uint8_t hash[SHA256_LEN];
    char text[crypto_base64_size(SHA256_LEN)];
    put("index.html", "page");
    put("same.txt", "page");
    put("other.txt", "pagE");
    ck_assert_int_eq(read_root(), OK);
    crypto_sha256(SLICE("page"), hash);
    crypto_base64url(slice_make(hash, sizeof(hash)), text);
    char expected[32];
    snprintf(expected, sizeof(expected), "\"%.22s\"", text);
    ck_assert_slice_str(find("/")->etag, expected);
    ck_assert_slice_eq(find("/same.txt")->etag, find("/")->etag);
    ck_assert(!slice_eq(find("/other.txt")->etag, find("/")->etag));
}
END_TEST

START_TEST(any_bytes_are_served_as_they_are)
{
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    put("index.html", "");
    write_file(place("all.png").text, slice_make(bytes, sizeof(bytes)));
    ck_assert_int_eq(read_root(), OK);
    ck_assert_slice_eq(find("/all.png")->body, slice_make(bytes, sizeof(bytes)));
    ck_assert_uint_eq(find("/")->body.len, 0);
    ck_assert_uint_eq(find("/")->etag.len, 24);
}
END_TEST

START_TEST(what_changes_on_the_disk_later_is_not_served)
{
    put("index.html", "page");
    ck_assert_int_eq(read_root(), OK);
    put("index.html", "other");
    put("new.txt", "new");
    ck_assert_slice_str(find("/")->body, "page");
    ck_assert_ptr_null(find("/new.txt"));
    ck_assert_int_eq(unlink(place("index.html").text), 0);
    ck_assert_slice_str(find("/")->body, "page");
}
END_TEST

START_TEST(dot_files_are_left_out)
{
    put("index.html", "page");
    put(".env", "secret");
    put(".git/config", "secret");
    put("js/.hidden.js", "secret");
    ck_assert_int_eq(read_root(), OK);
    ck_assert_ptr_null(find("/.env"));
    ck_assert_ptr_null(find("/.git/config"));
    ck_assert_ptr_null(find("/js/.hidden.js"));
}
END_TEST

START_TEST(pipes_are_left_out_and_do_not_hold_up_the_start)
{
    put("index.html", "page");
    ck_assert_int_eq(mkfifo(place("pipe.js").text, 0644), 0);
    ck_assert_int_eq(read_root(), OK);
    ck_assert_ptr_null(find("/pipe.js"));
}
END_TEST

START_TEST(a_link_is_followed_only_to_a_file_inside)
{
    const struct temp_path other = temp_folder();
    const struct temp_path secret = temp_join(&other, "secret.txt");
    write_file(secret.text, SLICE("secret"));
    char beside[300];
    snprintf(beside, sizeof(beside), "%s-beside", root.text);
    write_file(beside, SLICE("secret"));

    put("index.html", "page");
    put("js/app.js", "code");
    put("..data/real.css", "style");
    put_link("inside.js", "js/app.js");
    put_link("css/deep.css", "../..data/real.css");
    put_link("outside.txt", secret.text);
    put_link("beside.txt", beside);
    put_link("chain.txt", "outside.txt");
    put_link("passwd", "/etc/passwd");
    put_link("nowhere.js", "missing.js");
    put_link("self.js", "self.js");
    put_link("folder", "js");
    put_link("circle", ".");
    put_link("outside-folder", other.text);
    ck_assert_int_eq(read_root(), OK);
    unlink(beside);

    ck_assert_slice_str(find("/inside.js")->body, "code");
    ck_assert_slice_str(find("/css/deep.css")->body, "style");
    static const char *const left_out[] = {
        "/outside.txt",
        "/beside.txt",
        "/chain.txt",
        "/passwd",
        "/nowhere.js",
        "/self.js",
        "/folder",
        "/folder/app.js",
        "/circle",
        "/circle/js/app.js",
        "/outside-folder/secret.txt",
    };
    for (size_t i = 0; i < COUNT_OF(left_out); i++)
        ck_assert_msg(find(left_out[i]) == NULL, "%s", left_out[i]);
}
END_TEST

START_TEST(the_folder_itself_may_be_a_link)
{
    const struct temp_path other = temp_folder();
    const struct temp_path link = temp_join(&other, "current");
    put("index.html", "page");
    put("js/app.js", "code");
    put_link("linked.js", "js/app.js");
    ck_assert_int_eq(symlink(root.text, link.text), 0);
    ck_assert_int_eq(static_files_read(link.text, &files, reason), OK);
    ck_assert_ptr_nonnull(find("/js/app.js"));
    ck_assert_ptr_nonnull(find("/linked.js"));
}
END_TEST

START_TEST(a_slash_behind_the_folder_changes_nothing)
{
    char path[300];
    put("index.html", "page");
    snprintf(path, sizeof(path), "%s/.//", root.text);
    ck_assert_int_eq(static_files_read(path, &files, reason), OK);
    ck_assert_ptr_nonnull(find("/index.html"));
}
END_TEST

/* One line that names the place and says what is wrong. */
static void expect_reason(const char *place_part, const char *what)
{
    ck_assert_msg(strstr(reason, place_part) != NULL, "%s", reason);
    ck_assert_msg(strstr(reason, what) != NULL, "%s", reason);
    ck_assert_msg(strchr(reason, '\n') == NULL, "%s", reason);
    ck_assert_ptr_null(files);
}

START_TEST(a_folder_without_an_index_is_refused)
{
    put("js/index.html", "page");
    put("index.htm", "page");
    ck_assert_int_eq(read_root(), ERR_NOT_FOUND);
    expect_reason(root.text, "index.html");
}
END_TEST

START_TEST(a_missing_folder_is_refused)
{
    ck_assert_int_eq(static_files_read(temp_join(&root, "none").text, &files, reason), ERR_IO);
    expect_reason("/none", "No such file");
    ck_assert_int_eq(static_files_read("", &files, reason), ERR_IO);
}
END_TEST

START_TEST(a_file_in_the_place_of_the_folder_is_refused)
{
    put("index.html", "page");
    ck_assert_int_eq(static_files_read(temp_join(&root, "index.html").text, &files, reason),
                     ERR_IO);
    expect_reason("/index.html", "Not a directory");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_refused)
{
    put("index.html", "page");
    put("js/locked.js", "code");
    ck_assert_int_eq(chmod(place("js/locked.js").text, 0), 0);
    if (access(place("js/locked.js").text, R_OK) == 0)
        return; /* root reads everything */
    ck_assert_int_eq(read_root(), ERR_IO);
    expect_reason("/js/locked.js", "Permission denied");
}
END_TEST

/* The kernel says 0 bytes for each of these files, and then there are some. */
START_TEST(a_file_that_is_longer_than_it_was_is_refused)
{
    static const char folder[] = "/proc/sys/kernel/random";
    if (access(folder, R_OK) != 0)
        return;
    ck_assert_int_eq(static_files_read(folder, &files, reason), ERR_IO);
    expect_reason(folder, "changed while it was read");
}
END_TEST

START_TEST(one_file_may_be_as_large_as_the_limit)
{
    put("index.html", "page");
    put_size("large.png", LIMIT_STATIC_FILE_BYTES);
    ck_assert_int_eq(read_root(), OK);
    ck_assert_uint_eq(find("/large.png")->body.len, LIMIT_STATIC_FILE_BYTES);
}
END_TEST

START_TEST(one_file_beyond_the_limit_is_refused)
{
    put("index.html", "page");
    put_size("large.png", LIMIT_STATIC_FILE_BYTES + 1);
    ck_assert_int_eq(read_root(), ERR_TOO_LARGE);
    expect_reason("/large.png", "4194304 bytes of one file");
}
END_TEST

START_TEST(all_files_may_be_as_large_as_the_limit_and_no_larger)
{
    enum { WHOLE = LIMIT_STATIC_BYTES / LIMIT_STATIC_FILE_BYTES };
    char name[32];
    put_size("index.html", LIMIT_STATIC_FILE_BYTES);
    for (int i = 1; i < WHOLE; i++) {
        snprintf(name, sizeof(name), "%d.png", i);
        put_size(name, LIMIT_STATIC_FILE_BYTES);
    }
    put_size("empty.txt", 0);
    ck_assert_int_eq(read_root(), OK);
    static_files_free(files);
    files = NULL;

    put_size("empty.txt", 1);
    ck_assert_int_eq(read_root(), ERR_TOO_LARGE);
    expect_reason(root.text, "67108864 bytes of all files");
}
END_TEST

START_TEST(as_many_files_as_the_limit_and_no_more)
{
    char name[32];
    put("index.html", "page");
    for (int i = 1; i < LIMIT_STATIC_FILES; i++) {
        snprintf(name, sizeof(name), "%d/%d.txt", i % 10, i);
        put(name, name);
    }
    ck_assert_int_eq(read_root(), OK);
    for (int i = 1; i < LIMIT_STATIC_FILES; i++) {
        snprintf(name, sizeof(name), "/%d/%d.txt", i % 10, i);
        const struct static_file *file = find(name);
        if (!file || !slice_eq(file->body, slice_str(name + 1)))
            ck_abort_msg("%s", name);
    }
    static_files_free(files);
    files = NULL;

    put("one-more.txt", "x");
    ck_assert_int_eq(read_root(), ERR_TOO_LARGE);
    expect_reason(root.text, "1000 files");
}
END_TEST

START_TEST(folders_as_deep_as_the_limit_and_no_deeper)
{
    put("index.html", "page");
    put("1/2/3/4/5/6/7/8/file.txt", "deep");
    ck_assert_int_eq(read_root(), OK);
    ck_assert_ptr_nonnull(find("/1/2/3/4/5/6/7/8/file.txt"));
    static_files_free(files);
    files = NULL;

    put("1/2/3/4/5/6/7/8/9/file.txt", "deeper");
    ck_assert_int_eq(read_root(), ERR_TOO_DEEP);
    expect_reason("/1/2/3/4/5/6/7/8/9", "8 folders");
}
END_TEST

START_TEST(a_reason_stays_one_line_that_fits)
{
    char name[220];
    memset(name, 'n', sizeof(name));
    memcpy(name, "two\nlines", 9);
    memcpy(name + sizeof(name) - 11, "\nx\x1b[2J.png", 11);
    put("index.html", "page");
    put_size(name, LIMIT_STATIC_FILE_BYTES + 1);
    ck_assert_int_eq(read_root(), ERR_TOO_LARGE);
    expect_reason("?x?[2J.png: ", "bytes of one file");
    ck_assert_uint_lt(strlen(reason), sizeof(reason));
}
END_TEST

START_TEST(freeing_nothing_is_let_through)
{
    static_files_free(NULL);
}
END_TEST

static void add_reading_tests(TCase *tcase)
{
    tcase_add_test(tcase, files_are_found_by_their_path);
    tcase_add_test(tcase, the_root_is_the_index);
    tcase_add_test(tcase, only_the_exact_path_finds_a_file);
    tcase_add_test(tcase, an_index_in_a_folder_is_not_the_folder);
    tcase_add_loop_test(tcase, the_ending_gives_the_type, 0, (int)COUNT_OF(types));
    tcase_add_test(tcase, the_etag_is_the_hash_of_the_body);
    tcase_add_test(tcase, any_bytes_are_served_as_they_are);
    tcase_add_test(tcase, what_changes_on_the_disk_later_is_not_served);
    tcase_add_test(tcase, dot_files_are_left_out);
    tcase_add_test(tcase, pipes_are_left_out_and_do_not_hold_up_the_start);
    tcase_add_test(tcase, a_link_is_followed_only_to_a_file_inside);
    tcase_add_test(tcase, the_folder_itself_may_be_a_link);
    tcase_add_test(tcase, a_slash_behind_the_folder_changes_nothing);
}

static void add_refusal_tests(TCase *tcase)
{
    tcase_add_test(tcase, a_folder_without_an_index_is_refused);
    tcase_add_test(tcase, a_missing_folder_is_refused);
    tcase_add_test(tcase, a_file_in_the_place_of_the_folder_is_refused);
    tcase_add_test(tcase, a_file_that_cannot_be_read_is_refused);
    tcase_add_test(tcase, a_file_that_is_longer_than_it_was_is_refused);
    tcase_add_test(tcase, one_file_may_be_as_large_as_the_limit);
    tcase_add_test(tcase, one_file_beyond_the_limit_is_refused);
    tcase_add_test(tcase, all_files_may_be_as_large_as_the_limit_and_no_larger);
    tcase_add_test(tcase, as_many_files_as_the_limit_and_no_more);
    tcase_add_test(tcase, folders_as_deep_as_the_limit_and_no_deeper);
    tcase_add_test(tcase, a_reason_stays_one_line_that_fits);
    tcase_add_test(tcase, freeing_nothing_is_let_through);
}

int main(void)
{
    Suite *suite = suite_create("static_files");
    TCase *tcase = tcase_create("static_files");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    add_reading_tests(tcase);
    add_refusal_tests(tcase);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
