/* GET /health and /api/orchestrator/health: as the earlier system's probes ask. Degraded is no
 * error status: the host answers, and /readyz says what is missing. */
#include <stdio.h>

#include "core/clock.h"
#include "http/request.h"
#include "http/router.h"

#define HEALTH_WHY_BYTES_MAX 4096

static const char *health_status(const struct http_request *request)
{
    struct sbuf why;
    sbuf_init(&why, HEALTH_WHY_BYTES_MAX);
    bool is_ready = request->host->is_ready(request->host->ctx, &why);
    sbuf_fini(&why);
    return is_ready ? "ok" : "degraded";
}

static void health_answer(struct http_request *request)
{
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_wall_ms(), now);
    sbuf_printf(&request->answer, ",\"timestamp\":\"%s\"}", now);
    http_answer(request, 200);
}

void http_get_service_health(struct http_request *request)
{
    sbuf_printf(&request->answer, "{\"status\":\"%s\",\"service\":\"agenthost\",\"version\":\"%s\"",
                health_status(request), VERSION);
    health_answer(request);
}

void http_get_orchestrator_health(struct http_request *request)
{
    unsigned count = 0;
    bool is_loaded = request->host->count_agents(request->host->ctx, &count);
    sbuf_printf(&request->answer,
                "{\"status\":\"%s\",\"service\":\"orchestrator\",\"registry\":\"%s\","
                "\"agentCount\":%u",
                health_status(request), is_loaded ? "loaded" : "loading", count);
    health_answer(request);
}
