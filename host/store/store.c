/* Finds the driver the configuration names and hands every verb to it. */
#include "store/store.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/options.h"
#include "store/driver.h"

static const struct store_driver *const drivers[] = {&STORE_SQLITE, &STORE_SUPABASE};

bool store_open(struct loop *loop, const struct options *options, const struct state_dir *state,
                struct store **ret_store, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
        if (strcmp(drivers[i]->name, options->store.driver) == 0) {
            return drivers[i]->open(loop, options, state, ret_store, err);
        }
    }
    return err_set(err, ERR_INVALID, "store driver '%s' is not known; use sqlite or supabase",
                   options->store.driver);
}

void store_close(struct store **store)
{
    if (*store == NULL) {
        return;
    }
    (*store)->driver->close(*store);
    *store = NULL;
}

const char *store_uuid(const struct store *store)
{
    return store->driver->uuid(store);
}

const char *store_describe(const struct store *store)
{
    return store->driver->describe(store);
}

bool store_is_up(const struct store *store)
{
    return store->driver->is_up(store);
}

const char *store_trouble(const struct store *store)
{
    return store_is_up(store) ? "" : store->driver->trouble(store);
}

void store_render(const struct store *store, struct sbuf *out)
{
    store->driver->render(store, out);
}

static void assert_key(const struct store_key *key)
{
    assert(key->reading_id != NULL);
    assert(key->job_key != NULL);
    assert(key->run > 0);
}

static void assert_chart(const struct store_chart *chart)
{
    assert(chart->id != NULL);
    assert(chart->chart.len > 0);
}

void store_create(struct store *store, const struct store_create *create, store_create_fn done,
                  void *ctx)
{
    assert_key(&create->key);
    assert(create->agent_id != NULL);
    assert(create->queue != NULL);
    assert(create->payload.len > 0);
    assert((create->caller != NULL) == (create->idempotency_key != NULL));
    assert(create->caller == NULL || create->request_hash != NULL);
    if (create->chart != NULL) {
        assert_chart(create->chart);
    }
    store->driver->create(store, create, done, ctx);
}

void store_enqueued(struct store *store, const struct store_key *key, store_write_fn done,
                    void *ctx)
{
    assert_key(key);
    store->driver->enqueued(store, key, done, ctx);
}

void store_unqueued_rows(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                         store_text_fn done, void *ctx)
{
    assert(queue != NULL);
    assert(limit > 0);
    store->driver->unqueued_rows(store, queue, before_ms, limit, done, ctx);
}

void store_begin(struct store *store, const struct store_begin *begin, store_begin_fn done,
                 void *ctx)
{
    assert_key(&begin->key);
    assert(begin->agent_id != NULL);
    assert(begin->queue != NULL);
    store->driver->begin(store, begin, done, ctx);
}

void store_processing(struct store *store, const struct store_key *key, store_write_fn done,
                      void *ctx)
{
    assert_key(key);
    store->driver->processing(store, key, done, ctx);
}

void store_complete(struct store *store, const struct store_complete *complete, store_write_fn done,
                    void *ctx)
{
    assert_key(&complete->key);
    assert(complete->content.len > 0);
    assert(complete->return_value.len > 0);
    store->driver->complete(store, complete, done, ctx);
}

void store_fail(struct store *store, const struct store_key *key, const struct store_error *error,
                store_write_fn done, void *ctx)
{
    assert_key(key);
    assert(error->code != NULL);
    store->driver->fail(store, key, error, done, ctx);
}

void store_usage(struct store *store, const struct store_key *key, const struct store_usage *usage,
                 store_write_fn done, void *ctx)
{
    assert_key(key);
    assert(usage->call_id != NULL);
    store->driver->usage(store, key, usage, done, ctx);
}

void store_name_chart(struct span chart, struct store_chart_name *ret_name)
{
    char text[sizeof("chart:") + HASH_SHA256_HEX_BYTES];
    hash_sha256_hex(chart, ret_name->hash);
    (void)snprintf(text, sizeof(text), "chart:%s", ret_name->hash);
    hash_uuid5(span_of(text), ret_name->id);
}

void store_chart_id(struct span chart, char ret_id[HASH_UUID_BYTES])
{
    struct store_chart_name name;
    store_name_chart(chart, &name);
    memcpy(ret_id, name.id, sizeof(name.id));
}

void store_put_chart(struct store *store, const struct store_chart *chart, store_write_fn done,
                     void *ctx)
{
    assert_chart(chart);
    store->driver->put_chart(store, chart, done, ctx);
}

void store_get_chart(struct store *store, const char *chart_id, store_text_fn done, void *ctx)
{
    assert(chart_id != NULL);
    store->driver->get_chart(store, chart_id, done, ctx);
}

void store_get_reading(struct store *store, const char *reading_id, store_text_fn done, void *ctx)
{
    assert(reading_id != NULL);
    store->driver->get_reading(store, reading_id, done, ctx);
}

void store_get_row(struct store *store, const char *reading_id, store_text_fn done, void *ctx)
{
    assert(reading_id != NULL);
    store->driver->get_row(store, reading_id, done, ctx);
}

void store_open_rows(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                     store_text_fn done, void *ctx)
{
    assert(queue != NULL);
    assert(limit > 0);
    store->driver->open_rows(store, queue, before_ms, limit, done, ctx);
}
