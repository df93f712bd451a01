/* What the files of the configuration share: the option table's rows, raw settings, and the
 * loaded tree with where each value came from. */
#ifndef CORE_OPTIONS_PRIVATE_H
#define CORE_OPTIONS_PRIVATE_H

#include "core/options.h"
#include "core/sbuf.h"
#include "core/span.h"

enum option_type {
    OPTION_TEXT,
    OPTION_URL, /* text; what stands before an @ is never shown */
    OPTION_LIST,
    OPTION_BOOL,
    OPTION_WORD,     /* one of .words, kept as its index */
    OPTION_COUNT,    /* uint32_t */
    OPTION_INTEGER,  /* int64_t, -1 = not set */
    OPTION_DURATION, /* int64_t milliseconds, -1 = not set */
    OPTION_SIZE,     /* int64_t bytes, -1 = not set */
    OPTION_NUMBER,   /* double, -1 = not set */
    OPTION_PRICE,    /* double, NAN = not set */
    OPTION_SHARE,    /* double, percent, -1 = not set */
    OPTION_LIMITER,
    OPTION_KEEP,
    OPTION_BACKOFFS,
};

/* Which kind of section an option belongs to; the offset counts from that section's struct. */
enum option_section {
    SECTION_FIXED, /* [log], [redis], …: struct options_loaded */
    SECTION_QUEUE, /* [queue] for all, [queue.NAME] */
    SECTION_AGENT,
    SECTION_PROVIDER,
    SECTION_MODEL,
};

/* One row of the option table. */
struct option {
    const char *group;
    const char *key;
    enum option_type type;
    enum option_section section;
    size_t offset;
    const char *fallback; /* default, as one would write it; NULL = not set */
    int64_t min, max;     /* numbers: in the field's unit */
    const char *const *words;
    size_t words_count;
    const char *env; /* the name earlier deployments know; for [provider.openai] too */
    bool is_reloadable;
    bool is_secret;
    const char *prose;
};

extern const struct option options_table[];
extern const size_t options_table_count;

/* Sources, lowest first: a setting of a higher rank wins. */
enum options_rank {
    RANK_FILE,
    RANK_DOTENV,
    RANK_DOTENV_OWN, /* AGENTHOST_* */
    RANK_CREDENTIAL,
    RANK_ENVIRONMENT,
    RANK_ENVIRONMENT_OWN,
    RANK_FLAG,
};

/* A value as some source gave it. */
struct options_setting {
    enum options_rank rank;
    char *group;
    char *name; /* of [group.name]; NULL */
    char *key;
    char *value;
    char *where;
    const struct option *option; /* NULL: a key of an agent's own */
};

/* Where a field's value came from. */
struct options_origin {
    const void *field;
    char *where;
    enum options_rank rank;
};

/* What options_load makes; callers see the first member. */
struct options_loaded {
    struct options options;
    struct options_list queue_names;
    struct options_origin *origins;
    size_t origins_count;
};

/* A variable of the environment or a .env file. */
struct options_pair {
    char *name;
    char *value;
    char *where;
};

struct options_pairs {
    struct options_pair *items;
    size_t count, capacity;
};

struct options_loader {
    const struct options_source *source;
    struct options_problems *problems;
    struct options_loaded *loaded;
    struct options_pairs environ;
    struct options_setting *settings; /* in rising rank */
    size_t settings_count, settings_capacity;
    char *port, *port_where; /* PORT of the environment or .env; NULL = not set */
};

/* options_units.c: numbers with units */

/* Digits at the start of text; *ret_end is what follows them. [any] */
bool options_parse_digits(const char *text, const char **ret_end, int64_t *ret_value);
/* "500ms", "64KB", or a bare 0. False without a unit or on overflow. [any] */
bool options_parse_duration(const char *text, int64_t *ret_ms);
bool options_parse_size(const char *text, int64_t *ret_bytes);
void options_render_duration(int64_t ms, struct sbuf *out);
void options_render_size(int64_t bytes, struct sbuf *out);

/* options_queue.c: of a list's items */
bool options_parse_keep(const struct options_list *items, struct options_keep *ret_keep);
void options_render_keep(const struct options_keep *keep, struct sbuf *out);
bool options_parse_backoffs(const struct options_list *items,
                            struct options_backoffs *ret_backoffs);
void options_render_backoffs(const struct options_backoffs *backoffs, struct sbuf *out);

/* options_value.c, options_show.c: one value */

/* Parses text into the option's field, freeing what was there. Bare milliseconds in a
 * limiter are taken only from the environment. The error does not repeat secrets. [any] */
bool options_value_parse(const struct option *option, const char *text, bool is_environment,
                         void *field, struct err *err) ATTR_MUST_CHECK;
/* The field as one would write it; nothing for a value that is not set. [any] */
void options_value_render(const struct option *option, const void *field, struct sbuf *out);
bool options_value_is_set(const struct option *option, const void *field);
/* Frees the field's memory and makes it "not set". [any] */
void options_value_clear(const struct option *option, void *field);
/* "duration, 1s to 10m": for errors and descriptions. [any] */
void options_value_describe_range(const struct option *option, struct sbuf *out);

/* options_source.c: collecting settings */

/* Reads flags, environment, .env and the file into loader->settings. [any] */
void options_collect(struct options_loader *loader);
/* Keeps one setting, whose texts become the loader's; reports one that no option has. */
void options_add_setting(struct options_loader *loader, struct options_setting setting);
void options_settings_fini(struct options_loader *loader);

/* options_ini.c */

/* Adds the settings of the INI text; path is for messages. [any] */
void options_read_ini(struct options_loader *loader, const char *path, struct span text);

/* options_env.c */

/* Adds a copy of setting, with the content of the file that its value names as the value of
 * the secret option. False, and a problem told, when it cannot be read. */
bool options_add_secret_file(struct options_loader *loader, const struct option *option,
                             struct options_setting setting);
void options_pairs_add(struct options_pairs *pairs, const char *name, const char *value,
                       const char *where);
void options_pairs_fini(struct options_pairs *pairs);
const char *options_pairs_get(const struct options_pairs *pairs, const char *name);
/* Turns variables into settings: earlier names at rank, AGENTHOST_* at own_rank. [any] */
void options_read_pairs(struct options_loader *loader, const struct options_pairs *pairs,
                        enum options_rank rank, enum options_rank own_rank);
/* Adds the secrets systemd handed over in $CREDENTIALS_DIRECTORY. [any] */
void options_read_credentials(struct options_loader *loader, const char *directory);

/* options_problems.c */

void options_problem(struct options_problems *problems, bool is_warning, const char *where,
                     const char *fmt, ...) ATTR_PRINTF(4, 5);
/* The row of group and key, name telling whether it stood in [group.name]; NULL if none. */
const struct option *options_find(const char *group, const char *name, const char *key);
/* True for [group], or [group.name] when name is not NULL. */
bool options_section_exists(const char *group, const char *name);
/* Reports an option that does not exist, with the nearest that does. */
void options_unknown(struct options_problems *problems, const char *where, const char *group,
                     const char *name, const char *key);

/* options_sections.c: the sections with a name */

/* Makes the queues, agents, providers and models that the settings name, each with its
 * defaults. [any] */
void options_make_sections(struct options_loader *loader);
void options_destroy_sections(struct options_loaded *loaded);
/* Writes the default of every option of the section kind into base. [any] */
void options_fill_defaults(enum option_section section, void *base);
void options_clear_section(enum option_section section, void *base);

/* The structs of a kind; each begins with its name. SECTION_FIXED is one without a name. */
struct options_elements {
    char *first;
    size_t count;
    size_t bytes_each;
};
struct options_elements options_elements(const struct options_loaded *loaded,
                                         enum option_section section);
const char *options_element_name(const struct options_elements *elements, size_t index);

/* options.c */

const struct options_origin *options_origin_of(const struct options_loaded *loaded,
                                               const void *field);
void options_set_origin(struct options_loaded *loaded, const void *field, const char *where,
                        enum options_rank rank);

/* options_http.c */

/* Checks keys, hosts, origins and addresses; puts PORT in force. [any] */
void options_finish_http(struct options_loader *loader);

/* Reads a whole file of at most bytes_max; false with err. *ret_text is the caller's. */
bool options_read_file(const char *path, size_t bytes_max, char **ret_text, size_t *ret_len,
                       struct err *err) ATTR_MUST_CHECK;

#endif
