/* Calendar arithmetic: years are counted from March, so that the leap day comes last. */
#include "time/civil.h"

#include <stdbool.h>

#define ERA_YEARS 400
#define ERA_DAYS 146097
#define ERA_SHIFT_DAYS 719468 /* from the first of March of year 0 to 1970 */

static int64_t floor_div(int64_t number, int64_t by)
{
    return number / by - (number % by < 0 ? 1 : 0);
}

int64_t civil_days(int64_t year, int month, int day)
{
    int64_t from_march = year - (month <= 2 ? 1 : 0);
    int64_t era = floor_div(from_march, ERA_YEARS);
    int64_t of_era = from_march - era * ERA_YEARS;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - ERA_SHIFT_DAYS;
}

static void civil_set_date(struct civil *civil, int64_t days)
{
    int64_t shifted = days + ERA_SHIFT_DAYS;
    int64_t era = floor_div(shifted, ERA_DAYS);
    int64_t of_era = shifted - era * ERA_DAYS;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* from March */
    civil->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    civil->month = (int)(month < 10 ? month + 3 : month - 9);
    civil->year = year + era * ERA_YEARS + (civil->month <= 2 ? 1 : 0);
}

int civil_month_days(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && is_leap ? 29 : days[month - 1];
}

int civil_weekday(int64_t days)
{
    return (int)(days + 4 - floor_div(days + 4, 7) * 7); /* 1970 began on a Thursday */
}

int64_t civil_seconds(const struct civil *civil)
{
    return civil_days(civil->year, civil->month, civil->day) * CIVIL_DAY_S +
           civil->hour * INT64_C(3600) + civil->minute * 60 + civil->second;
}

struct civil civil_of(int64_t seconds)
{
    int64_t days = floor_div(seconds, CIVIL_DAY_S);
    int left = (int)(seconds - days * CIVIL_DAY_S);
    struct civil civil = {.hour = left / 3600, .minute = left / 60 % 60, .second = left % 60};
    civil_set_date(&civil, days);
    return civil;
}
