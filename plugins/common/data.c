/* Parses the JSON that the host hands over. */
#include "common/data.h"

#include <limits.h>

#define DATA_DEPTH_MAX 40

bool data_parse(struct span text, struct json_object **ret_object, struct err *err)
{
    struct json_tokener *tokener = text.len < INT_MAX ? json_tokener_new_ex(DATA_DEPTH_MAX) : NULL;
    if (tokener == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *value =
        text.len > 0 ? json_tokener_parse_ex(tokener, text.data, (int)text.len) : NULL;
    enum json_tokener_error error = json_tokener_get_error(tokener);
    json_tokener_free(tokener);
    if (!json_object_is_type(value, json_type_object)) {
        json_object_put(value);
        return err_set(err, ERR_INVALID, "is not a JSON object%s%s",
                       error != json_tokener_success ? ": " : "",
                       error != json_tokener_success ? json_tokener_error_desc(error) : "");
    }
    *ret_object = value;
    return true;
}
