/* The head of a request: lengths that contradict each other, bodies that are too long or not
 * JSON. libmicrohttpd lets the first kind through, which is how requests are smuggled. */
#include "http/head.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/attr.h"
#include "http/request.h"

struct head {
    unsigned lengths;   /* Content-Length headers */
    unsigned encodings; /* Transfer-Encoding headers */
    bool has_bad_name;
    bool is_repeating; /* one that only one value makes sense of */
    unsigned seen;     /* a bit each of head_once */
};

static const char *const head_once[] = {"Authorization", "Host",   "Idempotency-Key",
                                        "Last-Event-ID", "Origin", "X-Api-Key"};

static enum MHD_Result head_on_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    (void)kind;
    (void)value;
    struct head *head = ctx;
    head->lengths += strcasecmp(name, "Content-Length") == 0;
    head->encodings += strcasecmp(name, "Transfer-Encoding") == 0;
    head->has_bad_name = head->has_bad_name || strpbrk(name, " \t") != NULL;
    for (unsigned i = 0; i < ARRAY_LEN(head_once); i++) {
        if (strcasecmp(name, head_once[i]) == 0) {
            head->is_repeating = head->is_repeating || (head->seen & 1u << i) != 0;
            head->seen |= 1u << i;
        }
    }
    return MHD_YES;
}

static bool head_is_json(struct MHD_Connection *mhd)
{
    const char *type = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Type");
    size_t len = strlen("application/json");
    return type != NULL && strncasecmp(type, "application/json", len) == 0 &&
           (type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

bool http_head_is_good(struct http_request *request, struct MHD_Connection *mhd, const char *method)
{
    struct head head = {0};
    (void)MHD_get_connection_values(mhd, MHD_HEADER_KIND, head_on_header, &head);
    const char *length = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Content-Length");
    unsigned long long bytes = length != NULL ? strtoull(length, NULL, 10) : 0;
    bool has_body = bytes > 0 || head.encodings > 0;
    bool is_expecting = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Expect") != NULL;
    request->is_closing = true; /* until it is known where the request ends */
    if (head.lengths + head.encodings > 1 || head.has_bad_name || head.is_repeating) {
        http_answer_error(request, 400, "BAD_REQUEST", NULL, NULL,
                          "the request's headers contradict each other");
        return false;
    }
    /* Who waits for a 100, or has too much to send, hears a refusal at once. */
    request->is_closing = has_body && (is_expecting || bytes > HTTP_DISCARD_BYTES_MAX);
    if (bytes > HTTP_BODY_BYTES_MAX) {
        http_answer_error(request, 413, "TOO_LARGE", "body", "send less",
                          "body: more than %d bytes", HTTP_BODY_BYTES_MAX);
        return false;
    }
    if (has_body && strcmp(method, "POST") == 0 && !head_is_json(mhd)) {
        http_answer_error(request, 415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type",
                          "send application/json", "Content-Type: must be application/json");
        return false;
    }
    return true;
}
