/* Reads the bytes of a TZif file: a header and a block of 32-bit times that is passed over, the
 * same with 64-bit times, and a line that says what goes on after the last of them. */
#include <ctype.h>

#include "time/timezone-private.h"
#include "time/timezone.h"

#define HEADER_BYTES 44
#define TIMES_MAX 8192
#define TYPES_MAX 256
#define NAMES_BYTES_MAX 2048
#define RULE_HOURS_MAX 167 /* a week: rules may count from another day */
#define UNIX_S_MAX (INT64_C(1) << 56)

struct block {
    uint32_t ut_count, std_count, leaps_count, times_count, types_count, names_bytes;
};

static bool read_header(struct span file, struct block *ret_block, struct err *err)
{
    const uint8_t *at = (const uint8_t *)file.data;
    if (file.len < HEADER_BYTES || memcmp(at, "TZif", 4) != 0) {
        return err_set(err, ERR_INVALID, "it is no TZif file");
    }
    if (at[4] < '2') {
        return err_set(err, ERR_INVALID, "it is of version 1, without 64-bit times");
    }
    struct block block = {
        .ut_count = (uint32_t)timezone_read_32(at + 20),
        .std_count = (uint32_t)timezone_read_32(at + 24),
        .leaps_count = (uint32_t)timezone_read_32(at + 28),
        .times_count = (uint32_t)timezone_read_32(at + 32),
        .types_count = (uint32_t)timezone_read_32(at + 36),
        .names_bytes = (uint32_t)timezone_read_32(at + 40),
    };
    if (block.leaps_count > 0) {
        return err_set(err, ERR_INVALID, "it counts leap seconds");
    }
    if (block.times_count > TIMES_MAX || block.types_count > TYPES_MAX ||
        block.names_bytes > NAMES_BYTES_MAX || block.ut_count > block.types_count ||
        block.std_count > block.types_count) {
        return err_set(err, ERR_INVALID, "its header makes no sense");
    }
    *ret_block = block;
    return true;
}

/* Bytes after the header, the header not counted. */
static size_t block_bytes(const struct block *block, size_t time_bytes)
{
    return block->times_count * (time_bytes + 1) + block->types_count * TIMEZONE_TYPE_BYTES +
           block->names_bytes + block->std_count + block->ut_count;
}

static bool check_times(const struct timezone_table *table, struct err *err)
{
    int64_t last = -UNIX_S_MAX - 1;
    for (uint32_t i = 0; i < table->times_count; i++) {
        int64_t time = timezone_read_64(table->times + (size_t)i * 8);
        if (time <= last || time > UNIX_S_MAX || table->indices[i] >= table->types_count) {
            return err_set(err, ERR_INVALID, "change %u makes no sense", i);
        }
        last = time;
    }
    return true;
}

static bool check_types(const struct timezone_table *table, struct err *err)
{
    for (uint32_t i = 0; i < table->types_count; i++) {
        const uint8_t *at = table->types + (size_t)i * TIMEZONE_TYPE_BYTES;
        int32_t offset_s = timezone_read_32(at);
        if (offset_s < -TIMEZONE_OFFSET_S_MAX || offset_s > TIMEZONE_OFFSET_S_MAX ||
            at[5] >= table->names_bytes) {
            return err_set(err, ERR_INVALID, "type %u makes no sense", i);
        }
    }
    return true;
}

static bool read_block(struct span file, const struct block *block, struct timezone_table *table,
                       struct err *err)
{
    if (block->types_count == 0 || file.len - HEADER_BYTES < block_bytes(block, 8)) {
        return err_set(err, ERR_INVALID, "it ends too early");
    }
    table->times_count = block->times_count;
    table->types_count = block->types_count;
    table->names_bytes = block->names_bytes;
    table->times = (const uint8_t *)file.data + HEADER_BYTES;
    table->indices = table->times + (size_t)block->times_count * 8;
    table->types = table->indices + block->times_count;
    table->names = (const char *)table->types + (size_t)block->types_count * TIMEZONE_TYPE_BYTES;
    return check_times(table, err) && check_types(table, err);
}

/* --- the last line: "CET-1CEST,M3.5.0,M10.5.0/3" ------------------------------------------------
 * Each reader takes its part off the front of *text, or leaves false behind. */

static bool take(struct span *text, char c)
{
    if (text->len == 0 || text->data[0] != c) {
        return false;
    }
    text->data++;
    text->len--;
    return true;
}

static bool take_number(struct span *text, int max, int *ret_number)
{
    int number = 0;
    size_t digits = 0;
    while (text->len > 0 && isdigit((unsigned char)text->data[0]) && digits < 4) {
        number = number * 10 + (text->data[0] - '0');
        (void)take(text, text->data[0]);
        digits++;
    }
    *ret_number = number;
    return digits > 0 && number <= max;
}

static bool take_name(struct span *text)
{
    bool is_quoted = take(text, '<');
    size_t len = 0;
    while (text->len > 0 &&
           (isalpha((unsigned char)text->data[0]) || (is_quoted && text->data[0] != '>'))) {
        (void)take(text, text->data[0]);
        len++;
    }
    return len >= 3 && (!is_quoted || take(text, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct span *text, int32_t *ret_seconds)
{
    bool is_negative = take(text, '-');
    if (!is_negative) {
        (void)take(text, '+');
    }
    int hours = 0, minutes = 0, seconds = 0;
    if (!take_number(text, RULE_HOURS_MAX, &hours) ||
        (take(text, ':') && !take_number(text, 59, &minutes)) ||
        (take(text, ':') && !take_number(text, 59, &seconds))) {
        return false;
    }
    int32_t total = hours * 3600 + minutes * 60 + seconds;
    *ret_seconds = is_negative ? -total : total;
    return true;
}

/* POSIX counts west of Greenwich. */
static bool take_offset(struct span *text, int32_t *ret_offset_s)
{
    int32_t west_s = 0;
    if (!take_time(text, &west_s) || west_s > TIMEZONE_OFFSET_S_MAX ||
        west_s < -TIMEZONE_OFFSET_S_MAX) {
        return false;
    }
    *ret_offset_s = -west_s;
    return true;
}

static bool take_rule(struct span *text, struct timezone_rule *ret_rule)
{
    struct timezone_rule rule = {.kind = RULE_ZERO_BASED, .time_s = 2 * 3600};
    bool is_good;
    if (take(text, 'M')) {
        rule.kind = RULE_WEEKDAY;
        is_good = take_number(text, 12, &rule.month) && rule.month > 0 && take(text, '.') &&
                  take_number(text, 5, &rule.week) && rule.week > 0 && take(text, '.') &&
                  take_number(text, 6, &rule.day);
    } else if (take(text, 'J')) {
        rule.kind = RULE_JULIAN;
        is_good = take_number(text, 365, &rule.day) && rule.day > 0;
    } else {
        is_good = take_number(text, 365, &rule.day);
    }
    if (!is_good || (take(text, '/') && !take_time(text, &rule.time_s))) {
        return false;
    }
    *ret_rule = rule;
    return true;
}

static bool read_future(struct span text, struct timezone_table *table)
{
    if (!take_name(&text) || !take_offset(&text, &table->standard_s)) {
        return false;
    }
    table->has_future = true;
    if (text.len == 0) {
        return true;
    }
    table->has_summer = true;
    table->summer_s = table->standard_s + 3600;
    return take_name(&text) &&
           (text.len == 0 || text.data[0] == ',' || take_offset(&text, &table->summer_s)) &&
           take(&text, ',') && take_rule(&text, &table->summer_begins) && take(&text, ',') &&
           take_rule(&text, &table->summer_ends) && text.len == 0;
}

static bool read_footer(struct span rest, struct timezone_table *table, struct err *err)
{
    if (!take(&rest, '\n')) {
        return err_set(err, ERR_INVALID, "its last line is missing");
    }
    const char *end = rest.len > 0 ? memchr(rest.data, '\n', rest.len) : NULL;
    if (end == NULL) {
        return err_set(err, ERR_INVALID, "its last line does not end");
    }
    rest.len = (size_t)(end - rest.data);
    return rest.len == 0 || read_future(rest, table) ||
           err_set(err, ERR_INVALID, "its last line makes no sense");
}

bool timezone_parse(struct span file, struct timezone_table *ret_table, struct err *err)
{
    struct block block;
    if (!read_header(file, &block, err)) {
        return false;
    }
    size_t old_bytes = HEADER_BYTES + block_bytes(&block, 4);
    if (file.len < old_bytes) {
        return err_set(err, ERR_INVALID, "it ends too early");
    }
    struct span rest = {file.data + old_bytes, file.len - old_bytes};
    struct timezone_table table = {0};
    if (!read_header(rest, &block, err) || !read_block(rest, &block, &table, err)) {
        return false;
    }
    size_t bytes = HEADER_BYTES + block_bytes(&block, 8);
    if (!read_footer((struct span){rest.data + bytes, rest.len - bytes}, &table, err)) {
        return false;
    }
    *ret_table = table;
    return true;
}
