/* Fuzz target of the JSON reader: what it accepts must render to JSON that it accepts again and
 * that means the same. */
#include <assert.h>
#include <stdint.h>

#include "core/json.h"

#define FUZZ_RENDERED_BYTES_MAX (8u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_object *value = NULL, *again = NULL;
    struct err err = {0};
    if (!json_parse((struct span){(const char *)data, size}, &value, &err)) {
        assert(err.kind == ERR_INVALID);
        assert(err.text[0] >= '1' && err.text[0] <= '9'); /* the line */
        return 0;
    }
    struct sbuf out;
    sbuf_init(&out, FUZZ_RENDERED_BYTES_MAX);
    json_render(&out, value);
    assert(!out.is_failed);
    bool is_good = json_parse(sbuf_as_span(&out), &again, &err);
    assert(is_good);
    (void)is_good;
    assert(json_object_equal(value, again));
    json_object_put(value);
    json_object_put(again);
    sbuf_fini(&out);
    return 0;
}
