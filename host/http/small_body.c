/* Bodies of one optional word. */
#include "http/small_body.h"

#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "http/request.h"

#define SMALL_BODY_TEXT_BYTES_MAX 512

static void small_body_read(struct json_object *body, const char *key, char **ret_text,
                            struct problems *problems)
{
    if (!json_object_is_type(body, json_type_object)) {
        problems_add(problems, "body", "send a JSON object {%s}, or nothing (found %s)", key,
                     json_type_text(body));
        return;
    }
    json_object_object_foreach(body, name, value)
    {
        if (strcmp(name, key) != 0) {
            problems_add(problems, name, "is not known; leave it out, or did you mean %s", key);
        } else if (value != NULL && !json_object_is_type(value, json_type_string)) {
            problems_add(problems, key, "must be a string (found %s)", json_type_text(value));
        } else if (json_object_get_string_len(value) > SMALL_BODY_TEXT_BYTES_MAX) {
            problems_add(problems, key, "must have at most %d bytes", SMALL_BODY_TEXT_BYTES_MAX);
        } else {
            *ret_text = mem_strdup(json_object_get_string(value));
        }
    }
}

bool http_read_small_body(struct http_request *request, const char *key, char **ret_text)
{
    *ret_text = NULL;
    if (request->body.len == 0) {
        return true;
    }
    struct problems problems;
    struct json_object *body = NULL;
    struct err err;
    char *text = NULL;
    problems_init(&problems);
    if (request->body.len > JSON_LOOP_BYTES_MAX) {
        problems_add(&problems, "body", "send less than %d bytes", JSON_LOOP_BYTES_MAX);
    } else if (!json_parse(sbuf_as_span(&request->body), &body, &err)) {
        problems_add(&problems, "body", "send one JSON object (%.100s)", err.text);
    } else {
        small_body_read(body, key, &text, &problems);
    }
    json_object_put(body);
    bool is_good = problems.count == 0;
    if (is_good) {
        *ret_text = text;
    } else {
        free(text);
        http_answer_problems(request, &problems);
    }
    problems_fini(&problems);
    return is_good;
}
