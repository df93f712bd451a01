/* Request bodies, and error bodies of every shape servers send. */
#include <math.h>
#include <string.h>

#include "core/json.h"
#include "model/model.h"
#include "model/provider_openai.h"
#include "suites.h"

#define KEY "sk-proj-abcDEF123"

static const struct error_row {
    const char *body;
    bool is_error;
    int status;
    const char *code, *type, *message;
} error_rows[] = {
    {"{\"error\":{\"message\":\"Slow down\",\"type\":\"requests\",\"param\":null,"
     "\"code\":\"rate_limit_exceeded\"}}",
     true, 0, "rate_limit_exceeded", "requests", "Slow down"},
    {"{\"error\":{\"message\":\"x\",\"type\":null,\"param\":null,\"code\":null}}", true, 0, "", "",
     "x"},
    {"{\"error\":{\"message\":\"Provider\\nreturned  error\",\"code\":502}}", true, 502, "", "",
     "Provider returned error"},
    {"{\"error\":{\"code\":7,\"message\":\"x\"}}", true, 0, "", "", "x"},
    {"{\"error\":\"model 'x' not found\"}", false, 0, "", "", "model 'x' not found"},
    {"{\"error\":{}}", true, 0, "", "", "{\"error\":{}}"},
    {"{\"object\":\"error\",\"message\":\"too long\",\"type\":\"BadRequestError\",\"param\":null,"
     "\"code\":400}",
     true, 400, "", "BadRequestError", "too long"},
    {"[{\"error\":{\"code\":429,\"message\":\"Quota\",\"status\":\"RESOURCE_EXHAUSTED\"}}]", true,
     429, "", "", "Quota"},
    {"{\"detail\":\"Not Found\"}", false, 0, "", "", "Not Found"},
    {"{\"message\":\"no Route matched\"}", false, 0, "", "", "no Route matched"},
    {"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>x</body></html>", false,
     0, "", "", "502 Bad Gateway"},
    {"<html>\r\n<body>no title", false, 0, "", "", "<html> <body>no title"},
    {"upstream connect error", false, 0, "", "", "upstream connect error"},
    {"", false, 0, "", "", ""},
    {"\x01\x02\x7f", false, 0, "", "", ""},
    {"null", false, 0, "", "", "null"},
    {"[]", false, 0, "", "", "[]"},
    {"{\"error\":{\"message\":\"Incorrect API key provided: " KEY ".\"}}", true, 0, "", "",
     "Incorrect API key provided: [key]."},
    {"key sk-proj-****F123 is wrong, \"sk-x\"", false, 0, "", "", "key [key] is wrong, \"[key]\""},
    {"task-force is no key", false, 0, "", "", "task-force is no key"},
};

START_TEST(error_body_is_read)
{
    const struct error_row *row = &error_rows[_i];
    struct openai_error error;
    openai_error_read(span_of(row->body), KEY, &error);
    ck_assert_msg(error.is_error == row->is_error, "%s", row->body);
    ck_assert_int_eq(error.status, row->status);
    ck_assert_str_eq(error.code, row->code);
    ck_assert_str_eq(error.type, row->type);
    ck_assert_str_eq(error.message, row->message);
}
END_TEST

START_TEST(long_message_is_cut_between_characters)
{
    struct sbuf body;
    struct openai_error error;
    sbuf_init(&body, 1 << 20);
    sbuf_puts(&body, "x");
    for (int i = 0; i < 20000; i++) {
        sbuf_puts(&body, "\xc3\xb6");
    }
    openai_error_read(sbuf_as_span(&body), NULL, &error);
    ck_assert_uint_eq(strlen(error.message), sizeof(error.message) - 1);
    ck_assert(span_is_utf8(span_of(error.message)));
    sbuf_fini(&body);
}
END_TEST

START_TEST(broken_utf8_in_a_message_ends_it)
{
    struct openai_error error;
    openai_error_read(SPAN_LITERAL("bad \xff gateway"), NULL, &error);
    ck_assert_str_eq(error.message, "bad ");
}
END_TEST

#define TEXT(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const struct model_message message = {"user", {"hi", 2}};

static const struct body_row {
    const char *name;
    struct model_request request;
    const char *field;
    const char *has; /* of the body, or of the error when it is refused */
    bool is_ok;
} body_rows[] = {
    {"bare",
     {.messages = &message, .messages_count = 1},
     "max_tokens",
     "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stream\":true,"
     "\"stream_options\":{\"include_usage\":true}}",
     true},
    {"max tokens",
     {.messages = &message, .messages_count = 1, .max_tokens = 12},
     "max_tokens",
     ",\"max_tokens\":12,",
     true},
    {"temperature zero",
     {.messages = &message, .messages_count = 1, .has_temperature = true},
     "max_tokens",
     ",\"temperature\":0,",
     true},
    {"temperature nan",
     {.messages = &message, .messages_count = 1, .has_temperature = true, .temperature = NAN},
     "max_tokens",
     "not a number",
     false},
    {"schema",
     {.messages = &message, .messages_count = 1, .json_schema = TEXT("{\"type\":\"object\"}")},
     "max_tokens",
     ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"answer\","
     "\"schema\":{\"type\":\"object\"}}}}",
     true},
    {"whole schema",
     {.messages = &message,
      .messages_count = 1,
      .json_schema = TEXT("{\"name\":\"n\",\"strict\":true,\"schema\":{}}")},
     "max_tokens",
     "\"json_schema\":{\"name\":\"n\",\"strict\":true,\"schema\":{}}}}",
     true},
    {"schema is no JSON",
     {.messages = &message, .messages_count = 1, .json_schema = TEXT("{},\"n\":{}")},
     "max_tokens",
     "the JSON schema",
     false},
    {"schema is no object",
     {.messages = &message, .messages_count = 1, .json_schema = TEXT("[]")},
     "max_tokens",
     "not an object",
     false},
    {"stops",
     {.messages = &message,
      .messages_count = 1,
      .stops = (const struct span[]){{"a\"", 2}, {"\n", 1}},
      .stops_count = 2},
     "max_tokens",
     ",\"stop\":[\"a\\\"\",\"\\n\"]}",
     true},
};

START_TEST(body_is_rendered)
{
    const struct body_row *row = &body_rows[_i];
    struct sbuf body;
    struct err err = {.text = ""};
    sbuf_init(&body, 4096);
    bool is_ok = openai_render(&row->request, "m", row->field, &body, &err);
    ck_assert_msg(is_ok == row->is_ok, "%s: %s", row->name, err.text);
    const char *text = is_ok ? body.data : err.text;
    ck_assert_msg(strstr(text, row->has) != NULL, "%s: %s", row->name, text);
    if (is_ok) {
        struct json_object *value = NULL;
        ck_assert_msg(json_parse(sbuf_as_span(&body), &value, &err), "%s", err.text);
        json_object_put(value);
    }
    sbuf_fini(&body);
}
END_TEST

START_TEST(body_over_its_maximum_is_refused)
{
    struct sbuf body;
    struct err err;
    sbuf_init(&body, 50);
    struct model_request request = {.messages = &message, .messages_count = 1};
    ck_assert(!openai_render(&request, "m", "max_tokens", &body, &err));
    ck_assert_int_eq(err.kind, ERR_LIMIT);
    sbuf_fini(&body);
}
END_TEST

Suite *suite_openai(void)
{
    Suite *suite = suite_create("openai");
    TCase *tcase = tcase_create("bodies");
    tcase_add_loop_test(tcase, error_body_is_read, 0,
                        (int)(sizeof(error_rows) / sizeof(error_rows[0])));
    tcase_add_test(tcase, long_message_is_cut_between_characters);
    tcase_add_test(tcase, broken_utf8_in_a_message_ends_it);
    tcase_add_loop_test(tcase, body_is_rendered, 0,
                        (int)(sizeof(body_rows) / sizeof(body_rows[0])));
    tcase_add_test(tcase, body_over_its_maximum_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
