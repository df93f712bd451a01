/* The INI file, read with inih under limits of our own: inih cuts long lines and merges long
 * section names silently, and has neither line numbers nor a word for a line it cannot read. */
#include "core/options-private.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"

#define INI_LINE_BYTES_MAX 8000 /* with room to ini_max_line */
#define INI_NAME_BYTES_MAX 48   /* of a section or a key: inih keeps 49 */

struct ini_input {
    struct options_loader *loader;
    const char *path;
    struct span text;
    size_t at;
    unsigned line;
    bool is_line_start;
    bool is_section_bad; /* what follows belongs nowhere */
};

static char *ini_where(const struct ini_input *input, char where[512])
{
    (void)snprintf(where, 512, "%.480s:%u", input->path, input->line);
    return where;
}

static struct span ini_trim(struct span text)
{
    while (text.len > 0 && strchr(" \t\r\n\v\f", text.data[0]) != NULL) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && strchr(" \t\r\n\v\f", text.data[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

/* [group] or [group.name]. */
static const char *ini_check_section(const struct ini_input *input, struct span line)
{
    const char *end = memchr(line.data, ']', line.len);
    if (end == NULL) {
        return "the section has no ]";
    }
    size_t len = (size_t)(end - line.data) - 1;
    if (len + 2 != line.len) {
        return "there is text after the section's ]";
    }
    if (len == 0 || len > INI_NAME_BYTES_MAX) {
        return "a section's name has 1 to 48 bytes";
    }
    char group[INI_NAME_BYTES_MAX + 1], where[512];
    (void)snprintf(group, sizeof(group), "%.*s", (int)len, line.data + 1);
    char *name = strchr(group, '.');
    if (name != NULL) {
        *name++ = '\0';
    }
    if (name != NULL && *name == '\0') {
        return "the section's name is empty";
    }
    if (options_section_exists(group, name)) {
        return NULL;
    }
    options_unknown(input->loader->problems, ini_where(input, where), group, name, NULL);
    return "";
}

static const char *ini_check_option(struct span line)
{
    const char *equals = memchr(line.data, '=', line.len);
    const char *colon = memchr(line.data, ':', line.len);
    if (equals == NULL || (colon != NULL && colon < equals)) {
        return "the line is not 'option = value'";
    }
    struct span key = ini_trim((struct span){line.data, (size_t)(equals - line.data)});
    if (key.len == 0 || key.len > INI_NAME_BYTES_MAX) {
        return "an option's name has 1 to 48 bytes";
    }
    for (size_t i = 0; i < key.len; i++) {
        char c = key.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-')) {
            return "an option's name has letters, digits, _ and - only";
        }
    }
    return NULL;
}

/* NULL: inih may have the line. "": not, and the reason has been told. */
static const char *ini_check_line(struct ini_input *input, struct span line)
{
    if (line.len > INI_LINE_BYTES_MAX) {
        return "the line is longer than 8000 bytes";
    }
    if (memchr(line.data, '\0', line.len) != NULL) {
        return "the line holds a NUL";
    }
    if (!span_is_utf8(line)) {
        return "the line is not UTF-8";
    }
    line = ini_trim(line);
    if (line.len == 0 || line.data[0] == '#' || line.data[0] == ';') {
        return NULL;
    }
    if (line.data[0] == '[') {
        const char *problem = ini_check_section(input, line);
        input->is_section_bad = problem != NULL;
        return problem;
    }
    return input->is_section_bad ? "" : ini_check_option(line);
}

/* Like fgets: hands inih the next line, or an empty one for a line it must not see. */
static char *ini_next(char *ret_text, int size, void *stream)
{
    struct ini_input *input = stream;
    if (input->at >= input->text.len) {
        return NULL;
    }
    const char *start = input->text.data + input->at;
    const char *newline = memchr(start, '\n', input->text.len - input->at);
    size_t len = newline != NULL ? (size_t)(newline - start) + 1 : input->text.len - input->at;
    if (input->is_line_start) {
        input->line++;
        const char *problem = ini_check_line(input, (struct span){start, len});
        if (problem != NULL) {
            char where[512];
            if (*problem != '\0') {
                options_problem(input->loader->problems, false, ini_where(input, where), "%s",
                                problem);
            }
            input->at += len;
            (void)snprintf(ret_text, (size_t)size, "\n");
            return ret_text;
        }
    }
    size_t given = len < (size_t)size ? len : (size_t)size - 1;
    memcpy(ret_text, start, given);
    ret_text[given] = '\0';
    input->at += given;
    input->is_line_start = given == len;
    return ret_text;
}

static void ini_check_duplicate(const struct ini_input *input, const struct options_setting *made)
{
    const struct options_loader *loader = input->loader;
    for (size_t i = 0; i + 1 < loader->settings_count; i++) {
        const struct options_setting *other = &loader->settings[i];
        if (other->rank == RANK_FILE && strcmp(other->group, made->group) == 0 &&
            strcmp(other->key, made->key) == 0 &&
            span_equals(span_of(other->name), span_of(made->name))) {
            options_problem(loader->problems, false, made->where,
                            "'%s' is set twice, first at %s; keep one", made->key, other->where);
            return;
        }
    }
}

static int ini_on_option(void *user, const char *section, const char *key, const char *value)
{
    struct ini_input *input = user;
    char where[512];
    (void)ini_where(input, where);
    if (*section == '\0') {
        options_problem(input->loader->problems, false, where,
                        "'%s' stands before the first [section]", key);
        return 1;
    }
    const char *dot = strchr(section, '.');
    size_t group_len = dot != NULL ? (size_t)(dot - section) : strlen(section);
    size_t before = input->loader->settings_count;
    options_add_setting(input->loader, (struct options_setting){
                                           .rank = RANK_FILE,
                                           .group = mem_strndup(section, group_len),
                                           .name = dot != NULL ? mem_strdup(dot + 1) : NULL,
                                           .key = mem_strdup(key),
                                           .value = mem_strdup(value),
                                           .where = mem_strdup(where),
                                       });
    if (input->loader->settings_count > before) {
        ini_check_duplicate(input, &input->loader->settings[before]);
    }
    return 1;
}

void options_read_ini(struct options_loader *loader, const char *path, struct span text)
{
    ini_use_stack = false;
    ini_allow_realloc = true;
    ini_max_line = 8192;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    ini_stop_on_first_error = false;
    if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        text.data += 3;
        text.len -= 3;
    }
    struct ini_input input = {.loader = loader, .path = path, .text = text, .is_line_start = true};
    int rc = ini_parse_stream(ini_next, &input, ini_on_option, &input);
    if (rc != 0) {
        options_problem(loader->problems, false, path, "line %d cannot be read", rc);
    }
}
