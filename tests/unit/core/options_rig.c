/* Loads configurations from a folder of the test's own. */
#include "options_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char dir[64];
char conf_path[96];
struct options *options;
struct options_problems problems;
struct sbuf text;

void options_setup(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/agenthost-options-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(conf_path, sizeof(conf_path), "%s/agenthost.conf", dir);
    sbuf_init(&text, 1 << 20);
    options = NULL;
}

void options_teardown(void)
{
    char command[128];
    options_destroy(&options);
    options_problems_fini(&problems);
    sbuf_fini(&text);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

void write_file(const char *name, const char *content, size_t len)
{
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0600), 0);
}

const char *const no_environ[] = {"HOME=/home/nobody", NULL};
const char *const no_sets[] = {NULL};

bool load_with(const char *conf, const char *const *environment, const char *const *sets)
{
    options_destroy(&options);
    options_problems_fini(&problems);
    write_file("agenthost.conf", conf, strlen(conf));
    struct options_source source = {.config_path = conf_path, .environ = environment, .sets = sets};
    while (sets[source.sets_count] != NULL) {
        source.sets_count++;
    }
    return options_load(&source, &options, &problems);
}

const char *problems_text(void)
{
    sbuf_clear(&text);
    for (size_t i = 0; i < problems.count; i++) {
        const char *where = problems.items[i].where;
        where = strncmp(where, dir, strlen(dir)) == 0 ? where + strlen(dir) + 1 : where;
        sbuf_printf(&text, "%s%s: %s\n", problems.items[i].is_warning ? "warning " : "", where,
                    problems.items[i].text);
    }
    return text.data;
}

void load(const char *conf)
{
    ck_assert_msg(load_with(conf, no_environ, no_sets), "%s", problems_text());
}

void load_fails(const char *conf, const char *expected)
{
    ck_assert_msg(!load_with(conf, no_environ, no_sets), "accepted: %s", conf);
    ck_assert_str_eq(problems_text(), expected);
}
