/* Judges a JSON answer by the manifest's schema. */
#include "agent/manifest.h"
#include "agent/manifest_inputs.h"
#include "core/json.h"
#include "core/problems.h"
#include "engine/review-private.h"
#include "engine/text.h"

#define FIELDS_BYTES_MAX (4u * 1024) /* of the wrong fields that are told; else the first */

/* Takes off the code block that models like to put around JSON. */
static struct span drop_fence(struct span text)
{
    struct span rest = text, line;
    bool is_fenced = text_next_line(&rest, &line) && line.len >= 3 &&
                     memcmp(line.data, "```", 3) == 0 && rest.len >= 3 &&
                     memcmp(rest.data + rest.len - 3, "```", 3) == 0;
    return is_fenced ? text_trim((struct span){rest.data, rest.len - 3}) : text;
}

/* Every text in value and every name, as it reads without JSON's escapes. The depth is that of
 * json_parse. */
static void put_texts(struct sbuf *out, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_string:
        sbuf_append(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
        sbuf_putc(out, '\n');
        return;
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            put_texts(out, json_object_array_get_idx(value, i));
        }
        return;
    case json_type_object: {
        json_object_object_foreach(value, name, member)
        {
            sbuf_printf(out, "%s\n", name);
            put_texts(out, member);
        }
        return;
    }
    default:
        return;
    }
}

/* All that is not as the schema says, in one fault. */
static void review_fields(struct review *review, struct json_object *answer)
{
    struct problems problems;
    problems_init(&problems);
    manifest_answer_check(review->engine->manifest, answer, &problems);
    if (problems.count > 0) {
        sbuf_putc(&problems.fields, ']');
        bool fits = problems.fields.len <= FIELDS_BYTES_MAX;
        review_add_fault(review, "schema",
                         fits ? sbuf_as_span(&problems.fields) : span_of(problems.field), 0);
    }
    problems_fini(&problems);
}

void review_json(struct review *review)
{
    struct json_object *value = NULL;
    struct err why = {ERR_INVALID, "no object"};
    review->body = drop_fence(review->body);
    bool is_object =
        json_parse(review->body, &value, &why) && json_object_is_type(value, json_type_object);
    if (is_object) {
        put_texts(&review->values, value);
        review_fields(review, value);
    } else {
        review_add_fault(review, "json", span_of(why.text), 0);
    }
    json_object_put(value);
}
