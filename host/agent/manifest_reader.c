/* Reading one JSON value of a manifest with its exact place in the file at hand. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/manifest-private.h"
#include "core/options.h"

#define MANIFEST_KEYS_MAX 32 /* of one object that a table describes */

bool manifest_fail(struct manifest_reader *reader, const char *fmt, ...)
{
    char text[ERR_TEXT_BYTES_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return err_set(reader->err, ERR_INVALID, "%s: %.*s: %s", reader->path, (int)reader->pointer_len,
                   reader->pointer, text);
}

static void manifest_push(struct manifest_reader *reader, char c)
{
    if (reader->pointer_len + 1 < sizeof(reader->pointer)) {
        reader->pointer[reader->pointer_len++] = c;
    }
}

size_t manifest_enter(struct manifest_reader *reader, const char *key)
{
    size_t mark = reader->pointer_len;
    manifest_push(reader, '/');
    for (; *key != '\0'; key++) {
        if (*key == '~' || *key == '/') { /* RFC 6901 */
            manifest_push(reader, '~');
            manifest_push(reader, *key == '~' ? '0' : '1');
        } else {
            manifest_push(reader, *key);
        }
    }
    return mark;
}

size_t manifest_enter_index(struct manifest_reader *reader, size_t index)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%zu", index);
    return manifest_enter(reader, text);
}

void manifest_leave(struct manifest_reader *reader, size_t mark)
{
    reader->pointer_len = mark;
}

static const struct manifest_key *manifest_key_find(const struct manifest_key *keys,
                                                    size_t keys_count, const char *name)
{
    for (size_t i = 0; i < keys_count; i++) {
        if (strcmp(keys[i].name, name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

static bool manifest_fail_unknown(struct manifest_reader *reader, const struct manifest_key *keys,
                                  size_t keys_count, const char *name)
{
    const char *names[MANIFEST_KEYS_MAX];
    size_t count = keys_count < MANIFEST_KEYS_MAX ? keys_count : MANIFEST_KEYS_MAX;
    for (size_t i = 0; i < count; i++) {
        names[i] = keys[i].name;
    }
    const char *nearest = options_nearest(name, names, count);
    return nearest != NULL ? manifest_fail(reader, "unknown key, perhaps '%s'", nearest)
                           : manifest_fail(reader, "unknown key (own keys begin with x-)");
}

bool manifest_read_object(struct manifest_reader *reader, struct json_object *value,
                          const struct manifest_key *keys, size_t keys_count)
{
    if (!manifest_expect(reader, value, json_type_object)) {
        return false;
    }
    json_object_object_foreach(value, name, member)
    {
        if (strncmp(name, "x-", 2) == 0) {
            continue;
        }
        size_t mark = manifest_enter(reader, name);
        const struct manifest_key *key = manifest_key_find(keys, keys_count, name);
        if (key == NULL) {
            return manifest_fail_unknown(reader, keys, keys_count, name);
        }
        if (!key->read(reader, member)) {
            return false;
        }
        manifest_leave(reader, mark);
    }
    for (size_t i = 0; i < keys_count; i++) {
        if (keys[i].is_required && !json_object_object_get_ex(value, keys[i].name, NULL)) {
            (void)manifest_enter(reader, keys[i].name);
            return manifest_fail(reader, "is missing");
        }
    }
    return true;
}

static const char *manifest_type_name(enum json_type type)
{
    switch (type) {
    case json_type_boolean:
        return "true or false";
    case json_type_object:
        return "an object";
    case json_type_array:
        return "an array";
    case json_type_string:
        return "a string";
    case json_type_int:
        return "a whole number";
    case json_type_double:
        return "a number";
    case json_type_null:
        break;
    }
    return "null";
}

bool manifest_expect(struct manifest_reader *reader, struct json_object *value, enum json_type type)
{
    enum json_type found = json_object_get_type(value);
    if (found == type || (type == json_type_double && found == json_type_int)) {
        return true;
    }
    return manifest_fail(reader, "must be %s, not %s", manifest_type_name(type),
                         manifest_type_name(found));
}

bool manifest_read_text(struct manifest_reader *reader, struct json_object *value, size_t bytes_max,
                        const char **ret_text)
{
    if (!manifest_expect(reader, value, json_type_string)) {
        return false;
    }
    size_t len = (size_t)json_object_get_string_len(value);
    if (len == 0) {
        return manifest_fail(reader, "must not be empty");
    }
    if (len > bytes_max) {
        return manifest_fail(reader, "is longer than %zu bytes", bytes_max);
    }
    *ret_text = json_object_get_string(value);
    return true;
}

bool manifest_is_word(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return text[0] >= 'a' && text[0] <= 'z' && text[len] == '\0' && len <= MANIFEST_WORD_BYTES_MAX;
}

bool manifest_is_language(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    if (len != 2 && len != 3) {
        return false;
    }
    const char *rest = text + len;
    return *rest == '\0' || (rest[0] == '-' && rest[1] >= 'A' && rest[1] <= 'Z' && rest[2] >= 'A' &&
                             rest[2] <= 'Z' && rest[3] == '\0');
}

bool manifest_read_word(struct manifest_reader *reader, struct json_object *value,
                        const char **ret_word)
{
    const char *text = NULL;
    if (!manifest_read_text(reader, value, MANIFEST_TEXT_BYTES_MAX, &text)) {
        return false;
    }
    if (!manifest_is_word(text)) {
        return manifest_fail(reader, "'%.40s' must match [a-z][a-z0-9_-]{0,31}", text);
    }
    *ret_word = text;
    return true;
}

bool manifest_read_int(struct manifest_reader *reader, struct json_object *value, int64_t min,
                       int64_t max, int64_t *ret_number)
{
    if (!manifest_expect(reader, value, json_type_int)) {
        return false;
    }
    int64_t number = json_object_get_int64(value);
    if (number < min || number > max) {
        return manifest_fail(reader, "%lld is not between %lld and %lld", (long long)number,
                             (long long)min, (long long)max);
    }
    *ret_number = number;
    return true;
}

bool manifest_read_number(struct manifest_reader *reader, struct json_object *value, double min,
                          double max, double *ret_number)
{
    if (!manifest_expect(reader, value, json_type_double)) {
        return false;
    }
    double number = json_object_get_double(value);
    if (!(number >= min && number <= max)) {
        return manifest_fail(reader, "%g is not between %g and %g", number, min, max);
    }
    *ret_number = number;
    return true;
}

bool manifest_read_localized(struct manifest_reader *reader, struct json_object *value)
{
    if (!manifest_expect(reader, value, json_type_object)) {
        return false;
    }
    if (json_object_object_length(value) == 0) {
        return manifest_fail(reader, "must have at least one language");
    }
    json_object_object_foreach(value, language, text)
    {
        size_t mark = manifest_enter(reader, language);
        const char *ignored = NULL;
        if (!manifest_is_language(language)) {
            return manifest_fail(reader, "is not a language code like de or pt-BR");
        }
        if (!manifest_read_text(reader, text, MANIFEST_TEXT_BYTES_MAX, &ignored)) {
            return false;
        }
        manifest_leave(reader, mark);
    }
    return true;
}

bool manifest_read_text_or_localized(struct manifest_reader *reader, struct json_object *value)
{
    const char *ignored = NULL;
    if (json_object_is_type(value, json_type_string)) {
        return manifest_read_text(reader, value, MANIFEST_TEXT_BYTES_MAX, &ignored);
    }
    if (json_object_is_type(value, json_type_object)) {
        return manifest_read_localized(reader, value);
    }
    return manifest_fail(reader, "must be a string or an object of languages, not %s",
                         manifest_type_name(json_object_get_type(value)));
}

bool manifest_read_list(struct manifest_reader *reader, struct json_object *value, size_t count_max,
                        bool (*read_item)(struct manifest_reader *reader,
                                          struct json_object *value))
{
    if (!manifest_expect(reader, value, json_type_array)) {
        return false;
    }
    size_t count = json_object_array_length(value);
    if (count == 0 || count > count_max) {
        return manifest_fail(reader, "must have 1 to %zu elements, not %zu", count_max, count);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(value, i);
        size_t mark = manifest_enter_index(reader, i);
        if (!read_item(reader, item)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (json_object_equal(item, json_object_array_get_idx(value, j))) {
                return manifest_fail(reader, "is the same as element %zu", j);
            }
        }
        manifest_leave(reader, mark);
    }
    return true;
}
