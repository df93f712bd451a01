/* Reads a field of a pattern. It is first written out: names become numbers and "*" the field's
 * whole range, so that "*" may stand wherever a range may. */
#include <stdio.h>
#include <strings.h>

#include "core/attr.h"
#include "time/cron-private.h"

#define NUMBER_MAX 1000000
#define RANGE_BYTES 8 /* "0-59" and what snprintf wants */
#define TEXT_BYTES (CRON_PATTERN_BYTES_MAX * 4 + RANGE_BYTES)
#define WEEKDAY_MAX 7

struct field_kind {
    const char *name;
    int min, max;
    bool has_names, has_last;
};

static const struct field_kind kinds[CRON_FIELDS_COUNT] = {
    {"second", 0, 59, false, false}, {"minute", 0, 59, false, false},
    {"hour", 0, 23, false, false},   {"day of month", 1, 31, false, true},
    {"month", 1, 12, true, false},   {"day of week", 0, WEEKDAY_MAX, true, true},
};

/* A field on its way from text to sets. */
struct field {
    const struct field_kind *kind;
    struct span raw;       /* as it stands in the pattern */
    char text[TEXT_BYTES]; /* written out */
    size_t len;
    uint64_t set;
    uint64_t last_set; /* first digits of "5L", as weekdays */
};

static bool field_fault(const struct field *field, struct err *err, const char *what)
{
    return err_set(err, ERR_INVALID, "%s '%.*s': %s", field->kind->name, (int)field->raw.len,
                   field->raw.data, what);
}

/* --- writing out ---------------------------------------------------------------------------- */

/* Either kind of name may stand in either field; -1 = no name. */
static int name_number(const char *name)
{
    static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                         "jul", "aug", "sep", "oct", "nov", "dec"};
    static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    for (size_t i = 0; i < ARRAY_LEN(months); i++) {
        if (strncasecmp(name, months[i], 3) == 0) {
            return (int)i + 1;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(weekdays); i++) {
        if (strncasecmp(name, weekdays[i], 3) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_at(const struct field *field, size_t at)
{
    const char *text = field->raw.data + at;
    return field->kind->has_names && at + 3 <= field->raw.len && is_letter(text[0]) &&
           is_letter(text[1]) && is_letter(text[2]);
}

static void field_put_range(struct field *field)
{
    field->len += (size_t)snprintf(field->text + field->len, RANGE_BYTES, "%d-%d", field->kind->min,
                                   field->kind->max);
}

static bool field_put_char(struct field *field, char c, struct err *err)
{
    if (c == 'H') {
        return field_fault(field, err, "'H' is not supported, name the time");
    }
    bool is_good = (c >= '0' && c <= '9') || c == ',' || c == '-' || c == '/' ||
                   (c == 'L' && field->kind->has_last);
    field->text[field->len++] = c;
    return is_good || field_fault(field, err, "it has a character that means nothing there");
}

static bool field_write_out(struct field *field, struct err *err)
{
    for (size_t i = 0; i < field->raw.len; i++) {
        char c = field->raw.data[i];
        if (c == '*' || c == '?') {
            field_put_range(field);
        } else if (is_name_at(field, i)) {
            int number = name_number(field->raw.data + i);
            if (number < 0) {
                return field_fault(field, err, "it has a name of no month or weekday");
            }
            field->len += (size_t)snprintf(field->text + field->len, RANGE_BYTES, "%d", number);
            i += 2;
        } else if (!field_put_char(field, c, err)) {
            return false;
        }
    }
    return true;
}

/* --- the list ------------------------------------------------------------------------------- */

/* The number at the beginning, or -1; what follows it does not count. */
static int leading_number(struct span text)
{
    int number = -1;
    for (size_t i = 0; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
        number = (number < 0 ? 0 : number) * 10 + (text.data[i] - '0');
        number = number < NUMBER_MAX ? number : NUMBER_MAX;
    }
    return number;
}

/* Cuts off what stands before the first mark; false, and all of it, when there is none. */
static bool cut_at(struct span text, char mark, struct span *ret_before, struct span *ret_after)
{
    const char *at = text.len > 0 ? memchr(text.data, mark, text.len) : NULL;
    *ret_before = text;
    if (at == NULL) {
        return false;
    }
    ret_before->len = (size_t)(at - text.data);
    *ret_after = (struct span){at + 1, text.len - ret_before->len - 1};
    return true;
}

static bool field_add(struct field *field, int value, struct err *err)
{
    uint64_t bit = UINT64_C(1) << value;
    if ((field->set & bit) != 0) {
        return field_fault(field, err, "it names a value twice");
    }
    field->set |= bit;
    return true;
}

static bool field_add_range(struct field *field, int min, int max, int step, struct err *err)
{
    const struct field_kind *kind = field->kind;
    if (min < kind->min || max > kind->max || max < 0) {
        return err_set(err, ERR_INVALID, "%s '%.*s': ranges go from %d to %d", kind->name,
                       (int)field->raw.len, field->raw.data, kind->min, kind->max);
    }
    if (min > max) {
        return field_fault(field, err, "a range goes backwards");
    }
    if (step <= 0) {
        return field_fault(field, err, "a step is a number from 1 up");
    }
    /* A range of weekdays that ends on the second Sunday holds the first one too. */
    bool has_sunday = kind == &kinds[CRON_WEEKDAY] && max == WEEKDAY_MAX && (max - min) % step == 0;
    if (has_sunday && min > 0 && !field_add(field, 0, err)) {
        return false;
    }
    for (int value = min; value <= max; value += step) {
        if (!field_add(field, value, err)) {
            return false;
        }
    }
    return true;
}

static bool field_add_value(struct field *field, struct span atom, struct err *err)
{
    const struct field_kind *kind = field->kind;
    int value = leading_number(atom);
    if (value < kind->min || value > kind->max) {
        return err_set(err, ERR_INVALID, "%s '%.*s': values go from %d to %d", kind->name,
                       (int)field->raw.len, field->raw.data, kind->min, kind->max);
    }
    return field_add(field, kind == &kinds[CRON_WEEKDAY] ? value % 7 : value, err);
}

/* "L", "5L" */
static bool field_add_last(struct field *field, struct span atom, struct err *err)
{
    bool is_weekday = field->kind == &kinds[CRON_WEEKDAY];
    if (atom.len > 3 || atom.data[atom.len - 1] != 'L' ||
        memchr(atom.data, 'L', atom.len) != atom.data + atom.len - 1 ||
        (is_weekday && atom.len == 1)) {
        return field_fault(field, err,
                           is_weekday ? "'L' stands behind a weekday" : "'L' stands alone");
    }
    for (size_t at = 0; field->text + at < atom.data; at++) { /* the same before it? */
        bool is_begin = at == 0 || field->text[at - 1] == ',';
        if (is_begin && memcmp(field->text + at, atom.data, atom.len) == 0) {
            return field_fault(field, err, "it names a value twice");
        }
    }
    if (is_weekday) {
        field->last_set |= UINT64_C(1) << (atom.data[0] - '0') % 7;
    }
    return true;
}

static bool field_add_atom(struct field *field, struct span atom, struct err *err)
{
    struct span range, rest = {0}, min, max = {0}, step = {0};
    if (atom.len == 0) {
        return field_fault(field, err, "a part of the list is empty");
    }
    bool has_step = cut_at(atom, '/', &range, &step);
    if (has_step && memchr(step.data, '/', step.len) != NULL) {
        return field_fault(field, err, "one '/' is enough");
    }
    bool has_range = cut_at(range, '-', &min, &max);
    if (has_range || has_step) {
        (void)cut_at(max, '-', &max, &rest); /* a third number is passed over */
        return field_add_range(field, leading_number(min),
                               has_range ? leading_number(max) : field->kind->max,
                               has_step ? leading_number(step) : 1, err);
    }
    return memchr(atom.data, 'L', atom.len) != NULL ? field_add_last(field, atom, err)
                                                    : field_add_value(field, atom, err);
}

bool cron_field_parse(enum cron_field which, struct span raw, uint64_t *ret_set,
                      uint64_t *ret_last_set, struct err *err)
{
    struct field field;
    field.kind = &kinds[which];
    field.raw = raw;
    field.len = 0;
    field.set = field.last_set = 0;
    if (!field_write_out(&field, err)) {
        return false;
    }
    struct span rest = {field.text, field.len}, atom;
    bool has_more = true;
    while (has_more) {
        has_more = cut_at(rest, ',', &atom, &rest);
        if (!field_add_atom(&field, atom, err)) {
            return false;
        }
    }
    *ret_set = field.set;
    *ret_last_set = field.last_set;
    return true;
}
