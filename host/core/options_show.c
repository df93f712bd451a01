/* One value of the configuration as text, for people and for being read again. */
#include "core/options-private.h"

#include <math.h>

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
        options_render_duration(option->min, out);
        sbuf_puts(out, " to ");
        options_render_duration(option->max, out);
        break;
    case OPTION_SIZE:
        sbuf_puts(out, "a size from ");
        options_render_size(option->min, out);
        sbuf_puts(out, " to ");
        options_render_size(option->max, out);
        break;
    case OPTION_SHARE:
        sbuf_printf(out, "a share from %lld%% to %lld%%", (long long)option->min,
                    (long long)option->max);
        break;
    case OPTION_LIMITER:
        sbuf_puts(out, "a count in a duration, like 10/60s, or off");
        break;
    case OPTION_KEEP:
        sbuf_puts(out, "all, or some of count=N, age=DURATION, limit=N");
        break;
    case OPTION_BACKOFFS:
        sbuf_puts(out, "TYPE: delays and never, or TYPE: exponential FIRST LONGEST, each with "
                       "jitter N% or without, separated by commas");
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

bool options_value_is_set(const struct option *option, const void *field)
{
    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_URL:
        return *(char *const *)field != NULL;
    case OPTION_LIST:
        return ((const struct options_list *)field)->count > 0;
    case OPTION_BACKOFFS:
        return ((const struct options_backoffs *)field)->count > 0;
    case OPTION_NUMBER:
    case OPTION_SHARE:
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
    bool is_whole = limiter->duration_ms % 1000 == 0; /* 10/60s, as everybody writes it */
    sbuf_printf(out, "%u/%lld%s", limiter->max,
                (long long)(is_whole ? limiter->duration_ms / 1000 : limiter->duration_ms),
                is_whole ? "s" : "ms");
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
    case OPTION_KEEP:
        options_render_keep(field, out);
        break;
    case OPTION_BACKOFFS:
        options_render_backoffs(field, out);
        break;
    case OPTION_NUMBER:
    case OPTION_PRICE:
        sbuf_printf(out, "%.15g", *(const double *)field);
        break;
    case OPTION_SHARE:
        sbuf_printf(out, "%.15g%%", *(const double *)field);
        break;
    case OPTION_COUNT:
        sbuf_printf(out, "%u", *(const uint32_t *)field);
        break;
    case OPTION_INTEGER:
        sbuf_printf(out, "%lld", (long long)*(const int64_t *)field);
        break;
    case OPTION_DURATION:
        options_render_duration(*(const int64_t *)field, out);
        break;
    case OPTION_SIZE:
        options_render_size(*(const int64_t *)field, out);
        break;
    }
}
