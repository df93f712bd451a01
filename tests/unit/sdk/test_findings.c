/* What --json is made of. */
#include <string.h>

#include "core/json.h"
#include "findings.h"
#include "test_sdk.h"

static struct json_object *findings_parsed(const struct sbuf *items)
{
    struct sbuf list;
    struct json_object *value = NULL;
    struct err err = {0};
    sbuf_init(&list, 64 * 1024);
    sbuf_printf(&list, "[%s]", items->data);
    ck_assert_msg(json_parse(sbuf_as_span(&list), &value, &err), "%s", err.text);
    sbuf_fini(&list);
    return value;
}

static const char *findings_text(struct json_object *list, size_t index, const char *key)
{
    return json_object_get_string(json_get(json_object_array_get_idx(list, index), key));
}

START_TEST(findings_are_json_whatever_an_agent_says)
{
    struct findings findings;
    findings_init(&findings, true);
    findings_add(&findings, "start", "a \"hint\"", NULL, "%s", "line\n\"quoted\" \\ \x1b \xff end");
    findings_add(&findings, "fuzz", "h", "a file", "second");
    findings_note(&findings, "size", "%d bytes", 7);
    ck_assert_uint_eq(findings.count, 2);
    struct json_object *items = findings_parsed(&findings.items);
    ck_assert_uint_eq(json_object_array_length(items), 2);
    ck_assert_str_eq(findings_text(items, 0, "check"), "start");
    ck_assert_str_eq(findings_text(items, 0, "hint"), "a \"hint\"");
    ck_assert_ptr_nonnull(strstr(findings_text(items, 0, "text"), "line\n\"quoted\" \\ \x1b "));
    ck_assert_ptr_null(findings_text(items, 0, "file"));
    ck_assert_str_eq(findings_text(items, 1, "file"), "a file");
    struct json_object *notes = findings_parsed(&findings.notes);
    ck_assert_uint_eq(json_object_array_length(notes), 1);
    ck_assert_str_eq(findings_text(notes, 0, "text"), "7 bytes");
    json_object_put(items);
    json_object_put(notes);
    sbuf_fini(&findings.items);
    sbuf_fini(&findings.notes);
}
END_TEST

START_TEST(a_long_finding_is_cut_and_still_json)
{
    struct findings findings;
    char text[4096];
    for (size_t i = 0; i + 2 < sizeof(text); i += 2) {
        memcpy(text + i, "\xc3\xa4", 3); /* ä, of which the cut may leave a half */
    }
    findings_init(&findings, true);
    findings_add(&findings, "golden", "h", NULL, "%s", text);
    findings_add(&findings, "golden", "h", NULL, "x%s", text);
    struct json_object *items = findings_parsed(&findings.items);
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(findings_text(items, i, "text"));
        ck_assert_uint_ge(len, 1190);
        ck_assert_uint_le(len, 1210);
    }
    json_object_put(items);
    sbuf_fini(&findings.items);
    sbuf_fini(&findings.notes);
}
END_TEST

TCase *findings_case(void)
{
    TCase *tcase = tcase_create("findings");
    tcase_add_test(tcase, findings_are_json_whatever_an_agent_says);
    tcase_add_test(tcase, a_long_finding_is_cut_and_still_json);
    return tcase;
}
