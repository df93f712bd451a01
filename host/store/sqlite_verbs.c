/* The driver's verbs: each copies its arguments into a task and sends it off. */
#include <assert.h>
#include <string.h>

#include "store/sqlite-private.h"

static struct sqlite_store *downcast(struct store *store)
{
    return (struct sqlite_store *)store; /* base is the first member */
}

static size_t text_cost(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

static size_t key_cost(const struct store_key *key)
{
    return text_cost(key->reading_id) + text_cost(key->job_key);
}

static const char *copy(struct sqlite_task *task, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    char *place = task->copies_end;
    size_t bytes = strlen(text) + 1;
    assert(place + bytes <= (char *)task + task->bytes);
    memcpy(place, text, bytes);
    task->copies_end += bytes;
    return place;
}

static struct span copy_span(struct sqlite_task *task, struct span text)
{
    char *place = task->copies_end;
    assert(place + text.len <= (char *)task + task->bytes);
    if (text.len > 0) {
        memcpy(place, text.data, text.len);
    }
    task->copies_end += text.len;
    return (struct span){place, text.len};
}

static void copy_key(struct sqlite_task *task, const struct store_key *key)
{
    task->key.reading_id = copy(task, key->reading_id);
    task->key.job_key = copy(task, key->job_key);
    task->key.run = key->run;
}

static size_t chart_cost(const struct store_chart *chart)
{
    return text_cost(chart->id) + chart->chart.len + text_cost(chart->user_id) + chart->birth.len;
}

static void copy_chart(struct sqlite_task *task, const struct store_chart *chart,
                       struct store_chart *ret_copy)
{
    *ret_copy = (struct store_chart){
        .id = copy(task, chart->id),
        .chart = copy_span(task, chart->chart),
        .user_id = copy(task, chart->user_id),
        .birth = copy_span(task, chart->birth),
    };
}

static size_t create_cost(const struct store_create *create)
{
    return key_cost(&create->key) + text_cost(create->agent_id) + text_cost(create->user_id) +
           text_cost(create->client_name) + text_cost(create->queue) + create->payload.len +
           (create->chart != NULL ? chart_cost(create->chart) : 0) + text_cost(create->caller) +
           text_cost(create->idempotency_key) + text_cost(create->request_hash);
}

void sqlite_create(struct store *base, const struct store_create *create, store_create_fn done,
                   void *ctx)
{
    struct sqlite_task *task =
        sqlite_task_create(downcast(base), &SQLITE_VERB_CREATE, create_cost(create), ctx);
    copy_key(task, &create->key);
    task->in.create = (struct store_create){
        .key = task->key,
        .agent_id = copy(task, create->agent_id),
        .user_id = copy(task, create->user_id),
        .client_name = copy(task, create->client_name),
        .queue = copy(task, create->queue),
        .payload = copy_span(task, create->payload),
        .caller = copy(task, create->caller),
        .idempotency_key = copy(task, create->idempotency_key),
        .request_hash = copy(task, create->request_hash),
        .idempotency_ms = create->idempotency_ms,
    };
    if (create->chart != NULL) {
        copy_chart(task, create->chart, &task->create_chart);
        task->in.create.chart = &task->create_chart;
    }
    task->done.create = done;
    sqlite_task_submit(task);
}

void sqlite_begin(struct store *base, const struct store_begin *begin, store_begin_fn done,
                  void *ctx)
{
    size_t bytes = key_cost(&begin->key) + text_cost(begin->takeover) + text_cost(begin->agent_id) +
                   text_cost(begin->user_id) + text_cost(begin->queue) + begin->payload.len;
    struct sqlite_task *task = sqlite_task_create(downcast(base), &SQLITE_VERB_BEGIN, bytes, ctx);
    copy_key(task, &begin->key);
    task->in.begin = (struct store_begin){
        .key = task->key,
        .intent = begin->intent,
        .takeover = copy(task, begin->takeover),
        .agent_id = copy(task, begin->agent_id),
        .user_id = copy(task, begin->user_id),
        .queue = copy(task, begin->queue),
        .payload = copy_span(task, begin->payload),
    };
    task->done.begin = done;
    sqlite_task_submit(task);
}

static void submit_key(struct store *base, const struct sqlite_verb *verb,
                       const struct store_key *key, store_write_fn done, void *ctx)
{
    struct sqlite_task *task = sqlite_task_create(downcast(base), verb, key_cost(key), ctx);
    copy_key(task, key);
    task->done.write = done;
    sqlite_task_submit(task);
}

void sqlite_enqueued(struct store *base, const struct store_key *key, store_write_fn done,
                     void *ctx)
{
    submit_key(base, &SQLITE_VERB_ENQUEUED, key, done, ctx);
}

void sqlite_processing(struct store *base, const struct store_key *key, store_write_fn done,
                       void *ctx)
{
    submit_key(base, &SQLITE_VERB_PROCESSING, key, done, ctx);
}

void sqlite_complete(struct store *base, const struct store_complete *complete, store_write_fn done,
                     void *ctx)
{
    size_t bytes = key_cost(&complete->key) + complete->content.len + complete->return_value.len +
                   complete->chart.len + text_cost(complete->outcome);
    struct sqlite_task *task =
        sqlite_task_create(downcast(base), &SQLITE_VERB_COMPLETE, bytes, ctx);
    copy_key(task, &complete->key);
    task->in.complete = (struct store_complete){
        .key = task->key,
        .content = copy_span(task, complete->content),
        .return_value = copy_span(task, complete->return_value),
        .chart = copy_span(task, complete->chart),
        .outcome = copy(task, complete->outcome),
    };
    task->done.write = done;
    sqlite_task_submit(task);
}

void sqlite_fail(struct store *base, const struct store_key *key, const struct store_error *error,
                 store_write_fn done, void *ctx)
{
    size_t bytes = key_cost(key) + text_cost(error->code) + text_cost(error->message);
    struct sqlite_task *task = sqlite_task_create(downcast(base), &SQLITE_VERB_FAIL, bytes, ctx);
    copy_key(task, key);
    task->in.error = (struct store_error){
        .code = copy(task, error->code),
        .message = copy(task, error->message),
        .is_retryable = error->is_retryable,
    };
    task->done.write = done;
    sqlite_task_submit(task);
}

void sqlite_usage(struct store *base, const struct store_key *key, const struct store_usage *usage,
                  store_write_fn done, void *ctx)
{
    size_t bytes = key_cost(key) + text_cost(usage->call_id) + text_cost(usage->agent_id) +
                   text_cost(usage->provider) + text_cost(usage->model) +
                   text_cost(usage->error_code) + text_cost(usage->request_hash) +
                   text_cost(usage->request_id);
    struct sqlite_task *task = sqlite_task_create(downcast(base), &SQLITE_VERB_USAGE, bytes, ctx);
    copy_key(task, key);
    struct store_usage *own = &task->in.usage;
    *own = *usage;
    own->call_id = copy(task, usage->call_id);
    own->agent_id = copy(task, usage->agent_id);
    own->provider = copy(task, usage->provider);
    own->model = copy(task, usage->model);
    own->error_code = copy(task, usage->error_code);
    own->request_hash = copy(task, usage->request_hash);
    own->request_id = copy(task, usage->request_id);
    task->done.write = done;
    sqlite_task_submit(task);
}

void sqlite_put_chart(struct store *base, const struct store_chart *chart, store_write_fn done,
                      void *ctx)
{
    struct sqlite_task *task =
        sqlite_task_create(downcast(base), &SQLITE_VERB_PUT_CHART, chart_cost(chart), ctx);
    copy_chart(task, chart, &task->in.chart);
    task->done.write = done;
    sqlite_task_submit(task);
}

void sqlite_get_chart(struct store *base, const char *chart_id, store_text_fn done, void *ctx)
{
    struct sqlite_task *task =
        sqlite_task_create(downcast(base), &SQLITE_VERB_GET_CHART, text_cost(chart_id), ctx);
    task->in.chart_id = copy(task, chart_id);
    task->done.text = done;
    sqlite_task_submit(task);
}

static void submit_get(struct store *base, const struct sqlite_verb *verb, const char *reading_id,
                       store_text_fn done, void *ctx)
{
    struct sqlite_task *task = sqlite_task_create(downcast(base), verb, text_cost(reading_id), ctx);
    task->key.reading_id = copy(task, reading_id);
    task->done.text = done;
    sqlite_task_submit(task);
}

void sqlite_get_reading(struct store *base, const char *reading_id, store_text_fn done, void *ctx)
{
    submit_get(base, &SQLITE_VERB_GET_READING, reading_id, done, ctx);
}

void sqlite_get_row(struct store *base, const char *reading_id, store_text_fn done, void *ctx)
{
    submit_get(base, &SQLITE_VERB_GET_ROW, reading_id, done, ctx);
}

static void submit_rows(struct store *base, const struct sqlite_verb *verb, const char *queue,
                        int64_t before_ms, uint32_t limit, store_text_fn done, void *ctx)
{
    struct sqlite_task *task = sqlite_task_create(downcast(base), verb, text_cost(queue), ctx);
    task->in.rows.queue = copy(task, queue);
    task->in.rows.before_ms = before_ms;
    task->in.rows.limit = limit;
    task->done.text = done;
    sqlite_task_submit(task);
}

void sqlite_open_rows(struct store *base, const char *queue, int64_t before_ms, uint32_t limit,
                      store_text_fn done, void *ctx)
{
    submit_rows(base, &SQLITE_VERB_OPEN_ROWS, queue, before_ms, limit, done, ctx);
}

void sqlite_unqueued_rows(struct store *base, const char *queue, int64_t before_ms, uint32_t limit,
                          store_text_fn done, void *ctx)
{
    submit_rows(base, &SQLITE_VERB_UNQUEUED_ROWS, queue, before_ms, limit, done, ctx);
}
