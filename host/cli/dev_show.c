/* What agenthost dev prints: the records of each run, warnings, and what became of the agents. */
#include <string.h>

#include "cli/dev-private.h"
#include "core/json.h"

static void dev_print(struct dev_show *show, struct json_object *object, const char *text)
{
    if (show->is_json) {
        (void)puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                              JSON_C_TO_STRING_NOSLASHESCAPE));
    } else {
        cli_print_text(text);
    }
    (void)fflush(stdout);
}

static long long dev_number(struct json_object *object, const char *key)
{
    int64_t value = 0;
    (void)json_get_int(object, key, &value);
    return (long long)value;
}

/* The heading of a record: who, and what it is. */
static void dev_show_head(struct json_object *record, struct sbuf *out)
{
    const char *what = cli_text(record, "what", "");
    sbuf_printf(out, "── %s %.8s ", cli_text(record, "agent", "?"), cli_text(record, "image", ""));
    if (strcmp(what, "prompt") == 0) {
        sbuf_printf(out, "prompt, %s (pass %lld, round %lld, %lld bytes)",
                    cli_text(record, "role", "?"), dev_number(record, "pass"),
                    dev_number(record, "round"), dev_number(record, "bytes"));
    } else if (strcmp(what, "answer") == 0) {
        sbuf_printf(out, "answer of %s in %lld ms (%lld tokens, finish %s) %s",
                    cli_text(record, "model", "?"), dev_number(record, "ms"),
                    dev_number(record, "completionTokens"), cli_text(record, "finish", "?"),
                    cli_text(record, "reason", ""));
    } else if (strcmp(what, "finding") == 0) {
        sbuf_printf(out, "%s: %s; facts %s %s", cli_text(record, "call", "?"),
                    cli_text(record, "finding", "?"), cli_text(record, "facts", "?"),
                    cli_text(record, "reason", ""));
    } else {
        sbuf_printf(out, "%s in %lld ms", cli_text(record, "end", "?"), dev_number(record, "ms"));
        const char *code = cli_text(record, "code", NULL);
        if (code != NULL) {
            sbuf_printf(out, ": %s", code);
        } else if (dev_number(record, "version") > 0) {
            sbuf_printf(out, ": reading %s, version %lld, is stored",
                        cli_text(record, "readingId", "?"), dev_number(record, "version"));
        }
    }
}

static void dev_show_record(struct dev_show *show)
{
    long long bytes = dev_number(show->record, "bytes");
    long long left_out = bytes - (long long)show->text.len;
    struct sbuf out;
    sbuf_init(&out, (size_t)DEV_TEXT_BYTES_MAX * 4);
    dev_show_head(show->record, &out);
    if (show->text.len > 0) {
        sbuf_puts(&out, "\n");
        sbuf_span(&out, sbuf_as_span(&show->text));
    }
    if (left_out > 0) {
        sbuf_printf(&out, "\n… %lld bytes left out", left_out);
    }
    json_object_object_add(show->record, "text",
                           json_object_new_string_len(show->text.data, (int)show->text.len));
    json_object_object_add(show->record, "leftOutBytes", json_object_new_int64(left_out));
    dev_print(show, show->record, out.data);
    sbuf_fini(&out);
}

/* A piece of a record; the pieces of one follow each other. */
static void dev_show_piece(struct dev_show *show, struct json_object *line)
{
    struct json_object *piece = NULL;
    struct span text, msg;
    if (!json_get_text(line, "msg", &msg) || !json_parse(msg, &piece, NULL) ||
        !json_get_text(piece, "text", &text)) {
        json_object_put(piece);
        return;
    }
    long long at = dev_number(piece, "at"), of = dev_number(piece, "of");
    bool is_last = at + (long long)text.len >= of;
    if (at == 0) {
        json_object_put(show->record);
        show->record = json_object_get(piece);
        sbuf_fini(&show->text);
        sbuf_init(&show->text, DEV_TEXT_BYTES_MAX + 1);
        json_object_object_add(piece, "event", json_object_new_string("run"));
        json_object_object_add(piece, "bytes", json_object_new_int64(of));
        static const char *const keys[] = {"ts", "job", "agent", "image"};
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
            json_object_object_add(piece, keys[i], json_object_get(json_get(line, keys[i])));
        }
        json_object_object_del(show->record, "at");
        json_object_object_del(show->record, "of");
    }
    size_t room = DEV_TEXT_BYTES_MAX - show->text.len;
    struct span part = {text.data, text.len < room ? text.len : room};
    part.len = part.len < text.len ? span_utf8_len(part) : part.len;
    sbuf_span(&show->text, part);
    if (is_last && show->record != NULL) {
        dev_show_record(show);
        json_object_put(show->record);
        show->record = NULL;
    }
    json_object_put(piece);
}

static void dev_show_log(struct dev_show *show, struct json_object *line)
{
    const char *module = cli_text(line, "module", ""), *level = cli_text(line, "level", "");
    bool is_agent = strcmp(module, "agent") == 0 && strcmp(level, "debug") != 0;
    bool is_bad = strcmp(level, "warning") == 0 || strcmp(level, "error") == 0;
    /* What a reload refuses comes with its answer, how a job ends with its record. */
    if (!is_agent && (!is_bad || strcmp(module, "reload") == 0 || strcmp(module, "job") == 0)) {
        return;
    }
    struct sbuf out;
    sbuf_init(&out, 65536);
    sbuf_printf(&out, "── %s %s: %s", cli_text(line, "agent", module), level,
                cli_text(line, "msg", ""));
    json_object_object_add(line, "event", json_object_new_string("log"));
    dev_print(show, line, out.data);
    sbuf_fini(&out);
}

void dev_show_line(struct dev_show *show, struct span text)
{
    struct json_object *line = NULL;
    if (!json_parse(text, &line, NULL) || !json_object_is_type(line, json_type_object)) {
        (void)fprintf(stderr, "%.*s\n", (int)text.len, text.data); /* not the log's: a sanitizer */
    } else if (strcmp(cli_text(line, "module", ""), "transcript") == 0) {
        dev_show_piece(show, line);
    } else {
        dev_show_log(show, line);
    }
    json_object_put(line);
}

/* A refusal names files by the link to the bundle: says where they are really. */
static void dev_name_files(const struct dev_show *show, struct json_object *bundle)
{
    const char *error = cli_text(bundle, "error", "");
    for (size_t i = 0; i < show->dirs_count; i++) {
        char link[PATH_MAX];
        int len = snprintf(link, sizeof(link), "%s%s/", show->links, strrchr(show->dirs[i], '/'));
        const char *at = len < (int)sizeof(link) ? strstr(error, link) : NULL;
        if (at != NULL) {
            struct sbuf text;
            sbuf_init(&text, ERR_TEXT_BYTES_MAX + PATH_MAX);
            sbuf_append(&text, error, (size_t)(at - error));
            sbuf_printf(&text, "%s/%s", show->dirs[i], at + len);
            json_object_object_add(bundle, "error", json_object_new_string(text.data));
            sbuf_fini(&text);
            return;
        }
    }
}

/* One line: what became of a bundle, and which image serves. */
static void dev_put_bundle(struct sbuf *out, struct json_object *bundle, const char *result)
{
    const char *error = cli_text(bundle, "error", NULL), *image = cli_text(bundle, "image", NULL);
    sbuf_printf(out, "\n  %-16s %-9s", cli_text(bundle, "id", "?"), result);
    if (error != NULL) {
        sbuf_printf(out, " %s%s", error, image != NULL ? ";" : "");
    }
    if (image != NULL) {
        sbuf_printf(out, " %s %.8s%s", cli_text(bundle, "version", ""), image,
                    error != NULL ? " serves on" : "");
    }
}

bool dev_show_reload(struct dev_show *show, struct span text, bool is_first)
{
    struct json_object *answer = NULL;
    bool is_loaded = false, is_refused = false;
    if (!json_parse(text, &answer, NULL)) {
        return false; /* the command has said on standard error what is wrong */
    }
    struct sbuf out;
    sbuf_init(&out, 1024 * 1024);
    struct json_object *bundles = json_get(answer, "bundles");
    for (size_t i = 0; bundles != NULL && i < json_object_array_length(bundles); i++) {
        struct json_object *bundle = json_object_array_get_idx(bundles, i);
        dev_name_files(show, bundle);
        const char *error = cli_text(bundle, "error", NULL);
        const char *result = cli_text(bundle, "result", "?");
        is_loaded = is_loaded || strcmp(result, "loaded") == 0;
        is_refused = is_refused || strcmp(result, "refused") == 0;
        dev_put_bundle(&out, bundle, is_first && error == NULL ? "serves" : result);
    }
    const char *what = is_first ? "agents" : is_refused && !is_loaded ? "not reloaded" : "reloaded";
    json_object_object_add(answer, "event",
                           json_object_new_string(is_first ? "agents" : "reloaded"));
    struct sbuf all;
    sbuf_init(&all, 1024 * 1024 + 64);
    sbuf_printf(&all, "%s%s", what, out.data);
    dev_print(show, answer, all.data);
    sbuf_fini(&all);
    sbuf_fini(&out);
    json_object_put(answer);
    return is_loaded;
}

void dev_show_started(struct dev_show *show, unsigned port, const char *redis_socket,
                      const char *model)
{
    struct json_object *started = json_object_new_object();
    struct sbuf out;
    char page[64];
    (void)snprintf(page, sizeof(page), "http://127.0.0.1:%u", port);
    json_object_object_add(started, "event", json_object_new_string("started"));
    json_object_object_add(started, "page", json_object_new_string(page));
    json_object_object_add(started, "redis", json_object_new_string(redis_socket));
    json_object_object_add(started, "queue", json_object_new_string("readings"));
    json_object_object_add(started, "model", json_object_new_string(model));
    sbuf_init(&out, 65536);
    sbuf_printf(&out,
                "page    %s\nredis   %s (queue readings)\nmodel   %s\n"
                "Ctrl-C ends it and removes everything.",
                page, redis_socket, model);
    dev_print(show, started, out.data);
    sbuf_fini(&out);
    json_object_put(started);
}

void dev_show_fini(struct dev_show *show)
{
    json_object_put(show->record);
    sbuf_fini(&show->text);
}
