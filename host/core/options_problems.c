/* Problems of a configuration, and finding options by name. */
#include "core/options-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"

#define OPTIONS_PROBLEMS_MAX 100
#define OPTIONS_CANDIDATES_MAX 64 /* more than any group has options */

void options_problem(struct options_problems *problems, bool is_warning, const char *where,
                     const char *fmt, ...)
{
    if (problems->count >= OPTIONS_PROBLEMS_MAX) {
        return;
    }
    if (problems->items == NULL) {
        problems->items = mem_array(OPTIONS_PROBLEMS_MAX, sizeof(*problems->items));
    }
    char text[1024];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    problems->items[problems->count++] = (struct options_problem){
        .where = mem_strdup(where), .text = mem_strdup(text), .is_warning = is_warning};
}

void options_problems_fini(struct options_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        free(problems->items[i].where);
        free(problems->items[i].text);
    }
    free(problems->items);
    *problems = (struct options_problems){0};
}

/* [queue] may stand with and without a name, the others only one way. */
static bool option_fits(const struct option *option, const char *group, const char *name)
{
    if (strcmp(option->group, group) != 0) {
        return false;
    }
    switch (option->section) {
    case SECTION_FIXED:
        return name == NULL;
    case SECTION_QUEUE:
        return true;
    default:
        return name != NULL;
    }
}

const struct option *options_find(const char *group, const char *name, const char *key)
{
    for (size_t i = 0; i < options_table_count; i++) {
        const struct option *option = &options_table[i];
        if (option_fits(option, group, name) && strcmp(option->key, key) == 0) {
            return option;
        }
    }
    return NULL;
}

bool options_section_exists(const char *group, const char *name)
{
    for (size_t i = 0; i < options_table_count; i++) {
        if (option_fits(&options_table[i], group, name)) {
            return true;
        }
    }
    return false;
}

static void options_unknown_group(struct options_problems *problems, const char *where,
                                  const char *group, const char *name)
{
    const char *groups[OPTIONS_CANDIDATES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < options_table_count; i++) {
        if (count == 0 || strcmp(groups[count - 1], options_table[i].group) != 0) {
            groups[count++] = options_table[i].group;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(groups[i], group) == 0) {
            options_problem(problems, false, where,
                            name == NULL ? "the section is written [%s.NAME]"
                                         : "the section is written [%s], without a name",
                            group);
            return;
        }
    }
    const char *nearest = options_nearest(group, groups, count);
    options_problem(problems, false, where, "there is no section [%s]%s%s%s", group,
                    nearest != NULL ? "; did you mean [" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "]?" : "");
}

void options_unknown(struct options_problems *problems, const char *where, const char *group,
                     const char *name, const char *key)
{
    const char *keys[OPTIONS_CANDIDATES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < options_table_count; i++) {
        if (option_fits(&options_table[i], group, name) && count < ARRAY_LEN(keys)) {
            keys[count++] = options_table[i].key;
        }
    }
    if (count == 0 || key == NULL) {
        options_unknown_group(problems, where, group, name);
        return;
    }
    const char *nearest = options_nearest(key, keys, count);
    options_problem(problems, false, where, "[%s%s%s] has no option '%s'%s%s%s", group,
                    name != NULL ? "." : "", name != NULL ? name : "", key,
                    nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "'?" : "");
}

static bool options_read_all(int fd, const char *path, char *text, size_t bytes_max,
                             size_t *ret_len, struct err *err)
{
    size_t len = 0;
    for (;;) {
        ssize_t got = read(fd, text + len, bytes_max + 1 - len);
        if (got < 0) {
            return err_set_errno(err, "cannot read '%s'", path);
        }
        len += (size_t)got;
        if (len > bytes_max) {
            return err_set(err, ERR_LIMIT, "'%s' is larger than %zu bytes", path, bytes_max);
        }
        if (got == 0) {
            text[len] = '\0';
            *ret_len = len;
            return true;
        }
    }
}

bool options_read_file(const char *path, size_t bytes_max, char **ret_text, size_t *ret_len,
                       struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)err_set_errno(err, "cannot open '%s'", path);
        if (err != NULL && errno == ENOENT) {
            err->kind = ERR_NOT_FOUND;
        }
        return false;
    }
    char *text = mem_alloc(bytes_max + 2);
    bool is_ok = options_read_all(fd, path, text, bytes_max, ret_len, err);
    close(fd);
    if (!is_ok) {
        free(text);
        return false;
    }
    *ret_text = text;
    return true;
}
