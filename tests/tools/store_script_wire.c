/* What verbs read from a command, and the answers they share. Texts that are JSON travel as
 * strings, so that both drivers get and give them byte for byte. */
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/sbuf.h"
#include "store_script.h"

#define TEXT_BYTES_MAX (128u << 20) /* an answer's text, escaped */

/* --- arguments ------------------------------------------------------------------------------ */

const char *text_of(struct json_object *command, const char *key)
{
    return json_object_get_string(json_get(command, key));
}

struct span span_member(struct json_object *command, const char *key)
{
    struct span text = {NULL, 0};
    (void)json_get_text(command, key, &text); /* absent: empty */
    return text;
}

int64_t int_of(struct json_object *command, const char *key, int64_t otherwise)
{
    int64_t value = otherwise;
    (void)json_get_int(command, key, &value);
    return value;
}

bool bool_of(struct json_object *command, const char *key)
{
    bool value = false;
    (void)json_get_bool(command, key, &value);
    return value;
}

struct store_key key_of(struct json_object *command)
{
    return (struct store_key){
        .reading_id = text_of(command, "readingId"),
        .job_key = text_of(command, "jobKey"),
        .run = (uint32_t)int_of(command, "run", 1),
    };
}

/* --- answers -------------------------------------------------------------------------------- */

void *number_new(struct json_object *command)
{
    int64_t *number = mem_alloc(sizeof(*number));
    *number = int_of(command, "n", 0);
    return number;
}

int64_t number_take(void *ctx)
{
    int64_t number = *(int64_t *)ctx;
    free(ctx);
    return number;
}

void say_text(int64_t number, const char *members, struct span text)
{
    struct sbuf out;
    sbuf_init(&out, TEXT_BYTES_MAX);
    sbuf_json_string(&out, text);
    say(number, "%s%s", members, out.data);
    sbuf_fini(&out);
}

bool say_err(int64_t number, const struct err *err)
{
    if (err != NULL) {
        char members[64];
        (void)snprintf(members, sizeof(members),
                       "\"error\":\"%s\",\"text\":", err_kind_name(err->kind));
        say_text(number, members, span_of(err->text));
    }
    return err != NULL;
}

void on_written(bool is_applied, const struct err *err, void *ctx)
{
    int64_t number = number_take(ctx);
    if (!say_err(number, err)) {
        say(number, "\"applied\":%s", is_applied ? "true" : "false");
    }
}

void on_text(struct span json, const struct err *err, void *ctx)
{
    int64_t number = number_take(ctx);
    if (!say_err(number, err)) {
        say_text(number, "\"json\":", json);
    }
}
