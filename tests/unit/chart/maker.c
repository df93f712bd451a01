/* Makes charts for the tests. */
#include "maker.h"

#include <check.h>
#include <stdio.h>

#include "chart/birth.h"
#include "chart/compute.h"
#include "core/json.h"

static struct span read_file(const char *path)
{
    static char bytes[128 * 1024];
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    ck_assert_uint_lt(len, sizeof(bytes));
    ck_assert_int_eq(fclose(file), 0);
    return (struct span){bytes, len};
}

struct span maker_zone(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
    return read_file(path);
}

struct json_object *maker_load(const char *path)
{
    struct json_object *value = NULL;
    struct err err;
    ck_assert_msg(json_parse(read_file(path), &value, &err), "%s: %s", path, err.text);
    return value;
}

struct json_object *maker_chart(struct json_object *data, struct chart_fault *ret_fault)
{
    struct birth birth;
    if (!birth_read(data, &birth, ret_fault)) {
        return NULL;
    }
    struct sbuf request, text;
    struct json_object *chart = NULL;
    struct err err;
    sbuf_init(&request, 4096);
    sbuf_init(&text, COMPUTE_CHART_BYTES_MAX);
    birth_render(&birth, &request);
    if (compute_chart(sbuf_as_span(&request), maker_zone(birth.zone), &text, ret_fault)) {
        ck_assert(!text.is_failed);
        ck_assert_msg(json_parse(sbuf_as_span(&text), &chart, &err), "%s in %s", err.text,
                      text.data);
    }
    sbuf_fini(&request);
    sbuf_fini(&text);
    return chart;
}
