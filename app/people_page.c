#include "app/people_page.h"

#include "app/base/limits.h"
#include "app/members.h"

static const char *const role_names[] = {
    [STORE_NOBODY] = "",
    [STORE_OWNER] = "owner",
    [STORE_PLAYER] = "player",
    [STORE_SPECTATOR] = "spectator",
};

const char *role_name(enum store_role role)
{
    ENSURE(role > STORE_NOBODY && role < COUNT_OF(role_names));
    return role_names[role];
}

enum store_role role_named(struct slice name)
{
    for (size_t role = STORE_OWNER; role < COUNT_OF(role_names); role++) {
        if (slice_eq(name, slice_str(role_names[role])))
            return (enum store_role)role;
    }
    return STORE_NOBODY;
}

struct page {
    struct json_out *out;
    const struct command *command;
    int64_t now_ms, rotate_ms;
    bool rotate; /* the caller's secret is old */
};

static bool on_member(void *arg, const struct store_member *member)
{
    const struct page *page = arg;
    json_out_object(page->out);
    json_out_member(page->out, SLICE("session_id"), member->session_name);
    json_out_member(page->out, SLICE("role"), slice_str(role_name(member->role)));
    json_out_member_bool(page->out, SLICE("you"), member->session == page->command->session);
    json_out_object_end(page->out);
    return true;
}

static bool on_invitation(void *arg, const struct store_invitation *invitation)
{
    const struct page *page = arg;
    json_out_object(page->out);
    json_out_member(page->out, SLICE("invitation_id"), invitation->name);
    json_out_member(page->out, SLICE("role"), slice_str(role_name(invitation->role)));
    json_out_member_bool(page->out, SLICE("once"), invitation->once);
    member_time(page->out, SLICE("created"), invitation->created_ms);
    json_out_object_end(page->out);
    return true;
}

enum status members_page(struct store *store, const struct command *command, struct json_out *out)
{
    struct page page = {.out = out, .command = command};
    json_out_object(out);
    json_out_key(out, SLICE("members"));
    json_out_array(out);
    enum status st = store_member_list(store, command->row, 0, LIMIT_MEMBERS, on_member, &page);
    json_out_array_end(out);
    if (st == OK && command->role == STORE_OWNER) {
        json_out_key(out, SLICE("invitations"));
        json_out_array(out);
        st = store_invitation_list(store, command->row, on_invitation, &page);
        json_out_array_end(out);
    }
    json_out_object_end(out);
    return st;
}

static bool on_device(void *arg, const struct store_device *device)
{
    struct page *page = arg;
    struct id id;
    const bool current = id_parse(device->name, &id) == OK && id_eq(id, page->command->device);
    if (current)
        page->rotate = page->now_ms - device->rotated_ms >= page->rotate_ms;
    json_out_object(page->out);
    json_out_member(page->out, SLICE("device_id"), device->name);
    json_out_member(page->out, SLICE("label"), device->label);
    member_time(page->out, SLICE("created"), device->created_ms);
    member_time(page->out, SLICE("seen"), device->seen_ms);
    json_out_member_bool(page->out, SLICE("current"), current);
    json_out_object_end(page->out);
    return true;
}

enum status session_page(struct store *store, const struct command *command, int64_t now_ms,
                         int64_t rotate_ms, struct json_out *out)
{
    struct page page = {.out = out, .command = command, .now_ms = now_ms, .rotate_ms = rotate_ms};
    json_out_object(out);
    member_id(out, SLICE("session_id"), command->self);
    json_out_key(out, SLICE("devices"));
    json_out_array(out);
    const enum status st = store_device_list(store, command->session, on_device, &page);
    json_out_array_end(out);
    json_out_member_bool(out, SLICE("rotate"), page.rotate);
    json_out_object_end(out);
    return st;
}
