/* Runs tasks on the store thread: whatever has queued is one transaction, so that one fsync
 * serves many jobs, and a verb that fails by itself is undone alone. */
#include "core/attr.h"
#include "store/sqlite-private.h"

/* The transaction is gone, or must go: nothing in it holds. */
static void transaction_fail(struct sqlite_store *store, const struct err *err)
{
    if (sqlite3_get_autocommit(store->db.handle) == 0) {
        struct err ignored; /* a failing rollback means the connection is closed next */
        if (!query_plain(&store->db, STATEMENT_ROLLBACK, &ignored)) {
            store->db.must_reopen = true;
        }
    }
    store->is_in_transaction = false;
    store->write_err = *err;
    for (struct sqlite_task *task = store->batch_first; task != NULL; task = task->next) {
        if (task->is_in_transaction) {
            task->err = *err;
        }
    }
}

static struct sqlite_task *task_of(const struct thread_task *task)
{
    return CONTAINER_OF(task, struct sqlite_task, task);
}

/* Only what the outside will rely on has to survive a power cut: a version and its return value,
 * a failure. A row that says "pending" or "processing" is written anew by the redelivered job,
 * and whatever came before a durable commit is on the disk with it. */
static void choose_durability(struct sqlite_store *store, const struct thread_task *first)
{
    bool is_durable = false;
    for (const struct thread_task *task = first; task != NULL && !is_durable; task = task->next) {
        is_durable = task_of(task)->verb->is_durable;
    }
    if (is_durable != store->db.is_durable && store->open_err.kind == ERR_NONE &&
        query_plain(&store->db, is_durable ? STATEMENT_SYNC_FULL : STATEMENT_SYNC_NORMAL,
                    &store->write_err)) {
        store->db.is_durable = is_durable;
    }
}

void sqlite_batch_begin(const struct thread_task *first, void *ctx)
{
    struct sqlite_store *store = ctx;
    store->batch_first = NULL;
    store->batch_end = &store->batch_first;
    store->is_in_transaction = false;
    store->write_err.kind = store->open_err.kind = ERR_NONE;
    if (store->db.handle != NULL && (store->db.must_reopen || sqlite_db_has_moved(&store->db))) {
        sqlite_db_close(&store->db);
    }
    if (store->db.handle == NULL && !sqlite_db_open(&store->db, &store->open_err)) {
        store->open_err.kind = ERR_AGAIN; /* it could be used once, so it may be again */
    }
    choose_durability(store, first);
}

void sqlite_batch_end(void *ctx)
{
    struct sqlite_store *store = ctx;
    struct err err = {.kind = ERR_NONE};
    if (store->is_in_transaction && !query_plain(&store->db, STATEMENT_COMMIT, &err)) {
        err.kind = ERR_AGAIN;
        transaction_fail(store, &err);
    }
}

/* One that fails by itself is undone alone; one that finds the disk or the lock in the way
 * takes the whole batch with it. */
static void run_write(struct sqlite_store *store, struct sqlite_task *task)
{
    struct err ignored;
    task->is_in_transaction = true;
    if (query_plain(&store->db, STATEMENT_SAVE, &task->err) &&
        task->verb->run(&store->db, task, &task->err) &&
        query_plain(&store->db, STATEMENT_RELEASE, &task->err)) {
        return;
    }
    bool is_gone = sqlite3_get_autocommit(store->db.handle) != 0;
    if (task->err.kind == ERR_AGAIN || is_gone ||
        !query_plain(&store->db, STATEMENT_UNDO, &ignored) ||
        !query_plain(&store->db, STATEMENT_RELEASE, &ignored)) {
        struct err err = task->err;
        err.kind = ERR_AGAIN;
        transaction_fail(store, &err);
    }
}

void sqlite_task_run(struct thread_task *thread_task)
{
    struct sqlite_task *task = task_of(thread_task);
    struct sqlite_store *store = task->store;
    *store->batch_end = task;
    store->batch_end = &task->next;
    if (store->open_err.kind != ERR_NONE) {
        task->err = store->open_err;
        return;
    }
    if (!task->verb->is_write) {
        task->is_in_transaction = store->is_in_transaction;
        (void)task->verb->run(&store->db, task, &task->err); /* the error is the answer */
        return;
    }
    if (store->write_err.kind == ERR_NONE && !store->is_in_transaction) {
        store->is_in_transaction = query_plain(&store->db, STATEMENT_BEGIN, &store->write_err);
    }
    if (store->write_err.kind != ERR_NONE) {
        task->err = store->write_err;
        return;
    }
    run_write(store, task);
}

static bool run_probe(struct sqlite_db *db, struct sqlite_task *task, struct err *err)
{
    task->is_applied = true;
    return query_plain(db, STATEMENT_PROBE, err);
}

const struct sqlite_verb SQLITE_VERB_PROBE = {"probe", true, true, run_probe};
