/* From a request's bytes to a chart's bytes. */
#include "chart/compute.h"

#include "chart/birth.h"
#include "chart/chart.h"
#include "chart/json.h"
#include "core/json.h"
#include "time/timezone.h"

static bool compute_read(struct json_object *data, struct span zone_file, struct birth *birth,
                         struct birth_moment *moment, struct chart_fault *fault)
{
    struct timezone_table table;
    struct err err;
    if (!birth_read(data, birth, fault)) {
        return false;
    }
    if (!timezone_parse(zone_file, &table, &err)) {
        return chart_fault_set(fault, "timezone", "the file of '%s' cannot be read: %s",
                               birth->zone, err.text);
    }
    return birth_resolve(birth, &table, moment, fault);
}

bool compute_chart(struct span request, struct span zone_file, struct sbuf *out,
                   struct chart_fault *ret_fault)
{
    struct json_object *data = NULL;
    struct birth birth;
    struct birth_moment moment;
    struct err err;
    if (!json_parse(request, &data, &err)) {
        return chart_fault_set(ret_fault, "birthDate", "the request is no JSON: %s", err.text);
    }
    bool is_good = compute_read(data, zone_file, &birth, &moment, ret_fault);
    if (is_good) {
        struct chart chart;
        struct span tzdata = {NULL, 0};
        (void)json_get_text(data, "tzdata", &tzdata); /* stays empty when it is not known */
        chart_compute(moment.unix_s, &chart);
        chart_render(&chart, &birth, &moment, tzdata, out);
    }
    json_object_put(data);
    return is_good;
}
