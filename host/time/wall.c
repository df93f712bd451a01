/* Moves a clock on a wall. Which of several moments a local time means is decided as the library
 * luxon does, because schedules must be the same here and in Node workers. */
#include "time/wall.h"

void wall_init(struct wall *wall, const struct timezone_table *zone, int64_t unix_s)
{
    wall->zone = zone;
    wall->unix_s = unix_s;
    wall->offset_s = timezone_at(zone, unix_s).offset_s;
    wall->shows = civil_of(unix_s + wall->offset_s);
}

void wall_set(struct wall *wall, const struct civil *shows)
{
    int64_t local_s = civil_seconds(shows);
    int64_t unix_s = local_s - wall->offset_s;
    int32_t offset_s = timezone_at(wall->zone, unix_s).offset_s;
    if (offset_s != wall->offset_s) {
        unix_s = local_s - offset_s;
        int32_t other_s = timezone_at(wall->zone, unix_s).offset_s;
        if (other_s != offset_s) { /* left out */
            unix_s = local_s - (other_s < offset_s ? other_s : offset_s);
        }
    }
    wall_init(wall, wall->zone, unix_s);
}

struct civil wall_hour(const struct wall *wall)
{
    struct civil shows = wall->shows;
    shows.minute = shows.second = 0;
    return shows;
}

struct civil wall_day(const struct wall *wall)
{
    struct civil shows = wall_hour(wall);
    shows.hour = 0;
    return shows;
}

void wall_to_change(struct wall *wall, int64_t most_s)
{
    int64_t before = wall->unix_s, after = wall->unix_s + most_s;
    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (timezone_at(wall->zone, middle).offset_s == wall->offset_s) {
            before = middle;
        } else {
            after = middle;
        }
    }
    wall_init(wall, wall->zone, after);
}
