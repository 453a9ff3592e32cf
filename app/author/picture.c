#include "app/author/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child reads while we write and its output goes to a file, so neither waits for the other. */
static bool feed(int pipe, struct slice text)
{
    while (text.len > 0) {
        const ssize_t len = write(pipe, text.at, text.len);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return false;
        text = slice_make(text.at + len, text.len - (size_t)len);
    }
    return true;
}

static int spawn_dot(int from, int to, pid_t *ret)
{
    char *const arguments[] = {(char *)"dot", (char *)"-Tsvg", NULL};
    posix_spawn_file_actions_t actions;
    ENSURE(posix_spawn_file_actions_init(&actions) == 0);
    ENSURE(posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO) == 0);
    ENSURE(posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO) == 0);
    const int error = posix_spawnp(ret, "dot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static enum status run_dot(struct slice dot, int to)
{
    int ends[2];
    pid_t child;
    int result = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ERR_IO;
    const int error = spawn_dot(ends[0], to, &child);
    close(ends[0]);
    if (error != 0) {
        close(ends[1]);
        return error == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    }
    const bool fed = feed(ends[1], dot);
    close(ends[1]);
    while (waitpid(child, &result, 0) < 0) {
        if (errno != EINTR)
            return ERR_IO;
    }
    return fed && WIFEXITED(result) && WEXITSTATUS(result) == 0 ? OK : ERR_IO;
}

static void close_file(FILE **file)
{
    if (*file)
        (void)fclose(*file); /* it is gone anyway */
}

enum status picture_draw(struct slice dot, struct buf *ret)
{
    /* A child that ends early is a mistake to report, not a reason to die. */
    signal(SIGPIPE, SIG_IGN);
    SCOPED(close_file) FILE *file = tmpfile();
    if (!file)
        return ERR_IO;
    const enum status st = run_dot(dot, fileno(file));
    if (st != OK)
        return st;
    rewind(file);
    for (;;) {
        enum { CHUNK = 64 * 1024 };
        buf_reserve(ret, CHUNK);
        const size_t len = fread(ret->at + ret->len, 1, CHUNK, file);
        ret->len += len;
        if (len == 0)
            return ferror(file) ? ERR_IO : OK;
    }
}
