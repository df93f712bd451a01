/* Memory of replies: hiredis parses, we allocate, because thousands of small objects a second
 * are cheaper in one arena, and because a hostile reply must not claim gigabytes. */
#ifndef REDIS_REPLIES_H
#define REDIS_REPLIES_H

#include <stdbool.h>
#include <stddef.h>

#include <hiredis/hiredis.h>

/* A job's data comes as one reply, and a producer may add what it likes; a larger reply ends the
 * connection. */
#define REDIS_REPLY_BYTES_MAX ((size_t)256 * 1024 * 1024)

struct replies;

struct replies *replies_create(void);
/* Also frees the replies handed out; sets *replies to NULL, accepts NULL. [loop] */
void replies_destroy(struct replies **replies);

/* Adds bytes from the server; false when the text is no valid protocol or too much. [loop] */
bool replies_feed(struct replies *replies, const char *data, size_t len);

/* The next complete reply, or NULL, in *ret_reply; valid until replies_recycle or
 * replies_destroy. False when the bytes are no valid protocol (replies_error tells). [loop] */
bool replies_next(struct replies *replies, redisReply **ret_reply);
const char *replies_error(const struct replies *replies);

/* The replies handed out are done with. [loop] */
void replies_recycle(struct replies *replies);

#endif
