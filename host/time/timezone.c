/* Which moments a local time means: by asking, for every offset the zone ever had, whether it was
 * in force at the moment it leads to. */
#include "time/timezone.h"

#include <ctype.h>

#include "time/civil.h"
#include "time/timezone-private.h"

/* No zone was ever further from UTC, nor changed by more. */
#define GAP_SEARCH_S (2 * TIMEZONE_OFFSET_S_MAX)

static bool name_is_of_other_tree(struct span name)
{
    return (name.len >= 6 && memcmp(name.data, "right/", 6) == 0) ||
           (name.len >= 6 && memcmp(name.data, "posix/", 6) == 0);
}

bool timezone_name_is_valid(struct span name)
{
    if (name.len == 0 || name.len > TIMEZONE_NAME_BYTES_MAX || name_is_of_other_tree(name)) {
        return false;
    }
    bool is_part_begun = false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool is_good =
            c == '/' ? is_part_begun
                     : c < 0x80 && (isalnum(c) || (is_part_begun && memchr("_+-", c, 3) != NULL));
        if (!is_good) {
            return false;
        }
        is_part_begun = c != '/';
    }
    return is_part_begun;
}

static int64_t read_time(const struct timezone_table *table, uint32_t index)
{
    return timezone_read_64(table->times + (size_t)index * 8);
}

static struct timezone_offset type_offset(const struct timezone_table *table, unsigned type)
{
    const uint8_t *at = table->types + (size_t)type * TIMEZONE_TYPE_BYTES;
    const char *name = table->names + at[5];
    size_t room = table->names_bytes - at[5];
    return (struct timezone_offset){
        .offset_s = timezone_read_32(at),
        .is_lmt = room >= sizeof("LMT") && memcmp(name, "LMT", sizeof("LMT")) == 0,
    };
}

/* The day a rule falls on in a year. */
static int64_t rule_day(const struct timezone_rule *rule, int64_t year)
{
    int64_t new_year = civil_days(year, 1, 1);
    if (rule->kind == RULE_ZERO_BASED) {
        return new_year + rule->day;
    }
    if (rule->kind == RULE_JULIAN) { /* the 29th of February is not counted */
        bool is_leap = civil_month_days(year, 2) == 29;
        return new_year + rule->day - 1 + (is_leap && rule->day >= 60 ? 1 : 0);
    }
    int64_t first = civil_days(year, rule->month, 1);
    int64_t day = first + (rule->day - civil_weekday(first) + 7) % 7 + (rule->week - 1) * 7;
    return day >= first + civil_month_days(year, rule->month) ? day - 7 : day;
}

static struct timezone_offset future_offset(const struct timezone_table *table, int64_t unix_s)
{
    struct timezone_offset standard = {table->standard_s, false};
    if (!table->has_summer) {
        return standard;
    }
    int64_t year = civil_of(unix_s + table->standard_s).year;
    const struct timezone_rule *begins = &table->summer_begins, *ends = &table->summer_ends;
    int64_t from_s = rule_day(begins, year) * CIVIL_DAY_S + begins->time_s - table->standard_s;
    int64_t to_s = rule_day(ends, year) * CIVIL_DAY_S + ends->time_s - table->summer_s;
    bool is_summer =
        from_s < to_s ? from_s <= unix_s && unix_s < to_s : !(to_s <= unix_s && unix_s < from_s);
    return is_summer ? (struct timezone_offset){table->summer_s, false} : standard;
}

struct timezone_offset timezone_at(const struct timezone_table *table, int64_t unix_s)
{
    uint32_t low = 0, high = table->times_count; /* changes up to and including unix_s */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (read_time(table, middle) <= unix_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == table->times_count && table->has_future) {
        return future_offset(table, unix_s);
    }
    return type_offset(table, low == 0 ? 0 : table->indices[low - 1]);
}

/* Adds the moment that local_s is at this offset, when the offset was in force then. */
static unsigned add_instant(const struct timezone_table *table, int64_t local_s, int32_t offset_s,
                            struct timezone_instant *instants, unsigned count)
{
    int64_t unix_s = local_s - offset_s;
    struct timezone_offset offset = timezone_at(table, unix_s);
    if (offset.offset_s != offset_s || count == TIMEZONE_INSTANTS_MAX) {
        return count;
    }
    unsigned at = count;
    while (at > 0 && instants[at - 1].unix_s >= unix_s) {
        at--;
    }
    if (at < count && instants[at].unix_s == unix_s) {
        return count;
    }
    memmove(instants + at + 1, instants + at, (count - at) * sizeof(*instants));
    instants[at] = (struct timezone_instant){unix_s, offset};
    return count + 1;
}

unsigned timezone_find(const struct timezone_table *table, int64_t local_s,
                       struct timezone_instant ret_instants[TIMEZONE_INSTANTS_MAX])
{
    unsigned count = 0;
    for (unsigned type = 0; type < table->types_count; type++) {
        int32_t offset_s = type_offset(table, type).offset_s;
        count = add_instant(table, local_s, offset_s, ret_instants, count);
    }
    if (table->has_future) {
        count = add_instant(table, local_s, table->standard_s, ret_instants, count);
    }
    if (table->has_future && table->has_summer) {
        count = add_instant(table, local_s, table->summer_s, ret_instants, count);
    }
    return count;
}

void timezone_gap(const struct timezone_table *table, int64_t local_s, int64_t *ret_from_s,
                  int64_t *ret_to_s)
{
    int64_t before = local_s - GAP_SEARCH_S, after = local_s + GAP_SEARCH_S;
    while (after - before > 1) { /* the clock shows less than local_s at before, more at after */
        int64_t middle = before + (after - before) / 2;
        if (middle + timezone_at(table, middle).offset_s < local_s) {
            before = middle;
        } else {
            after = middle;
        }
    }
    *ret_from_s = after + timezone_at(table, before).offset_s;
    *ret_to_s = after + timezone_at(table, after).offset_s;
}
