/* Reads what the functions answered, and calls back whoever asked. */
#include <string.h>

#include "core/json.h"
#include "store/supabase-private.h"

/* {"begun":"done","value":VALUE} as written by the function, so that a large value need not be
 * parsed on the loop. */
static bool read_done(struct span answer, struct store_begin_result *result)
{
    static const char head[] = "{\"begun\":\"done\",\"value\":";
    size_t head_len = sizeof(head) - 1;
    if (answer.len <= head_len + 1 || memcmp(answer.data, head, head_len) != 0 ||
        answer.data[answer.len - 1] != '}') {
        return false;
    }
    result->begun = STORE_DONE;
    result->return_value = (struct span){answer.data + head_len, answer.len - head_len - 1};
    return true;
}

static bool read_begun(struct json_object *json, struct supabase_request *request,
                       struct store_begin_result *result)
{
    struct span begun, holder;
    int64_t run = 0, version = 0;
    if (!json_get_text(json, "begun", &begun)) {
        return false;
    }
    if (span_is(begun, "busy")) {
        result->begun = STORE_BUSY;
        if (!json_get_text(json, "holder", &holder)) {
            return false;
        }
        result->holder = holder.data; /* json-c's texts end with a NUL */
        return true;
    }
    if (span_is(begun, "done")) {
        struct json_object *value = json_get(json, "value");
        sbuf_clear(&request->answer);
        json_render(&request->answer, value);
        result->begun = STORE_DONE;
        result->return_value = sbuf_as_span(&request->answer);
        return value != NULL && !request->answer.is_failed;
    }
    result->begun = span_is(begun, "resume") ? STORE_RESUME : STORE_NEW;
    if ((result->begun == STORE_NEW && !span_is(begun, "new")) ||
        !json_get_int(json, "run", &run) || !json_get_int(json, "version", &version) || run < 1 ||
        run > UINT32_MAX || version < 1 || version > UINT32_MAX) {
        return false;
    }
    result->run = (uint32_t)run;
    result->version = (uint32_t)version;
    return true;
}

static void call_begin(struct supabase_request *request)
{
    struct store_begin_result result = {.begun = STORE_NEW};
    struct json_object *json = NULL;
    struct err *err = &request->err;
    struct span answer = sbuf_as_span(&request->answer);
    if (err->kind == ERR_NONE && !read_done(answer, &result) &&
        (!json_parse(answer, &json, err) || !read_begun(json, request, &result))) {
        (void)err_set(err, ERR_PROTOCOL, "agenthost_begin answered '%.100s'", answer.data);
    }
    bool is_ok = err->kind == ERR_NONE;
    request->store->failures += !is_ok;
    request->done.begin(is_ok ? &result : NULL, is_ok ? NULL : err, request->done_ctx);
    json_object_put(json);
}

/* The payload stands last, so that it need not be parsed on the loop. */
static bool read_created(struct supabase_request *request, struct store_create_result *result,
                         struct json_object **ret_json)
{
    static const char mark[] = ",\"payload\":"; /* no text within the JSON can look like it */
    struct sbuf *answer = &request->answer;
    char *place = memmem(answer->data, answer->len, mark, sizeof(mark) - 1);
    if (place != NULL) {
        const char *payload = place + sizeof(mark) - 1;
        size_t payload_len = answer->len - (size_t)(payload - answer->data) - 1;
        result->payload = (struct span){payload, payload_len};
        if (span_is(result->payload, "null")) {
            result->payload = (struct span){NULL, 0};
        }
        *place = '}'; /* what is before the payload is an object of its own */
    }
    size_t head_len = place != NULL ? (size_t)(place - answer->data) + 1 : answer->len;
    struct span head = {answer->data, head_len}, created, reading_id, job_key;
    if (!json_parse(head, ret_json, &request->err) ||
        !json_get_text(*ret_json, "created", &created)) {
        return false;
    }
    if (!span_is(created, "known")) {
        result->created = span_is(created, "created") ? STORE_CREATED : STORE_MISMATCH;
        return result->created == STORE_CREATED || span_is(created, "mismatch");
    }
    result->created = STORE_KNOWN;
    if (!json_get_text(*ret_json, "readingId", &reading_id) ||
        !json_get_text(*ret_json, "jobKey", &job_key)) {
        return false;
    }
    result->reading_id = reading_id.data; /* json-c's texts end with a NUL */
    result->job_key = job_key.data;
    return place != NULL;
}

static void call_create(struct supabase_request *request)
{
    struct store_create_result result = {.created = STORE_CREATED};
    struct json_object *json = NULL;
    struct err *err = &request->err;
    if (err->kind == ERR_NONE && !read_created(request, &result, &json)) {
        (void)err_set(err, ERR_PROTOCOL, "agenthost_create answered '%.100s'",
                      request->answer.data);
    }
    if (result.created == STORE_CREATED) {
        result.reading_id = request->id;
        result.job_key = request->job_key;
    }
    bool is_ok = err->kind == ERR_NONE;
    request->store->failures += !is_ok;
    request->done.create(is_ok ? &result : NULL, is_ok ? NULL : err, request->done_ctx);
    json_object_put(json);
}

static void call_write(struct supabase_request *request)
{
    bool is_applied = false;
    struct json_object *json = NULL;
    struct err *err = &request->err;
    struct span answer = sbuf_as_span(&request->answer);
    if (err->kind == ERR_NONE &&
        (!json_parse(answer, &json, err) || !json_get_bool(json, "applied", &is_applied))) {
        (void)err_set(err, ERR_PROTOCOL, "%s answered '%.100s'", SUPABASE_FUNCTIONS[request->verb],
                      answer.data);
    }
    json_object_put(json);
    bool is_ok = err->kind == ERR_NONE;
    request->store->failures += !is_ok;
    request->done.write(is_ok && is_applied, is_ok ? NULL : err, request->done_ctx);
}

/* What is got by an id: one that the database refuses names nothing either. */
static void call_get(struct supabase_request *request, const char *what)
{
    struct err *err = &request->err;
    struct span answer = sbuf_as_span(&request->answer);
    if (err->kind == ERR_INVALID ||
        (err->kind == ERR_NONE && (answer.len == 0 || span_is(answer, "null")))) {
        (void)err_set(err, ERR_NOT_FOUND, "there is no %s '%.64s'", what, request->id);
    }
    bool is_ok = err->kind == ERR_NONE;
    request->store->failures += !is_ok && err->kind != ERR_NOT_FOUND;
    request->done.text(is_ok ? answer : (struct span){NULL, 0}, is_ok ? NULL : err,
                       request->done_ctx);
}

static void call_rows(struct supabase_request *request)
{
    bool is_ok = request->err.kind == ERR_NONE;
    request->store->failures += !is_ok;
    request->done.text(is_ok ? sbuf_as_span(&request->answer) : (struct span){NULL, 0},
                       is_ok ? NULL : &request->err, request->done_ctx);
}

void supabase_call_back(struct supabase_request *request)
{
    switch (request->verb) {
    case SUPABASE_CREATE:
        call_create(request);
        return;
    case SUPABASE_BEGIN:
        call_begin(request);
        return;
    case SUPABASE_GET_CHART:
        call_get(request, "chart");
        return;
    case SUPABASE_GET_READING:
    case SUPABASE_GET_ROW:
        call_get(request, "reading");
        return;
    case SUPABASE_OPEN_ROWS:
    case SUPABASE_UNQUEUED_ROWS:
        call_rows(request);
        return;
    case SUPABASE_OPEN: /* nobody but the store itself waits for it */
        return;
    default:
        call_write(request);
    }
}
