/* Strict JSON: our own pass first, then json-c. */
#include "core/json.h"

#include <limits.h>

#include "core/json-private.h"

/* json-c counts the value itself as a level; our own pass has checked the depth already. */
#define JSON_TOKENER_DEPTH (JSON_DEPTH_MAX + 2)

/* The comma before a closing bracket, which json-c only takes the bracket for; or NULL. */
static const char *json_stray_comma(struct span text, size_t end)
{
    if (end >= text.len || (text.data[end] != '}' && text.data[end] != ']')) {
        return NULL;
    }
    while (end > 0 && strchr(" \t\r\n", text.data[end - 1]) != NULL) {
        end--;
    }
    return end > 0 && text.data[end - 1] == ',' ? &text.data[end - 1] : NULL;
}

static bool json_run(struct json_tokener *tokener, struct span text, struct json_object **ret_value,
                     struct err *err)
{
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *value = json_tokener_parse_ex(tokener, text.data, (int)text.len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    if (error == json_tokener_continue) {
        /* A number at the very end could go on; a NUL tells that it does not. */
        value = json_tokener_parse_ex(tokener, "", 1);
        error = json_tokener_get_error(tokener);
        end = text.len;
    }
    const char *comma = error != json_tokener_success ? json_stray_comma(text, end) : NULL;
    if (comma != NULL) {
        return json_fail_at(text, (size_t)(comma - text.data), err, "a comma that nothing follows");
    }
    if (error != json_tokener_success) {
        return json_fail_at(text, end, err, "%s",
                            end >= text.len ? "the text ends too early"
                                            : json_tokener_error_desc(error));
    }
    while (end < text.len && strchr(" \t\r\n", text.data[end]) != NULL) {
        end++;
    }
    if (end < text.len) {
        json_object_put(value);
        return json_fail_at(text, end, err, "text after the value");
    }
    *ret_value = value;
    return true;
}

bool json_parse(struct span text, struct json_object **ret_value, struct err *err)
{
    if (text.len == 0) {
        return err_set(err, ERR_INVALID, "1:1: the text is empty");
    }
    if (text.len >= INT_MAX) {
        return err_set(err, ERR_LIMIT, "the text is too long");
    }
    if (!json_scan(text, err)) {
        return false;
    }
    struct json_tokener *tokener = json_tokener_new_ex(JSON_TOKENER_DEPTH);
    if (tokener == NULL) {
        return err_set(err, ERR_INTERNAL, "out of memory");
    }
    bool is_ok = json_run(tokener, text, ret_value, err);
    json_tokener_free(tokener);
    return is_ok;
}
