/* What the children of a flow's parent came to, as its agent is told. */
#include <stdlib.h>

#include "core/arena.h"
#include "queue/queue-private.h"

static int children_compare(const void *left, const void *right)
{
    const struct queue_child *a = left, *b = right;
    return strcmp(a->key.data, b->key.data);
}

/* {"failedReason": text} */
static struct span children_failure(struct arena *arena, const redisReply *reason)
{
    struct sbuf out;
    sbuf_init(&out, QUEUE_CHILDREN_BYTES_MAX * 8);
    sbuf_puts(&out, "{\"failedReason\":");
    sbuf_json_string(&out, (struct span){reason->str, reason->len});
    sbuf_putc(&out, '}');
    const char *copy = out.is_failed ? NULL : arena_strndup(arena, out.data, out.len);
    struct span text = {copy, copy != NULL ? out.len : 0};
    sbuf_fini(&out);
    return text;
}

/* A flat list of keys and texts. False when the memory is used up. */
static bool children_take(struct arena *arena, const redisReply *list, bool is_failed,
                          struct queue_child *children, size_t *count)
{
    for (size_t i = 0; i + 1 < list->elements; i += 2) {
        const redisReply *key = list->element[i], *text = list->element[i + 1];
        struct queue_child *child = &children[(*count)++];
        child->key = (struct span){arena_strndup(arena, key->str, key->len), key->len};
        child->value = is_failed
                           ? children_failure(arena, text)
                           : (struct span){arena_strndup(arena, text->str, text->len), text->len};
        if (child->key.data == NULL || child->value.data == NULL) {
            return false;
        }
    }
    return true;
}

bool queue_children_read(struct arena *arena, const redisReply *processed, const redisReply *failed,
                         struct queue_run *run)
{
    size_t most = (processed->elements + failed->elements) / 2;
    if (most == 0) {
        return true;
    }
    struct queue_child *children = arena_alloc(arena, most * sizeof(*children));
    size_t count = 0;
    if (children == NULL || !children_take(arena, processed, false, children, &count) ||
        !children_take(arena, failed, true, children, &count)) {
        return false;
    }
    qsort(children, count, sizeof(*children), children_compare); /* the same prompt each time */
    run->children = children;
    run->children_count = count;
    return true;
}
