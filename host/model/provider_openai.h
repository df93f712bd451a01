/* The dialect of OpenAI's Chat Completions, as compatible servers speak it too. */
#ifndef MODEL_PROVIDER_OPENAI_H
#define MODEL_PROVIDER_OPENAI_H

#include <stdbool.h>

#include "core/err.h"
#include "core/sbuf.h"
#include "core/span.h"

struct curl_slist;
struct model_request;
struct options_provider;

#define OPENAI_PATH "/chat/completions"

/* Appends the request's body. False when the request cannot be said: a temperature that is no
 * number, a schema that is no JSON object, or over out's maximum. [any] */
bool openai_render(const struct model_request *request, const char *model,
                   const char *max_tokens_field, struct sbuf *out, struct err *err) ATTR_MUST_CHECK;

/* The headers of every request to this provider, key included. The caller's
 * (curl_slist_free_all, after openai_wipe_headers). [loop] */
struct curl_slist *openai_headers(const struct options_provider *provider);
void openai_wipe_headers(struct curl_slist *headers);

/* What a body or an event says about a failure. */
struct openai_error {
    bool is_error;     /* an error object, so an API is speaking */
    int status;        /* a numeric code that is an HTTP status; 0 = none */
    char code[64];     /* "" = none */
    char type[64];     /* "" = none */
    char message[240]; /* one line for people, whatever the body was; "" = nothing in it */
};

/* Reads any body: the error object with text or number codes, the flat form of older servers,
 * an error that is a text, a list with one in it, a framework's detail, HTML, plain text.
 * api_key is masked wherever the body repeats it, and whatever looks like a key. [any] */
void openai_error_read(struct span body, const char *api_key, struct openai_error *ret_error);

#endif
