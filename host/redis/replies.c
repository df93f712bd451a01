/* Parses replies with hiredis' reader into an arena. */
#include "redis/replies.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/mem.h"

/* Finished replies stay in the arena until it holds this much. */
#define REPLIES_RECYCLE_BYTES (64 * 1024)
/* What the reader may keep allocated while it is empty. */
#define REPLIES_READER_BYTES (64 * 1024)

struct replies {
    redisReader *reader;
    struct arena *arena; /* of the reply being parsed or handled, and some before it */
};

static redisReply *reply_create(const redisReadTask *task)
{
    struct replies *replies = task->privdata;
    redisReply *reply = arena_alloc(replies->arena, sizeof(*reply));
    if (reply == NULL) {
        return NULL;
    }
    reply->type = task->type;
    if (task->parent != NULL) {
        redisReply *parent = task->parent->obj;
        parent->element[task->idx] = reply;
    }
    return reply;
}

static void *reply_create_string(const redisReadTask *task, char *text, size_t len)
{
    struct replies *replies = task->privdata;
    redisReply *reply = reply_create(task);
    if (reply == NULL) {
        return NULL;
    }
    reply->str = arena_strndup(replies->arena, text, len);
    reply->len = len;
    return reply->str != NULL ? reply : NULL;
}

static void *reply_create_array(const redisReadTask *task, int elements)
{
    struct replies *replies = task->privdata;
    redisReply *reply = reply_create(task);
    if (reply == NULL || elements <= 0) {
        return reply;
    }
    reply->element = arena_alloc(replies->arena, (size_t)elements * sizeof(redisReply *));
    reply->elements = (size_t)elements;
    return reply->element != NULL ? reply : NULL;
}

static void *reply_create_integer(const redisReadTask *task, long long value)
{
    redisReply *reply = reply_create(task);
    if (reply != NULL) {
        reply->integer = value;
    }
    return reply;
}

static void *reply_create_nil(const redisReadTask *task)
{
    redisReply *reply = reply_create(task);
    if (reply != NULL) {
        reply->type = REDIS_REPLY_NIL; /* the task's is that of what is missing */
    }
    return reply;
}

static void reply_free(void *reply)
{
    (void)reply; /* the arena's */
}

static redisReplyObjectFunctions reply_functions = {
    .createString = reply_create_string,
    .createArray = reply_create_array,
    .createInteger = reply_create_integer,
    .createNil = reply_create_nil,
    .freeObject = reply_free,
};

struct replies *replies_create(void)
{
    struct replies *replies = mem_alloc(sizeof(*replies));
    replies->arena = arena_create(REDIS_REPLY_BYTES_MAX);
    replies->reader = redisReaderCreateWithFunctions(&reply_functions);
    if (replies->reader == NULL) {
        abort(); /* no memory for a few hundred bytes */
    }
    replies->reader->privdata = replies;
    replies->reader->maxbuf = REPLIES_READER_BYTES;
    return replies;
}

void replies_destroy(struct replies **replies)
{
    if (*replies != NULL) {
        redisReaderFree((*replies)->reader);
        arena_destroy(&(*replies)->arena);
        free(*replies);
        *replies = NULL;
    }
}

bool replies_feed(struct replies *replies, const char *data, size_t len)
{
    return replies->reader->len < REDIS_REPLY_BYTES_MAX &&
           redisReaderFeed(replies->reader, data, len) == REDIS_OK;
}

bool replies_next(struct replies *replies, redisReply **ret_reply)
{
    void *reply = NULL;
    if (redisReaderGetReply(replies->reader, &reply) != REDIS_OK) {
        return false;
    }
    *ret_reply = reply;
    return true;
}

const char *replies_error(const struct replies *replies)
{
    return replies->reader->err != 0 ? replies->reader->errstr : "the reply is too long";
}

void replies_recycle(struct replies *replies)
{
    if (arena_bytes(replies->arena) > REPLIES_RECYCLE_BYTES) {
        arena_destroy(&replies->arena);
        replies->arena = arena_create(REDIS_REPLY_BYTES_MAX);
    }
}
