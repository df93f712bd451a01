/* One value of the configuration: text to field and back. */
#include "core/options-private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/mem.h"

#define OPTION_LIST_ITEMS_MAX 256

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

/* Words that other programs' LOG_LEVEL uses. */
static const struct {
    const char *word, *ours;
} word_aliases[] = {
    {"warn", "warning"},
    {"trace", "debug"},
    {"verbose", "debug"},
    {"fatal", "error"},
};

void options_list_add(struct options_list *list, const char *item, size_t len)
{
    char **items = mem_array(list->count + 1, sizeof(*items));
    for (size_t i = 0; i < list->count; i++) {
        items[i] = list->items[i];
    }
    items[list->count++] = mem_strndup(item, len);
    free(list->items);
    list->items = items;
}

void options_list_fini(struct options_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct options_list){0};
}

static bool value_parse_digits(const char *text, const char **ret_end, int64_t *ret_value)
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

static bool value_parse_units(const char *text, const struct unit *units, size_t units_count,
                              int64_t *ret_value)
{
    const char *end;
    int64_t number;
    if (!value_parse_digits(text, &end, &number)) {
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

static bool value_parse_duration(const char *text, int64_t *ret_ms)
{
    return value_parse_units(text, duration_units, ARRAY_LEN(duration_units), ret_ms);
}

static void value_render_units(int64_t value, const struct unit *units, size_t units_count,
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

static void value_render_duration(int64_t ms, struct sbuf *out)
{
    /* 24h reads better than 1d, 600s is what people write as 10m */
    value_render_units(ms, duration_units, ARRAY_LEN(duration_units) - (ms < 172800000), out);
}

void options_value_describe_range(const struct option *option, struct sbuf *out)
{
    switch (option->type) {
    case OPTION_BOOL:
        sbuf_puts(out, "yes or no");
        break;
    case OPTION_WORD:
        for (size_t i = 0; i < option->words_count; i++) {
            const char *before = i + 1 == option->words_count ? " or " : ", ";
            sbuf_printf(out, "%s%s", i == 0 ? "" : before, option->words[i]);
        }
        break;
    case OPTION_DURATION:
        sbuf_puts(out, "a duration from ");
        value_render_duration(option->min, out);
        sbuf_puts(out, " to ");
        value_render_duration(option->max, out);
        break;
    case OPTION_SIZE:
        sbuf_puts(out, "a size from ");
        value_render_units(option->min, size_units, ARRAY_LEN(size_units), out);
        sbuf_puts(out, " to ");
        value_render_units(option->max, size_units, ARRAY_LEN(size_units), out);
        break;
    case OPTION_LIMITER:
        sbuf_puts(out, "jobs/duration like 10/60s, or off");
        break;
    case OPTION_LIST:
        sbuf_puts(out, "a list separated by commas");
        break;
    case OPTION_TEXT:
        sbuf_puts(out, "a text");
        break;
    case OPTION_URL:
        sbuf_puts(out, "an address");
        break;
    default:
        sbuf_printf(out, "a number from %lld to %lld", (long long)option->min,
                    (long long)option->max);
    }
}

/* "must be …, not 'x'". */
static bool value_refuse(const struct option *option, const char *text, struct err *err)
{
    struct sbuf range;
    sbuf_init(&range, ERR_TEXT_BYTES_MAX);
    options_value_describe_range(option, &range);
    if (option->is_secret) {
        (void)err_set(err, ERR_INVALID, "must be %s", range.data);
    } else {
        (void)err_set(err, ERR_INVALID, "must be %s, not '%.100s'", range.data, text);
    }
    sbuf_fini(&range);
    return false;
}

static bool value_parse_limiter(const char *text, bool is_environment, int64_t duration_max_ms,
                                struct options_limiter *ret_limiter)
{
    if (strcmp(text, "off") == 0 || (is_environment && strcmp(text, "0") == 0)) {
        *ret_limiter = (struct options_limiter){0};
        return true;
    }
    const char *end, *tail;
    int64_t max, duration_ms;
    if (!value_parse_digits(text, &end, &max) || *end != '/' || max < 1 || max > 1000000) {
        return false;
    }
    bool is_bare =
        is_environment && value_parse_digits(end + 1, &tail, &duration_ms) && *tail == '\0';
    if (!is_bare && !value_parse_duration(end + 1, &duration_ms)) {
        return false;
    }
    *ret_limiter = (struct options_limiter){.max = (uint32_t)max, .duration_ms = duration_ms};
    return duration_ms >= 1 && duration_ms <= duration_max_ms;
}

static bool value_parse_number(const char *text, double *ret_value)
{
    char *end = NULL;
    if (strspn(text, "0123456789.") != strlen(text)) {
        return false; /* strtod also knows hexadecimal, NAN and exponents */
    }
    *ret_value = strtod(text, &end);
    return end != text && *end == '\0';
}

static bool value_parse_list(const char *text, struct options_list *ret_list)
{
    struct options_list list = {0};
    bool is_ok = true;
    for (const char *at = text; is_ok; at++) {
        at += strspn(at, " \t");
        size_t len = strcspn(at, ",");
        const char *end = at + len;
        while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t')) {
            len--;
        }
        is_ok = len > 0 && list.count < OPTION_LIST_ITEMS_MAX;
        if (is_ok) {
            options_list_add(&list, at, len);
        }
        at = end;
        if (*at == '\0') {
            break;
        }
    }
    if (!is_ok) {
        options_list_fini(&list);
        return false;
    }
    if (list.count == 1 && strcmp(list.items[0], "off") == 0) {
        options_list_fini(&list); /* how a list is emptied */
    }
    *ret_list = list;
    return true;
}

static bool value_parse_word(const struct option *option, const char *text, int *ret_index)
{
    for (size_t i = 0; i < ARRAY_LEN(word_aliases); i++) {
        if (strcmp(text, word_aliases[i].word) == 0) {
            text = word_aliases[i].ours;
        }
    }
    for (size_t i = 0; i < option->words_count; i++) {
        if (strcmp(text, option->words[i]) == 0) {
            *ret_index = (int)i;
            return true;
        }
    }
    return false;
}

static bool value_parse_bool(const char *text, bool *ret_value)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *ret_value = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool value_parse_whole(const struct option *option, const char *text, int64_t *ret_value)
{
    const char *end = text;
    int64_t value = 0;
    bool is_ok;
    if (option->type == OPTION_DURATION) {
        is_ok = value_parse_duration(text, &value);
    } else if (option->type == OPTION_SIZE) {
        is_ok = value_parse_units(text, size_units, ARRAY_LEN(size_units), &value);
    } else {
        is_ok = value_parse_digits(text, &end, &value) && *end == '\0';
    }
    if (!is_ok || value < option->min || value > option->max) {
        return false;
    }
    *ret_value = value;
    return true;
}

static bool value_parse_fraction(const struct option *option, const char *text, double *ret_value)
{
    double value;
    if (!value_parse_number(text, &value) || value < (double)option->min ||
        value > (double)option->max) {
        return false;
    }
    *ret_value = value;
    return true;
}

static void value_replace_text(const struct option *option, char **field, const char *text)
{
    char *copy = mem_strdup(text);
    options_value_clear(option, field);
    *field = copy;
}

bool options_value_parse(const struct option *option, const char *text, bool is_environment,
                         void *field, struct err *err)
{
    int64_t whole;
    struct options_list list;
    bool is_ok = true;
    if (*text == '\0') {
        return err_set(err, ERR_INVALID, "has no value; leave the line out for the default");
    }
    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_URL:
        value_replace_text(option, field, text);
        break;
    case OPTION_LIST:
        is_ok = value_parse_list(text, &list);
        if (is_ok) {
            options_list_fini(field);
            *(struct options_list *)field = list;
        }
        break;
    case OPTION_BOOL:
        is_ok = value_parse_bool(text, field);
        break;
    case OPTION_WORD:
        is_ok = value_parse_word(option, text, field);
        break;
    case OPTION_LIMITER:
        is_ok = value_parse_limiter(text, is_environment, option->max, field);
        break;
    case OPTION_NUMBER:
    case OPTION_PRICE:
        is_ok = value_parse_fraction(option, text, field);
        break;
    case OPTION_COUNT:
        is_ok = value_parse_whole(option, text, &whole);
        if (is_ok) {
            *(uint32_t *)field = (uint32_t)whole;
        }
        break;
    case OPTION_INTEGER:
    case OPTION_DURATION:
    case OPTION_SIZE:
        is_ok = value_parse_whole(option, text, field);
        break;
    }
    return is_ok || value_refuse(option, text, err);
}

void options_value_clear(const struct option *option, void *field)
{
    char **text = field;
    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_URL:
        if (option->is_secret) {
            mem_wipe_free(text);
        } else {
            free(*text);
            *text = NULL;
        }
        break;
    case OPTION_LIST:
        options_list_fini(field);
        break;
    case OPTION_NUMBER:
        *(double *)field = -1;
        break;
    case OPTION_PRICE:
        *(double *)field = NAN;
        break;
    case OPTION_INTEGER:
    case OPTION_DURATION:
    case OPTION_SIZE:
        *(int64_t *)field = -1;
        break;
    default: /* these always have a default */
        break;
    }
}

bool options_value_is_set(const struct option *option, const void *field)
{
    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_URL:
        return *(char *const *)field != NULL;
    case OPTION_LIST:
        return ((const struct options_list *)field)->count > 0;
    case OPTION_NUMBER:
        return *(const double *)field >= 0;
    case OPTION_PRICE:
        return !isnan(*(const double *)field);
    case OPTION_INTEGER:
    case OPTION_DURATION:
    case OPTION_SIZE:
        return *(const int64_t *)field >= 0;
    default:
        return true;
    }
}

/* The address without what stands between :// and @. */
static void value_render_url(const char *url, struct sbuf *out)
{
    const char *scheme_end = strstr(url, "://");
    const char *host = scheme_end != NULL ? scheme_end + 3 : url;
    const char *at = strrchr(host, '@');
    if (at == NULL) {
        sbuf_puts(out, url);
        return;
    }
    sbuf_append(out, url, (size_t)(host - url));
    sbuf_puts(out, "********");
    sbuf_puts(out, at);
}

static void value_render_list(const struct options_list *list, struct sbuf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        sbuf_printf(out, "%s%s", i > 0 ? ", " : "", list->items[i]);
    }
}

static void value_render_limiter(const struct options_limiter *limiter, struct sbuf *out)
{
    if (limiter->max == 0) {
        sbuf_puts(out, "off");
        return;
    }
    sbuf_printf(out, "%u/", limiter->max);
    value_render_units(limiter->duration_ms, duration_units, 2, out);
}

void options_value_render(const struct option *option, const void *field, struct sbuf *out)
{
    if (!options_value_is_set(option, field)) {
        return;
    }
    switch (option->type) {
    case OPTION_TEXT:
        sbuf_puts(out, *(char *const *)field);
        break;
    case OPTION_URL:
        value_render_url(*(char *const *)field, out);
        break;
    case OPTION_LIST:
        value_render_list(field, out);
        break;
    case OPTION_BOOL:
        sbuf_puts(out, *(const bool *)field ? "yes" : "no");
        break;
    case OPTION_WORD:
        sbuf_puts(out, option->words[*(const int *)field]);
        break;
    case OPTION_LIMITER:
        value_render_limiter(field, out);
        break;
    case OPTION_NUMBER:
    case OPTION_PRICE:
        sbuf_printf(out, "%.15g", *(const double *)field);
        break;
    case OPTION_COUNT:
        sbuf_printf(out, "%u", *(const uint32_t *)field);
        break;
    case OPTION_INTEGER:
        sbuf_printf(out, "%lld", (long long)*(const int64_t *)field);
        break;
    case OPTION_DURATION:
        value_render_duration(*(const int64_t *)field, out);
        break;
    case OPTION_SIZE:
        value_render_units(*(const int64_t *)field, size_units, ARRAY_LEN(size_units), out);
        break;
    }
}
