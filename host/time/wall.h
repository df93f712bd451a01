/* A clock on a wall: a moment as the people of a zone read it, and moved by what they read. */
#ifndef TIME_WALL_H
#define TIME_WALL_H

#include <stdint.h>

#include "time/civil.h"
#include "time/timezone.h"

struct wall {
    const struct timezone_table *zone; /* borrowed */
    int64_t unix_s;
    int32_t offset_s;
    struct civil shows;
};

/* Shows that moment. [any] */
void wall_init(struct wall *wall, const struct timezone_table *zone, int64_t unix_s);

/* Turns the hands; members of shows may lie beyond their ends (the 32nd, second 60). A time that
 * comes twice is taken as it lies to the present offset; one that is left out becomes the one that
 * is as far behind the gap's end as it is behind its beginning. [any] */
void wall_set(struct wall *wall, const struct civil *shows);

/* What the clock shows, with all below the hour or the day at zero, for wall_set. [any] */
struct civil wall_hour(const struct wall *wall);
struct civil wall_day(const struct wall *wall);

/* Goes on to the first moment after this one whose offset is another, at most most_s from here;
 * exactly that far when there is none. [any] */
void wall_to_change(struct wall *wall, int64_t most_s);

#endif
