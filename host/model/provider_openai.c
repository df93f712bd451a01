/* Request bodies, headers and error bodies of Chat Completions. */
#include "model/provider_openai.h"

#include <curl/curl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/options.h"
#include "model/model.h"

#define OPENAI_VALUE_BYTES_MAX 8000
#define OPENAI_HEADER_BYTES_MAX (OPENAI_VALUE_BYTES_MAX + 64)
#define OPENAI_SCHEMA_NAME "answer"

static void openai_render_messages(const struct model_request *request, struct sbuf *out)
{
    sbuf_puts(out, ",\"messages\":[");
    for (uint32_t i = 0; i < request->messages_count; i++) {
        sbuf_puts(out, i > 0 ? ",{\"role\":" : "{\"role\":");
        sbuf_json_string(out, span_of(request->messages[i].role));
        sbuf_puts(out, ",\"content\":");
        sbuf_json_string(out, request->messages[i].text);
        sbuf_putc(out, '}');
    }
    sbuf_putc(out, ']');
}

/* The agent gives a bare schema, or the whole of what the API calls json_schema. */
static bool openai_render_schema(struct span schema, struct sbuf *out, struct err *err)
{
    struct json_object *value = NULL;
    struct err why;
    if (schema.len > JSON_LOOP_BYTES_MAX) {
        return err_set(err, ERR_LIMIT, "the JSON schema has %zu bytes, at most %d are taken",
                       schema.len, JSON_LOOP_BYTES_MAX);
    }
    if (!json_parse(schema, &value, &why)) {
        return err_set(err, ERR_INVALID, "the JSON schema: %s", why.text);
    }
    bool is_object = json_object_is_type(value, json_type_object);
    bool is_whole = json_object_is_type(json_get(value, "schema"), json_type_object) &&
                    json_object_is_type(json_get(value, "name"), json_type_string);
    json_object_put(value);
    if (!is_object) {
        return err_set(err, ERR_INVALID, "the JSON schema is not an object");
    }
    sbuf_puts(out, ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":");
    sbuf_puts(out, is_whole ? "" : "{\"name\":\"" OPENAI_SCHEMA_NAME "\",\"schema\":");
    sbuf_span(out, schema);
    sbuf_puts(out, is_whole ? "}" : "}}");
    return true;
}

static void openai_render_stops(const struct model_request *request, struct sbuf *out)
{
    sbuf_puts(out, ",\"stop\":[");
    for (uint32_t i = 0; i < request->stops_count; i++) {
        if (i > 0) {
            sbuf_putc(out, ',');
        }
        sbuf_json_string(out, request->stops[i]);
    }
    sbuf_putc(out, ']');
}

bool openai_render(const struct model_request *request, const char *model,
                   const char *max_tokens_field, struct sbuf *out, struct err *err)
{
    sbuf_puts(out, "{\"model\":");
    sbuf_json_string(out, span_of(model));
    openai_render_messages(request, out);
    if (request->has_temperature) {
        if (!isfinite(request->temperature)) {
            return err_set(err, ERR_INVALID, "the temperature is not a number");
        }
        sbuf_printf(out, ",\"temperature\":%.6g", request->temperature);
    }
    if (request->max_tokens > 0) {
        sbuf_printf(out, ",\"%s\":%u", max_tokens_field, request->max_tokens);
    }
    sbuf_puts(out, ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
    if (request->json_schema.len > 0 && !openai_render_schema(request->json_schema, out, err)) {
        return false;
    }
    if (request->stops_count > 0) {
        openai_render_stops(request, out);
    }
    sbuf_putc(out, '}');
    if (out->is_failed) {
        return err_set(err, ERR_LIMIT, "the request is over %zu bytes", out->bytes_max);
    }
    return true;
}

/* The value ends at the first control byte: a line end must not begin another header. */
static struct curl_slist *openai_header(struct curl_slist *headers, const char *start,
                                        const char *value)
{
    char *line = mem_alloc(OPENAI_HEADER_BYTES_MAX);
    size_t len = 0;
    while ((unsigned char)value[len] >= ' ' && value[len] != 0x7f && len < OPENAI_VALUE_BYTES_MAX) {
        len++;
    }
    (void)snprintf(line, OPENAI_HEADER_BYTES_MAX, "%s %.*s", start, (int)len, value);
    struct curl_slist *longer = curl_slist_append(headers, line);
    mem_wipe_free(&line);
    return longer != NULL ? longer : headers;
}

struct curl_slist *openai_headers(const struct options_provider *provider)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = openai_header(headers, "Accept:", "text/event-stream");
    headers = curl_slist_append(headers, "Expect:"); /* libcurl would wait for a 100 */
    if (provider->api_key != NULL && provider->api_key[0] != '\0') {
        headers = openai_header(headers, "Authorization: Bearer", provider->api_key);
    }
    if (provider->organization != NULL) {
        headers = openai_header(headers, "OpenAI-Organization:", provider->organization);
    }
    if (provider->project != NULL) {
        headers = openai_header(headers, "OpenAI-Project:", provider->project);
    }
    return headers;
}

void openai_wipe_headers(struct curl_slist *headers)
{
    for (; headers != NULL; headers = headers->next) {
        explicit_bzero(headers->data, strlen(headers->data));
    }
}

/* --- errors -------------------------------------------------------------------------------- */

static bool openai_is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '*' || c == '.';
}

/* How many bytes at text repeat the key, or look like one ("sk-…"). */
static size_t openai_key_len(struct span text, const char *api_key)
{
    struct span key = span_of(api_key);
    if (key.len > 0 && text.len >= key.len && memcmp(text.data, key.data, key.len) == 0) {
        return key.len;
    }
    if (text.len < 3 || memcmp(text.data, "sk-", 3) != 0) {
        return 0;
    }
    size_t len = 3;
    while (len < text.len && openai_is_word(text.data[len])) {
        len++;
    }
    return len;
}

/* One line, keys masked, cut to what the field takes. */
static void openai_copy(char *ret_text, size_t bytes_max, struct span from, const char *api_key)
{
    struct sbuf text;
    sbuf_init(&text, bytes_max + sizeof("[key]") + 4);
    bool is_space = true; /* leading space is dropped, runs become one */
    for (size_t i = 0; i < from.len && text.len < bytes_max;) {
        bool is_start = i == 0 || !openai_is_word(from.data[i - 1]);
        size_t key_len =
            is_start ? openai_key_len((struct span){from.data + i, from.len - i}, api_key) : 0;
        unsigned char c = (unsigned char)from.data[i];
        if (key_len > 0) {
            sbuf_puts(&text, "[key]");
            is_space = false;
        } else if (c > ' ' && c != 0x7f) {
            sbuf_putc(&text, (char)c);
            is_space = false;
        } else if (!is_space) {
            sbuf_putc(&text, ' ');
            is_space = true;
        }
        i += key_len > 0 ? key_len : 1;
    }
    struct span kept = {text.data, text.len < bytes_max ? text.len : bytes_max - 1};
    kept.len = span_utf8_len(kept);
    (void)snprintf(ret_text, bytes_max, "%.*s", (int)kept.len, kept.data);
    sbuf_fini(&text);
}

static void openai_read_code(struct json_object *code, const char *api_key,
                             struct openai_error *error)
{
    if (json_object_is_type(code, json_type_string)) {
        const char *text = json_object_get_string(code);
        openai_copy(error->code, sizeof(error->code), span_of(text), api_key);
    } else if (json_object_is_type(code, json_type_int)) {
        int64_t number = json_object_get_int64(code);
        error->status = number >= 300 && number <= 599 ? (int)number : 0;
    }
}

/* The members of an error object, wherever it stood. */
static void openai_read_object(struct json_object *object, const char *api_key,
                               struct openai_error *error)
{
    struct span text;
    error->is_error = true;
    openai_read_code(json_get(object, "code"), api_key, error);
    if (json_get_text(object, "type", &text)) {
        openai_copy(error->type, sizeof(error->type), text, api_key);
    }
    if (json_get_text(object, "message", &text)) {
        openai_copy(error->message, sizeof(error->message), text, api_key);
    }
}

static void openai_read_value(struct json_object *value, const char *api_key,
                              struct openai_error *error)
{
    static const char *const texts[] = {"error", "message", "detail"};
    if (json_object_is_type(value, json_type_array) && json_object_array_length(value) > 0) {
        value = json_object_array_get_idx(value, 0);
    }
    struct json_object *object = json_get(value, "error");
    struct span text;
    if (json_object_is_type(object, json_type_object)) {
        openai_read_object(object, api_key, error);
    } else if (json_get_text(value, "object", &text) && span_is(text, "error")) {
        openai_read_object(value, api_key, error);
    }
    for (size_t i = 0; i < ARRAY_LEN(texts) && error->message[0] == '\0'; i++) {
        if (json_get_text(value, texts[i], &text)) {
            openai_copy(error->message, sizeof(error->message), text, api_key);
        }
    }
}

/* The title of a page, or the text as it is. */
static struct span openai_plain(struct span body)
{
    const char *open = memmem(body.data, body.len, "<title>", 7);
    if (open == NULL) {
        return body;
    }
    open += 7;
    const char *close = memmem(open, (size_t)(body.data + body.len - open), "</title>", 8);
    return close != NULL ? (struct span){open, (size_t)(close - open)} : body;
}

void openai_error_read(struct span body, const char *api_key, struct openai_error *ret_error)
{
    *ret_error = (struct openai_error){.is_error = false};
    struct json_object *value = NULL;
    if (body.len > 0 && body.len <= JSON_LOOP_BYTES_MAX && json_parse(body, &value, NULL)) {
        openai_read_value(value, api_key, ret_error);
        json_object_put(value);
    }
    if (ret_error->message[0] == '\0' && body.len > 0) {
        openai_copy(ret_error->message, sizeof(ret_error->message), openai_plain(body), api_key);
    }
}
