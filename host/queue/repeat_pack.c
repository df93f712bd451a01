/* Packs the options of a scheduler's next job: those of the one before as they are, whoever wrote
 * them, but for the few that belong to the run. */
#include "core/json.h"
#include "queue/pack.h"
#include "queue/repeat.h"

static void pack_json(msgpack_packer *packer, struct json_object *value);

static void pack_key(msgpack_packer *packer, const char *key)
{
    msgpack_pack_str_with_body(packer, key, strlen(key));
}

/* Whole numbers as integers, as Node sends them. */
static void pack_number(msgpack_packer *packer, double number)
{
    if (number >= -9e15 && number <= 9e15 && number == (double)(int64_t)number) {
        msgpack_pack_int64(packer, (int64_t)number);
    } else {
        msgpack_pack_double(packer, number);
    }
}

static void pack_list(msgpack_packer *packer, struct json_object *list)
{
    size_t count = json_object_array_length(list);
    msgpack_pack_array(packer, count);
    for (size_t i = 0; i < count; i++) {
        pack_json(packer, json_object_array_get_idx(list, i));
    }
}

static void pack_object(msgpack_packer *packer, struct json_object *object)
{
    msgpack_pack_map(packer, (size_t)json_object_object_length(object));
    json_object_object_foreach(object, key, value)
    {
        pack_key(packer, key);
        pack_json(packer, value);
    }
}

/* No deeper than what was parsed. */
static void pack_json(msgpack_packer *packer, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        msgpack_pack_nil(packer);
        break;
    case json_type_boolean:
        json_object_get_boolean(value) ? msgpack_pack_true(packer) : msgpack_pack_false(packer);
        break;
    case json_type_int:
    case json_type_double:
        pack_number(packer, json_object_get_double(value));
        break;
    case json_type_string:
        msgpack_pack_str_with_body(packer, json_object_get_string(value),
                                   (size_t)json_object_get_string_len(value));
        break;
    case json_type_array:
        pack_list(packer, value);
        break;
    case json_type_object:
        pack_object(packer, value);
        break;
    }
}

static bool is_among(const char *key, const char *const *keys, size_t count)
{
    size_t i = 0;
    while (i < count && strcmp(key, keys[i]) != 0) {
        i++;
    }
    return i < count;
}

/* The members whose keys are not among those. */
static size_t count_others(struct json_object *object, const char *const *keys, size_t keys_count)
{
    size_t count = 0;
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        count += !is_among(key, keys, keys_count);
    }
    return count;
}

static void pack_others(msgpack_packer *packer, struct json_object *object, const char *const *keys,
                        size_t keys_count)
{
    json_object_object_foreach(object, key, value)
    {
        if (!is_among(key, keys, keys_count)) {
            pack_key(packer, key);
            pack_json(packer, value);
        }
    }
}

/* offset goes with every alone. */
static void pack_repeat(msgpack_packer *packer, struct json_object *from,
                        const struct queue_repeat *repeat)
{
    static const char *const replaced[] = {"immediately", "offset", "count"};
    bool has_offset = repeat->every_ms > 0 && repeat->offset_ms > 0;
    size_t others = count_others(from, replaced, ARRAY_LEN(replaced));
    msgpack_pack_map(packer, others + 1 + has_offset);
    pack_others(packer, from, replaced, ARRAY_LEN(replaced));
    pack_key(packer, "count");
    pack_number(packer, repeat->count + 1);
    if (has_offset) {
        pack_key(packer, "offset");
        pack_number(packer, repeat->offset_ms);
    }
}

struct span queue_repeat_pack(struct queue_pack *pack, struct json_object *opts,
                              const struct queue_repeat *repeat, struct span scheduler,
                              int64_t next_ms, int64_t now_ms)
{
    /* The script sets jobId and delay. */
    static const char *const replaced[] = {"jobId",      "delay",        "timestamp",
                                           "prevMillis", "repeatJobKey", "repeat"};
    msgpack_packer *packer = &pack->packer;
    msgpack_sbuffer_clear(&pack->buffer);
    size_t others = count_others(opts, replaced, ARRAY_LEN(replaced));
    msgpack_pack_map(packer, others + 3 + (next_ms > 0));
    pack_others(packer, opts, replaced, ARRAY_LEN(replaced));
    pack_key(packer, "timestamp");
    msgpack_pack_int64(packer, now_ms);
    pack_key(packer, "repeatJobKey");
    msgpack_pack_str_with_body(packer, scheduler.data, scheduler.len);
    pack_key(packer, "repeat");
    pack_repeat(packer, json_get(opts, "repeat"), repeat);
    if (next_ms > 0) {
        pack_key(packer, "prevMillis");
        msgpack_pack_int64(packer, next_ms);
    }
    return (struct span){pack->buffer.data, pack->buffer.size};
}
