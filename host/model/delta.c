/* Chunks of a streamed Chat Completion: the answer they are gathered in, and the way by json-c
 * for every shape the scanner was not made for. */
#include "model/delta.h"

#include <string.h>

#include "core/json.h"
#include "model/delta-private.h"
#include "model/scan.h"

void delta_answer_init(struct delta_answer *answer, size_t text_bytes_max)
{
    *answer =
        (struct delta_answer){.prompt_tokens = -1, .completion_tokens = -1, .total_tokens = -1};
    sbuf_init(&answer->text, text_bytes_max);
}

void delta_answer_fini(struct delta_answer *answer)
{
    sbuf_fini(&answer->text);
}

/* Appends to a NUL-terminated text of bytes_max, cut between characters. */
static void delta_append(char *text, size_t bytes_max, struct span more)
{
    size_t len = strlen(text);
    struct span fits = {more.data, more.len < bytes_max - 1 - len ? more.len : bytes_max - 1 - len};
    fits.len = span_utf8_len(fits);
    if (fits.len > 0) {
        memcpy(text + len, fits.data, fits.len);
        text[len + fits.len] = '\0';
    }
}

static void delta_tokens(int64_t *known, int64_t told)
{
    if (told >= 0) {
        *known = told;
    }
}

enum delta_kind delta_apply(const struct delta_chunk *chunk, struct delta_answer *answer)
{
    if (chunk->content.len > 0) {
        size_t before = answer->text.len;
        if (chunk->content_has_escapes) {
            scan_unescape(chunk->content, &answer->text);
        } else {
            sbuf_span(&answer->text, chunk->content);
        }
        if (answer->text.is_failed) {
            answer->text.is_failed = false;
            answer->text.len = before;
            answer->text.data[before] = '\0';
            return DELTA_LONG;
        }
        answer->content_events++;
    }
    delta_append(answer->refusal, sizeof(answer->refusal), chunk->refusal);
    if (answer->finish[0] == '\0') {
        delta_append(answer->finish, sizeof(answer->finish), chunk->finish);
    }
    if (answer->model[0] == '\0') {
        delta_append(answer->model, sizeof(answer->model), chunk->model);
    }
    delta_tokens(&answer->prompt_tokens, chunk->prompt_tokens);
    delta_tokens(&answer->completion_tokens, chunk->completion_tokens);
    delta_tokens(&answer->total_tokens, chunk->total_tokens);
    return DELTA_EVENT;
}

/* A member that must be a text, null or absent. */
static bool delta_member(struct json_object *object, const char *key, struct span *ret_text,
                         struct err *err)
{
    struct json_object *value = json_get(object, key);
    if (value == NULL || json_get_text(object, key, ret_text)) {
        return true;
    }
    return err_set(err, ERR_PROTOCOL, "'%s' is %s instead of a text", key, json_type_text(value));
}

static bool delta_read_choice(struct json_object *choice, size_t position,
                              struct delta_chunk *chunk, struct err *err)
{
    if (!json_object_is_type(choice, json_type_object)) {
        return err_set(err, ERR_PROTOCOL, "a choice is %s instead of an object",
                       json_type_text(choice));
    }
    int64_t index = (int64_t)position; /* some servers do not number their only choice */
    (void)json_get_int(choice, "index", &index);
    if (index != 0) {
        return true; /* a second answer that nobody asked for */
    }
    struct json_object *delta = json_get(choice, "delta");
    if (delta != NULL && !json_object_is_type(delta, json_type_object)) {
        return err_set(err, ERR_PROTOCOL, "'delta' is %s instead of an object",
                       json_type_text(delta));
    }
    return delta_member(choice, "finish_reason", &chunk->finish, err) &&
           delta_member(delta, "content", &chunk->content, err) &&
           delta_member(delta, "refusal", &chunk->refusal, err);
}

static bool delta_read_choices(struct json_object *choices, struct delta_chunk *chunk,
                               struct err *err)
{
    if (choices == NULL) {
        return true;
    }
    if (!json_object_is_type(choices, json_type_array)) {
        return err_set(err, ERR_PROTOCOL, "'choices' is %s instead of an array",
                       json_type_text(choices));
    }
    for (size_t i = 0; i < json_object_array_length(choices); i++) {
        if (!delta_read_choice(json_object_array_get_idx(choices, i), i, chunk, err)) {
            return false;
        }
    }
    return true;
}

static int64_t delta_count(struct json_object *usage, const char *key)
{
    int64_t count = -1;
    return json_get_int(usage, key, &count) && count >= 0 ? count : -1;
}

static bool delta_is_error(struct json_object *value)
{
    struct span object;
    return json_get(value, "error") != NULL ||
           (json_get_text(value, "object", &object) && span_is(object, "error"));
}

static enum delta_kind delta_read_value(struct json_object *value, struct delta_answer *answer,
                                        struct err *err)
{
    if (!json_object_is_type(value, json_type_object)) {
        (void)err_set(err, ERR_PROTOCOL, "an event is %s instead of an object",
                      json_type_text(value));
        return DELTA_BAD;
    }
    if (delta_is_error(value)) {
        return DELTA_ERROR;
    }
    struct json_object *usage = json_get(value, "usage");
    struct delta_chunk chunk = {
        .prompt_tokens = delta_count(usage, "prompt_tokens"),
        .completion_tokens = delta_count(usage, "completion_tokens"),
        .total_tokens = delta_count(usage, "total_tokens"),
    };
    (void)json_get_text(value, "model", &chunk.model); /* only told; any other type is no matter */
    if (!delta_read_choices(json_get(value, "choices"), &chunk, err)) {
        return DELTA_BAD;
    }
    return delta_apply(&chunk, answer);
}

enum delta_kind delta_read_parsed(struct span event, struct delta_answer *answer, struct err *err)
{
    if (event.len > JSON_LOOP_BYTES_MAX) {
        (void)err_set(err, ERR_LIMIT, "an event of an unusual shape has %zu bytes", event.len);
        return DELTA_BAD;
    }
    struct json_object *value = NULL;
    if (!json_parse(event, &value, err)) {
        return DELTA_BAD;
    }
    enum delta_kind kind = delta_read_value(value, answer, err);
    json_object_put(value);
    return kind;
}

enum delta_kind delta_read(struct span event, struct delta_answer *answer, struct err *err)
{
    if (event.len >= 6 && memcmp(event.data, "[DONE]", 6) == 0) {
        answer->is_done = true;
        return DELTA_DONE;
    }
    enum delta_kind kind;
    return delta_read_scanned(event, answer, &kind) ? kind : delta_read_parsed(event, answer, err);
}
