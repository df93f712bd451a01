/* Fuzz target of the patterns of job schedulers: of one that is accepted, each time found must lie
 * after the last and show what the pattern asks for, in a zone without and one with summer time. */
#include <assert.h>
#include <stdint.h>

#include "time/civil.h"
#include "time/cron.h"
#include "time/timezone.h"

#define TIMES_COUNT 8
#define FROM_MS INT64_C(1700000000123)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Central European summer for ever. */
static const struct timezone_table summer = {
    .has_future = true,
    .has_summer = true,
    .standard_s = 3600,
    .summer_s = 7200,
    .summer_begins = {RULE_WEEKDAY, 3, 5, 0, 7200},
    .summer_ends = {RULE_WEEKDAY, 10, 5, 0, 10800},
};
static const struct timezone_table utc = {.has_future = true};

static bool has(uint64_t set, int value)
{
    return (set >> value & 1) != 0;
}

static void check_time(const struct cron *cron, const struct timezone_table *zone, int64_t ms)
{
    int64_t unix_s = ms / 1000;
    struct civil shows = civil_of(unix_s + timezone_at(zone, unix_s).offset_s);
    assert(ms % 1000 == 0);
    assert(has(cron->seconds, shows.second));
    assert(has(cron->minutes, shows.minute));
    assert(has(cron->months, shows.month));
    /* The hour left out is made up for in the next one. */
    assert(has(cron->hours, shows.hour) || (zone == &summer && shows.hour == 3));
    bool is_day = has(cron->days, shows.day) || cron->has_last_day;
    assert(is_day || !cron->is_any_weekday);
}

static void check_times(const struct cron *cron, const struct timezone_table *zone)
{
    int64_t ms = FROM_MS;
    for (int i = 0; i < TIMES_COUNT; i++) {
        int64_t next_ms = 0;
        if (!cron_next(cron, zone, ms, INT64_MAX, &next_ms)) {
            return;
        }
        assert(next_ms > ms);
        check_time(cron, zone, next_ms);
        int64_t same_ms = 0;
        assert(cron_next(cron, zone, ms, next_ms, &same_ms) && same_ms == next_ms);
        assert(!cron_next(cron, zone, ms, next_ms - 1, &same_ms));
        ms = next_ms;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cron cron;
    struct err err = {0};
    if (!cron_parse((struct span){(const char *)data, size}, &cron, &err)) {
        assert(err.kind == ERR_INVALID);
        return 0;
    }
    check_times(&cron, &utc);
    check_times(&cron, &summer);
    return 0;
}
