#include "tests/bench/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"

enum {
    READY_MS = 30 * 1000,
    STOP_MS = 12 * 1000, /* 10 s are promised; 2 s for a busy machine */
    LINE_MAX_BYTES = 512,
};

void command_add(struct command *command, const char *arg)
{
    ENSURE(command->count < PROCESS_ARGS_MAX);
    command->args[command->count++] = arg;
    command->args[command->count] = NULL;
}

void command_print(const struct command *command)
{
    if (command->preload)
        printf("LD_PRELOAD=%s BENCH_SYNC_US=%u ", command->preload, command->sync_us);
    for (size_t i = 0; i < command->count; i++)
        printf("%s%s", i > 0 ? " " : "", command->args[i]);
    putchar('\n');
}

/* In the child; this program has one thread, so that setenv is safe. No way back. */
_Noreturn static void become(const struct command *command, int core, int out, int err,
                             pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The parent may have died before the request above. */
    if (getppid() != parent)
        _exit(127);
    (void)bench_pin(core);
    if (command->preload) {
        char us[16];
        (void)snprintf(us, sizeof us, "%u", command->sync_us);
        (void)setenv("LD_PRELOAD", command->preload, 1);
        (void)setenv("BENCH_SYNC_US", us, 1);
    }
    if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
        _exit(127);
    /* execv takes the strings as not const for the sake of old programs; it changes nothing. */
    execv(command->args[0], (char *const *)command->args);
    _exit(127);
}

/* False when nothing can be read within the time. */
static bool readable(int fd, int timeout_ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, timeout_ms) > 0;
}

static void await_ready(struct process *process, const char *name, const char *log)
{
    static const char mark[] = " ready on http://127.0.0.1:";
    uint8_t line[LINE_MAX_BYTES];
    size_t len = 0;
    uint64_t port = 0;

    do {
        if (len == sizeof line)
            bench_die("%s prints a long line instead of that it is ready", name);
        if (!readable(process->out, READY_MS))
            bench_die("%s is not ready after %d s; see %s", name, READY_MS / 1000, log);
        const ssize_t got = read(process->out, line + len, sizeof line - len);
        if (got <= 0)
            bench_die("%s ended before it was ready; see %s", name, log);
        len += (size_t)got;
    } while (slice_find(slice_make(line, len), '\n') == SIZE_MAX);
    const uint8_t *found = memmem(line, len, mark, sizeof mark - 1);
    if (!found)
        bench_die("%s said: %.*s", name, (int)len, (const char *)line);
    const uint8_t *digits = found + sizeof mark - 1;
    const struct slice rest = slice_make(digits, len - (size_t)(digits - line));
    if (slice_to_u64(slice_make(rest.at, slice_find(rest, '\n')), UINT16_MAX, &port) != OK)
        bench_die("%s gave no port: %.*s", name, (int)len, (const char *)line);
    process->port = (uint16_t)port;
}

/* Fork and exec. */
static void spawn(struct process *process, const struct command *command, int core, const char *log)
{
    int out[2];

    ENSURE(command->count > 0);
    if (access(command->args[0], X_OK) != 0)
        bench_die("%s is not there; build or install it first", command->args[0]);
    const int err = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (err < 0)
        bench_die("%s: %s", log, strerror(errno));
    if (pipe2(out, O_CLOEXEC) != 0)
        bench_die("pipe2: %s", strerror(errno));
    const pid_t parent = getpid();
    process->pid = fork();
    if (process->pid < 0)
        bench_die("fork: %s", strerror(errno));
    if (process->pid == 0)
        become(command, core, out[1], err, parent);
    close(out[1]);
    close(err);
    process->out = out[0];
}

void process_start(struct process *process, const struct command *command, int core,
                   const char *log)
{
    spawn(process, command, core, log);
    await_ready(process, command->args[0], log);
}

static bool is_served(uint16_t port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool served = fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0;

    close(fd);
    return served;
}

void process_start_quiet(struct process *process, const struct command *command, int core,
                         const char *log, uint16_t port)
{
    const uint64_t deadline = bench_now_ns() + READY_MS * UINT64_C(1000000);

    spawn(process, command, core, log);
    process->port = port;
    while (!is_served(port)) {
        if (bench_now_ns() > deadline)
            bench_die("%s is not ready after %d s; see %s", command->args[0], READY_MS / 1000, log);
        /* Its output ends with it; otherwise this is the pause between two tries. */
        if (readable(process->out, 20))
            bench_die("%s ended before it was ready; see %s", command->args[0], log);
    }
}

void process_output(const struct command *command, int core, const char *log, struct buf *ret)
{
    struct process process;
    uint8_t bytes[4096];
    ssize_t got;
    int status = 0;

    spawn(&process, command, core, log);
    while ((got = read(process.out, bytes, sizeof bytes)) > 0)
        buf_append(ret, slice_make(bytes, (size_t)got));
    close(process.out);
    (void)waitpid(process.pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        bench_die("%s failed: %.*s", command->args[0], SLICE_ARG(*ret));
}

void process_stop(struct process *process)
{
    int status = 0;

    (void)kill(process->pid, SIGTERM);
    /* The pipe ends with the process; whatever else it says is not read. */
    if (!readable(process->out, STOP_MS))
        bench_die("process %d does not stop", (int)process->pid);
    (void)waitpid(process->pid, &status, 0);
    close(process->out);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        bench_die("a measured process ended with code %d", WEXITSTATUS(status));
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
        bench_die("a measured process ended by signal %d", WTERMSIG(status));
}

void process_kill(struct process *process)
{
    (void)kill(process->pid, SIGKILL);
    (void)waitpid(process->pid, NULL, 0);
    close(process->out);
}

/* The text of a file in /proc/PID. */
static struct slice proc_read(const struct process *process, const char *name, uint8_t *ret,
                              size_t size)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)process->pid, name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = fd < 0 ? -1 : read(fd, ret, size);
    if (got <= 0)
        bench_die("%s: the process is gone", path);
    close(fd);
    return slice_make(ret, (size_t)got);
}

/* The word with this number, from 0, of words with one space between. */
static uint64_t word_number(struct slice text, size_t index)
{
    struct slice word = SLICE_NONE;
    uint64_t value = 0;

    for (size_t i = 0; i <= index; i++) {
        if (!slice_split(&text, ' ', &word))
            bench_die("/proc is not as expected");
    }
    if (slice_to_u64(word, UINT64_MAX, &value) != OK)
        bench_die("/proc is not as expected: %.*s", SLICE_ARG(word));
    return value;
}

uint64_t process_cpu_us(const struct process *process)
{
    clockid_t clock;
    struct timespec time;

    if (clock_getcpuclockid(process->pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        bench_die("process %d is gone", (int)process->pid);
    return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

uint64_t process_rss_bytes(const struct process *process)
{
    uint8_t bytes[256];
    const struct slice text = proc_read(process, "statm", bytes, sizeof bytes);
    return word_number(text, 1) * (uint64_t)sysconf(_SC_PAGESIZE);
}
