/* Loads a bundle from the build tree and calls it as a cell does. */
#include "kit.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cell/facts.h"
#include "core/json.h"
#include "core/mem.h"

const char *const KIT_AGENTS[4] = {"business", "relationship", "crisis", "personality"};

/* --- files ------------------------------------------------------------------- */

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    struct sbuf text;
    sbuf_init(&text, KIT_TEXT_BYTES_MAX);
    char block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof(block), file)) > 0) {
        sbuf_append(&text, block, got);
    }
    (void)fclose(file);
    *ret_len = text.len;
    char *data = sbuf_steal(&text);
    ck_assert_ptr_nonnull(data);
    return data;
}

char *kit_read(const char *path)
{
    char whole[512];
    size_t len;
    (void)snprintf(whole, sizeof(whole), "%s/%s", SRCDIR, path);
    return read_file(whole, &len);
}

char *kit_chart(const char *name)
{
    char path[256];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/plugins/testdata/charts/%s.json", SRCDIR, name);
    bool is_ours = stat(path, &st) == 0;
    (void)snprintf(path, sizeof(path), "%s/%s.json",
                   is_ours ? "plugins/testdata/charts" : "etc/examples/charts", name);
    char *text = kit_read(path);
    struct json_object *example = NULL;
    struct err err;
    ck_assert_msg(json_parse(span_of(text), &example, &err), "%s: %s", path, err.text);
    struct sbuf chart;
    sbuf_init(&chart, KIT_TEXT_BYTES_MAX);
    json_render(&chart, json_get(example, "chart"));
    json_object_put(example);
    free(text);
    return sbuf_steal(&chart);
}

char *kit_data(struct span context)
{
    struct sbuf data;
    sbuf_init(&data, KIT_TEXT_BYTES_MAX);
    sbuf_puts(&data, "{\"context\":");
    sbuf_json_string(&data, context);
    sbuf_puts(&data, "}");
    return sbuf_steal(&data);
}

void kit_compare(const char *path, struct span text)
{
    char whole[512];
    (void)snprintf(whole, sizeof(whole), "%s/%s", SRCDIR, path);
    if (getenv("UPDATE_GOLDENS") != NULL) {
        FILE *file = fopen(whole, "wb");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(text.data, 1, text.len, file), text.len);
        ck_assert_int_eq(fclose(file), 0);
        return;
    }
    size_t len;
    char *expected = read_file(whole, &len);
    char *got = mem_strndup(text.data, text.len);
    ck_assert_msg(strcmp(expected, got) == 0, "differs from %s:\n%s", path, got);
    free(got);
    free(expected);
}

/* --- the host's side ----------------------------------------------------------- */

static void host_log(const struct agenthost_host *host, enum agenthost_log_level level,
                     struct agenthost_text line)
{
    (void)host;
    ck_assert_int_lt(level, AGENTHOST_LOG_ERROR);
    ck_assert_uint_gt(line.len, 0);
}

static const void *host_extension(const struct agenthost_host *host, const char *id)
{
    (void)host;
    return strcmp(id, AGENTHOST_FACTS) == 0 ? &FACTS_EXTENSION : NULL;
}

static void replace(struct sbuf *sbuf, struct agenthost_text text)
{
    sbuf_clear(sbuf);
    sbuf_append(sbuf, text.data, text.len);
}

static void report_say(struct agenthost_report *report, struct agenthost_text text)
{
    replace(&((struct kit_given *)report->ctx)->say, text);
}

static void report_field(struct agenthost_report *report, struct agenthost_text text)
{
    replace(&((struct kit_given *)report->ctx)->field, text);
}

static void prompt_say(struct agenthost_prompt *prompt, struct agenthost_text text)
{
    replace(&((struct kit_given *)prompt->ctx)->say, text);
}

static void prompt_field(struct agenthost_prompt *prompt, struct agenthost_text text)
{
    replace(&((struct kit_given *)prompt->ctx)->field, text);
}

static void prompt_text(struct agenthost_prompt *prompt, struct agenthost_text text)
{
    replace(&((struct kit_given *)prompt->ctx)->text, text);
}

static void prompt_message(struct agenthost_prompt *prompt, enum agenthost_role role,
                           struct agenthost_text text)
{
    static const char *const names[] = {"system", "user", "assistant"};
    struct kit_given *given = prompt->ctx;
    sbuf_printf(&given->messages, "=== %s ===\n", names[role]);
    sbuf_append(&given->messages, text.data, text.len);
    sbuf_puts(&given->messages, "\n");
    given->messages_count++;
}

static void prompt_json_schema(struct agenthost_prompt *prompt, struct agenthost_text text)
{
    replace(&((struct kit_given *)prompt->ctx)->json, text);
}

static void result_content(struct agenthost_result *result, struct agenthost_text text)
{
    replace(&((struct kit_given *)result->ctx)->json, text);
}

static void result_say(struct agenthost_result *result, struct agenthost_text text)
{
    replace(&((struct kit_given *)result->ctx)->say, text);
}

static void result_field(struct agenthost_result *result, struct agenthost_text text)
{
    replace(&((struct kit_given *)result->ctx)->field, text);
}

static void result_text(struct agenthost_result *result, struct agenthost_text text)
{
    replace(&((struct kit_given *)result->ctx)->text, text);
}

static void result_correct(struct agenthost_result *result, struct agenthost_text text)
{
    replace(&((struct kit_given *)result->ctx)->correct, text);
}

static void result_section(struct agenthost_result *result, struct agenthost_text id,
                           struct agenthost_text title, struct agenthost_text text)
{
    struct kit_given *given = result->ctx;
    sbuf_printf(&given->sections, "[%.*s] %.*s\n%.*s\n", (int)id.len, id.data, (int)title.len,
                title.data, (int)text.len, text.data);
    given->sections_count++;
}

void kit_given_init(struct kit_given *given)
{
    *given = (struct kit_given){.status = AGENTHOST_INTERNAL};
    sbuf_init(&given->say, KIT_TEXT_BYTES_MAX);
    sbuf_init(&given->field, KIT_TEXT_BYTES_MAX);
    sbuf_init(&given->text, KIT_TEXT_BYTES_MAX);
    sbuf_init(&given->correct, KIT_TEXT_BYTES_MAX);
    sbuf_init(&given->json, KIT_TEXT_BYTES_MAX);
    sbuf_init(&given->messages, KIT_TEXT_BYTES_MAX);
    sbuf_init(&given->sections, KIT_TEXT_BYTES_MAX);
}

void kit_given_fini(struct kit_given *given)
{
    sbuf_fini(&given->say);
    sbuf_fini(&given->field);
    sbuf_fini(&given->text);
    sbuf_fini(&given->correct);
    sbuf_fini(&given->json);
    sbuf_fini(&given->messages);
    sbuf_fini(&given->sections);
}

static void begin(struct kit_given *given)
{
    kit_given_fini(given);
    kit_given_init(given);
}

/* --- a bundle ---------------------------------------------------------------- */

static struct agenthost_text text_of_file(const char *path)
{
    size_t len;
    char *data = read_file(path, &len);
    return (struct agenthost_text){data, len};
}

/* Adds the files below assets/, as the host does: by their path below it. */
static void load_assets(struct kit *kit, const char *root, const char *below)
{
    char folder[512];
    (void)snprintf(folder, sizeof(folder), "%s/%s", root, below);
    DIR *dir = opendir(folder);
    ck_assert_msg(dir != NULL, "no folder %s", folder);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char name[512], path[1200];
        (void)snprintf(name, sizeof(name), "%.200s%s%.200s", below, below[0] != '\0' ? "/" : "",
                       entry->d_name);
        (void)snprintf(path, sizeof(path), "%.500s/%s", root, name);
        struct stat st;
        ck_assert_int_eq(stat(path, &st), 0);
        if (S_ISDIR(st.st_mode)) {
            load_assets(kit, root, name);
            continue;
        }
        ck_assert_uint_lt(kit->setup.assets_count, KIT_ASSETS_MAX);
        kit->assets[kit->setup.assets_count++] = (struct agenthost_asset){
            .name = {mem_strdup(name), strlen(name)}, .bytes = text_of_file(path)};
    }
    (void)closedir(dir);
}

/* The engine, with what a host gives to it but the bundle's files. */
static void load_engine(struct kit *kit, const char *id)
{
    char path[512];
    *kit = (struct kit){.library = NULL};
    (void)snprintf(path, sizeof(path), "%s/engines/text.so", BUILDDIR);
    kit->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(kit->library != NULL, "%s", dlerror());
    kit->entry = dlsym(kit->library, "agenthost_agent");
    ck_assert_ptr_nonnull(kit->entry);
    kit->host = (struct agenthost_host){
        .size = sizeof(kit->host), .log = host_log, .extension = host_extension};
    kit->setup = (struct agenthost_setup){
        .size = sizeof(kit->setup),
        .assets = kit->assets,
        .id = {mem_strdup(id), strlen(id)},
        .version = {"1.0.0", 5},
        .config = {"{}", 2},
    };
}

void kit_load(struct kit *kit, const char *id)
{
    char path[512];
    load_engine(kit, id);
    (void)snprintf(path, sizeof(path), "%s/bundles/%s/manifest.json", BUILDDIR, id);
    kit->setup.manifest = text_of_file(path);
    (void)snprintf(path, sizeof(path), "%s/bundles/%s/assets", BUILDDIR, id);
    load_assets(kit, path, "");
    struct kit_given given;
    kit_given_init(&given);
    kit_create(kit, &given);
    ck_assert_msg(kit->agent != NULL, "%s: %s", id, given.say.data);
    kit_given_fini(&given);
}

void kit_begin(struct kit *kit, const char *id, const char *manifest)
{
    load_engine(kit, id);
    kit->setup.manifest = (struct agenthost_text){mem_strdup(manifest), strlen(manifest)};
}

void kit_add_asset(struct kit *kit, const char *name, const char *data)
{
    ck_assert_uint_lt(kit->setup.assets_count, KIT_ASSETS_MAX);
    kit->assets[kit->setup.assets_count++] = (struct agenthost_asset){
        .name = {mem_strdup(name), strlen(name)}, .bytes = {mem_strdup(data), strlen(data)}};
}

void kit_create(struct kit *kit, struct kit_given *given)
{
    begin(given);
    if (kit->agent != NULL) {
        kit->entry->destroy(kit->agent);
    }
    struct agenthost_report report = {
        .size = sizeof(report), .ctx = given, .say = report_say, .field = report_field};
    kit->agent = kit->entry->create(&kit->host, &kit->setup, &report);
}

void kit_set_asset(struct kit *kit, const char *name, const char *data)
{
    for (uint32_t i = 0; i < kit->setup.assets_count; i++) {
        struct agenthost_asset *asset = &kit->assets[i];
        if (!span_is((struct span){asset->name.data, asset->name.len}, name)) {
            continue;
        }
        free((char *)asset->bytes.data);
        if (data != NULL) {
            asset->bytes = (struct agenthost_text){mem_strdup(data), strlen(data)};
        } else {
            free((char *)asset->name.data);
            *asset = kit->assets[--kit->setup.assets_count];
        }
        return;
    }
    ck_abort_msg("no asset %s", name);
}

void kit_unload(struct kit *kit)
{
    if (kit->agent != NULL) {
        kit->entry->destroy(kit->agent);
    }
    for (uint32_t i = 0; i < kit->setup.assets_count; i++) {
        free((char *)kit->assets[i].name.data);
        free((char *)kit->assets[i].bytes.data);
    }
    free((char *)kit->setup.manifest.data);
    free((char *)kit->setup.id.data);
    /* The library stays: a leak report would not know its functions' names otherwise. */
}

/* --- calls -------------------------------------------------------------------- */

static struct agenthost_text text_of(const char *text)
{
    return (struct agenthost_text){text, strlen(text)};
}

static struct agenthost_job job_of(const struct kit *kit, const char *locale, const char *data,
                                   const char *chart)
{
    return (struct agenthost_job){
        .size = sizeof(struct agenthost_job),
        .data = text_of(data),
        .chart = text_of(chart),
        .locale = text_of(locale),
        .seed = 7,
        .now_ms = 1764000000000,
        .pass = kit->pass,
        .earlier = kit->earlier,
        .earlier_count = kit->pass,
    };
}

void kit_check(struct kit *kit, const char *data, struct kit_given *given)
{
    begin(given);
    struct agenthost_job job = job_of(kit, "de", data, "");
    struct agenthost_report report = {
        .size = sizeof(report), .ctx = given, .say = report_say, .field = report_field};
    given->status = kit->entry->check_input(kit->agent, &job, &report);
}

void kit_build(struct kit *kit, const char *locale, const char *data, const char *chart,
               struct kit_given *given)
{
    begin(given);
    struct agenthost_job job = job_of(kit, locale, data, chart);
    struct agenthost_prompt prompt = {
        .size = sizeof(prompt),
        .ctx = given,
        .say = prompt_say,
        .field = prompt_field,
        .message = prompt_message,
        .text = prompt_text,
        .json_schema = prompt_json_schema,
    };
    given->status = kit->entry->build_prompt(kit->agent, &job, &prompt);
}

void kit_process(struct kit *kit, const char *locale, const char *chart, struct span answer,
                 struct kit_given *given)
{
    begin(given);
    struct agenthost_job job = job_of(kit, locale, "{\"context\":\"x\"}", chart);
    struct agenthost_answer received = {
        .size = sizeof(received),
        .text = {answer.data, answer.len},
        .pass = kit->pass,
        .finish_reason = text_of("stop"),
        .model = text_of("practice"),
        .prompt_tokens = -1,
        .completion_tokens = -1,
    };
    struct agenthost_result result = {
        .size = sizeof(result),
        .ctx = given,
        .say = result_say,
        .field = result_field,
        .text = result_text,
        .section = result_section,
        .correct = result_correct,
        .content = result_content,
    };
    given->status = kit->entry->post_process(kit->agent, &job, &received, &result);
}
