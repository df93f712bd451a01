/* The Gregorian calendar in days since 1970. */
#ifndef TIME_CIVIL_H
#define TIME_CIVIL_H

#include <stdint.h>

#define CIVIL_DAY_S 86400

struct civil {
    int64_t year;
    int month, day; /* 1-based */
    int hour, minute, second;
};

/* Seconds since 1970 of a date and time that count without any zone. [any] */
int64_t civil_seconds(const struct civil *civil);
struct civil civil_of(int64_t seconds);

/* Days since 1970; day may lie outside the month. [any] */
int64_t civil_days(int64_t year, int month, int day);

/* 28…31. [any] */
int civil_month_days(int64_t year, int month);

/* 0 = Sunday. [any] */
int civil_weekday(int64_t days);

#endif
