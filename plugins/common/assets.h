/* The files of the bundle, and the two small formats they are written in: templates with
 * {{name}} places, and lists of "key: text" lines. */
#ifndef COMMON_ASSETS_H
#define COMMON_ASSETS_H

#include <agenthost/agent.h>

#include <stdbool.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

struct arena;
struct sbuf;

#define ASSET_NAME_BYTES_MAX 128

/* The asset of that name, white space at both ends taken off; borrowed from setup. False with
 * NOT_FOUND when the bundle lacks it, with INVALID when it is not UTF-8 or empty. */
bool asset_get(const struct agenthost_setup *setup, const char *name, struct span *ret_text,
               struct err *err) ATTR_MUST_CHECK;

struct template_value {
    const char *name;
    struct span text;
};

/* True when every {{name}} of the template is one of values. INVALID names the first other. */
bool template_check(struct span template, const struct template_value *values, size_t count,
                    struct err *err) ATTR_MUST_CHECK;

/* Appends the template with every {{name}} replaced by its text. What is put in is not looked
 * at again: a text with {{…}} in it stays as it is. */
void template_render(struct sbuf *out, struct span template, const struct template_value *values,
                     size_t count);

struct words {
    struct words_entry {
        struct span key, text;
    } * entries;
    size_t count;
};

/* Reads "key: text" lines; '#' begins a comment line. Texts borrow from text, the table lives
 * in arena. INVALID names the line. */
bool words_parse(struct arena *arena, struct span text, struct words *ret_words,
                 struct err *err) ATTR_MUST_CHECK;

/* The text of key, or the key itself when there is none, so that a gap shows. */
struct span words_get(const struct words *words, const char *key);

/* The text of group.key: words_join(words, "type", "Projector"). */
struct span words_join(const struct words *words, const char *group, const char *key);

/* True when the list has the key. */
bool words_has(const struct words *words, const char *key);

#endif
