/* Reads an image for its cell, proving it whole on the way. */
#include "agent/setup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "cell/wire.h"
#include "core/mem.h"
#include "core/sbuf.h"

#define SETUP_ASSETS_PREFIX "assets/"

/* An image as it is read. */
struct setup {
    int fd;
    struct bundle bundle;
    struct sbuf manifest;
    struct sbuf texts; /* all assets, one after the other */
    struct wire_asset *assets;
    size_t *ends; /* of each asset in texts */
    uint32_t assets_count;
};

static bool setup_take(const void *data, size_t len, void *ctx)
{
    struct sbuf *text = ctx;
    sbuf_append(text, data, len);
    return !text->is_failed;
}

static bool setup_ignore(const void *data, size_t len, void *ctx)
{
    (void)data;
    (void)len;
    (void)ctx;
    return true; /* the code is only hashed: the cell opens it itself */
}

static bool setup_read_files(struct setup *setup, struct err *err)
{
    size_t prefix_len = strlen(SETUP_ASSETS_PREFIX);
    for (size_t i = 0; i < setup->bundle.count; i++) {
        struct bundle_file *file = &setup->bundle.files[i];
        bool is_asset = strncmp(file->path, SETUP_ASSETS_PREFIX, prefix_len) == 0;
        bool is_manifest = strcmp(file->path, "manifest.json") == 0;
        if (!bundle_read(setup->fd, file, is_asset || is_manifest ? setup_take : setup_ignore,
                         is_manifest ? &setup->manifest : &setup->texts, err)) {
            return false;
        }
        if (is_asset) {
            setup->assets[setup->assets_count].name = span_of(file->path + prefix_len);
            setup->ends[setup->assets_count++] = setup->texts.len;
        }
    }
    /* Only now, when it no longer grows, does the text stay where it is. */
    size_t start = 0;
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        setup->assets[i].bytes = (struct span){setup->texts.data + start, setup->ends[i] - start};
        start = setup->ends[i];
    }
    return true;
}

static bool setup_is_whole(const struct setup *setup, const char *hash, struct err *err)
{
    char found[HASH_SHA256_HEX_BYTES];
    bundle_hash(&setup->bundle, found);
    return strcmp(found, hash) == 0 ||
           err_set(err, ERR_INVALID, "the stored image %.12s has changed on disk", hash);
}

static bool setup_read_image(struct setup *setup, const struct setup_source *source,
                             struct err *err)
{
    int images_fd = open(source->images_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (images_fd >= 0) {
        setup->fd = bundle_open(images_fd, source->hash, O_RDONLY | O_DIRECTORY);
        close(images_fd);
    }
    if (setup->fd < 0) {
        return err_set_errno(err, "the stored image %.12s cannot be read", source->hash);
    }
    if (!bundle_list(setup->fd, &setup->bundle, err)) {
        return false;
    }
    setup->assets = mem_array(setup->bundle.count + 1, sizeof(*setup->assets));
    setup->ends = mem_array(setup->bundle.count + 1, sizeof(*setup->ends));
    return setup_read_files(setup, err) && setup_is_whole(setup, source->hash, err);
}

bool setup_read(const struct setup_source *source, struct sbuf *out, struct err *err)
{
    struct setup setup = {.fd = -1};
    sbuf_init(&setup.manifest, (size_t)BUNDLE_MANIFEST_BYTES_MAX);
    sbuf_init(&setup.texts, (size_t)BUNDLE_ASSETS_BYTES_MAX);
    bool is_ok = setup_read_image(&setup, source, err);
    if (is_ok) {
        const struct wire_setup frame = {
            .id = span_of(source->id),
            .version = span_of(source->version),
            .manifest = sbuf_as_span(&setup.manifest),
            .config = span_of(source->config_json),
            .assets_count = setup.assets_count,
            .assets = setup.assets,
        };
        wire_write_setup(out, &frame);
        is_ok = !out->is_failed || err_set(err, ERR_LIMIT, "the agent's texts are too long");
    }
    if (setup.fd >= 0) {
        close(setup.fd);
    }
    free(setup.assets);
    free(setup.ends);
    sbuf_fini(&setup.texts);
    sbuf_fini(&setup.manifest);
    bundle_fini(&setup.bundle);
    return is_ok;
}
