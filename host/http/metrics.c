/* GET /metrics: Prometheus' text format. */
#include "core/metrics.h"

#include "http/request.h"
#include "http/router.h"

void http_get_metrics(struct http_request *request)
{
    metrics_render(&request->answer);
    request->content_type = "text/plain; version=0.0.4; charset=utf-8";
    http_answer(request, 200);
}
