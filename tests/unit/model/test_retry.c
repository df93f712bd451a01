/* The table of failures, backoff, and the waits servers ask for. */
#include <curl/curl.h>

#include "model/retry.h"
#include "suites.h"

static const struct judge_row {
    const char *name;
    struct retry_cause cause;
    bool is_retryable;
    enum model_outcome outcome;
    enum retry_block block;
} judge_rows[] = {
    {"400", {.status = 400, .has_error = true}, false, MODEL_BAD_REQUEST, RETRY_BLOCK_NONE},
    {"context length",
     {.status = 400, .code = "context_length_exceeded", .type = "invalid_request_error"},
     false,
     MODEL_BAD_REQUEST,
     RETRY_BLOCK_NONE},
    {"prompt filtered", {.status = 400, .code = "content_filter"}, false, MODEL_REFUSED, 0},
    {"401",
     {.status = 401, .code = "invalid_api_key", .type = "invalid_request_error"},
     false,
     MODEL_PROVIDER_DOWN,
     RETRY_BLOCK_ACCESS},
    {"402", {.status = 402}, false, MODEL_PROVIDER_DOWN, RETRY_BLOCK_QUOTA},
    {"403", {.status = 403}, false, MODEL_PROVIDER_DOWN, RETRY_BLOCK_ACCESS},
    {"404 of the API",
     {.status = 404, .has_error = true, .code = "model_not_found"},
     false,
     MODEL_BAD_REQUEST,
     RETRY_BLOCK_NONE},
    {"404 of something else", {.status = 404}, false, MODEL_PROVIDER_DOWN, RETRY_BLOCK_SETUP},
    {"405 of something else", {.status = 405}, false, MODEL_PROVIDER_DOWN, RETRY_BLOCK_SETUP},
    {"redirect", {.status = 308}, false, MODEL_PROVIDER_DOWN, RETRY_BLOCK_SETUP},
    {"proxy wants a password", {.status = 407}, false, MODEL_PROVIDER_DOWN, RETRY_BLOCK_SETUP},
    {"408", {.status = 408}, true, MODEL_NETWORK_ERROR, 0},
    {"409", {.status = 409}, true, MODEL_NETWORK_ERROR, 0},
    {"413", {.status = 413}, false, MODEL_BAD_REQUEST, 0},
    {"422", {.status = 422}, false, MODEL_BAD_REQUEST, 0},
    {"429", {.status = 429}, true, MODEL_RATE_LIMIT, 0},
    {"429 rate", {.status = 429, .code = "rate_limit_exceeded"}, true, MODEL_RATE_LIMIT, 0},
    {"429 slow down", {.status = 429, .code = "slow_down"}, true, MODEL_RATE_LIMIT, 0},
    {"429 quota by type",
     {.status = 429, .type = "insufficient_quota"},
     false,
     MODEL_PROVIDER_DOWN,
     RETRY_BLOCK_QUOTA},
    {"429 quota by code",
     {.status = 429, .code = "organization_spend_limit_exceeded"},
     false,
     MODEL_PROVIDER_DOWN,
     RETRY_BLOCK_QUOTA},
    {"500", {.status = 500}, true, MODEL_NETWORK_ERROR, 0},
    {"502", {.status = 502}, true, MODEL_NETWORK_ERROR, 0},
    {"503", {.status = 503, .code = "server_is_overloaded"}, true, MODEL_NETWORK_ERROR, 0},
    {"529", {.status = 529}, true, MODEL_NETWORK_ERROR, 0},
    {"gateway guesses", {.status = 503, .code = "model_not_found"}, true, MODEL_NETWORK_ERROR, 0},
    {"500 not again", {.status = 500, .wish = RETRY_WISH_NO}, false, MODEL_NETWORK_ERROR, 0},
    {"400 again", {.status = 400, .wish = RETRY_WISH_YES}, true, MODEL_BAD_REQUEST, 0},
    {"401 again is no cure",
     {.status = 401, .wish = RETRY_WISH_YES},
     false,
     MODEL_PROVIDER_DOWN,
     RETRY_BLOCK_ACCESS},
    /* an error inside a 200 */
    {"stream: number", {.status = 502}, true, MODEL_NETWORK_ERROR, 0},
    {"stream: rate", {.type = "rate_limit_error"}, true, MODEL_RATE_LIMIT, 0},
    {"stream: quota", {.code = "insufficient_quota"}, false, MODEL_PROVIDER_DOWN, 2},
    {"stream: request", {.type = "invalid_request_error"}, false, MODEL_BAD_REQUEST, 0},
    {"stream: key", {.type = "authentication_error"}, false, MODEL_PROVIDER_DOWN, 1},
    {"stream: server", {.type = "server_error"}, true, MODEL_NETWORK_ERROR, 0},
    {"stream: unknown", {.type = "whatever"}, true, MODEL_NETWORK_ERROR, 0},
    /* transport */
    {"connect", {.curl_code = CURLE_COULDNT_CONNECT}, true, MODEL_PROVIDER_DOWN, 4},
    {"resolve", {.curl_code = CURLE_COULDNT_RESOLVE_HOST}, true, MODEL_PROVIDER_DOWN, 4},
    {"connect in time", {.curl_code = CURLE_OPERATION_TIMEDOUT}, true, MODEL_PROVIDER_DOWN, 4},
    {"nothing", {.curl_code = CURLE_GOT_NOTHING}, true, MODEL_NETWORK_ERROR, 0},
    {"partial", {.curl_code = CURLE_PARTIAL_FILE}, true, MODEL_NETWORK_ERROR, 0},
    {"receive", {.curl_code = CURLE_RECV_ERROR}, true, MODEL_NETWORK_ERROR, 0},
    {"send", {.curl_code = CURLE_SEND_ERROR}, true, MODEL_NETWORK_ERROR, 0},
    {"h2", {.curl_code = CURLE_HTTP2}, true, MODEL_NETWORK_ERROR, 0},
    {"h2 stream", {.curl_code = CURLE_HTTP2_STREAM}, true, MODEL_NETWORK_ERROR, 0},
    {"handshake", {.curl_code = CURLE_SSL_CONNECT_ERROR}, true, MODEL_NETWORK_ERROR, 0},
    {"certificate", {.curl_code = CURLE_PEER_FAILED_VERIFICATION}, false, MODEL_PROVIDER_DOWN, 3},
    {"CA file", {.curl_code = CURLE_SSL_CACERT_BADFILE}, false, MODEL_PROVIDER_DOWN, 3},
    {"address", {.curl_code = CURLE_URL_MALFORMAT}, false, MODEL_PROVIDER_DOWN, 3},
    {"scheme", {.curl_code = CURLE_UNSUPPORTED_PROTOCOL}, false, MODEL_PROVIDER_DOWN, 3},
};

START_TEST(failure_is_judged)
{
    const struct judge_row *row = &judge_rows[_i];
    struct retry_cause cause = row->cause;
    cause.code = cause.code != NULL ? cause.code : "";
    cause.type = cause.type != NULL ? cause.type : "";
    struct retry_verdict verdict = retry_judge(&cause);
    ck_assert_msg(verdict.is_retryable == row->is_retryable, "%s", row->name);
    ck_assert_msg(verdict.outcome == row->outcome, "%s: %s", row->name,
                  model_outcome_name(verdict.outcome));
    ck_assert_msg(verdict.block == row->block, "%s: %d", row->name, (int)verdict.block);
    ck_assert_ptr_nonnull(verdict.reason);
}
END_TEST

static const struct {
    const char *after_ms, *after;
    int64_t wanted;
} after_rows[] = {
    {NULL, NULL, -1},
    {"1500", NULL, 1500},
    {"1500", "9", 1500},
    {"x", "9", 9000},
    {NULL, "2", 2000},
    {NULL, "0", 0},
    {NULL, "0.25", 250},
    {NULL, "1.5 ", 1500},
    {NULL, ".5", 500},
    {NULL, "1e3", -1},
    {NULL, "-5", -1},
    {NULL, "nan", -1},
    {NULL, "inf", -1},
    {NULL, "0x10", -1},
    {NULL, "", -1},
    {NULL, ".", -1},
    {NULL, "1.2.3", -1},
    {NULL, "99999999999999999999", -1},
    {NULL, "999999999999", 86400000},
    {NULL, "Sun, 22 Nov 2026 12:00:07 GMT", 7000},
    {NULL, "Sunday, 22-Nov-26 12:00:07 GMT", 7000},
    {NULL, "Sun, 22 Nov 2026 11:59:00 GMT", 0},
    {NULL, "Mon, 22 Nov 2027 12:00:00 GMT", 86400000},
    {NULL, "tomorrow", -1},
};

START_TEST(wait_asked_for_is_read)
{
    int64_t wall_ms = 1795348800000; /* 2026-11-22T12:00:00Z */
    int64_t told = retry_after_ms(after_rows[_i].after_ms, after_rows[_i].after, wall_ms);
    ck_assert_msg(told == after_rows[_i].wanted, "%s %s: %lld", after_rows[_i].after_ms,
                  after_rows[_i].after, (long long)told);
}
END_TEST

START_TEST(backoff_doubles_to_sixteen_times_and_gets_only_shorter)
{
    static const int64_t wanted[] = {500, 1000, 2000, 4000, 8000, 8000, 8000};
    for (uint32_t i = 0; i < 7; i++) {
        ck_assert_int_eq(retry_backoff_ms(500, i + 1, 0.), wanted[i]);
        int64_t shortest = retry_backoff_ms(500, i + 1, 0.999999);
        ck_assert_int_ge(shortest, wanted[i] * 3 / 4);
        ck_assert_int_le(shortest, wanted[i] * 3 / 4 + 1);
    }
    ck_assert_int_eq(retry_backoff_ms(10, 1000000, 0.), 160);
}
END_TEST

Suite *suite_retry(void)
{
    Suite *suite = suite_create("retry");
    TCase *tcase = tcase_create("table");
    tcase_add_loop_test(tcase, failure_is_judged, 0,
                        (int)(sizeof(judge_rows) / sizeof(judge_rows[0])));
    tcase_add_loop_test(tcase, wait_asked_for_is_read, 0,
                        (int)(sizeof(after_rows) / sizeof(after_rows[0])));
    tcase_add_test(tcase, backoff_doubles_to_sixteen_times_and_gets_only_shorter);
    suite_add_tcase(suite, tcase);
    return suite;
}
