/* What is said when Redis did not do what it was asked once, in words for whoever asked. */
#include "queue/queue-private.h"

bool queue_err_unsent(const struct queue *queue, struct err *err)
{
    const char *why = queue_trouble(queue);
    return err_set(err, ERR_AGAIN, "%.300s", *why != '\0' ? why : "redis is too slow at present");
}

bool queue_reply_check(const redisReply *reply, int type, const char *what, struct err *err)
{
    if (reply == NULL) {
        return err_set(err, ERR_AGAIN, "redis went away while it %s", what);
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        return err_set(err, queue_reply_is_passing(reply) ? ERR_AGAIN : ERR_INTERNAL,
                       "redis refused when it %s: %.300s", what, reply->str);
    }
    return reply->type == type ||
           err_set(err, ERR_PROTOCOL, "unexpected answer of redis when it %s", what);
}
