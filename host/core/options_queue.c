/* Two kinds of values that only queues have: what is kept of ended jobs, and backoffs of the
 * producers' own types. */
#include "core/options-private.h"

#include <stdlib.h>

#include "core/mem.h"

#define BACKOFF_TYPE_BYTES_MAX 40
#define BACKOFF_MS_MAX (30 * INT64_C(86400000))
#define KEEP_COUNT_MAX INT64_C(1000000000)
#define KEEP_AGE_MS_MAX (3650 * INT64_C(86400000))

#define BLANKS " \t"

/* Cuts the next word off; NULL at the end. */
static char *word_next(char **at)
{
    char *word = *at + strspn(*at, BLANKS);
    char *end = word + strcspn(word, BLANKS);
    if (*word == '\0') {
        return NULL;
    }
    *at = *end != '\0' ? end + 1 : end;
    *end = '\0';
    return word;
}

/* --- what is kept --------------------------------------------------------------------------- */

static bool keep_parse_item(const char *item, struct options_keep *keep)
{
    const char *tail;
    if (strncmp(item, "count=", 6) == 0 && keep->count < 0) {
        return options_parse_digits(item + 6, &tail, &keep->count) && *tail == '\0' &&
               keep->count <= KEEP_COUNT_MAX;
    }
    if (strncmp(item, "limit=", 6) == 0 && keep->limit < 0) {
        return options_parse_digits(item + 6, &tail, &keep->limit) && *tail == '\0' &&
               keep->limit > 0 && keep->limit <= KEEP_COUNT_MAX;
    }
    if (strncmp(item, "age=", 4) == 0 && keep->age_ms < 0) {
        return options_parse_duration(item + 4, &keep->age_ms) && keep->age_ms >= 1000 &&
               keep->age_ms % 1000 == 0 && keep->age_ms <= KEEP_AGE_MS_MAX;
    }
    return false;
}

bool options_parse_keep(const struct options_list *items, struct options_keep *ret_keep)
{
    struct options_keep keep = {.count = -1, .age_ms = -1, .limit = -1};
    bool is_all = items->count == 1 && strcmp(items->items[0], "all") == 0;
    for (size_t i = 0; i < items->count && !is_all; i++) {
        if (!keep_parse_item(items->items[i], &keep)) {
            return false;
        }
    }
    if (items->count == 0 || (keep.limit >= 0 && keep.age_ms < 0)) {
        return false; /* the limit is one of removals by age */
    }
    *ret_keep = keep;
    return true;
}

void options_render_keep(const struct options_keep *keep, struct sbuf *out)
{
    const char *between = "";
    if (keep->count >= 0) {
        sbuf_printf(out, "count=%lld", (long long)keep->count);
        between = ", ";
    }
    if (keep->age_ms >= 0) {
        sbuf_printf(out, "%sage=", between);
        options_render_duration(keep->age_ms, out);
        between = ", ";
    }
    if (keep->limit >= 0) {
        sbuf_printf(out, "%slimit=%lld", between, (long long)keep->limit);
    }
    if (*between == '\0') {
        sbuf_puts(out, "all");
    }
}

/* --- backoffs ------------------------------------------------------------------------------- */

static bool backoff_add_delay(struct options_backoff *backoff, const char *word)
{
    int64_t ms;
    if (backoff->gives_up || backoff->delays_count >= ARRAY_LEN(backoff->delays_ms)) {
        return false; /* never is the last word */
    }
    if (strcmp(word, "never") == 0) {
        backoff->gives_up = !backoff->is_exponential;
        return backoff->gives_up;
    }
    if (!options_parse_duration(word, &ms) || ms > BACKOFF_MS_MAX) {
        return false;
    }
    backoff->delays_ms[backoff->delays_count++] = ms;
    return true;
}

static bool backoff_parse_jitter(struct options_backoff *backoff, const char *word)
{
    const char *tail;
    int64_t percent;
    if (word == NULL || !options_parse_digits(word, &tail, &percent) || strcmp(tail, "%") != 0 ||
        percent > 100) {
        return false;
    }
    backoff->jitter = (double)percent / 100;
    return true;
}

static bool backoff_parse_words(struct options_backoff *backoff, char *words)
{
    size_t nth = 0;
    for (char *word = word_next(&words); word != NULL; word = word_next(&words), nth++) {
        if (nth == 0 && strcmp(word, "exponential") == 0) {
            backoff->is_exponential = true;
        } else if (nth > 0 && strcmp(word, "jitter") == 0) {
            return backoff_parse_jitter(backoff, word_next(&words)) && word_next(&words) == NULL &&
                   (backoff->delays_count > 0);
        } else if (!backoff_add_delay(backoff, word)) {
            return false;
        }
    }
    return backoff->delays_count > 0 || backoff->gives_up;
}

/* "TYPE: 1s 5s 30s never" or "TYPE: exponential 1s 10m jitter 50%" */
static bool backoff_parse(const char *item, struct options_backoff *backoff)
{
    const char *colon = strchr(item, ':');
    size_t len = colon != NULL ? (size_t)(colon - item) : 0;
    if (len == 0 || len > BACKOFF_TYPE_BYTES_MAX || memchr(item, ' ', len) != NULL ||
        memchr(item, '\t', len) != NULL) {
        return false;
    }
    *backoff = (struct options_backoff){.type = mem_strndup(item, len)};
    char *words = mem_strdup(colon + 1);
    bool is_ok = strcmp(backoff->type, "fixed") != 0 && strcmp(backoff->type, "exponential") != 0 &&
                 backoff_parse_words(backoff, words) &&
                 (!backoff->is_exponential ||
                  (backoff->delays_count == 2 && backoff->delays_ms[0] <= backoff->delays_ms[1]));
    free(words);
    return is_ok;
}

bool options_parse_backoffs(const struct options_list *items, struct options_backoffs *ret_backoffs)
{
    struct options_backoffs backoffs = {.items = mem_array(items->count, sizeof(*backoffs.items))};
    bool is_ok = true;
    for (size_t i = 0; i < items->count && is_ok; i++) {
        struct options_backoff *made = &backoffs.items[backoffs.count++];
        is_ok = backoff_parse(items->items[i], made) &&
                options_backoff_find(&backoffs, made->type) == made;
    }
    if (!is_ok) {
        options_backoffs_fini(&backoffs);
        return false;
    }
    *ret_backoffs = backoffs;
    return true;
}

static void backoff_render(const struct options_backoff *backoff, struct sbuf *out)
{
    sbuf_printf(out, "%s:%s", backoff->type, backoff->is_exponential ? " exponential" : "");
    for (size_t i = 0; i < backoff->delays_count; i++) {
        sbuf_putc(out, ' ');
        options_render_duration(backoff->delays_ms[i], out);
    }
    if (backoff->gives_up) {
        sbuf_puts(out, " never");
    }
    if (backoff->jitter > 0) {
        sbuf_printf(out, " jitter %.0f%%", backoff->jitter * 100);
    }
}

void options_render_backoffs(const struct options_backoffs *backoffs, struct sbuf *out)
{
    for (size_t i = 0; i < backoffs->count; i++) {
        sbuf_puts(out, i > 0 ? ", " : "");
        backoff_render(&backoffs->items[i], out);
    }
}

const struct options_backoff *options_backoff_find(const struct options_backoffs *backoffs,
                                                   const char *type)
{
    for (size_t i = 0; i < backoffs->count; i++) {
        if (backoffs->items[i].type != NULL && strcmp(backoffs->items[i].type, type) == 0) {
            return &backoffs->items[i];
        }
    }
    return NULL;
}

void options_backoffs_copy(const struct options_backoffs *backoffs,
                           struct options_backoffs *ret_copy)
{
    *ret_copy = (struct options_backoffs){
        .items = mem_array(backoffs->count, sizeof(*backoffs->items)),
        .count = backoffs->count,
    };
    for (size_t i = 0; i < backoffs->count; i++) {
        ret_copy->items[i] = backoffs->items[i];
        ret_copy->items[i].type = mem_strdup(backoffs->items[i].type);
    }
}

void options_backoffs_fini(struct options_backoffs *backoffs)
{
    for (size_t i = 0; i < backoffs->count; i++) {
        free(backoffs->items[i].type);
    }
    free(backoffs->items);
    *backoffs = (struct options_backoffs){0};
}
