/* What a store driver brings: one function per verb of store.h, same meaning, same rules. */
#ifndef STORE_DRIVER_H
#define STORE_DRIVER_H

#include "store/store.h"

struct store_driver {
    const char *name; /* the word in [store] driver */
    bool (*open)(struct loop *loop, const struct options *options, const struct state_dir *state,
                 struct store **ret_store, struct err *err);
    void (*close)(struct store *store); /* frees it */
    const char *(*uuid)(const struct store *store);
    const char *(*describe)(const struct store *store);
    bool (*is_up)(const struct store *store);
    const char *(*trouble)(const struct store *store);
    void (*render)(const struct store *store, struct sbuf *out);

    void (*create)(struct store *store, const struct store_create *create, store_create_fn done,
                   void *ctx);
    void (*enqueued)(struct store *store, const struct store_key *key, store_write_fn done,
                     void *ctx);
    void (*unqueued_rows)(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                          store_text_fn done, void *ctx);
    void (*begin)(struct store *store, const struct store_begin *begin, store_begin_fn done,
                  void *ctx);
    void (*processing)(struct store *store, const struct store_key *key, store_write_fn done,
                       void *ctx);
    void (*complete)(struct store *store, const struct store_complete *complete,
                     store_write_fn done, void *ctx);
    void (*fail)(struct store *store, const struct store_key *key, const struct store_error *error,
                 store_write_fn done, void *ctx);
    void (*usage)(struct store *store, const struct store_key *key, const struct store_usage *usage,
                  store_write_fn done, void *ctx);
    void (*put_chart)(struct store *store, const struct store_chart *chart, store_write_fn done,
                      void *ctx);
    void (*get_chart)(struct store *store, const char *chart_id, store_text_fn done, void *ctx);
    void (*get_reading)(struct store *store, const char *reading_id, store_text_fn done, void *ctx);
    void (*get_row)(struct store *store, const char *reading_id, store_text_fn done, void *ctx);
    void (*open_rows)(struct store *store, const char *queue, int64_t before_ms, uint32_t limit,
                      store_text_fn done, void *ctx);
};

/* What names a chart: the SHA-256 of its text, and the id made of that. */
struct store_chart_name {
    char hash[HASH_SHA256_HEX_BYTES];
    char id[HASH_UUID_BYTES];
};
void store_name_chart(struct span chart, struct store_chart_name *ret_name);

/* First member of every driver's own struct. */
struct store {
    const struct store_driver *driver;
};

extern const struct store_driver STORE_SQLITE, STORE_SUPABASE;

#endif
