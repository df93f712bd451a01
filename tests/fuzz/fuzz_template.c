/* Fuzz target of templates: whatever the text, it is read or refused with a line in it; what was
 * read is filled the same every time, and no text from outside becomes a line of its own. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/json.h"
#include "core/sbuf.h"
#include "engine/template.h"

#define ARENA_BYTES_MAX (16u * 1024 * 1024)
#define FILLED_BYTES_MAX (64u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char schema[] =
    "{\"type\":\"object\",\"properties\":{\"t\":{\"type\":\"string\"},\"n\":{\"type\":\"integer\"},"
    "\"l\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"o\":{\"type\":\"array\","
    "\"items\":"
    "{\"type\":\"object\",\"properties\":{\"t\":{\"type\":\"string\"}}}}}}";
static const char value[] = "{\"t\":\"a\\n\\u0001FOREIGN\",\"n\":3,\"l\":[\"a\\nFOREIGN\",\"b\"],"
                            "\"o\":[{\"t\":\"\\rFOREIGN\"},"
                            "{}]}";

static struct json_object *json_of(const char *text)
{
    struct json_object *object = NULL;
    if (!json_parse(span_of(text), &object, NULL)) {
        abort();
    }
    return object;
}

static void fill(struct sbuf *out, const struct template_parts *template,
                 struct json_object *const values[TEMPLATE_ROOTS_MAX])
{
    static const struct template_words words = {SPAN_LITERAL("-"), SPAN_LITERAL("?"),
                                                SPAN_LITERAL("yes"), SPAN_LITERAL("no")};
    sbuf_init(out, FILLED_BYTES_MAX);
    template_render(out, template, values, &words);
}

/* A foreign word never stands at the start of a line. */
static void judge(const struct sbuf *out, struct span text)
{
    bool is_own = memmem(text.data, text.len, "FOREIGN", 7) != NULL;
    const char *at = out->data;
    while (!is_own && (at = strstr(at, "FOREIGN")) != NULL) {
        assert(at > out->data);
        assert(at[-1] != '\n' && at[-1] != '\r');
        at += 7;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_object *own_schema, *own_value;
    struct span text = {(const char *)data, size};
    if (own_schema == NULL) {
        own_schema = json_of(schema);
        own_value = json_of(value);
    }
    if (!span_is_utf8(text) || memchr(data, 0, size) != NULL) {
        return 0;
    }
    const struct template_root roots[TEMPLATE_ROOTS_MAX] = {
        {.name = "chart", .schema = own_schema, .lacks = "there is no"},
        {.name = "job", .schema = own_schema, .lacks = "there is no", .is_foreign = true},
    };
    struct json_object *const values[TEMPLATE_ROOTS_MAX] = {NULL, own_value};
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct template_parts template;
    struct err err = {ERR_NONE, ""};
    if (template_parse(arena, "x", text, roots, TEMPLATE_ROOTS_MAX, &template, &err)) {
        struct sbuf one, other;
        fill(&one, &template, values);
        fill(&other, &template, values);
        assert(span_equals(sbuf_as_span(&one), sbuf_as_span(&other)));
        judge(&one, text);
        sbuf_fini(&one);
        sbuf_fini(&other);
    } else {
        assert(strncmp(err.text, "x:", 2) == 0);
    }
    arena_destroy(&arena);
    return 0;
}
