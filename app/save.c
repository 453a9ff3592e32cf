#include "app/save.h"

#include "app/members.h"

void save_members(struct json_out *out, const struct store_save *save)
{
    json_out_member_int(out, SLICE("slot"), save->slot);
    json_out_member(out, SLICE("name"), save->name);
    json_out_member_int(out, SLICE("version"), (int64_t)save->version);
    json_out_member_int(out, SLICE("section_number"), save->section);
    member_time(out, SLICE("created"), save->at_ms);
}

void save_encode_alone(const struct store_save *save, struct buf *ret)
{
    struct json_out *out = json_out_new(ret);
    json_out_object(out);
    save_members(out, save);
    json_out_object_end(out);
    json_out_free(out);
}
