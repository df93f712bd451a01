/* GET /, /assets/NAME and /api/openapi.json: files compiled in. The policy lets the page talk to
 * this host and run what comes from it, and nothing else. */
#include "http/page.h"

#include <string.h>

#include "http/request.h"
#include "http/router.h"

static const char page_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/* RFC 9110 section 13.1.2: a list of tags, perhaps weak, or any. */
static bool page_is_known(const struct http_request *request, const char *etag)
{
    const char *known = http_request_header(request, "If-None-Match");
    return known != NULL && (strcmp(known, "*") == 0 || strstr(known, etag) != NULL);
}

static void page_answer(struct http_request *request, const char *name)
{
    const struct http_file *file = NULL;
    for (size_t i = 0; i < http_files_count; i++) {
        if (strcmp(http_files[i].name, name) == 0) {
            file = &http_files[i];
        }
    }
    if (file == NULL) {
        http_answer_error(request, 404, "NOT_FOUND", NULL, NULL, "no such file: %.100s", name);
        return;
    }
    http_answer_header(request, "ETag", file->etag);
    http_answer_header(request, "Cache-Control", "no-cache");
    http_answer_header(request, "Content-Security-Policy", page_policy);
    http_answer_header(request, "Referrer-Policy", "no-referrer");
    request->content_type = file->type;
    if (page_is_known(request, file->etag)) {
        http_answer(request, 304);
        return;
    }
    sbuf_append(&request->answer, (const char *)file->bytes, file->len);
    http_answer(request, 200);
}

void http_get_page(struct http_request *request)
{
    page_answer(request, "index.html");
}

void http_get_asset(struct http_request *request)
{
    page_answer(request, request->param);
}

void http_get_openapi(struct http_request *request)
{
    page_answer(request, "openapi.json");
}
