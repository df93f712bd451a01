/* Birth data: what is refused, at which field, and what the good ones mean. */
#include "test_chart.h"

#include "chart/birth.h"
#include "core/attr.h"
#include "core/json.h"
#include "maker.h"

static struct json_object *parse(const char *text)
{
    struct json_object *value = NULL;
    struct err err;
    ck_assert_msg(json_parse(span_of(text), &value, &err), "%s: %s", text, err.text);
    return value;
}

#define DATE "\"birthDate\":\"1990-01-15\""
#define TIME "\"birthTime\":\"14:30\""
#define ZONE "\"timezone\":\"Europe/Berlin\""

struct bad_case {
    const char *data;
    const char *field;
    const char *remedy_part;
};

static const struct bad_case bad_cases[] = {
    {"{}", "birthDate", "missing"},
    {"{" TIME "," ZONE "}", "birthDate", "YYYY-MM-DD"},
    {"{\"birthDate\":null," TIME "," ZONE "}", "birthDate", "missing"},
    {"{\"birthDate\":19900115," TIME "," ZONE "}", "birthDate", "a number"},
    {"{\"birthDate\":\"\"," TIME "," ZONE "}", "birthDate", "not understood"},
    {"{\"birthDate\":\"15.01.1990\"," TIME "," ZONE "}", "birthDate", "not understood"},
    {"{\"birthDate\":\"1990-1-15\"," TIME "," ZONE "}", "birthDate", "not understood"},
    {"{\"birthDate\":\"1990-01-15T00:00\"," TIME "," ZONE "}", "birthDate", "not understood"},
    {"{\"birthDate\":\"+990-01-15\"," TIME "," ZONE "}", "birthDate", "not understood"},
    {"{\"birthDate\":\"2023-02-29\"," TIME "," ZONE "}", "birthDate", "not in the calendar"},
    {"{\"birthDate\":\"1900-02-29\"," TIME "," ZONE "}", "birthDate", "not in the calendar"},
    {"{\"birthDate\":\"1990-00-15\"," TIME "," ZONE "}", "birthDate", "not in the calendar"},
    {"{\"birthDate\":\"1990-13-15\"," TIME "," ZONE "}", "birthDate", "not in the calendar"},
    {"{\"birthDate\":\"1990-01-00\"," TIME "," ZONE "}", "birthDate", "not in the calendar"},
    {"{\"birthDate\":\"1990-04-31\"," TIME "," ZONE "}", "birthDate", "not in the calendar"},
    {"{\"birthDate\":\"1885-12-31\"," TIME "," ZONE "}", "birthDate", "1886 to 2098"},
    {"{\"birthDate\":\"2099-01-01\"," TIME "," ZONE "}", "birthDate", "1886 to 2098"},
    {"{" DATE "," ZONE "}", "birthTime", "missing"},
    {"{" DATE ",\"birthTime\":1430," ZONE "}", "birthTime", "a number"},
    {"{" DATE ",\"birthTime\":\"2:30\"," ZONE "}", "birthTime", "not understood"},
    {"{" DATE ",\"birthTime\":\"14.30\"," ZONE "}", "birthTime", "not understood"},
    {"{" DATE ",\"birthTime\":\"2:30 PM\"," ZONE "}", "birthTime", "not understood"},
    {"{" DATE ",\"birthTime\":\"14:30:\"," ZONE "}", "birthTime", "not understood"},
    {"{" DATE ",\"birthTime\":\"14:30Z\"," ZONE "}", "birthTime", "not understood"},
    {"{" DATE ",\"birthTime\":\"unknown\"," ZONE "}", "birthTime", "not understood"},
    {"{" DATE ",\"birthTime\":\"24:00\"," ZONE "}", "birthTime", "00:00 of the next"},
    {"{" DATE ",\"birthTime\":\"14:60\"," ZONE "}", "birthTime", "on no clock"},
    {"{" DATE ",\"birthTime\":\"14:30:60\"," ZONE "}", "birthTime", "on no clock"},
    {"{" DATE "," TIME "}", "timezone", "missing"},
    {"{" DATE "," TIME ",\"timezone\":60}", "timezone", "a number"},
    {"{" DATE "," TIME ",\"timezone\":\"+01:00\"}", "timezone", "no zone"},
    {"{" DATE "," TIME ",\"timezone\":\"../../etc/passwd\"}", "timezone", "no zone"},
    {"{" DATE "," TIME ",\"birthPlace\":{\"name\":\"Berlin\"}}", "birthPlace.timezone", "missing"},
    {"{" DATE "," TIME ",\"birthPlace\":\"Berlin\"}", "birthPlace", "a string"},
    {"{" DATE "," TIME ",\"birthPlace\":{\"timezone\":\"Berlin!\"}}", "birthPlace.timezone",
     "no zone"},
    {"{" DATE "," TIME "," ZONE ",\"birthPlace\":{\"timezone\":\"UTC\"}}", "birthPlace.timezone",
     "differs"},
    {"{" DATE "," TIME "," ZONE ",\"birthPlace\":{\"latitude\":52.5}}", "birthPlace.longitude",
     "or neither"},
    {"{" DATE "," TIME "," ZONE ",\"birthPlace\":{\"longitude\":13.4}}", "birthPlace.latitude",
     "or neither"},
    {"{" DATE "," TIME "," ZONE ",\"birthPlace\":{\"latitude\":90.1,\"longitude\":0}}",
     "birthPlace.latitude", "-90 to 90"},
    {"{" DATE "," TIME "," ZONE ",\"birthPlace\":{\"latitude\":0,\"longitude\":-180.5}}",
     "birthPlace.longitude", "-180 to 180"},
    {"{" DATE "," TIME "," ZONE ",\"birthPlace\":{\"latitude\":\"52\",\"longitude\":0}}",
     "birthPlace.latitude", "number"},
    {"{" DATE "," TIME "," ZONE ",\"fold\":2}", "fold", "0 or 1"},
    {"{" DATE "," TIME "," ZONE ",\"fold\":-1}", "fold", "0 or 1"},
    {"{" DATE "," TIME "," ZONE ",\"fold\":true}", "fold", "0 or 1"},
    /* only the zone can tell */
    {"{" DATE "," TIME "," ZONE ",\"fold\":1}", "fold", "once"},
    {"{\"birthDate\":\"2024-03-31\",\"birthTime\":\"02:30\"," ZONE "}", "birthTime",
     "from 2024-03-31 02:00:00 to 2024-03-31 03:00:00"},
    {"{\"birthDate\":\"2011-12-30\",\"birthTime\":\"12:00\",\"timezone\":\"Pacific/Apia\"}",
     "birthTime", "does not exist"},
    {"{\"birthDate\":\"2024-10-27\",\"birthTime\":\"02:30\"," ZONE "}", "fold",
     "2024-10-27 00:30:00 UTC"},
};

START_TEST(bad_data_are_refused_at_their_field)
{
    const struct bad_case *bad = &bad_cases[_i];
    struct chart_fault fault;
    struct json_object *data = parse(bad->data);
    struct json_object *chart = maker_chart(data, &fault);
    ck_assert_msg(chart == NULL, "%s was taken", bad->data);
    ck_assert_msg(strcmp(fault.field, bad->field) == 0, "%s: %s: %s", bad->data, fault.field,
                  fault.remedy);
    ck_assert_msg(strstr(fault.remedy, bad->remedy_part) != NULL, "%s: %s", bad->data,
                  fault.remedy);
    json_object_put(data);
}
END_TEST

struct good_case {
    const char *data;
    const char *birth_utc;
    const char *timezone; /* as the chart tells it */
};

static const struct good_case good_cases[] = {
    {"{" DATE "," TIME "," ZONE "}", "1990-01-15T13:30:00Z",
     "{\"name\":\"Europe/Berlin\",\"offset_s\":3600,\"fold\":0,\"ambiguous\":false,\"lmt\":false,"
     "\"tzdata\":null}"},
    {"{" DATE ",\"birthTime\":\"14:30:15\",\"birthPlace\":{\"timezone\":\"UTC\"}}",
     "1990-01-15T14:30:15Z",
     "{\"name\":\"UTC\",\"offset_s\":0,\"fold\":0,\"ambiguous\":false,\"lmt\":false,"
     "\"tzdata\":null}"},
    {"{\"birthDate\":\"2024-10-27\",\"birthTime\":\"02:30\"," ZONE ",\"fold\":0}",
     "2024-10-27T00:30:00Z",
     "{\"name\":\"Europe/Berlin\",\"offset_s\":7200,\"fold\":0,\"ambiguous\":true,\"lmt\":false,"
     "\"tzdata\":null}"},
    {"{\"birthDate\":\"2024-10-27\",\"birthTime\":\"02:30\"," ZONE ",\"fold\":1}",
     "2024-10-27T01:30:00Z",
     "{\"name\":\"Europe/Berlin\",\"offset_s\":3600,\"fold\":1,\"ambiguous\":true,\"lmt\":false,"
     "\"tzdata\":null}"},
    /* before 1893: the city's mean time, or the place's own when it is known (Ulm) */
    {"{\"birthDate\":\"1892-03-14\",\"birthTime\":\"11:30\"," ZONE "}", "1892-03-14T10:36:32Z",
     "{\"name\":\"Europe/Berlin\",\"offset_s\":3208,\"fold\":0,\"ambiguous\":false,\"lmt\":true,"
     "\"tzdata\":null}"},
    {"{\"birthDate\":\"1892-03-14\",\"birthTime\":\"11:30\"," ZONE
     ",\"birthPlace\":{\"latitude\":48.4,\"longitude\":10}}",
     "1892-03-14T10:50:00Z",
     "{\"name\":\"Europe/Berlin\",\"offset_s\":2400,\"fold\":0,\"ambiguous\":false,\"lmt\":true,"
     "\"tzdata\":null}"},
};

START_TEST(good_data_mean_one_moment)
{
    const struct good_case *good = &good_cases[_i];
    struct chart_fault fault;
    struct json_object *data = parse(good->data), *zone = parse(good->timezone);
    struct json_object *chart = maker_chart(data, &fault);
    ck_assert_msg(chart != NULL, "%s: %s: %s", good->data, fault.field, fault.remedy);
    ck_assert_str_eq(json_object_get_string(json_get(chart, "birth_utc")), good->birth_utc);
    ck_assert_msg(json_object_equal(json_get(chart, "timezone"), zone), "%s",
                  json_object_to_json_string(json_get(chart, "timezone")));
    json_object_put(chart);
    json_object_put(zone);
    json_object_put(data);
}
END_TEST

START_TEST(rendered_data_are_read_back)
{
    struct json_object *data = parse("{" DATE "," TIME "," ZONE ",\"fold\":0,\"birthPlace\":"
                                     "{\"latitude\":-33.25,\"longitude\":151.5}}");
    struct birth birth, again;
    struct chart_fault fault;
    struct sbuf text;
    sbuf_init(&text, 1024);
    ck_assert(birth_read(data, &birth, &fault));
    birth_render(&birth, &text);
    json_object_put(data);
    data = parse(text.data);
    ck_assert(birth_read(data, &again, &fault));
    ck_assert_mem_eq(&birth.local, &again.local, sizeof(birth.local));
    ck_assert_str_eq(birth.zone, again.zone);
    ck_assert_int_eq(again.fold, 0);
    ck_assert(again.has_place);
    ck_assert(birth.latitude == again.latitude);
    ck_assert(birth.longitude == again.longitude);
    json_object_put(data);
    sbuf_fini(&text);
}
END_TEST

START_TEST(a_zone_alone_is_no_birth)
{
    static const struct {
        const char *data;
        bool is_given;
    } cases[] = {{"{}", false},
                 {"{" ZONE "}", false},
                 {"{\"birthPlace\":{}}", false},
                 {"{" DATE "}", true},
                 {"{" TIME "}", true}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct json_object *data = parse(cases[i].data);
        ck_assert_int_eq(birth_is_given(data), cases[i].is_given);
        json_object_put(data);
    }
}
END_TEST

Suite *birth_suite(void)
{
    Suite *suite = suite_create("birth");
    TCase *tcase = tcase_create("birth");
    tcase_add_loop_test(tcase, bad_data_are_refused_at_their_field, 0, ARRAY_LEN(bad_cases));
    tcase_add_loop_test(tcase, good_data_mean_one_moment, 0, ARRAY_LEN(good_cases));
    tcase_add_test(tcase, rendered_data_are_read_back);
    tcase_add_test(tcase, a_zone_alone_is_no_birth);
    suite_add_tcase(suite, tcase);
    return suite;
}
