/* POST /api/chart/calculate, GET /api/chart/ID: charts by themselves. POST /api/chart/composite is
 * not built. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/json.h"
#include "core/json_later.h"
#include "core/mem.h"
#include "http/request.h"
#include "http/router.h"

/* A chart on its way out: it is looked into for who computed it. */
struct chart_answer {
    struct http_ticket *ticket;
    char chart_id[HASH_UUID_BYTES];
    char *text;
    struct json_later parse;
};

/* A chart that was computed here says by what; others were sent. */
static void chart_parsed(struct json_later *later)
{
    struct chart_answer *answer = CONTAINER_OF(later, struct chart_answer, parse);
    struct http_request *request = http_ticket_redeem(answer->ticket);
    struct json_object *engine = json_get(later->value, "engine");
    struct span ephemeris, version = {0};
    bool is_ours = json_get_text(engine, "ephemeris", &ephemeris) &&
                   json_get_text(engine, "version", &version);
    if (request != NULL) {
        struct sbuf *out = &request->answer;
        sbuf_printf(out, "{\"success\":true,\"chartId\":\"%s\",\"chart\":%s,\"source\":\"%s\"",
                    answer->chart_id, answer->text, is_ours ? "agenthost" : "given");
        sbuf_puts(out, ",\"version\":");
        sbuf_json_string(out, version);
        sbuf_putc(out, '}');
        http_answer(request, 200);
    }
    json_object_put(later->value);
    free(answer->text);
    free(answer);
}

static void chart_answer(struct http_request *request, const char *chart_id, struct span text)
{
    struct chart_answer *answer = mem_alloc(sizeof(*answer));
    answer->ticket = http_ticket_take(request);
    memcpy(answer->chart_id, chart_id, sizeof(answer->chart_id));
    answer->text = mem_strndup(text.data, text.len);
    if (!json_parse_later(&answer->parse, http_request_files(request),
                          (struct span){answer->text, text.len}, chart_parsed)) {
        (void)http_ticket_redeem(answer->ticket);
        free(answer->text);
        free(answer);
        http_answer_error(request, 503, "BUSY", NULL, NULL, "the host is busy; try again");
    }
}

static void chart_calculated(const struct calculate_result *result, void *ctx)
{
    struct http_request *request = http_ticket_redeem(ctx);
    if (request == NULL) {
        return;
    }
    if (result->chart_id != NULL) {
        chart_answer(request, result->chart_id, result->chart);
    } else if (result->problems->count > 0) {
        http_answer_problems(request, result->problems);
    } else {
        http_answer_err(request, &result->err);
    }
}

void http_post_chart(struct http_request *request)
{
    request->host->calculate(request->host->ctx, sbuf_as_span(&request->body), chart_calculated,
                             http_ticket_take(request));
}

static void chart_kept(struct span text, const struct err *err, void *ctx)
{
    struct http_request *request = http_ticket_redeem(ctx);
    if (request == NULL) {
        return;
    }
    if (err != NULL && err->kind == ERR_NOT_FOUND) {
        http_answer_error(request, 404, "NOT_FOUND", NULL, NULL, "no chart has this id");
    } else if (err != NULL) {
        http_answer_err(request, err);
    } else {
        chart_answer(request, request->param, text);
    }
}

void http_get_chart(struct http_request *request)
{
    if (!hash_is_uuid(request->param)) {
        http_answer_error(request, 400, "VALIDATION_ERROR", "chartId", "send a UUID",
                          "chartId: must be a UUID");
        return;
    }
    for (char *at = request->param; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    request->host->chart(request->host->ctx, request->param, chart_kept, http_ticket_take(request));
}

void http_post_composite(struct http_request *request)
{
    http_answer_error(request, 501, "NOT_IMPLEMENTED", NULL, NULL,
                      "charts of several people are not built; ask for one chart a person");
}
