/* Jobs that the queue failed by itself. */
#include "job/condemned.h"

#include <string.h>

#include "core/arena.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"
#include "core/options.h"
#include "job/outcome.h"
#include "job/pipeline.h"
#include "queue/queue.h"
#include "store/store.h"

#define CONDEMNED_CHILD "child " /* how BullMQ's reason begins when a child has failed */

static void condemned_closed(bool is_applied, const struct err *err, void *ctx)
{
    (void)is_applied; /* most of them never had a row */
    (void)ctx;
    if (err != NULL) {
        log_warning("job", NULL, "a failure was not stored: %s; the sweep closes the row",
                    err->text);
    }
}

/* The reading's id as the pipeline names it, or NULL when the data cannot have had a row. Long data
 * is parsed here and now, too: this happens to hardly any job. */
static const char *condemned_reading_id(const struct pipeline *pipeline,
                                        const struct queue_job *queued)
{
    struct json_object *data = NULL;
    struct span text;
    char uuid[HASH_UUID_BYTES];
    if (queued->data.len > (size_t)pipeline->options->limits.data_bytes_max ||
        !json_parse(queued->data, &data, NULL)) {
        return NULL;
    }
    if (!json_get_text(data, "readingId", &text)) {
        hash_uuid5(span_of(queued->job_key), uuid);
        text = span_of(uuid);
    }
    const char *id = arena_strndup(queued->arena, text.data, text.len);
    json_object_put(data);
    return id;
}

void condemned_close_row(const struct pipeline *pipeline, const struct queue_job *queued,
                         struct span reason)
{
    const char *reading_id = condemned_reading_id(pipeline, queued);
    const char *message = arena_strndup(queued->arena, reason.data, reason.len);
    if (reading_id == NULL || message == NULL) {
        return;
    }
    bool is_child = strncmp(message, CONDEMNED_CHILD, strlen(CONDEMNED_CHILD)) == 0;
    struct store_key key = {reading_id, queued->job_key, queued->run};
    struct store_error error = {
        .code = outcome_of(is_child ? OUTCOME_CHILD_FAILED : OUTCOME_STALLED)->code,
        .message = message,
    };
    store_fail(pipeline->store, &key, &error, condemned_closed, NULL);
}
