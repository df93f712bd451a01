/* Patterns, when they come next, and on days when the clocks change. That the rest is as
 * cron-parser does it, tests/flow/queue/cron.test.mjs says. */
#include <stdio.h>

#include "core/attr.h"
#include "core/clock.h"
#include "suites.h"
#include "time/civil.h"
#include "time/cron.h"
#include "zones.h"

#define TIMES_MAX 4
#define LONGEST_MS 50 /* two, and what a loaded machine takes */

static struct cron parse(const char *pattern)
{
    struct cron cron;
    struct err err;
    ck_assert_msg(cron_parse(span_of(pattern), &cron, &err), "%s: %s", pattern, err.text);
    return cron;
}

/* After "after" by the zone's clock come those, by the zone's clock. */
static const struct {
    const char *pattern, *zone, *after;
    const char *times[TIMES_MAX];
} next_cases[] = {
    {"*/15 * * * *", "UTC", "2026-02-11 07:08:09", {"2026-02-11 07:15:00", "2026-02-11 07:30:00"}},
    {"0 9 * * 1-5", "UTC", "2026-02-13 09:00:00", {"2026-02-16 09:00:00", "2026-02-17 09:00:00"}},
    {"30 0 9 * * ?", "UTC", "2026-02-13 09:00:29", {"2026-02-13 09:00:30", "2026-02-14 09:00:30"}},
    {"0 0 29 2 *", "UTC", "2096-03-01 00:00:00", {"2104-02-29 00:00:00"}},
    {"0 0 L * *", "UTC", "2028-01-31 00:00:00", {"2028-02-29 00:00:00", "2028-03-31 00:00:00"}},
    {"0 0 13 * 5", "UTC", "2026-02-10 00:00:00", {"2026-02-13 00:00:00", "2026-02-20 00:00:00"}},
    {"0 0 * * 5L", "UTC", "2026-02-01 00:00:00", {"2026-02-27 00:00:00", "2026-03-27 00:00:00"}},
    {"0 0 * * 1#5", "UTC", "2026-02-01 00:00:00", {"2026-03-30 00:00:00", "2026-06-29 00:00:00"}},
    {"0 0 1 1 *", "UTC", "2026-12-31 23:59:59", {"2027-01-01 00:00:00", "2028-01-01 00:00:00"}},
    /* the hour left out is made up for in the next one; the one that comes twice counts once */
    {"30 2 * * *",
     "Europe/Berlin",
     "2026-03-28 12:00:00",
     {"2026-03-29 03:30:00", "2026-03-30 02:30:00"}},
    {"30 2 * * *",
     "Europe/Berlin",
     "2026-10-24 12:00:00",
     {"2026-10-25 02:30:00", "2026-10-26 02:30:00"}},
    /* hours that all count: none is left out, and 2 o'clock counts twice */
    {"0 * * * *",
     "Europe/Berlin",
     "2026-03-29 01:30:00",
     {"2026-03-29 03:00:00", "2026-03-29 04:00:00"}},
    {"0 * * * *",
     "Europe/Berlin",
     "2026-10-25 01:30:00",
     {"2026-10-25 02:00:00", "2026-10-25 02:00:00", "2026-10-25 03:00:00"}},
};

START_TEST(patterns_come_next)
{
    struct cron cron = parse(next_cases[_i].pattern);
    struct timezone_table zone = zones_open(next_cases[_i].zone);
    struct timezone_instant found[TIMEZONE_INSTANTS_MAX];
    ck_assert_uint_gt(timezone_find(&zone, zones_seconds(next_cases[_i].after), found), 0);
    int64_t ms = found[0].unix_s * 1000;
    for (int i = 0; i < TIMES_MAX && next_cases[_i].times[i] != NULL; i++) {
        ck_assert(cron_next(&cron, &zone, ms, INT64_MAX, &ms));
        int64_t local_s = ms / 1000 + timezone_at(&zone, ms / 1000).offset_s;
        ck_assert_msg(local_s == zones_seconds(next_cases[_i].times[i]), "%s after %s: %lld s off",
                      next_cases[_i].pattern, next_cases[_i].after,
                      (long long)(local_s - zones_seconds(next_cases[_i].times[i])));
    }
}
END_TEST

START_TEST(fractions_of_a_second_round_up)
{
    struct cron cron = parse("* * * * * *");
    struct timezone_table zone = zones_open("UTC");
    int64_t ms = 0;
    ck_assert(cron_next(&cron, &zone, 1700000000001, INT64_MAX, &ms));
    ck_assert_int_eq(ms, 1700000001000);
    ck_assert(cron_next(&cron, &zone, 1700000000999, INT64_MAX, &ms));
    ck_assert_int_eq(ms, 1700000001000);
    ck_assert(cron_next(&cron, &zone, 1700000001000, INT64_MAX, &ms));
    ck_assert_int_eq(ms, 1700000002000);
}
END_TEST

START_TEST(the_end_counts)
{
    struct cron cron = parse("0 * * * *");
    struct timezone_table zone = zones_open("UTC");
    int64_t ms = 0, from_ms = 1700006400000; /* a full hour */
    ck_assert(cron_next(&cron, &zone, from_ms, from_ms + 3600000, &ms));
    ck_assert_int_eq(ms, from_ms + 3600000);
    ck_assert(!cron_next(&cron, &zone, from_ms, from_ms + 3599999, &ms));
    ck_assert(!cron_next(&cron, &zone, from_ms, 0, &ms));
}
END_TEST

/* What never comes, or seldom, is known soon; so are times at the ends of the calendar. */
START_TEST(no_search_takes_long)
{
    static const char *const patterns[] = {"0 0 31 2,4 *", "0 0 * 2 1#5", "0 0 29 2 *",
                                           "59 59 23 31 12 *", "0 0 31 * 5L"};
    struct timezone_table zone = zones_open("Europe/Berlin");
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        struct cron cron = parse(patterns[i]);
        int64_t ms = 0, before_ms = clock_mono_ms();
        ck_assert(cron_next(&cron, &zone, 1700000000000, INT64_MAX, &ms) == (i > 0));
        ck_assert_int_le(clock_mono_ms() - before_ms, LONGEST_MS);
        ck_assert(cron_next(&cron, &zone, 8640000000000000, INT64_MAX, &ms) == (i > 0));
        ck_assert(!cron_next(&cron, &zone, 8640000000000001, INT64_MAX, &ms));
        ck_assert(!cron_next(&cron, &zone, -1, INT64_MAX, &ms));
        ck_assert_int_le(clock_mono_ms() - before_ms, 2 * LONGEST_MS);
    }
}
END_TEST

static const struct {
    const char *pattern, *reason;
} refused[] = {
    {"", "too few fields"},
    {"* * * *", "too few fields"},
    {"* * * * * * *", "too many fields"},
    {"@hourly", "names like @daily are not supported"},
    {"H * * * *", "minute 'H': 'H' is not supported"},
    {"60 * * * *", "minute '60': values go from 0 to 59"},
    {"99999999999999999999 * * * *", "values go from 0 to 59"},
    {"60 * * * * *", "second '60': values"},
    {"* 20-24 * * *", "hour '20-24': ranges go from 0 to 23"},
    {"* * 0 * *", "day of month '0': values go from 1 to 31"},
    {"* * * 13 *", "month '13': values"},
    {"* * * * 8", "day of week '8': values go from 0 to 7"},
    {"* * * foo *", "month 'foo': it has a name of no month or weekday"},
    {"* * * * monday", "name of no month"},
    {"5-1 * * * *", "goes backwards"},
    {"*/0 * * * *", "a step is a number from 1 up"},
    {"1/2/3 * * * *", "one '/' is enough"},
    {"1,,2 * * * *", "empty"},
    {"1,1 * * * *", "twice"},
    {"* * * * 0,7", "twice"},
    {"* * LL * *", "'L' stands alone"},
    {"* * * * L", "'L' stands behind a weekday"},
    {"* * * * 1#6", "a number from 1 to 5 stands behind '#'"},
    {"* * * * 1,2#3", "one weekday stands before '#'"},
    {"* * 30 2 *", "no such day in that month"},
    {"\x01 * * * *", "means nothing there"},
};

START_TEST(bad_patterns_are_refused_with_the_reason)
{
    struct cron cron;
    struct err err;
    ck_assert(!cron_parse(span_of(refused[_i].pattern), &cron, &err));
    ck_assert_msg(strstr(err.text, refused[_i].reason) != NULL, "%s: %s", refused[_i].pattern,
                  err.text);
}
END_TEST

START_TEST(patterns_have_a_longest)
{
    char pattern[CRON_PATTERN_BYTES_MAX + 2];
    struct cron cron;
    struct err err;
    memset(pattern, ' ', sizeof(pattern));
    memcpy(pattern, "* * * * *", 9);
    ck_assert(cron_parse((struct span){pattern, CRON_PATTERN_BYTES_MAX}, &cron, &err));
    ck_assert(!cron_parse((struct span){pattern, CRON_PATTERN_BYTES_MAX + 1}, &cron, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "1025 bytes long"));
    memset(pattern, '*', sizeof(pattern)); /* written out it is four times as long */
    memcpy(pattern, "* * * * ", 8);
    ck_assert(!cron_parse((struct span){pattern, CRON_PATTERN_BYTES_MAX}, &cron, &err));
}
END_TEST

Suite *suite_cron(void)
{
    Suite *suite = suite_create("cron");
    TCase *tcase = tcase_create("cron");
    tcase_add_loop_test(tcase, patterns_come_next, 0, ARRAY_LEN(next_cases));
    tcase_add_test(tcase, fractions_of_a_second_round_up);
    tcase_add_test(tcase, the_end_counts);
    tcase_add_test(tcase, no_search_takes_long);
    tcase_add_loop_test(tcase, bad_patterns_are_refused_with_the_reason, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, patterns_have_a_longest);
    suite_add_tcase(suite, tcase);
    return suite;
}
