/* The reading that a path names. */
#include "http/reading_id.h"

#include <ctype.h>

#include "core/hash.h"
#include "http/request.h"

bool http_take_reading_id(struct http_request *request)
{
    if (!hash_is_uuid(request->param)) {
        http_answer_error(request, 400, "VALIDATION_ERROR", "readingId", "give a reading's UUID",
                          "readingId: must be a UUID (found '%.40s')", request->param);
        return false;
    }
    for (char *at = request->param; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    return true;
}
