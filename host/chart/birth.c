/* Reads birth data field by field; whatever is missing, impossible or ambiguous is refused with
 * the field's name and what to send instead. */
#include "chart/birth.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "core/json.h"

#define LMT_S_PER_DEG 240

bool birth_is_given(struct json_object *data)
{
    return json_get(data, "birthDate") != NULL || json_get(data, "birthTime") != NULL;
}

/* Two or four digits at text[at]. */
static bool read_digits(struct span text, size_t at, size_t digits, int *ret_number)
{
    int number = 0;
    for (size_t i = at; i < at + digits; i++) {
        if (i >= text.len || !isdigit((unsigned char)text.data[i])) {
            return false;
        }
        number = number * 10 + (text.data[i] - '0');
    }
    *ret_number = number;
    return true;
}

static bool read_text(struct json_object *object, const char *key, const char *field,
                      const char *example, struct span *ret_text, struct chart_fault *fault)
{
    struct json_object *value = json_get(object, key);
    if (value == NULL) {
        return chart_fault_set(fault, field, "missing; send %s", example);
    }
    return json_get_text(object, key, ret_text) ||
           chart_fault_set(fault, field, "is %s; send %s", json_type_text(value), example);
}

static bool read_date(struct json_object *data, struct civil *civil, struct chart_fault *fault)
{
    static const char field[] = "birthDate", example[] = "the date as \"YYYY-MM-DD\"";
    struct span text;
    int year = 0;
    if (!read_text(data, field, field, example, &text, fault)) {
        return false;
    }
    if (text.len != 10 || text.data[4] != '-' || text.data[7] != '-' ||
        !read_digits(text, 0, 4, &year) || !read_digits(text, 5, 2, &civil->month) ||
        !read_digits(text, 8, 2, &civil->day)) {
        return chart_fault_set(fault, field, "'%.*s' is not understood; send %s",
                               chart_fault_shown(text), text.data, example);
    }
    if (civil->month < 1 || civil->month > 12 || civil->day < 1 ||
        civil->day > civil_month_days(year, civil->month)) {
        return chart_fault_set(fault, field, "%.10s is not in the calendar; send %s", text.data,
                               example);
    }
    if (year < BIRTH_YEAR_FIRST || year > BIRTH_YEAR_LAST) {
        return chart_fault_set(fault, field,
                               "%.10s is outside the years %d to %d, for which places of the "
                               "planets are known here",
                               text.data, BIRTH_YEAR_FIRST, BIRTH_YEAR_LAST);
    }
    civil->year = year;
    return true;
}

static bool read_time(struct json_object *data, struct civil *civil, struct chart_fault *fault)
{
    static const char field[] = "birthTime",
                      example[] = "the local time of birth as \"HH:MM\" or \"HH:MM:SS\"";
    struct span text;
    if (!read_text(data, field, field, example, &text, fault)) {
        return false;
    }
    bool has_seconds = text.len == 8;
    civil->second = 0;
    if ((text.len != 5 && !has_seconds) || text.data[2] != ':' ||
        !read_digits(text, 0, 2, &civil->hour) || !read_digits(text, 3, 2, &civil->minute) ||
        (has_seconds && (text.data[5] != ':' || !read_digits(text, 6, 2, &civil->second)))) {
        return chart_fault_set(fault, field, "'%.*s' is not understood; send %s",
                               chart_fault_shown(text), text.data, example);
    }
    if (civil->hour > 23 || civil->minute > 59 || civil->second > 59) {
        return chart_fault_set(fault, field,
                               "'%.*s' is on no clock; send 00:00 to 23:59 (midnight at the end "
                               "of a day is 00:00 of the next)",
                               chart_fault_shown(text), text.data);
    }
    return true;
}

static bool read_zone(struct json_object *data, struct json_object *place, struct birth *birth,
                      struct chart_fault *fault)
{
    static const char example[] = "the zone's name in the IANA database, like \"Europe/Berlin\"";
    bool is_in_data = json_get(data, "timezone") != NULL;
    const char *field = is_in_data || place == NULL ? "timezone" : "birthPlace.timezone";
    struct span text, other;
    if (!read_text(is_in_data || place == NULL ? data : place, "timezone", field, example, &text,
                   fault)) {
        return false;
    }
    if (!timezone_name_is_valid(text)) {
        return chart_fault_set(fault, field, "'%.*s' is no zone; send %s", chart_fault_shown(text),
                               text.data, example);
    }
    if (is_in_data && json_get(place, "timezone") != NULL &&
        (!json_get_text(place, "timezone", &other) || !span_equals(text, other))) {
        return chart_fault_set(fault, "birthPlace.timezone",
                               "differs from timezone '%.*s'; send one of them",
                               chart_fault_shown(text), text.data);
    }
    birth->zone_field = field;
    (void)snprintf(birth->zone, sizeof(birth->zone), "%.*s", (int)text.len, text.data);
    return true;
}

static bool read_degrees(struct json_object *place, const char *key, double max,
                         double *ret_degrees, struct chart_fault *fault)
{
    char field[32];
    (void)snprintf(field, sizeof(field), "birthPlace.%s", key);
    struct json_object *value = json_get(place, key);
    if (value == NULL) {
        return chart_fault_set(fault, field, "missing; send latitude and longitude or neither");
    }
    bool is_number =
        json_object_is_type(value, json_type_double) || json_object_is_type(value, json_type_int);
    double degrees = is_number ? json_object_get_double(value) : 0.;
    if (!is_number || !(fabs(degrees) <= max)) {
        return chart_fault_set(fault, field, "must be a number from -%g to %g (found %.40s)", max,
                               max, json_object_to_json_string(value));
    }
    *ret_degrees = degrees;
    return true;
}

static bool read_place(struct json_object *place, struct birth *birth, struct chart_fault *fault)
{
    if (json_get(place, "latitude") == NULL && json_get(place, "longitude") == NULL) {
        return true;
    }
    birth->has_place = read_degrees(place, "latitude", 90., &birth->latitude, fault) &&
                       read_degrees(place, "longitude", 180., &birth->longitude, fault);
    return birth->has_place;
}

static bool read_fold(struct json_object *data, struct birth *birth, struct chart_fault *fault)
{
    struct json_object *value = json_get(data, "fold");
    int64_t fold = -1;
    if (value != NULL && (!json_get_int(data, "fold", &fold) || fold < 0 || fold > 1)) {
        return chart_fault_set(fault, "fold",
                               "must be 0 or 1 (found %.40s): the first or the second time the "
                               "clock showed the local time",
                               json_object_to_json_string(value));
    }
    birth->fold = (int)fold;
    return true;
}

bool birth_read(struct json_object *data, struct birth *ret_birth, struct chart_fault *ret_fault)
{
    struct birth birth = {0};
    struct json_object *place = json_get(data, "birthPlace");
    if (place != NULL && !json_object_is_type(place, json_type_object)) {
        return chart_fault_set(ret_fault, "birthPlace",
                               "is %s; send {\"name\", \"latitude\", \"longitude\", "
                               "\"timezone\"}",
                               json_type_text(place));
    }
    if (!read_date(data, &birth.local, ret_fault) || !read_time(data, &birth.local, ret_fault) ||
        !read_zone(data, place, &birth, ret_fault) || !read_place(place, &birth, ret_fault) ||
        !read_fold(data, &birth, ret_fault)) {
        return false;
    }
    *ret_birth = birth;
    return true;
}

void birth_render(const struct birth *birth, struct sbuf *out)
{
    const struct civil *local = &birth->local;
    sbuf_printf(out, "{\"birthDate\":\"%04d-%02d-%02d\",\"birthTime\":\"%02d:%02d:%02d\"",
                (int)local->year, local->month, local->day, local->hour, local->minute,
                local->second);
    sbuf_printf(out, ",\"timezone\":\"%s\"", birth->zone); /* a valid name needs no quoting */
    if (birth->fold >= 0) {
        sbuf_printf(out, ",\"fold\":%d", birth->fold);
    }
    if (birth->has_place) {
        sbuf_printf(out, ",\"birthPlace\":{\"latitude\":%.9f,\"longitude\":%.9f}", birth->latitude,
                    birth->longitude);
    }
    sbuf_putc(out, '}');
}

/* --- from local time to a moment ----------------------------------------------------------------
 */

static void render_clock(int64_t local_s, char ret_text[40])
{
    struct civil civil = civil_of(local_s);
    (void)snprintf(ret_text, 40, "%04d-%02d-%02d %02d:%02d:%02d", (int)civil.year, civil.month,
                   civil.day, civil.hour, civil.minute, civil.second);
}

static bool refuse_gap(const struct birth *birth, const struct timezone_table *table,
                       int64_t local_s, struct chart_fault *fault)
{
    int64_t from_s = 0, to_s = 0;
    char from[40], to[40];
    timezone_gap(table, local_s, &from_s, &to_s);
    render_clock(from_s, from);
    render_clock(to_s, to);
    return chart_fault_set(fault, "birthTime",
                           "does not exist on that day in %s: the clock went from %s to %s; send "
                           "a time before or after that",
                           birth->zone, from, to);
}

static bool refuse_unchosen(const struct birth *birth, const struct timezone_instant instants[2],
                            struct chart_fault *fault)
{
    char first[40], second[40];
    render_clock(instants[0].unix_s, first);
    render_clock(instants[1].unix_s, second);
    return chart_fault_set(fault, "fold",
                           "missing: the clock in %s showed that time twice; send 0 for the "
                           "first (%s UTC) or 1 for the second (%s UTC)",
                           birth->zone, first, second);
}

bool birth_resolve(const struct birth *birth, const struct timezone_table *table,
                   struct birth_moment *ret_moment, struct chart_fault *ret_fault)
{
    struct timezone_instant instants[TIMEZONE_INSTANTS_MAX];
    int64_t local_s = civil_seconds(&birth->local);
    unsigned count = timezone_find(table, local_s, instants);
    if (count == 0) {
        return refuse_gap(birth, table, local_s, ret_fault);
    }
    if (count > 1 && birth->fold < 0) {
        return refuse_unchosen(birth, instants, ret_fault);
    }
    if (count == 1 && birth->fold > 0) {
        return chart_fault_set(ret_fault, "fold",
                               "is 1, but the clock in %s showed that time once; leave it out",
                               birth->zone);
    }
    const struct timezone_instant *instant = &instants[birth->fold > 0 ? 1 : 0];
    struct birth_moment moment = {
        .unix_s = instant->unix_s,
        .offset_s = instant->offset.offset_s,
        .fold = birth->fold > 0 ? 1 : 0,
        .is_ambiguous = count > 1,
        .is_lmt = instant->offset.is_lmt,
    };
    if (moment.is_lmt && birth->has_place) { /* the place's own noon, not that of the zone's city */
        moment.offset_s = (int32_t)lround(birth->longitude * LMT_S_PER_DEG);
        moment.unix_s = local_s - moment.offset_s;
    }
    *ret_moment = moment;
    return true;
}
