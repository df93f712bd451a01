/* What was found, for people or for programs. */
#include "findings.h"

#include <stdarg.h>
#include <stdio.h>

#define FINDINGS_BYTES_MAX ((size_t)1024 * 1024)

void findings_init(struct findings *findings, bool is_json)
{
    *findings = (struct findings){.is_json = is_json};
    sbuf_init(&findings->items, FINDINGS_BYTES_MAX);
    sbuf_init(&findings->notes, FINDINGS_BYTES_MAX);
}

static void findings_member(struct sbuf *out, const char *key, const char *text)
{
    sbuf_printf(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", key);
    sbuf_json_string(out, span_of(text));
}

void findings_add(struct findings *findings, const char *check, const char *hint, const char *file,
                  const char *fmt, ...)
{
    char text[1200];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    findings->count++;
    sbuf_puts(&findings->items, findings->items.len > 0 ? ",{" : "{");
    findings_member(&findings->items, "check", check);
    findings_member(&findings->items, "text", text);
    findings_member(&findings->items, "hint", hint);
    if (file != NULL) {
        findings_member(&findings->items, "file", file);
    }
    sbuf_putc(&findings->items, '}');
    if (!findings->is_json) {
        (void)printf("FOUND %-12s %s\n      %-12s -> %s\n", check, text, "", hint);
    }
}

void findings_note(struct findings *findings, const char *check, const char *fmt, ...)
{
    char text[600];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    sbuf_puts(&findings->notes, findings->notes.len > 0 ? ",{" : "{");
    findings_member(&findings->notes, "check", check);
    findings_member(&findings->notes, "text", text);
    sbuf_putc(&findings->notes, '}');
    if (!findings->is_json) {
        (void)printf("ok    %-12s %s\n", check, text);
    }
}

void findings_finish(struct findings *findings, const char *bundle)
{
    if (findings->is_json) {
        struct sbuf name;
        sbuf_init(&name, FINDINGS_BYTES_MAX);
        sbuf_json_string(&name, span_of(bundle));
        (void)printf("{\"bundle\":%s,\"findings\":[%s],\"notes\":[%s]}\n", name.data,
                     findings->items.data, findings->notes.data);
        sbuf_fini(&name);
    } else {
        (void)printf("%s: %u finding%s\n", bundle, findings->count,
                     findings->count == 1 ? "" : "s");
    }
    sbuf_fini(&findings->items);
    sbuf_fini(&findings->notes);
}
