/* One value of the configuration: from text to its field. */
#include "core/options-private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"

#define OPTION_LIST_ITEMS_MAX 256

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

void options_list_copy(const struct options_list *list, struct options_list *ret_copy)
{
    *ret_copy = (struct options_list){0};
    for (size_t i = 0; i < list->count; i++) {
        options_list_add(ret_copy, list->items[i], strlen(list->items[i]));
    }
}

void options_list_fini(struct options_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        mem_wipe_free(&list->items[i]);
    }
    free(list->items);
    *list = (struct options_list){0};
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
    if (!options_parse_digits(text, &end, &max) || *end != '/' || max < 1 || max > 1000000) {
        return false;
    }
    bool is_bare =
        is_environment && options_parse_digits(end + 1, &tail, &duration_ms) && *tail == '\0';
    if (!is_bare && !options_parse_duration(end + 1, &duration_ms)) {
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
        is_ok = options_parse_duration(text, &value);
    } else if (option->type == OPTION_SIZE) {
        is_ok = options_parse_size(text, &value);
    } else {
        is_ok = options_parse_digits(text, &end, &value) && *end == '\0';
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

/* A number with the sign of a percentage behind it. */
static bool value_parse_share(const struct option *option, const char *text, double *ret_value)
{
    char number[32];
    size_t len = strlen(text);
    if (len < 2 || len >= sizeof(number) || text[len - 1] != '%') {
        return false;
    }
    (void)snprintf(number, sizeof(number), "%.*s", (int)len - 1, text);
    return value_parse_fraction(option, number, ret_value);
}

static void value_replace_text(const struct option *option, char **field, const char *text)
{
    char *copy = mem_strdup(text);
    options_value_clear(option, field);
    *field = copy;
}

static bool value_replace_backoffs(const struct options_list *list, struct options_backoffs *field)
{
    struct options_backoffs made;
    if (!options_parse_backoffs(list, &made)) {
        return false;
    }
    options_backoffs_fini(field);
    *field = made;
    return true;
}

bool options_value_parse(const struct option *option, const char *text, bool is_environment,
                         void *field, struct err *err)
{
    int64_t whole;
    struct options_list list = {0};
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
    case OPTION_KEEP:
        is_ok = value_parse_list(text, &list) && options_parse_keep(&list, field);
        options_list_fini(&list);
        break;
    case OPTION_BACKOFFS:
        is_ok = value_parse_list(text, &list) && value_replace_backoffs(&list, field);
        options_list_fini(&list);
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
    case OPTION_SHARE:
        is_ok = value_parse_share(option, text, field);
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
    case OPTION_BACKOFFS:
        options_backoffs_fini(field);
        break;
    case OPTION_NUMBER:
    case OPTION_SHARE:
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
