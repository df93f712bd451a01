/* Collects what is wrong with the fields of an input. */
#include "core/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A byte costs at most six when it is escaped. */
#define PROBLEMS_BYTES_MAX                                                                         \
    (PROBLEMS_MAX * (6 * (PROBLEM_FIELD_BYTES_MAX + PROBLEM_REMEDY_BYTES_MAX) + 32))

void problems_init(struct problems *problems)
{
    *problems = (struct problems){0};
    sbuf_init(&problems->fields, PROBLEMS_BYTES_MAX);
}

void problems_fini(struct problems *problems)
{
    sbuf_fini(&problems->fields);
}

/* What fits, without half a character at its end. */
static void problems_cut(char *text, size_t bytes_max)
{
    size_t len = strlen(text);
    if (len + 1 == bytes_max) {
        text[span_utf8_len((struct span){text, len})] = '\0';
    }
}

void problems_add(struct problems *problems, const char *field, const char *fmt, ...)
{
    if (++problems->count > PROBLEMS_MAX) {
        return;
    }
    char name[PROBLEM_FIELD_BYTES_MAX], remedy[PROBLEM_REMEDY_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(remedy, sizeof(remedy), fmt, args);
    va_end(args);
    (void)snprintf(name, sizeof(name), "%s", field);
    problems_cut(name, sizeof(name));
    problems_cut(remedy, sizeof(remedy));
    struct sbuf *out = &problems->fields;
    sbuf_puts(out, problems->count == 1 ? "[{\"field\":" : ",{\"field\":");
    sbuf_json_string(out, span_of(name));
    sbuf_puts(out, ",\"remedy\":");
    sbuf_json_string(out, span_of(remedy));
    sbuf_putc(out, '}');
    if (problems->count == 1) {
        memcpy(problems->field, name, sizeof(name));
        memcpy(problems->remedy, remedy, sizeof(remedy));
    }
}
