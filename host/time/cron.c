/* Finds when a pattern comes next: walks a clock from field to field, the largest first, until all
 * match. On days when the clocks change, what comes out depends on the way the walk took; it takes
 * cron-parser's, and is left only where that one would go back or in
 * circles. */
#include "time/cron.h"

#include "time/wall.h"

#define WALK_STEPS_MAX 9999          /* cron-parser's: some decades */
#define UNIX_MS_MAX 8640000000000000 /* the last moment of JavaScript */
#define NO_HOUR (-1)
#define ALL_HOURS ((UINT64_C(1) << 24) - 1)
#define HOUR_S 3600
#define LEAP_YEAR 2000

struct walk {
    const struct cron *cron;
    struct wall wall;
    /* The walk went over a gap: the first hour left out, and the one it came out in, in which the
     * hours left out are made up for. */
    int gap_hour, landing_hour;
    int repeated_hour; /* the walk came into this hour's second time from its first */
    int64_t known_day; /* of is_change_day */
    bool is_change_day;
};

static bool has(uint64_t set, int value)
{
    return (set >> value & 1) != 0;
}

static int first_of(uint64_t set)
{
    return __builtin_ctzll(set);
}

/* The next value of the set above this one, or -1. */
static int next_of(uint64_t set, int value)
{
    uint64_t above = set & ~((UINT64_C(2) << value) - 1);
    return above == 0 ? -1 : first_of(above);
}

static int64_t walk_day(const struct walk *walk)
{
    const struct civil *shows = &walk->wall.shows;
    return civil_days(shows->year, shows->month, shows->day);
}

/* --- moving --------------------------------------------------------------------------------- */

/* After a step of an hour or less: did it go over a change of the clocks? */
static void walk_note(struct walk *walk, const struct wall *before)
{
    const struct civil *shows = &walk->wall.shows;
    int crossed = (shows->hour - before->shows.hour + 24) % 24;
    if ((walk->cron->hours & ALL_HOURS) == ALL_HOURS) {
        return; /* there is nothing to make up for and nothing to leave out */
    }
    if (walk->wall.offset_s > before->offset_s && crossed >= 2) {
        walk->gap_hour = (before->shows.hour + 1) % 24;
        walk->landing_hour = shows->hour;
    } else if (crossed == 0 && shows->minute == 0 && shows->second == 0) {
        walk->repeated_hour = shows->hour;
    }
}

static void walk_second(struct walk *walk)
{
    struct wall before = walk->wall;
    wall_init(&walk->wall, before.zone, before.unix_s + 1);
    walk_note(walk, &before);
}

static void walk_minute(struct walk *walk)
{
    struct wall before = walk->wall;
    wall_init(&walk->wall, before.zone, before.unix_s + 60);
    struct civil shows = walk->wall.shows;
    shows.second = 0;
    wall_set(&walk->wall, &shows);
    walk_note(walk, &before);
}

/* To the full hour. Where clocks go back by another time than whole hours the full hour may lie
 * behind, and cron-parser goes back with it; false then, and the walk goes on at the change, or at
 * the full hour before it. */
static bool walk_hour(struct walk *walk)
{
    struct wall before = walk->wall;
    wall_init(&walk->wall, before.zone, before.unix_s + HOUR_S);
    struct civil shows = wall_hour(&walk->wall);
    wall_set(&walk->wall, &shows);
    if (walk->wall.unix_s <= before.unix_s) {
        walk->wall = before;
        wall_to_change(&walk->wall, HOUR_S - before.shows.minute * 60 - before.shows.second);
        return false;
    }
    walk_note(walk, &before);
    return true;
}

static void walk_to_day(struct walk *walk, const struct civil *same_time)
{
    wall_set(&walk->wall, same_time);
    struct civil shows = wall_day(&walk->wall);
    wall_set(&walk->wall, &shows);
}

static void walk_next_day(struct walk *walk)
{
    struct civil shows = walk->wall.shows;
    shows.day++;
    walk_to_day(walk, &shows);
}

static void walk_next_month(struct walk *walk)
{
    struct civil shows = walk->wall.shows;
    shows.year += shows.month == 12;
    shows.month = shows.month % 12 + 1;
    int days = civil_month_days(shows.year, shows.month);
    shows.day = shows.day < days ? shows.day : days;
    wall_set(&walk->wall, &shows);
    shows = wall_day(&walk->wall);
    shows.day = 1;
    wall_set(&walk->wall, &shows);
}

static void walk_set_time(struct walk *walk, int hour, int minute, int second)
{
    struct civil shows = walk->wall.shows;
    shows.hour = hour;
    wall_set(&walk->wall, &shows);
    shows = walk->wall.shows;
    shows.minute = minute;
    wall_set(&walk->wall, &shows);
    shows = walk->wall.shows;
    shows.second = second;
    wall_set(&walk->wall, &shows);
}

/* The first minute and second of the pattern, in this hour. */
static void walk_begin_hour(struct walk *walk)
{
    walk_set_time(walk, walk->wall.shows.hour, first_of(walk->cron->minutes),
                  first_of(walk->cron->seconds));
}

/* --- matching: each is true when its field matches, else it has moved on --------------------- */

static bool match_month(struct walk *walk)
{
    if (has(walk->cron->months, walk->wall.shows.month)) {
        return true;
    }
    walk_next_month(walk);
    return false;
}

static bool is_day(const struct cron *cron, const struct civil *shows)
{
    return has(cron->days, shows->day) ||
           (cron->has_last_day && shows->day == civil_month_days(shows->year, shows->month));
}

static bool is_weekday(const struct cron *cron, const struct civil *shows)
{
    int weekday = civil_weekday(civil_days(shows->year, shows->month, shows->day));
    bool is_nth = cron->nth == 0 || (shows->day + 6) / 7 == cron->nth;
    bool is_last = shows->day > civil_month_days(shows->year, shows->month) - 7;
    return (has(cron->weekdays, weekday) && is_nth) ||
           (has(cron->last_weekdays, weekday) && is_last);
}

static bool match_day(struct walk *walk)
{
    const struct cron *cron = walk->cron;
    const struct civil *shows = &walk->wall.shows;
    bool is_match;
    if (cron->is_any_weekday) {
        is_match = is_day(cron, shows);
    } else if (cron->is_any_day) {
        is_match = is_weekday(cron, shows);
    } else {
        is_match = is_day(cron, shows) || is_weekday(cron, shows);
    }
    if (!is_match) {
        walk_next_day(walk);
    }
    return is_match;
}

static bool is_change_day(struct walk *walk)
{
    int64_t day = walk_day(walk);
    if (walk->known_day != day) {
        struct wall begins = walk->wall;
        struct civil shows = wall_day(&begins);
        wall_set(&begins, &shows);
        struct wall ends = begins;
        shows = ends.shows;
        shows.day++;
        wall_set(&ends, &shows);
        wall_init(&ends, ends.zone, ends.unix_s - 1);
        walk->known_day = day;
        walk->is_change_day = begins.offset_s != ends.offset_s;
    }
    return walk->is_change_day;
}

/* Goes to an hour later on the same day; by single hours when the clocks change meanwhile. */
static void walk_to_hour(struct walk *walk, int hour)
{
    if (!is_change_day(walk)) {
        walk_set_time(walk, hour, first_of(walk->cron->minutes), first_of(walk->cron->seconds));
        return;
    }
    for (int left = hour - walk->wall.shows.hour; left > 0 && walk->wall.shows.hour < hour;
         left--) {
        if (!walk_hour(walk)) {
            return; /* in the midst of an hour: its minutes are to be looked at one by one */
        }
    }
    walk_begin_hour(walk);
}

/* In the hour behind a gap: is one of those left out in the pattern? */
static bool is_made_up_for(const struct walk *walk)
{
    int hour = walk->wall.shows.hour;
    if (walk->gap_hour == NO_HOUR || walk->landing_hour != hour) {
        return false;
    }
    for (int left_out = walk->gap_hour; left_out != hour; left_out = (left_out + 1) % 24) {
        if (has(walk->cron->hours, left_out)) {
            return true;
        }
    }
    return false;
}

static bool match_hour(struct walk *walk)
{
    int hour = walk->wall.shows.hour;
    if (is_made_up_for(walk)) {
        return true;
    }
    if (walk->repeated_hour == hour) {
        walk->repeated_hour = NO_HOUR;
        (void)walk_hour(walk);
        return false;
    }
    if (has(walk->cron->hours, hour)) {
        return true;
    }
    walk->gap_hour = walk->landing_hour = NO_HOUR;
    int next = next_of(walk->cron->hours, hour);
    if (next < 0) {
        walk_next_day(walk);
    } else {
        walk_to_hour(walk, next);
    }
    return false;
}

static bool match_minute(struct walk *walk)
{
    const struct cron *cron = walk->cron;
    const struct civil *shows = &walk->wall.shows;
    if (has(cron->minutes, shows->minute)) {
        return true;
    }
    int next = next_of(cron->minutes, shows->minute);
    if (next >= 0) {
        walk_set_time(walk, shows->hour, next, first_of(cron->seconds));
    } else if (walk_hour(walk)) {
        walk_begin_hour(walk);
    }
    return false;
}

static bool match_second(struct walk *walk)
{
    const struct cron *cron = walk->cron;
    const struct civil *shows = &walk->wall.shows;
    if (has(cron->seconds, shows->second)) {
        return true;
    }
    int next = next_of(cron->seconds, shows->second);
    if (next < 0) {
        walk_minute(walk);
        next = first_of(cron->seconds);
    }
    walk_set_time(walk, shows->hour, shows->minute, next);
    return false;
}

/* --- the search ----------------------------------------------------------------------------- */

/* False for days that none of the months has, such as the 31st of February or April, which are
 * known without walking. */
static bool can_come(const struct cron *cron)
{
    if (!cron->is_any_weekday || cron->has_last_day) {
        return true;
    }
    for (int month = 1; month <= 12; month++) {
        if (has(cron->months, month) &&
            first_of(cron->days) <= civil_month_days(LEAP_YEAR, month)) {
            return true;
        }
    }
    return false;
}

bool cron_next(const struct cron *cron, const struct timezone_table *zone, int64_t after_ms,
               int64_t end_ms, int64_t *ret_ms)
{
    if (after_ms < 0 || after_ms > UNIX_MS_MAX || !can_come(cron)) {
        return false;
    }
    struct walk walk = {
        .cron = cron,
        .gap_hour = NO_HOUR,
        .landing_hour = NO_HOUR,
        .repeated_hour = NO_HOUR,
        .known_day = INT64_MIN,
    };
    wall_init(&walk.wall, zone, after_ms / 1000);
    if (after_ms % 1000 != 0) {
        walk_second(&walk);
    }
    for (int step = 0; step < WALK_STEPS_MAX && walk.wall.unix_s * 1000 <= end_ms; step++) {
        if (!match_month(&walk) || !match_day(&walk) || !match_hour(&walk) ||
            !match_minute(&walk) || !match_second(&walk)) {
            continue;
        }
        if (walk.wall.unix_s * 1000 > after_ms) {
            *ret_ms = walk.wall.unix_s * 1000;
            return true;
        }
        walk_second(&walk);
    }
    return false;
}
