/* A skipping JSON reader. */
#include "scan.h"

#include <string.h>

#define SCAN_DEPTH_MAX 64

struct scan {
    const char *at, *end;
};

static void scan_blank(struct scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t')) {
        scan->at++;
    }
}

static bool scan_is(struct scan *scan, char c)
{
    scan_blank(scan);
    if (scan->at < scan->end && *scan->at == c) {
        scan->at++;
        return true;
    }
    return false;
}

static bool scan_string(struct scan *scan, struct span *ret_text)
{
    if (!scan_is(scan, '"')) {
        return false;
    }
    const char *begin = scan->at;
    while (scan->at < scan->end && *scan->at != '"') {
        scan->at += *scan->at == '\\' ? 2 : 1;
    }
    if (scan->at >= scan->end) {
        return false;
    }
    *ret_text = (struct span){begin, (size_t)(scan->at - begin)};
    scan->at++;
    return true;
}

static bool scan_scalar(struct scan *scan, struct span *ret_text)
{
    const char *begin = scan->at;
    while (scan->at < scan->end && strchr(",]} \t\r\n", *scan->at) == NULL) {
        scan->at++;
    }
    *ret_text = (struct span){begin, (size_t)(scan->at - begin)};
    return ret_text->len > 0;
}

/* Any value; brackets are counted, not matched. */
static bool scan_skip(struct scan *scan)
{
    int depth = 0;
    do {
        struct span ignored;
        scan_blank(scan);
        if (scan->at >= scan->end) {
            return false;
        }
        switch (*scan->at) {
        case '{':
        case '[':
            depth++;
            scan->at++;
            break;
        case '}':
        case ']':
            depth--;
            scan->at++;
            break;
        case ',':
        case ':':
            scan->at++;
            break;
        case '"':
            if (!scan_string(scan, &ignored)) {
                return false;
            }
            break;
        default:
            if (!scan_scalar(scan, &ignored)) {
                return false;
            }
        }
    } while (depth > 0 && depth < SCAN_DEPTH_MAX);
    return depth == 0;
}

static bool scan_true(struct scan *scan, bool *ret_value)
{
    struct span text;
    scan_blank(scan);
    const char *at = scan->at;
    if (!scan_skip(scan)) {
        return false;
    }
    text = (struct span){at, (size_t)(scan->at - at)};
    *ret_value = span_is(text, "true");
    return true;
}

/* {"role":…,"content":…} */
static bool scan_message(struct scan *scan, struct chat_request *request)
{
    struct span role = {NULL, 0}, content = {NULL, 0};
    if (!scan_is(scan, '{')) {
        return false;
    }
    while (!scan_is(scan, '}')) {
        struct span name;
        if (!scan_string(scan, &name) || !scan_is(scan, ':')) {
            return false;
        }
        scan_blank(scan);
        bool is_text = scan->at < scan->end && *scan->at == '"';
        bool is_read = is_text && span_is(name, "role")      ? scan_string(scan, &role)
                       : is_text && span_is(name, "content") ? scan_string(scan, &content)
                                                             : scan_skip(scan);
        if (!is_read) {
            return false;
        }
        (void)scan_is(scan, ',');
    }
    if (span_is(role, "user")) {
        request->user = content;
    }
    return true;
}

static bool scan_messages(struct scan *scan, struct chat_request *request)
{
    if (!scan_is(scan, '[')) {
        return false;
    }
    while (!scan_is(scan, ']')) {
        if (!scan_message(scan, request)) {
            return false;
        }
        request->has_messages = true;
        (void)scan_is(scan, ',');
    }
    return true;
}

static bool scan_stream_options(struct scan *scan, struct chat_request *request)
{
    const char *at = scan->at;
    if (!scan_skip(scan)) {
        return false;
    }
    size_t len = (size_t)(scan->at - at);
    const char *word = memmem(at, len, "\"include_usage\"", 15);
    if (word != NULL) {
        struct scan rest = {word + 15, scan->at};
        request->wants_usage =
            scan_is(&rest, ':') && scan_true(&rest, &request->wants_usage) && request->wants_usage;
    }
    return true;
}

bool chat_scan(struct span body, struct chat_request *ret_request)
{
    struct chat_request request = {0};
    struct scan scan = {body.data, body.data + body.len};
    if (!scan_is(&scan, '{')) {
        return false;
    }
    while (!scan_is(&scan, '}')) {
        struct span name;
        if (!scan_string(&scan, &name) || !scan_is(&scan, ':')) {
            return false;
        }
        bool is_read = span_is(name, "model")            ? scan_string(&scan, &request.model)
                       : span_is(name, "stream")         ? scan_true(&scan, &request.is_stream)
                       : span_is(name, "messages")       ? scan_messages(&scan, &request)
                       : span_is(name, "stream_options") ? scan_stream_options(&scan, &request)
                                                         : scan_skip(&scan);
        if (!is_read) {
            return false;
        }
        (void)scan_is(&scan, ',');
    }
    *ret_request = request;
    return true;
}
