/* Reads patterns: cuts them into fields, and sees to what concerns more than one field. */
#include <ctype.h>

#include "time/civil.h"
#include "time/cron-private.h"

#define LEAP_YEAR 2000

static bool weekday_fault(struct span raw, struct err *err, const char *what)
{
    return err_set(err, ERR_INVALID, "day of week '%.*s': %s", (int)raw.len, raw.data, what);
}

/* Takes "#2" off the end of the weekdays. */
static bool weekday_take_nth(struct span *raw, int *ret_nth, struct err *err)
{
    const char *mark = memchr(raw->data, '#', raw->len);
    if (mark == NULL) {
        return true;
    }
    struct span days = {raw->data, (size_t)(mark - raw->data)};
    if (raw->len != days.len + 2 || mark[1] < '1' || mark[1] > '5') {
        return weekday_fault(*raw, err, "a number from 1 to 5 stands behind '#'");
    }
    for (size_t i = 0; i < days.len; i++) {
        if (strchr(",-/", days.data[i]) != NULL) {
            return weekday_fault(*raw, err, "one weekday stands before '#'");
        }
    }
    *ret_nth = mark[1] - '0';
    *raw = days;
    return true;
}

static bool is_any(struct span raw)
{
    return span_is(raw, "*") || span_is(raw, "?");
}

static bool cron_parse_field(struct cron *cron, enum cron_field which, struct span raw,
                             struct err *err)
{
    uint64_t *const sets[CRON_FIELDS_COUNT] = {&cron->seconds, &cron->minutes, &cron->hours,
                                               &cron->days,    &cron->months,  &cron->weekdays};
    bool has_last = memchr(raw.data, 'L', raw.len) != NULL, is_any_value = is_any(raw);
    uint64_t last_set = 0;
    if ((which == CRON_WEEKDAY && !weekday_take_nth(&raw, &cron->nth, err)) ||
        !cron_field_parse(which, raw, sets[which], &last_set, err)) {
        return false;
    }
    if (which == CRON_DAY) {
        cron->is_any_day = is_any_value;
        cron->has_last_day = has_last;
    } else if (which == CRON_WEEKDAY) {
        cron->is_any_weekday = is_any_value;
        cron->last_weekdays = has_last ? cron->weekdays | last_set : 0;
    }
    return true;
}

/* Cuts the next word off; false when there is none. */
static bool take_word(struct span *rest, struct span *ret_word)
{
    size_t begin = 0;
    while (begin < rest->len && isspace((unsigned char)rest->data[begin])) {
        begin++;
    }
    size_t end = begin;
    while (end < rest->len && !isspace((unsigned char)rest->data[end])) {
        end++;
    }
    *ret_word = (struct span){rest->data + begin, end - begin};
    *rest = (struct span){rest->data + end, rest->len - end};
    return end > begin;
}

/* A day that the one month named never has. With several months it just never comes. */
static bool cron_has_its_day(const struct cron *cron)
{
    bool is_one_month = (cron->months & (cron->months - 1)) == 0;
    return !is_one_month || cron->has_last_day || !cron->is_any_weekday ||
           __builtin_ctzll(cron->days) <=
               civil_month_days(LEAP_YEAR, __builtin_ctzll(cron->months));
}

bool cron_parse(struct span pattern, struct cron *ret_cron, struct err *err)
{
    struct span words[CRON_FIELDS_COUNT + 1];
    int count = 0;
    if (pattern.len > CRON_PATTERN_BYTES_MAX) {
        return err_set(err, ERR_INVALID, "it is %zu bytes long, more than %d", pattern.len,
                       CRON_PATTERN_BYTES_MAX);
    }
    while (count <= CRON_FIELDS_COUNT && take_word(&pattern, &words[count])) {
        count++;
    }
    if (count > 0 && words[0].data[0] == '@') {
        return err_set(err, ERR_INVALID,
                       "names like @daily are not supported, write the fields: 0 0 * * *");
    }
    if (count != CRON_FIELDS_COUNT && count != CRON_FIELDS_COUNT - 1) {
        return err_set(err, ERR_INVALID, "it has %s fields, a pattern has 5, or 6 with seconds",
                       count > CRON_FIELDS_COUNT ? "too many" : "too few");
    }
    struct cron cron = {.seconds = 1};
    int first = CRON_FIELDS_COUNT - count;
    for (int i = first; i < CRON_FIELDS_COUNT; i++) {
        if (!cron_parse_field(&cron, (enum cron_field)i, words[i - first], err)) {
            return false;
        }
    }
    if (!cron_has_its_day(&cron)) {
        return err_set(err, ERR_INVALID, "day of month: no such day in that month");
    }
    *ret_cron = cron;
    return true;
}
