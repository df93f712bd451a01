/* Which zone a name means. */
#include <stdlib.h>

#include "core/attr.h"
#include "suites.h"
#include "time/zone.h"

#define JULY_S 1783000000

static const struct {
    const char *name, *tz; /* tz: of the process, NULL = not set */
    int32_t july_s;        /* offset in July */
} found[] = {
    {"Europe/Berlin", "UTC", 7200}, {"UTC", "Europe/Berlin", 0},  {"gmt", "Europe/Berlin", 0},
    {"utc+2", "UTC", 7200},         {"UTC-03:30", "UTC", -12600}, {"", "Asia/Kathmandu", 20700},
    {"local", "Asia/Tokyo", 32400}, {"", ":Asia/Tokyo", 32400},   {"", "", 0},
};

START_TEST(names_mean_zones)
{
    struct zone *zone = NULL;
    struct err err;
    ck_assert_int_eq(setenv("TZ", found[_i].tz, 1), 0);
    ck_assert_msg(zone_load(span_of(found[_i].name), &zone, &err), "%s: %s", found[_i].name,
                  err.text);
    ck_assert_int_eq(timezone_at(zone_table(zone), JULY_S).offset_s, found[_i].july_s);
    zone_destroy(&zone);
    ck_assert_ptr_null(zone);
}
END_TEST

START_TEST(without_tz_it_is_the_machines)
{
    struct zone *zone = NULL;
    struct err err;
    ck_assert_int_eq(unsetenv("TZ"), 0);
    ck_assert_msg(zone_load(span_of(""), &zone, &err), "%s", err.text);
    zone_destroy(&zone);
}
END_TEST

START_TEST(other_names_are_refused)
{
    static const char *const names[] = {"Europe/Nowhere", "../UTC", "+01:00",    "utc+",
                                        "utc+1:5",        "utc+1x", "utc+1:00x", "tzdata.zi"};
    struct zone *zone = NULL;
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        ck_assert_msg(!zone_load(span_of(names[i]), &zone, &err), "%s", names[i]);
        ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
        ck_assert_ptr_nonnull(strstr(err.text, names[i]));
    }
    ck_assert_int_eq(setenv("TZ", "Mars/Olympus", 1), 0);
    ck_assert(!zone_load(span_of(""), &zone, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "TZ of this process: "));
}
END_TEST

Suite *suite_zone(void)
{
    Suite *suite = suite_create("zone");
    TCase *tcase = tcase_create("zone");
    tcase_add_loop_test(tcase, names_mean_zones, 0, ARRAY_LEN(found));
    tcase_add_test(tcase, without_tz_it_is_the_machines);
    tcase_add_test(tcase, other_names_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
