/* Durations and sizes: numbers with units. */
#include "core/options-private.h"

#include <errno.h>
#include <stdlib.h>

struct unit {
    const char *name;
    int64_t factor;
};

/* Smallest first; rendering takes the largest that divides. */
static const struct unit duration_units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000},
};
static const struct unit size_units[] = {
    {"B", 1},
    {"KB", 1 << 10},
    {"MB", 1 << 20},
    {"GB", 1 << 30},
};

bool options_parse_digits(const char *text, const char **ret_end, int64_t *ret_value)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || errno != 0) {
        return false;
    }
    *ret_end = end;
    *ret_value = value;
    return true;
}

static bool units_parse(const char *text, const struct unit *units, size_t units_count,
                        int64_t *ret_value)
{
    const char *end;
    int64_t number;
    if (!options_parse_digits(text, &end, &number)) {
        return false;
    }
    if (*end == '\0' && number == 0) {
        *ret_value = 0;
        return true;
    }
    for (size_t i = 0; i < units_count; i++) {
        if (strcmp(end, units[i].name) == 0) {
            return !__builtin_mul_overflow(number, units[i].factor, ret_value);
        }
    }
    return false;
}

bool options_parse_duration(const char *text, int64_t *ret_ms)
{
    return units_parse(text, duration_units, ARRAY_LEN(duration_units), ret_ms);
}

static void units_render(int64_t value, const struct unit *units, size_t units_count,
                         struct sbuf *out)
{
    if (value == 0) {
        sbuf_putc(out, '0');
        return;
    }
    size_t unit = 0;
    for (size_t i = 0; i < units_count; i++) {
        if (value % units[i].factor == 0) {
            unit = i;
        }
    }
    sbuf_printf(out, "%lld%s", (long long)(value / units[unit].factor), units[unit].name);
}

void options_render_duration(int64_t ms, struct sbuf *out)
{
    /* 24h reads better than 1d, 600s is what people write as 10m */
    units_render(ms, duration_units, ARRAY_LEN(duration_units) - (ms < 172800000), out);
}

bool options_parse_size(const char *text, int64_t *ret_bytes)
{
    return units_parse(text, size_units, ARRAY_LEN(size_units), ret_bytes);
}

void options_render_size(int64_t bytes, struct sbuf *out)
{
    units_render(bytes, size_units, ARRAY_LEN(size_units), out);
}
