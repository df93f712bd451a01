/* The claimed jobs of a queue: in order of their claims, and by id. */
#include "core/hash.h"
#include "core/metrics.h"
#include "queue/queue-private.h"

static struct queue_entry **table_bucket(struct queue *queue, struct span id)
{
    return &queue->buckets[hash_fnv64(id) & (QUEUE_BUCKETS - 1)];
}

void queue_table_add(struct queue *queue, struct queue_entry *entry)
{
    struct queue_entry **bucket = table_bucket(queue, entry->key.id);
    entry->bucket_next = *bucket;
    *bucket = entry;
    entry->prev = queue->entries_last;
    if (queue->entries_last != NULL) {
        queue->entries_last->next = entry;
    } else {
        queue->entries_first = entry;
    }
    queue->entries_last = entry;
    queue->entries_count++;
    metrics_set(queue->metrics.active, queue->entries_count);
}

void queue_table_remove(struct queue *queue, struct queue_entry *entry)
{
    struct queue_entry **link = table_bucket(queue, entry->key.id);
    while (*link != entry) {
        link = &(*link)->bucket_next;
    }
    *link = entry->bucket_next;
    if (entry->prev != NULL) {
        entry->prev->next = entry->next;
    } else {
        queue->entries_first = entry->next;
    }
    if (entry->next != NULL) {
        entry->next->prev = entry->prev;
    } else {
        queue->entries_last = entry->prev;
    }
    queue->entries_count--;
    metrics_set(queue->metrics.active, queue->entries_count);
}

struct queue_entry *queue_table_find(struct queue *queue, struct span id)
{
    struct queue_entry *entry = *table_bucket(queue, id);
    while (entry != NULL && !span_equals(entry->key.id, id)) {
        entry = entry->bucket_next;
    }
    return entry;
}

struct queue_entry *queue_table_find_tail(struct queue *queue, struct span tail)
{
    /* Job ids may contain colons, timestamps not: the id ends at the last one. */
    size_t len = tail.len;
    while (len > 0 && tail.data[len - 1] != ':') {
        len--;
    }
    if (len == 0) {
        return NULL;
    }
    struct queue_entry *entry = queue_table_find(queue, (struct span){tail.data, len - 1});
    return entry != NULL && span_equals(entry->key.tail, tail) ? entry : NULL;
}
