/* images.json, read when the host starts and rendered when something changed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "agent/image.h"
#include "agent/manifest.h"
#include "core/json.h"
#include "core/log.h"
#include "core/sbuf.h"

#define IMAGES_FILE_BYTES_MAX (4 * 1024 * 1024)
#define IMAGES_VERSION 1

static bool images_read_text(int dir_fd, const char *path, size_t bytes_max, struct sbuf *ret_text,
                             struct err *err)
{
    int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        (void)err_set_errno(err, "'%s' cannot be read", path);
        if (err != NULL && errno == ENOENT) {
            err->kind = ERR_NOT_FOUND;
        }
        return false;
    }
    sbuf_init(ret_text, bytes_max);
    char piece[16 * 1024];
    ssize_t len = 0;
    while ((len = read(fd, piece, sizeof(piece))) > 0) {
        sbuf_append(ret_text, piece, (size_t)len);
    }
    bool is_ok = len == 0 && !ret_text->is_failed;
    if (!is_ok) {
        (void)err_set(err, ERR_INVALID, "'%s' cannot be read or is over %zu bytes", path,
                      bytes_max);
        sbuf_fini(ret_text);
    }
    close(fd);
    return is_ok;
}

static bool images_read_manifest(const struct images *images, const char *agent_id,
                                 const char *hash, struct manifest **ret_manifest, struct err *err)
{
    struct sbuf path, text;
    sbuf_init(&path, 8192);
    sbuf_printf(&path, "%s/%s/manifest.json", images->path, hash);
    bool is_ok =
        images_read_text(AT_FDCWD, path.data, (size_t)BUNDLE_MANIFEST_BYTES_MAX, &text, err);
    if (is_ok) {
        is_ok = manifest_parse(path.data, agent_id, sbuf_as_span(&text), ret_manifest, err);
        sbuf_fini(&text);
    }
    sbuf_fini(&path);
    return is_ok;
}

static bool images_is_hash(struct span text)
{
    return text.len == HASH_SHA256_HEX_BYTES - 1 &&
           strspn(text.data, "0123456789abcdef") == HASH_SHA256_HEX_BYTES - 1;
}

/* One element of an agent's images; what makes no sense is left out. */
static void images_read_one(struct images *images, const char *agent_id, struct json_object *agent,
                            struct json_object *value)
{
    struct span hash = {0}, other = {0}, reason = {0};
    struct manifest *manifest = NULL;
    struct err err = {0};
    if (!json_get_text(value, "image", &hash) || !images_is_hash(hash) ||
        images_find(images, agent_id, hash.data) != NULL) {
        return;
    }
    if (!images_read_manifest(images, agent_id, hash.data, &manifest, &err)) {
        log_warning("agent", NULL, "stored image %.12s of agent '%s' is of no use: %s", hash.data,
                    agent_id, err.text);
        return;
    }
    struct image *image = images_add(images, agent_id, hash.data, manifest);
    image->is_synced = true;
    (void)json_get_int(value, "loadedMs", &image->loaded_ms);
    (void)json_get_int(value, "replacedMs", &image->replaced_ms);
    (void)json_get_int(value, "absentMs", &image->absent_ms);
    (void)json_get_int(value, "quarantinedMs", &image->quarantined_ms);
    if (json_get_text(value, "quarantine", &reason)) {
        (void)snprintf(image->quarantine, sizeof(image->quarantine), "%s", reason.data);
    }
    if (json_get_text(value, "quarantinedConfig", &other) && images_is_hash(other)) {
        (void)snprintf(image->quarantined_config, sizeof(image->quarantined_config), "%s",
                       other.data);
    }
    image->is_current = json_get_text(agent, "current", &other) && span_equals(hash, other);
    image->is_last_good = json_get_text(agent, "lastGood", &other) && span_equals(hash, other);
}

static void images_read_all(struct images *images, struct json_object *root)
{
    struct json_object *agents = json_get(root, "agents");
    if (agents == NULL) {
        return;
    }
    json_object_object_foreach(agents, agent_id, agent)
    {
        struct json_object *list = json_get(agent, "images");
        int64_t paused_ms = 0;
        if (scan_is_agent_id(agent_id) && json_get_int(agent, "pausedMs", &paused_ms)) {
            images_set_paused(images, agent_id, paused_ms);
        }
        struct span rolled_back = {0};
        if (scan_is_agent_id(agent_id) && json_get_text(agent, "rolledBack", &rolled_back) &&
            images_is_hash(rolled_back)) {
            images_set_rolled_back(images, agent_id, rolled_back.data);
        }
        bool is_list = scan_is_agent_id(agent_id) && json_object_is_type(list, json_type_array);
        for (size_t i = 0; is_list && i < json_object_array_length(list); i++) {
            images_read_one(images, agent_id, agent, json_object_array_get_idx(list, i));
        }
    }
}

void images_read_file(struct images *images)
{
    struct sbuf text;
    struct err err = {0};
    struct json_object *root = NULL;
    if (!images_read_text(AT_FDCWD, images->file, IMAGES_FILE_BYTES_MAX, &text, &err)) {
        if (err.kind != ERR_NOT_FOUND) {
            log_warning("agent", NULL, "%s, going on without remembered images", err.text);
        }
        return;
    }
    int64_t version = 0;
    if (json_parse(sbuf_as_span(&text), &root, &err) && json_get_int(root, "version", &version) &&
        version == IMAGES_VERSION) {
        images_read_all(images, root);
    } else {
        struct sbuf aside;
        sbuf_init(&aside, 8192);
        sbuf_printf(&aside, "%s.broken", images->file);
        log_warning("agent", NULL, "'%s' makes no sense (%s), set aside as '%s'", images->file,
                    err.text, aside.data);
        (void)rename(images->file, aside.data);
        sbuf_fini(&aside);
    }
    json_object_put(root);
    sbuf_fini(&text);
}

static void images_render_one(const struct image *image, struct sbuf *out)
{
    sbuf_printf(out, "{\"image\":\"%s\",\"version\":", image->hash);
    sbuf_json_string(out, span_of(image->manifest->version));
    sbuf_printf(out, ",\"loadedMs\":%lld", (long long)image->loaded_ms);
    if (image->replaced_ms != 0) {
        sbuf_printf(out, ",\"replacedMs\":%lld", (long long)image->replaced_ms);
    }
    if (image->absent_ms != 0) {
        sbuf_printf(out, ",\"absentMs\":%lld", (long long)image->absent_ms);
    }
    if (image->quarantined_ms != 0) {
        sbuf_printf(out, ",\"quarantinedMs\":%lld,\"quarantinedConfig\":\"%s\"",
                    (long long)image->quarantined_ms, image->quarantined_config);
        sbuf_puts(out, ",\"quarantine\":");
        sbuf_json_string(out, span_of(image->quarantine));
    }
    sbuf_putc(out, '}');
}

/* One agent; first is the first of its images, or NULL when none is kept. */
static void images_render_agent(const struct images *images, const char *agent_id,
                                const struct image *first, struct sbuf *out)
{
    const struct image *current = NULL, *last_good = NULL;
    sbuf_printf(out, "\"%s\":{\"images\":[", agent_id);
    for (const struct image *image = first; image != NULL; image = image->next) {
        if (strcmp(image->agent_id, agent_id) != 0) {
            continue;
        }
        current = image->is_current ? image : current;
        last_good = image->is_last_good ? image : last_good;
        sbuf_puts(out, image != first ? "," : "");
        images_render_one(image, out);
    }
    sbuf_putc(out, ']');
    if (current != NULL) {
        sbuf_printf(out, ",\"current\":\"%s\"", current->hash);
    }
    if (last_good != NULL) {
        sbuf_printf(out, ",\"lastGood\":\"%s\"", last_good->hash);
    }
    int64_t paused_ms = images_paused_ms(images, agent_id);
    if (paused_ms != 0) {
        sbuf_printf(out, ",\"pausedMs\":%lld", (long long)paused_ms);
    }
    const char *rolled_back = images_rolled_back(images, agent_id);
    if (rolled_back[0] != '\0') {
        sbuf_printf(out, ",\"rolledBack\":\"%s\"", rolled_back);
    }
    sbuf_putc(out, '}');
}

static bool images_keeps_any(const struct images *images, const char *agent_id)
{
    const struct image *image = images->first;
    while (image != NULL && strcmp(image->agent_id, agent_id) != 0) {
        image = image->next;
    }
    return image != NULL;
}

void images_render(const struct images *images, struct sbuf *out)
{
    bool is_first = true;
    sbuf_printf(out, "{\"version\":%d,\"agents\":{", IMAGES_VERSION);
    for (const struct image *image = images->first; image != NULL; image = image->next) {
        bool is_seen = false;
        for (const struct image *earlier = images->first; earlier != image;
             earlier = earlier->next) {
            is_seen = is_seen || strcmp(earlier->agent_id, image->agent_id) == 0;
        }
        if (!is_seen) {
            sbuf_puts(out, is_first ? "" : ",");
            images_render_agent(images, image->agent_id, image, out);
            is_first = false;
        }
    }
    for (const struct image_orders *orders = images->orders; orders != NULL;
         orders = orders->next) {
        if (!images_keeps_any(images, orders->agent_id)) {
            sbuf_puts(out, is_first ? "" : ",");
            images_render_agent(images, orders->agent_id, NULL, out);
            is_first = false;
        }
    }
    sbuf_puts(out, "}}\n");
}
