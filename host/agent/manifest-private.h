/* What the files that read a manifest share: a reader that knows where it is, and checks. */
#ifndef AGENT_MANIFEST_PRIVATE_H
#define AGENT_MANIFEST_PRIVATE_H

#include <json-c/json.h>

#include "agent/manifest.h"

#define MANIFEST_BYTES_MAX (64 * 1024)
#define MANIFEST_TEXT_BYTES_MAX 2000
#define MANIFEST_WORD_BYTES_MAX 32
#define MANIFEST_LIST_MAX 64

/* Where in the file the reader stands, as a JSON pointer, and what it fills. */
struct manifest_reader {
    const char *path;
    const char *folder_id;
    struct manifest *manifest;
    struct err *err;
    char pointer[320];
    size_t pointer_len;
};

/* One key of an object: how it is read, and whether it must be there. */
struct manifest_key {
    const char *name;
    bool is_required;
    bool (*read)(struct manifest_reader *reader, struct json_object *value);
};

/* Fails with `path: /pointer: text`; always false. */
bool manifest_fail(struct manifest_reader *reader, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Steps into a member or an element; the result goes to manifest_leave. */
size_t manifest_enter(struct manifest_reader *reader, const char *key);
size_t manifest_enter_index(struct manifest_reader *reader, size_t index);
void manifest_leave(struct manifest_reader *reader, size_t mark);

/* Reads an object by a table of its keys: unknown keys but x-… and missing required ones
 * fail. */
bool manifest_read_object(struct manifest_reader *reader, struct json_object *value,
                          const struct manifest_key *keys, size_t keys_count);

/* Checks of one value; each fails naming what was wanted and what was found. */
bool manifest_expect(struct manifest_reader *reader, struct json_object *value,
                     enum json_type type);
bool manifest_read_text(struct manifest_reader *reader, struct json_object *value, size_t bytes_max,
                        const char **ret_text);
bool manifest_read_word(struct manifest_reader *reader, struct json_object *value,
                        const char **ret_word);
bool manifest_read_int(struct manifest_reader *reader, struct json_object *value, int64_t min,
                       int64_t max, int64_t *ret_number);
bool manifest_read_number(struct manifest_reader *reader, struct json_object *value, double min,
                          double max, double *ret_number);

/* {"de": "…", "en": "…"}: at least one language. */
bool manifest_read_localized(struct manifest_reader *reader, struct json_object *value);
/* A text, or the same in several languages. */
bool manifest_read_text_or_localized(struct manifest_reader *reader, struct json_object *value);

/* A list of 1 … count_max elements, each read by read_item; equal texts are refused. */
bool manifest_read_list(struct manifest_reader *reader, struct json_object *value, size_t count_max,
                        bool (*read_item)(struct manifest_reader *reader,
                                          struct json_object *value));

bool manifest_is_word(const char *text);
bool manifest_is_language(const char *text);

/* The whole of reader->manifest->json (manifest_keys.c). */
bool manifest_read_keys(struct manifest_reader *reader);
/* The list's own copy of a text, or NULL. */
const char *manifest_find_text(struct json_object *list, const char *text);

/* The keys `inputs` (a JSON-Schema subset) and `config`. */
bool manifest_read_inputs(struct manifest_reader *reader, struct json_object *value);
bool manifest_read_answer(struct manifest_reader *reader, struct json_object *value);
bool manifest_read_config(struct manifest_reader *reader, struct json_object *value);

/* The key `text` (manifest_text.c), and what it must have in common with the others. */
bool manifest_read_text_engine(struct manifest_reader *reader, struct json_object *value);
bool manifest_check_text_engine(struct manifest_reader *reader);

#endif
