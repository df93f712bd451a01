/* Local times and the moments they mean, in zones that have every kind of change. */
#include <stdio.h>
#include <stdlib.h>

#include "core/attr.h"
#include "suites.h"
#include "time/civil.h"
#include "time/timezone.h"
#include "zones.h"

struct local_case {
    const char *zone, *local;
    unsigned count;
    int offsets_s[2]; /* of the moments, earliest first */
    bool is_lmt;
};

#define HM(hours, minutes) ((hours)*3600 + (minutes)*60)

static const struct local_case local_cases[] = {
    {"UTC", "2000-01-01 00:00:00", 1, {0}, false},
    {"Europe/Berlin", "1990-01-15 14:30:00", 1, {3600}, false},
    {"Europe/Berlin", "1990-07-15 14:30:00", 1, {7200}, false},
    /* the hours of change: the last second before, the first left out, the last, the first after */
    {"Europe/Berlin", "2024-03-31 01:59:59", 1, {3600}, false},
    {"Europe/Berlin", "2024-03-31 02:00:00", 0, {0}, false},
    {"Europe/Berlin", "2024-03-31 02:59:59", 0, {0}, false},
    {"Europe/Berlin", "2024-03-31 03:00:00", 1, {7200}, false},
    {"Europe/Berlin", "2024-10-27 01:59:59", 1, {7200}, false},
    {"Europe/Berlin", "2024-10-27 02:00:00", 2, {7200, 3600}, false},
    {"Europe/Berlin", "2024-10-27 02:59:59", 2, {7200, 3600}, false},
    {"Europe/Berlin", "2024-10-27 03:00:00", 1, {3600}, false},
    /* after the file's last change: by its rule */
    {"Europe/Berlin", "2060-07-01 12:00:00", 1, {7200}, false},
    {"Europe/Berlin", "2060-12-01 12:00:00", 1, {3600}, false},
    {"Europe/Berlin", "2060-03-28 02:30:00", 0, {0}, false},
    {"Europe/Berlin", "2060-10-31 02:30:00", 2, {7200, 3600}, false},
    {"America/New_York", "2077-11-07 01:30:00", 2, {-HM(4, 0), -HM(5, 0)}, false},
    {"America/New_York", "2077-03-14 02:30:00", 0, {0}, false},
    {"Europe/Dublin", "2050-01-15 12:00:00", 1, {0}, false},
    {"Europe/Dublin", "2050-07-15 12:00:00", 1, {3600}, false},
    {"Australia/Sydney", "2050-01-15 12:00:00", 1, {HM(11, 0)}, false},
    {"Australia/Sydney", "2050-07-15 12:00:00", 1, {HM(10, 0)}, false},
    /* war */
    {"Europe/Berlin", "1945-05-30 12:00:00", 1, {HM(3, 0)}, false},
    {"Europe/London", "1941-07-01 12:00:00", 1, {HM(2, 0)}, false},
    {"America/Toronto", "1948-04-09 00:14:00", 1, {-HM(5, 0)}, false},
    /* odd offsets */
    {"Asia/Kathmandu", "1990-01-01 00:00:00", 1, {HM(5, 45)}, false},
    {"Asia/Kathmandu", "1986-01-01 00:14:59", 0, {0}, false},
    {"Asia/Kathmandu", "1985-12-31 23:59:59", 1, {HM(5, 30)}, false},
    {"Pacific/Chatham", "2024-01-15 12:00:00", 1, {HM(13, 45)}, false},
    {"Pacific/Chatham", "2024-07-15 12:00:00", 1, {HM(12, 45)}, false},
    {"Pacific/Chatham", "2024-04-07 03:00:00", 2, {HM(13, 45), HM(12, 45)}, false},
    /* half an hour of summer */
    {"Australia/Lord_Howe", "2024-04-07 01:29:59", 1, {HM(11, 0)}, false},
    {"Australia/Lord_Howe", "2024-04-07 01:30:00", 2, {HM(11, 0), HM(10, 30)}, false},
    {"Australia/Lord_Howe", "2024-04-07 02:00:00", 1, {HM(10, 30)}, false},
    {"Australia/Lord_Howe", "2024-10-06 02:15:00", 0, {0}, false},
    {"Australia/Lord_Howe", "2024-10-06 02:30:00", 1, {HM(11, 0)}, false},
    /* the day that was left out, and the one that came twice */
    {"Pacific/Apia", "2011-12-29 23:59:59", 1, {-HM(10, 0)}, false},
    {"Pacific/Apia", "2011-12-30 12:00:00", 0, {0}, false},
    {"Pacific/Apia", "2011-12-31 00:00:00", 1, {HM(14, 0)}, false},
    {"Pacific/Kwajalein", "1969-10-01 12:00:00", 1, {-HM(12, 0)}, false},
    {"America/Juneau", "1867-10-18 15:33:31", 1, {HM(15, 2) + 19}, true},
    {"Asia/Manila", "1844-12-31 12:00:00", 0, {0}, false},
    /* before there was a standard */
    {"Europe/Berlin", "1893-03-31 23:00:00", 1, {HM(0, 53) + 28}, true},
    {"Europe/Berlin", "1893-04-01 12:00:00", 1, {3600}, false},
    {"Europe/Berlin", "1879-03-14 11:30:00", 1, {HM(0, 53) + 28}, true},
    /* a law made it the standard of the country */
    {"Europe/Amsterdam", "1890-01-01 12:00:00", 1, {HM(0, 19) + 32}, false},
    {"Etc/GMT-8", "1988-10-09 20:30:00", 1, {HM(8, 0)}, false},
};

START_TEST(local_times_mean_their_moments)
{
    const struct local_case *expected = &local_cases[_i];
    struct timezone_table table = zones_open(expected->zone);
    struct timezone_instant found[TIMEZONE_INSTANTS_MAX];
    int64_t local_s = zones_seconds(expected->local);
    unsigned count = timezone_find(&table, local_s, found);
    ck_assert_msg(count == expected->count, "%s %s: %u moments", expected->zone, expected->local,
                  count);
    for (unsigned i = 0; i < count; i++) {
        ck_assert_msg(found[i].offset.offset_s == expected->offsets_s[i], "%s %s: %d s",
                      expected->zone, expected->local, (int)found[i].offset.offset_s);
        ck_assert(found[i].unix_s == local_s - expected->offsets_s[i]);
        ck_assert_int_eq(found[i].offset.is_lmt, expected->is_lmt);
    }
}
END_TEST

START_TEST(gaps_say_from_when_to_when)
{
    static const char *const cases[][4] = {
        {"Europe/Berlin", "2024-03-31 02:30:00", "2024-03-31 02:00:00", "2024-03-31 03:00:00"},
        {"Europe/Berlin", "2060-03-28 02:00:00", "2060-03-28 02:00:00", "2060-03-28 03:00:00"},
        {"Pacific/Apia", "2011-12-30 23:59:59", "2011-12-30 00:00:00", "2011-12-31 00:00:00"},
        {"Australia/Lord_Howe", "2024-10-06 02:29:59", "2024-10-06 02:00:00",
         "2024-10-06 02:30:00"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct timezone_table table = zones_open(cases[i][0]);
        int64_t from_s = 0, to_s = 0;
        timezone_gap(&table, zones_seconds(cases[i][1]), &from_s, &to_s);
        ck_assert_int_eq(from_s, zones_seconds(cases[i][2]));
        ck_assert_int_eq(to_s, zones_seconds(cases[i][3]));
    }
}
END_TEST

START_TEST(names_that_could_lead_elsewhere_are_none)
{
    static const char *const good[] = {
        "UTC",       "Europe/Berlin", "America/Argentina/Buenos_Aires",
        "Etc/GMT+8", "GMT0",          "America/Port-au-Prince"};
    static const char *const bad[] = {
        "",
        "/etc/passwd",
        "../etc/passwd",
        "Europe/../UTC",
        "Europe//Berlin",
        "Europe/",
        ".",
        "tzdata.zi",
        "right/UTC",
        "posix/Europe/Berlin",
        "Europe Berlin",
        "Europe/Berlin\n",
        "+01:00",
        "Europe/K\xc3\xb6ln",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        ck_assert_msg(timezone_name_is_valid(span_of(good[i])), "%s", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        ck_assert_msg(!timezone_name_is_valid(span_of(bad[i])), "%s", bad[i]);
    }
    ck_assert(!timezone_name_is_valid((struct span){"UTC\0", 4}));
}
END_TEST

/* --- files that are no good ----------------------------------------------------------------------
 */

START_TEST(leap_second_files_are_refused)
{
    struct timezone_table table;
    struct err err;
    ck_assert(!timezone_parse(zones_read("right/Europe/Berlin"), &table, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "leap seconds"));
    ck_assert(!timezone_parse(zones_read("tzdata.zi"), &table, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "TZif"));
}
END_TEST

/* Every shorter file is refused, without a look beyond its end (for the sanitizers). */
START_TEST(cut_files_are_refused)
{
    struct span whole = zones_read("Europe/Berlin");
    struct timezone_table table;
    struct err err;
    for (size_t len = 0; len < whole.len; len++) {
        char *cut = malloc(len > 0 ? len : 1);
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, whole.data, len);
        ck_assert_msg(!timezone_parse((struct span){cut, len}, &table, &err), "%zu bytes", len);
        free(cut);
    }
    ck_assert(timezone_parse(whole, &table, &err));
}
END_TEST

/* A file with one type and this last line. */
static size_t make_file(const char *footer, char file[256])
{
    static const char header[44] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4};
    static const char type[10] = {0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0};
    size_t len = 0;
    for (int i = 0; i < 2; i++) {
        memcpy(file + len, header, sizeof(header));
        memcpy(file + len + sizeof(header), type, sizeof(type));
        len += sizeof(header) + sizeof(type);
    }
    return len + (size_t)snprintf(file + len, 256 - len, "\n%s\n", footer);
}

START_TEST(last_lines_are_read_or_refused)
{
    static const struct {
        const char *footer;
        bool is_good;
        int january_s, july_s;
    } cases[] = {
        {"", true, 0, 0},
        {"UTC0", true, 0, 0},
        {"<+0545>-5:45", true, HM(5, 45), HM(5, 45)},
        {"CET-1CEST,M3.5.0,M10.5.0/3", true, 3600, 7200},
        {"EST5EDT,M3.2.0,M11.1.0", true, -HM(5, 0), -HM(4, 0)},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", true, 0, 3600},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", true, HM(11, 0), HM(10, 30)},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", true, -HM(2, 0), -HM(1, 0)},
        {"AAA3BBB,J60,J300", true, -HM(3, 0), -HM(2, 0)},
        {"AAA3BBB,59/24:30:15,300", true, -HM(3, 0), -HM(2, 0)},
        {"XXX3EDT4,0/0,J365/23", true, -HM(4, 0), -HM(4, 0)},
        {"CET", false, 0, 0},
        {"CE-1", false, 0, 0},
        {"CET-1CEST", false, 0, 0},
        {"CET-1CEST,M3.5.0", false, 0, 0},
        {"CET-1CEST,M13.5.0,M10.5.0", false, 0, 0},
        {"CET-1CEST,M3.0.0,M10.5.0", false, 0, 0},
        {"CET-1CEST,M3.5.7,M10.5.0", false, 0, 0},
        {"CET-1CEST,M3.5.0/168,M10.5.0", false, 0, 0},
        {"CET-1CEST,J0,J366", false, 0, 0},
        {"CET-99", false, 0, 0},
        {"<CET-1", false, 0, 0},
        {"CET-1CEST,M3.5.0,M10.5.0 ", false, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char file[256];
        struct timezone_table table;
        struct err err;
        size_t len = make_file(cases[i].footer, file);
        bool is_good = timezone_parse((struct span){file, len}, &table, &err);
        ck_assert_msg(is_good == cases[i].is_good, "'%s'", cases[i].footer);
        if (is_good) {
            int64_t january = zones_seconds("2030-01-15 12:00:00");
            int64_t july = zones_seconds("2030-07-15 12:00:00");
            ck_assert_int_eq(timezone_at(&table, january).offset_s, cases[i].january_s);
            ck_assert_int_eq(timezone_at(&table, july).offset_s, cases[i].july_s);
        }
    }
}
END_TEST

START_TEST(calendar_goes_both_ways)
{
    for (int64_t days = civil_days(1880, 1, 1); days < civil_days(2110, 1, 1); days++) {
        struct civil civil = civil_of(days * CIVIL_DAY_S + 86399);
        ck_assert_int_eq(civil_days(civil.year, civil.month, civil.day), days);
        ck_assert_int_eq(civil.hour, 23);
        ck_assert_int_le(civil.day, civil_month_days(civil.year, civil.month));
    }
    ck_assert_int_eq(civil_days(1970, 1, 1), 0);
    ck_assert_int_eq(civil_weekday(civil_days(2024, 2, 29)), 4);
    ck_assert_int_eq(civil_weekday(civil_days(1900, 1, 1)), 1);
}
END_TEST

Suite *suite_timezone(void)
{
    Suite *suite = suite_create("timezone");
    TCase *tcase = tcase_create("timezone");
    tcase_add_loop_test(tcase, local_times_mean_their_moments, 0, ARRAY_LEN(local_cases));
    tcase_add_test(tcase, gaps_say_from_when_to_when);
    tcase_add_test(tcase, names_that_could_lead_elsewhere_are_none);
    tcase_add_test(tcase, leap_second_files_are_refused);
    tcase_add_test(tcase, cut_files_are_refused);
    tcase_add_test(tcase, last_lines_are_read_or_refused);
    tcase_add_test(tcase, calendar_goes_both_ways);
    suite_add_tcase(suite, tcase);
    return suite;
}
