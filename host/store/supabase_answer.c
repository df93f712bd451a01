/* Reads what PostgREST, or whatever stands in front of it, answered: an error by its code, as
 * texts change between versions; a body that is no JSON is the gateway's, not the database's. */
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "store/supabase-private.h"

#define ERROR_TEXT_BYTES_MAX 300 /* of a foreign text */
#define HTTP_TIMEOUT 408
#define HTTP_TOO_LARGE 413
#define HTTP_TOO_MANY 429

/* What an error means by the beginning of its code; the first row that fits counts. */
static const struct code_row {
    const char *prefix;
    enum err_kind kind;
    bool is_retryable;
    const char *remedy;
} code_rows[] = {
    {"PGRST00", ERR_AGAIN, true, ""}, /* no connection to the database */
    {"PGRST102", ERR_INVALID, false, ""},
    {"PGRST1", ERR_AGAIN, false, "; is url in [store] right?"},
    {"PGRST2", ERR_AGAIN, false, "; are the migrations applied?"},
    {"PGRST3", ERR_AGAIN, false, "; is key in [store] the service key?"},
    {"08", ERR_AGAIN, true, ""},     /* connection */
    {"25006", ERR_AGAIN, false, ""}, /* read only: often the disk is full */
    {"40", ERR_AGAIN, true, ""},     /* serialization, deadlock */
    {"42501", ERR_AGAIN, false, "; is key in [store] the service key?"},
    {"42", ERR_AGAIN, false, "; are the migrations applied?"},
    {"53", ERR_AGAIN, true, ""}, /* no resources */
    {"54", ERR_LIMIT, false, ""},
    {"55", ERR_AGAIN, true, ""}, /* locked */
    {"57", ERR_AGAIN, true, ""}, /* shut down, canceled */
    {"58", ERR_AGAIN, true, ""}, /* disk */
    {"XX", ERR_AGAIN, true, ""},
};

static bool fail(struct supabase_outcome *outcome, enum err_kind kind, bool is_retryable,
                 struct span text, const char *remedy)
{
    outcome->is_retryable = is_retryable;
    size_t len = text.len < ERROR_TEXT_BYTES_MAX ? text.len : ERROR_TEXT_BYTES_MAX;
    return err_set(&outcome->err, kind, "%.*s%s", (int)span_utf8_len((struct span){text.data, len}),
                   text.data, remedy);
}

static void judge_code(struct supabase_outcome *outcome, long status, struct span code,
                       struct span message)
{
    char text[ERROR_TEXT_BYTES_MAX];
    int len = snprintf(text, sizeof(text), "%.*s (%.*s, http %ld)",
                       (int)(message.len < 200 ? message.len : 200), message.data,
                       (int)(code.len < 16 ? code.len : 16), code.data, status);
    for (size_t i = 0; i < sizeof(code_rows) / sizeof(code_rows[0]); i++) {
        const struct code_row *row = &code_rows[i];
        size_t prefix_len = strlen(row->prefix);
        if (code.len >= prefix_len && memcmp(code.data, row->prefix, prefix_len) == 0) {
            fail(outcome, row->kind, row->is_retryable, (struct span){text, (size_t)len},
                 row->remedy);
            return;
        }
    }
    fail(outcome, status >= 500 ? ERR_AGAIN : ERR_INVALID, status >= 500,
         (struct span){text, (size_t)len}, "");
}

/* No code: the gateway speaks. */
static void judge_status(struct supabase_outcome *outcome, long status, struct span message)
{
    char text[ERROR_TEXT_BYTES_MAX];
    int len =
        snprintf(text, sizeof(text), "http %ld%s%.*s", status, message.len > 0 ? ": " : "",
                 (int)(message.len < 200 ? message.len : 200), message.len > 0 ? message.data : "");
    struct span whole = {text, (size_t)len};
    if (status >= 500 || status == HTTP_TIMEOUT || status == HTTP_TOO_MANY) {
        fail(outcome, ERR_AGAIN, true, whole, "");
    } else if (status == 401 || status == 403) {
        fail(outcome, ERR_AGAIN, false, whole, "; is key in [store] the service key?");
    } else if (status == HTTP_TOO_LARGE) {
        fail(outcome, ERR_LIMIT, false, whole, "");
    } else {
        fail(outcome, ERR_AGAIN, false, whole, "; is url in [store] right?");
    }
}

static void judge_error(const struct supabase_request *request, long status,
                        struct supabase_outcome *outcome)
{
    struct json_object *json = NULL;
    struct err ignored;
    struct span body = sbuf_as_span(&request->answer), code = {"", 0}, message = {"", 0};
    if (body.len > 0 && body.len <= JSON_LOOP_BYTES_MAX && body.data[0] == '{' &&
        json_parse(body, &json, &ignored)) {
        (void)json_get_text(json, "code", &code); /* both may be absent */
        (void)json_get_text(json, "message", &message);
    }
    if (code.len > 0) {
        judge_code(outcome, status, code, message);
    } else {
        judge_status(outcome, status, message);
    }
    json_object_put(json);
}

static void judge_transport(const struct supabase_request *request, CURLcode code,
                            struct supabase_outcome *outcome)
{
    if (code == CURLE_WRITE_ERROR && request->answer.is_failed) {
        fail(outcome, ERR_LIMIT, false, SPAN_LITERAL("the store's answer is too large"), "");
        return;
    }
    const char *text = request->reason[0] != '\0' ? request->reason : curl_easy_strerror(code);
    bool is_setup = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
                    code == CURLE_PEER_FAILED_VERIFICATION;
    fail(outcome, ERR_AGAIN, !is_setup, span_of(text), "");
}

void supabase_judge(const struct supabase_request *request, CURLcode code,
                    struct supabase_outcome *ret_outcome)
{
    *ret_outcome = (struct supabase_outcome){.err = {.kind = ERR_NONE}};
    if (code != CURLE_OK) {
        judge_transport(request, code, ret_outcome);
        return;
    }
    long status = 0;
    curl_off_t retry_after_s = 0;
    const char *type = NULL;
    CURL *easy = request->transfer.easy;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    if (retry_after_s > 0) {
        ret_outcome->retry_after_ms = (retry_after_s < 3600 ? retry_after_s : 3600) * 1000;
    }
    if (status != 200) {
        judge_error(request, status, ret_outcome);
    } else if (type == NULL || strncmp(type, "application/json", 16) != 0) {
        fail(ret_outcome, ERR_AGAIN, false,
             SPAN_LITERAL("what answers at url in [store] does not speak JSON"), "");
    }
}
