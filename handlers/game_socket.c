#include "handlers/game_socket.h"

#include <stdio.h>

#include "app/base/metrics.h"
#include "app/message.h"
#include "handlers/routes.h"
#include "handlers/ws_upgrade.h"

struct game_socket {
    struct ws_conn conn;
    struct io *io;
    struct caller caller;
    uint64_t session; /* row, as the sequencer found it; 0: nobody, or nothing was asked yet */
    struct id device;
    struct watcher watcher;
    struct seat seat;
    uint64_t visit; /* counts the games it came to */
    struct id game; /* the one that messages without a game_id mean */
    bool has_game;
    bool presence;    /* wants to be told who watches */
    bool misnamed;    /* the handshake named what cannot be a game */
    bool turned_away; /* there is no room: it is told so and closed */
    bool casys;
    uint32_t in_flight;
    uint32_t strikes;
    struct tally_place *by_address, *by_session, *by_game; /* NULL: not counted there */
    struct bucket messages;
    struct bucket choices;
};

size_t game_socket_size(void)
{
    return sizeof(struct game_socket);
}

static struct game_socket *of_conn(struct ws_conn *conn)
{
    return container_of(conn, struct game_socket, conn);
}

/* ---- sending ---- */

static void send_sheet(struct game_socket *socket)
{
    ws_conn_text(&socket->conn, buf_slice(&socket->io->text));
}

static void send_error(struct game_socket *socket, enum status status, struct slice request_id,
                       uint64_t retry_after_ms)
{
    io_clear(socket->io);
    message_error(socket->io->out, status, request_id, retry_after_ms);
    send_sheet(socket);
}

static void send_choice_error(struct game_socket *socket, enum status status,
                              const struct choice_failure *failure)
{
    io_clear(socket->io);
    message_choice_error(socket->io->out, status, failure);
    send_sheet(socket);
}

static bool watches(const struct game_socket *socket, struct id game)
{
    return socket->watcher.topic && id_eq(watcher_game(&socket->watcher), game);
}

/* An update of the watched game may be replaced by a newer one while it waits; a look at another
 * game must not replace it. */
static void send_state(struct game_socket *socket, struct update *update)
{
    if (watches(socket, update->game))
        ws_conn_update(&socket->conn, update);
    else
        ws_conn_text(&socket->conn, update->snapshot);
}

bool game_socket_tell_presence(struct seat *seat, struct update *update)
{
    return ws_conn_offer(&container_of(seat, struct game_socket, seat)->conn, update);
}

static void on_update(struct watcher *watcher, struct update *update)
{
    ws_conn_update(&container_of(watcher, struct game_socket, watcher)->conn, update);
}

/* Close, and say when to come back: in the reason, and before it in a message, which a CASYS client
 * would not know. */
static void send_away(struct game_socket *socket, enum ws_close_code code, const char *why)
{
    char reason[64];
    if (!ws_conn_open(&socket->conn))
        return;
    const uint64_t delay_ms = io_return_ms(socket->io);
    snprintf(reason, sizeof(reason), "%s reconnect_ms=%llu", why, (unsigned long long)delay_ms);
    io_clear(socket->io);
    if (!socket->casys)
        message_reconnect(socket->io->out, delay_ms);
    ws_conn_close_with(&socket->conn, buf_slice(&socket->io->text), code, slice_str(reason));
}

void game_socket_restart(struct ws_conn *conn, const void *unused)
{
    (void)unused;
    send_away(of_conn(conn), WS_CODE_GOING_AWAY, "restart");
}

/* ---- commands ---- */

static void on_done(struct command *command)
{
    struct game_socket *socket = command->owner;
    struct io *io = command->home;
    if (command->session != 0) {
        socket->session = command->session;
        socket->device = command->device;
    }
    if (ws_conn_open(&socket->conn))
        command->then(command);
    io_give(io, command);
    if (socket->in_flight-- == io->server->config->in_flight_max)
        ws_conn_resume(&socket->conn);
    ws_conn_unhold(&socket->conn);
}

static void send_command(struct game_socket *socket, struct command *command,
                         enum command_kind kind, struct id game, command_done_fn *then)
{
    command->kind = kind;
    command->game = game;
    command->caller = socket->caller;
    command->owner = socket;
    command->then = then;
    command->done = on_done;
    ws_conn_hold(&socket->conn);
    if (++socket->in_flight == socket->io->server->config->in_flight_max)
        ws_conn_pause(&socket->conn);
    io_send(socket->io, command);
}

static void leave_game(struct game_socket *socket)
{
    hub_leave(&socket->io->hub, &socket->watcher);
    presence_rise(&socket->io->presence, &socket->seat);
    tally_leave(socket->by_game);
    socket->by_game = NULL;
    socket->has_game = false;
}

/* Attached without having asked for it: whatever is wrong is said of the choice that led here. */
static void on_joined(struct command *command)
{
    struct game_socket *socket = command->owner;
    /* It may have gone on to another game meanwhile, and even come back: then the sequencer was told
     * that it left, and only the answer to the later attach gives the right to updates. */
    const bool stays = watches(socket, command->game) && command->visit == socket->visit;
    if (command->status != OK) {
        if (stays && !socket->watcher.confirmed)
            leave_game(socket);
        return;
    }
    if (stays) {
        hub_confirm(&socket->watcher);
        presence_sit(&socket->io->presence, &socket->seat, command->game, command->role,
                     socket->presence);
    }
    if (command->if_version != command->update->version) {
        send_state(socket, command->update);
        return;
    }
    io_clear(socket->io);
    message_current(socket->io->out, command->game, command->update->version);
    send_sheet(socket);
}

static void on_attached(struct command *command)
{
    on_joined(command);
    if (command->status != OK)
        send_error(command->owner, command->status, SLICE_NONE, 0);
}

/* Watch a game from now on; `version` is what the client has, 0 for nothing. Takes the command.
 * False: too many watch it, and the connection is closing. */
static bool attach(struct game_socket *socket, struct command *command, struct id game,
                   uint64_t version, command_done_fn *then)
{
    if (!watches(socket, game)) {
        leave_game(socket);
        if (!gate_enter_game(&socket->io->server->gate, game, &socket->by_game)) {
            io_give(socket->io, command);
            send_away(socket, WS_CODE_TRY_LATER, "full");
            return false;
        }
        socket->game = game;
        socket->has_game = true;
        socket->watcher.on_update = on_update;
        hub_reserve(&socket->io->hub, &socket->watcher, game);
        socket->visit++;
    }
    command->visit = socket->visit;
    command->if_version = version;
    send_command(socket, command, COMMAND_ATTACH, game, then);
    return true;
}

static void on_read(struct command *command)
{
    struct game_socket *socket = command->owner;
    if (command->status == OK)
        send_state(socket, command->update);
    else
        send_error(socket, command->status, SLICE_NONE, 0);
}

static void on_played(struct command *command)
{
    struct game_socket *socket = command->owner;
    if (command->status != OK) {
        char game[ID_TEXT_SIZE];
        id_text(command->game, game);
        const struct choice_failure failure = {
            .game_id = slice_str(game),
            .request_id = command->request_id,
            .state = command->update,
            .needs = command->needs,
        };
        send_choice_error(socket, command->status, &failure);
        return;
    }
    if (command->request_id.len > 0) {
        io_clear(socket->io);
        message_choice_ack(socket->io->out, command->request_id, command->game, command->version,
                           command->duplicate);
        send_sheet(socket);
    }
    /* Watchers get a new version through the hub; a repeated choice made none. */
    if (command->duplicate || !socket->watcher.confirmed || !watches(socket, command->game))
        send_state(socket, command->update);
}

/* ---- messages ---- */

/* The game that a message means: the one it names, or the connection's. */
static enum status meant_game(const struct game_socket *socket, struct slice named, struct id *ret)
{
    if (named.len > 0)
        return id_parse(named, ret) == OK ? OK : ERR_GAME_NOT_FOUND;
    if (!socket->has_game)
        return ERR_INVALID_MESSAGE;
    *ret = socket->game;
    return OK;
}

static void on_ping(struct game_socket *socket, const struct message *message)
{
    io_clear(socket->io);
    message_pong(socket->io->out, message->timestamp);
    send_sheet(socket);
}

/* The connection's own bucket, then the one that all of its session share. 0: allowed. */
static uint64_t take_token(struct game_socket *socket, struct bucket *bucket, uint64_t per_minute,
                           enum session_use use)
{
    struct gate *gate = &socket->io->server->gate;
    const struct rate rate = gate_rate(per_minute);
    const uint64_t now = uv_now(&socket->io->loop);
    if (!gate->config->rates)
        return 0;
    const uint64_t wait_ms = rate_take(bucket, &rate, now);
    if (wait_ms > 0 || !socket->caller.has_secret)
        return wait_ms;
    return gate_session(gate, socket->caller.secret_hash, use, now);
}

/* A refusal for the rate: who goes on and on is closed. False then. */
static bool strike(struct game_socket *socket)
{
    metric_add(METRIC_RATE_LIMITED, 1);
    if (++socket->strikes <= socket->io->server->config->strikes_max)
        return true;
    ws_conn_close(&socket->conn, WS_CODE_POLICY, SLICE("rate_limited"));
    return false;
}

static bool take_choice_token(struct game_socket *socket, const struct message *message)
{
    const uint64_t wait_ms = take_token(socket, &socket->choices,
                                        socket->io->server->config->choice_rate, SESSION_CHOICE);
    if (wait_ms == 0)
        return true;
    const struct choice_failure failure = {
        .game_id = message->game_id, .request_id = message->request_id, .retry_after_ms = wait_ms};
    if (strike(socket))
        send_choice_error(socket, ERR_RATE_LIMITED, &failure);
    return false;
}

static enum command_kind command_of(enum message_kind kind)
{
    return kind == MESSAGE_UNDO   ? COMMAND_UNDO
           : kind == MESSAGE_LOAD ? COMMAND_LOAD
                                  : COMMAND_CHOICE;
}

/* A choice, or going back. Returns the command when it was not needed. */
static struct command *on_choice(struct game_socket *socket, struct command *command,
                                 const struct message *message)
{
    struct id game;
    const enum status st = meant_game(socket, message->game_id, &game);
    if (st != OK) {
        const struct choice_failure failure = {.game_id = message->game_id,
                                               .request_id = message->request_id};
        send_choice_error(socket, st, &failure);
        return command;
    }
    if (!take_choice_token(socket, message))
        return command;
    /* The first message that names a game also chooses what the connection watches. */
    if (!socket->has_game && !attach(socket, io_command(socket->io), game, 0, on_joined))
        return command;
    command->choice = message->choice;
    command->if_version = message->version;
    command->request_id = message->request_id;
    command->of = message->of;
    command->slot = message->slot;
    send_command(socket, command, command_of(message->kind), game, on_played);
    return NULL;
}

/* meant_game; false: it was answered. */
static bool name_game(struct game_socket *socket, const struct message *message, struct id *ret)
{
    const enum status st = meant_game(socket, message->game_id, ret);
    if (st != OK)
        send_error(socket, st, message->request_id, 0);
    return st == OK;
}

static void on_saved(struct command *command)
{
    struct game_socket *socket = command->owner;
    if (command->status != OK) {
        send_error(socket, command->status, command->request_id, 0);
        return;
    }
    io_clear(socket->io);
    message_saved(socket->io->out, command->request_id, command->game, buf_slice(&command->body));
    send_sheet(socket);
}

static struct command *on_save(struct game_socket *socket, struct command *command,
                               const struct message *message)
{
    struct id game;
    if (!name_game(socket, message, &game))
        return command;
    command->name = message->name;
    command->slot = message->slot;
    command->of = message->version;
    command->request_id = message->request_id;
    send_command(socket, command, COMMAND_SAVE, game, on_saved);
    return NULL;
}

static struct command *on_get_state(struct game_socket *socket, struct command *command,
                                    const struct message *message)
{
    struct id game;
    if (!name_game(socket, message, &game))
        return command;
    if (socket->has_game)
        send_command(socket, command, COMMAND_READ, game, on_read);
    else
        (void)attach(socket, command, game, 0, on_attached);
    return NULL;
}

static struct command *on_attach(struct game_socket *socket, struct command *command,
                                 const struct message *message)
{
    struct id game;
    if (!name_game(socket, message, &game))
        return command;
    socket->presence = message->presence;
    (void)attach(socket, command, game, message->version, on_attached);
    return NULL;
}

static struct command *on_message(struct game_socket *socket, struct command *command,
                                  struct slice text)
{
    struct message message;
    const enum status st = message_parse(text, &command->arena, &message);
    if (st != OK && message_plays(message.kind)) {
        const struct choice_failure failure = {.game_id = message.game_id,
                                               .request_id = message.request_id};
        send_choice_error(socket, st, &failure);
        return command;
    }
    if (st != OK) {
        send_error(socket, st, message.request_id, 0);
        return command;
    }
    switch (message.kind) {
    case MESSAGE_PING: on_ping(socket, &message); return command;
    case MESSAGE_GET_STATE: return on_get_state(socket, command, &message);
    case MESSAGE_ATTACH: return on_attach(socket, command, &message);
    case MESSAGE_CHOICE:
    case MESSAGE_UNDO:
    case MESSAGE_LOAD: return on_choice(socket, command, &message);
    case MESSAGE_SAVE: return on_save(socket, command, &message);
    }
    return command;
}

static bool take_message_token(struct game_socket *socket)
{
    const uint64_t wait_ms = take_token(socket, &socket->messages,
                                        socket->io->server->config->message_rate, SESSION_MESSAGE);
    if (wait_ms == 0)
        return true;
    if (strike(socket))
        send_error(socket, ERR_RATE_LIMITED, SLICE_NONE, wait_ms);
    return false;
}

static void on_text(struct ws_conn *conn, struct slice text)
{
    struct game_socket *socket = of_conn(conn);
    const uint32_t strikes = socket->strikes;
    if (!take_message_token(socket))
        return;
    struct command *unused = on_message(socket, io_command(socket->io), text);
    if (unused)
        io_give(socket->io, unused);
    if (socket->strikes == strikes)
        socket->strikes = 0;
}

static void on_end(struct ws_conn *conn)
{
    leave_game(of_conn(conn));
}

static void on_free(struct ws_conn *conn)
{
    struct game_socket *socket = of_conn(conn);
    struct gate *gate = &socket->io->server->gate;
    tally_leave(socket->by_address);
    tally_leave(socket->by_session);
    gate_uncount(socket->turned_away ? &gate->turned_away : &gate->sockets);
    slab_give(&socket->io->socket_slab, socket);
}

static const struct ws_handlers socket_handlers = {
    .on_text = on_text,
    .on_end = on_end,
    .on_free = on_free,
};

/* ---- people ---- */

static void on_known(struct command *command)
{
    struct game_socket *socket = command->owner;
    if (command->status == ERR_UNAUTHORIZED)
        ws_conn_close(&socket->conn, WS_CODE_GOING_AWAY, SLICE("secret_replaced"));
}

/* The secret that it came with may have run out: the sequencer knows. */
static void ask_again(struct game_socket *socket)
{
    send_command(socket, io_command(socket->io), COMMAND_KNOWN, (struct id){0, 0}, on_known);
}

static void take_role(struct game_socket *socket, const struct notice *notice)
{
    if (!watches(socket, notice->game) || socket->session != notice->session)
        return;
    if (notice->role == STORE_NOBODY)
        ws_conn_close(&socket->conn, WS_CODE_POLICY, SLICE("removed"));
    else if (socket->watcher.confirmed)
        presence_sit(&socket->io->presence, &socket->seat, notice->game, notice->role,
                     socket->presence);
}

void game_socket_notice(struct ws_conn *conn, const void *arg)
{
    const struct notice *notice = arg;
    struct game_socket *socket = of_conn(conn);
    const bool same_device = !id_is_none(notice->device) && id_eq(socket->device, notice->device);
    if (!ws_conn_open(conn))
        return;
    switch (notice->kind) {
    case NOTICE_ROLE: take_role(socket, notice); return;
    case NOTICE_GAME_GONE:
        if (watches(socket, notice->game))
            ws_conn_close(conn, WS_CODE_POLICY, SLICE("deleted"));
        return;
    case NOTICE_DEVICE_ENDED:
        if (same_device)
            ws_conn_close(conn, WS_CODE_POLICY, SLICE("session_ended"));
        return;
    case NOTICE_NEW_SECRET:
        if (same_device)
            ask_again(socket);
        return;
    }
}

/* ---- the upgrade ---- */

/* The first turn of a connection. */
static void on_start(struct ws_conn *conn)
{
    struct game_socket *socket = of_conn(conn);
    struct io *io = socket->io;
    io->upgrades++;
    if (socket->turned_away) {
        send_away(socket, WS_CODE_TRY_LATER, "full");
        return;
    }
    if (socket->casys)
        ws_conn_casys(conn);
    if (socket->has_game) {
        socket->has_game = false;
        (void)attach(socket, io_command(io), socket->game, 0, on_attached);
    }
    if (socket->misnamed)
        send_error(socket, ERR_GAME_NOT_FOUND, SLICE_NONE, 0);
    if (io->stop_deadline_ms != 0)
        game_socket_restart(conn, NULL);
}

static void refuse_handshake(struct exchange *exchange, unsigned http)
{
    struct problem problem = {.status = ERR_INVALID,
                              .http = (int)http,
                              .code = "invalid_handshake",
                              .detail = "This is not a WebSocket handshake."};
    if (http == 403)
        problem = (struct problem){.status = ERR_FORBIDDEN};
    if (http == 426)
        problem.detail = "This server speaks WebSocket version 13.";
    http_problem(exchange, &problem);
}

static void find_game(const struct exchange *exchange, struct game_socket *socket)
{
    struct slice text;
    if (!http_query(exchange, "game_id", &text) && !http_cookie(exchange, "game_id", &text))
        return;
    socket->has_game = id_parse(text, &socket->game) == OK;
    socket->misnamed = !socket->has_game && text.len > 0;
}

/* False: the address or the session has as many as it may. */
static bool take_places(struct exchange *exchange, struct game_socket *socket)
{
    struct gate *gate = &socket->io->server->gate;
    struct sockaddr_storage address;
    socket->by_address = io_take_place(exchange->req);
    if (!socket->by_address && http_client(exchange, &address) &&
        !gate_enter_address(gate, (struct sockaddr *)&address, &socket->by_address))
        return false;
    return !socket->caller.has_secret ||
           gate_enter_session(gate, socket->caller.secret_hash, &socket->by_session);
}

/* The first ones too many are told so by a Close, because a page cannot see why a handshake was
 * refused. NULL: those are too many, too. */
static struct game_socket *new_socket(struct exchange *exchange, const struct caller *caller)
{
    struct io *io = exchange->io;
    struct gate *gate = &io->server->gate;
    struct game_socket *socket = slab_take(&io->socket_slab);
    socket->io = io;
    socket->caller = *caller;
    if (gate_count(&gate->sockets, gate->config->sockets_max)) {
        if (take_places(exchange, socket))
            return socket;
        gate_uncount(&gate->sockets);
    }
    socket->turned_away = true;
    if (gate_count(&gate->turned_away, gate->config->turned_away_max))
        return socket;
    tally_leave(socket->by_address);
    slab_give(&io->socket_slab, socket);
    return NULL;
}

static void upgrade(struct exchange *exchange, bool casys)
{
    struct io *io = exchange->io;
    char accept[WS_ACCEPT_LEN + 1];
    struct caller caller;
    const struct config *config = io->server->config;
    const unsigned http =
        ws_upgrade_check(exchange->req, config->origins, config->origin_count, accept);
    if (http != 101) {
        refuse_handshake(exchange, http);
        return;
    }
    const enum status st = http_caller(exchange, &caller);
    if (st != OK) {
        http_refuse(exchange, st);
        return;
    }
    struct game_socket *socket = new_socket(exchange, &caller);
    if (!socket) {
        http_problem(
            exchange,
            &(struct problem){.status = ERR_FULL, .http = 503, .detail = "The server is full."});
        return;
    }
    socket->casys = casys;
    find_game(exchange, socket);
    metric_add(METRIC_REQUESTS, 1);
    ws_upgrade(exchange->req, accept, &socket->conn, &io->sockets, &socket_handlers, on_start);
}

void serve_game_socket(struct exchange *exchange)
{
    upgrade(exchange, false);
}

void serve_casys_socket(struct exchange *exchange)
{
    upgrade(exchange, true);
}
