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

void sqlite_processing(struct store *base, const struct store_key *key, store_write_fn done,
                       void *ctx)
{
    struct sqlite_task *task =
        sqlite_task_create(downcast(base), &SQLITE_VERB_PROCESSING, key_cost(key), ctx);
    copy_key(task, key);
    task->done.write = done;
    sqlite_task_submit(task);
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

void sqlite_get_reading(struct store *base, const char *reading_id, store_text_fn done, void *ctx)
{
    struct sqlite_task *task =
        sqlite_task_create(downcast(base), &SQLITE_VERB_GET_READING, text_cost(reading_id), ctx);
    task->key.reading_id = copy(task, reading_id);
    task->done.text = done;
    sqlite_task_submit(task);
}

void sqlite_open_rows(struct store *base, const char *queue, int64_t before_ms, uint32_t limit,
                      store_text_fn done, void *ctx)
{
    struct sqlite_task *task =
        sqlite_task_create(downcast(base), &SQLITE_VERB_OPEN_ROWS, text_cost(queue), ctx);
    task->in.open_rows.queue = copy(task, queue);
    task->in.open_rows.before_ms = before_ms;
    task->in.open_rows.limit = limit;
    task->done.text = done;
    sqlite_task_submit(task);
}
