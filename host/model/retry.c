/* The table of failures: transport errors, HTTP statuses and the words servers use, each with
 * what follows from it. */
#include "model/retry.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"

#define RETRY_AFTER_MS_MAX ((int64_t)24 * 3600 * 1000)

static const struct retry_verdict verdict_network = {
    .is_retryable = true, .outcome = MODEL_NETWORK_ERROR, .reason = "network"};
static const struct retry_verdict verdict_server = {
    .is_retryable = true, .outcome = MODEL_NETWORK_ERROR, .reason = "server_error"};
static const struct retry_verdict verdict_busy = {
    .is_retryable = true, .outcome = MODEL_NETWORK_ERROR, .reason = "conflict"};
static const struct retry_verdict verdict_rate = {
    .is_retryable = true, .outcome = MODEL_RATE_LIMIT, .reason = "rate_limit"};
static const struct retry_verdict verdict_access = {
    .outcome = MODEL_PROVIDER_DOWN, .block = RETRY_BLOCK_ACCESS, .reason = "access"};
static const struct retry_verdict verdict_quota = {
    .outcome = MODEL_PROVIDER_DOWN, .block = RETRY_BLOCK_QUOTA, .reason = "quota"};
static const struct retry_verdict verdict_setup = {
    .outcome = MODEL_PROVIDER_DOWN, .block = RETRY_BLOCK_SETUP, .reason = "setup"};
static const struct retry_verdict verdict_reach = {.is_retryable = true,
                                                   .outcome = MODEL_PROVIDER_DOWN,
                                                   .block = RETRY_BLOCK_REACH,
                                                   .reason = "unreachable"};
static const struct retry_verdict verdict_request = {.outcome = MODEL_BAD_REQUEST,
                                                     .reason = "request"};
static const struct retry_verdict verdict_refused = {.outcome = MODEL_REFUSED, .reason = "refused"};

struct retry_curl_row {
    CURLcode code;
    const struct retry_verdict *verdict;
};

/* Codes that no waiting cures, and those that say that nobody is there: a timeout is that of the
 * connection, the other deadlines are the call's own. Every other code is the network's. */
static const struct retry_curl_row curl_rows[] = {
    {CURLE_UNSUPPORTED_PROTOCOL, &verdict_setup},     {CURLE_URL_MALFORMAT, &verdict_setup},
    {CURLE_PEER_FAILED_VERIFICATION, &verdict_setup}, {CURLE_SSL_CACERT_BADFILE, &verdict_setup},
    {CURLE_SSL_CERTPROBLEM, &verdict_setup},          {CURLE_SSL_CIPHER, &verdict_setup},
    {CURLE_SSL_ISSUER_ERROR, &verdict_setup},         {CURLE_SSL_ENGINE_INITFAILED, &verdict_setup},
    {CURLE_COULDNT_CONNECT, &verdict_reach},          {CURLE_COULDNT_RESOLVE_HOST, &verdict_reach},
    {CURLE_OPERATION_TIMEDOUT, &verdict_reach},
};

struct retry_word_row {
    const char *word;
    bool is_generic; /* says less than an HTTP status does: used only when there is none */
    const struct retry_verdict *verdict;
};

static const struct retry_word_row word_rows[] = {
    {"insufficient_quota", false, &verdict_quota},
    {"credit_balance_exhausted", false, &verdict_quota},
    {"organization_spend_limit_exceeded", false, &verdict_quota},
    {"project_spend_limit_exceeded", false, &verdict_quota},
    {"organization_usage_limit_exceeded", false, &verdict_quota},
    {"billing_hard_limit_reached", false, &verdict_quota},
    {"billing_not_active", false, &verdict_quota},
    {"invalid_api_key", false, &verdict_access},
    {"account_deactivated", false, &verdict_access},
    {"content_filter", false, &verdict_refused},
    {"content_policy_violation", false, &verdict_refused},
    {"ResponsibleAIPolicyViolation", false, &verdict_refused},
    {"model_not_found", false, &verdict_request},
    {"context_length_exceeded", false, &verdict_request},
    {"rate_limit_exceeded", true, &verdict_rate},
    {"rate_limit_error", true, &verdict_rate},
    {"slow_down", true, &verdict_rate},
    {"authentication_error", true, &verdict_access},
    {"permission_error", true, &verdict_access},
    {"invalid_request_error", true, &verdict_request},
    {"BadRequestError", true, &verdict_request},
    {"NotFoundError", true, &verdict_request},
};

struct retry_status_row {
    int status_first, status_last;
    const struct retry_verdict *verdict;
};

/* A status that is in no row is the request's fault below 500, and the server's from there. */
static const struct retry_status_row status_rows[] = {
    {300, 399, &verdict_setup}, /* redirects are not followed: the key must not travel */
    {401, 401, &verdict_access}, {402, 402, &verdict_quota}, {403, 403, &verdict_access},
    {407, 407, &verdict_setup},  {408, 409, &verdict_busy},  {425, 425, &verdict_busy},
    {429, 429, &verdict_rate},
};

static const struct retry_verdict *retry_by_curl(int code)
{
    for (size_t i = 0; i < ARRAY_LEN(curl_rows); i++) {
        if ((int)curl_rows[i].code == code) {
            return curl_rows[i].verdict;
        }
    }
    return &verdict_network;
}

static const struct retry_verdict *retry_by_word(const char *word, bool with_generic)
{
    for (size_t i = 0; i < ARRAY_LEN(word_rows); i++) {
        if (strcmp(word_rows[i].word, word) == 0 && (with_generic || !word_rows[i].is_generic)) {
            return word_rows[i].verdict;
        }
    }
    return NULL;
}

static const struct retry_verdict *retry_by_status(int status, bool has_error)
{
    for (size_t i = 0; i < ARRAY_LEN(status_rows); i++) {
        if (status >= status_rows[i].status_first && status <= status_rows[i].status_last) {
            return status_rows[i].verdict;
        }
    }
    if ((status == 404 || status == 405) && !has_error) {
        return &verdict_setup; /* no API speaks there: the address is wrong, not the job */
    }
    return status >= 400 && status < 500 ? &verdict_request : &verdict_server;
}

struct retry_verdict retry_judge(const struct retry_cause *cause)
{
    if (cause->curl_code != CURLE_OK) {
        return *retry_by_curl(cause->curl_code);
    }
    /* Behind a 5xx even a definite word may be a gateway's guess. */
    const struct retry_verdict *verdict = NULL;
    bool has_status = cause->status >= 300;
    if (cause->status < 500) {
        verdict = retry_by_word(cause->code, !has_status);
        if (verdict == NULL) {
            verdict = retry_by_word(cause->type, !has_status);
        }
    }
    if (verdict == NULL) {
        verdict = retry_by_status(cause->status, cause->has_error);
    }
    struct retry_verdict judged = *verdict;
    if (cause->wish == RETRY_WISH_NO) {
        judged.is_retryable = false;
    } else if (cause->wish == RETRY_WISH_YES && judged.block == RETRY_BLOCK_NONE) {
        judged.is_retryable = true;
    }
    return judged;
}

int64_t retry_backoff_ms(int64_t base_ms, uint32_t tries, double unit_random)
{
    uint32_t doublings = tries > 0 ? tries - 1 : 0;
    int64_t wait_ms = base_ms << (doublings < 4 ? doublings : 4);
    return (int64_t)((double)wait_ms * (1.0 - 0.25 * unit_random));
}

/* "2", "0.5", "1.25": digits with at most one point; −1 for anything else. */
static double retry_decimal(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    size_t len = digits;
    if (text[len] == '.') {
        size_t fraction = strspn(text + len + 1, "0123456789");
        digits += fraction;
        len += 1 + fraction;
    }
    len += strspn(text + len, " \t");
    return digits > 0 && digits <= 15 && text[len] == '\0' ? strtod(text, NULL) : -1;
}

static int64_t retry_cap(double wait_ms)
{
    return wait_ms < (double)RETRY_AFTER_MS_MAX ? (int64_t)wait_ms : RETRY_AFTER_MS_MAX;
}

int64_t retry_after_ms(const char *after_ms, const char *after, int64_t wall_ms)
{
    double wait = after_ms != NULL ? retry_decimal(after_ms) : -1;
    if (wait >= 0) {
        return retry_cap(wait);
    }
    if (after == NULL) {
        return -1;
    }
    wait = retry_decimal(after);
    if (wait >= 0) {
        return retry_cap(wait * 1000);
    }
    time_t date = curl_getdate(after, NULL);
    if (date == (time_t)-1) {
        return -1;
    }
    double until_ms = (double)date * 1000 - (double)wall_ms;
    return until_ms > 0 ? retry_cap(until_ms) : 0;
}
