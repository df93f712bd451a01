/* Makes an image of an installed bundle: look, hash, wait for stillness, copy, check. */
#include "agent/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "agent/engines.h"
#include "agent/manifest.h"
#include "cell/elf.h"
#include "core/clock.h"
#include "core/mem.h"
#include "core/sbuf.h"

#define STAGE_WAIT_MS_MIN 20
#define STAGE_NAME_BYTES 32

struct stage {
    const struct stage_request *request;
    struct stage_outcome *outcome;
    int bundle_fd, images_fd, copy_fd, engines_fd;
    struct bundle bundle;
    struct bundle_file engine; /* whose bytes agent.so has; path NULL: those of the bundle */
    struct sbuf manifest_text;
};

static bool stage_take_text(const void *data, size_t len, void *ctx)
{
    sbuf_append(ctx, data, len);
    return true;
}

static bool stage_is_engine(const struct stage *stage, const struct bundle_file *file)
{
    return stage->engine.path != NULL && strcmp(file->path, "agent.so") == 0;
}

/* Reads one file where it is installed, and fills its sha256. */
static bool stage_read(struct stage *stage, struct bundle_file *file)
{
    bool is_engine = stage_is_engine(stage, file);
    bool is_ok = bundle_read(is_engine ? stage->engines_fd : stage->bundle_fd,
                             is_engine ? &stage->engine : file, NULL, NULL, &stage->outcome->err);
    if (is_engine) {
        memcpy(file->sha256, stage->engine.sha256, sizeof(file->sha256));
    }
    return is_ok;
}

static bool stage_hash(struct stage *stage)
{
    for (size_t i = 0; i < stage->bundle.count; i++) {
        struct bundle_file *file = &stage->bundle.files[i];
        bool is_read = file->sha256[0] != '\0'; /* the manifest: its hash is that of its text */
        if (!is_read && !stage_read(stage, file)) {
            return false;
        }
    }
    bundle_hash(&stage->bundle, stage->outcome->hash);
    return true;
}

/* The engine becomes the bundle's agent.so. */
static bool stage_take_engine(struct stage *stage, const char *path, const char *name)
{
    struct err *err = &stage->outcome->err, cause = {0};
    if (bundle_find(&stage->bundle, "agent.so") != NULL) {
        return err_set(err, ERR_INVALID,
                       "%s: /engine: the bundle has an agent.so, too; take out one of the two",
                       path);
    }
    if (!engines_open(stage->request->engines_path, name, &stage->engines_fd, &stage->engine,
                      &cause)) {
        return err_set(err, cause.kind, "%s: /engine: %s", path, cause.text);
    }
    bundle_add_code(&stage->bundle, &stage->engine.stat);
    return true;
}

static bool stage_read_manifest(struct stage *stage)
{
    struct stage_outcome *outcome = stage->outcome;
    char path[ERR_TEXT_BYTES_MAX / 2];
    (void)snprintf(path, sizeof(path), "%s/manifest.json", stage->request->bundle_path);
    if (!bundle_read(stage->bundle_fd, bundle_find(&stage->bundle, "manifest.json"),
                     stage_take_text, &stage->manifest_text, &outcome->err) ||
        !manifest_parse(path, stage->request->id, sbuf_as_span(&stage->manifest_text),
                        &outcome->manifest, &outcome->err)) {
        return false;
    }
    if (outcome->manifest->engine != NULL) {
        return stage_take_engine(stage, path, outcome->manifest->engine);
    }
    return bundle_find(&stage->bundle, "agent.so") != NULL ||
           err_set(&outcome->err, ERR_INVALID,
                   "agent.so is missing, and %s names no /engine to stand in for it", path);
}

static bool stage_is_still(struct stage *stage)
{
    const struct stage_request *request = stage->request;
    int64_t age_ms = clock_wall_ms() - stage->bundle.changed_ms;
    /* Times on a foreign file system may lie in the future; then two equal looks must do. */
    bool is_as_seen = request->seen_fingerprint == stage->bundle.fingerprint &&
                      request->seen_ms_ago >= request->still_ms;
    int64_t wait_ms = request->still_ms - (age_ms > 0 ? age_ms : 0);
    stage->outcome->wait_ms = wait_ms > STAGE_WAIT_MS_MIN ? wait_ms : STAGE_WAIT_MS_MIN;
    stage->outcome->fingerprint = stage->bundle.fingerprint;
    return request->is_link || age_ms >= request->still_ms || is_as_seen;
}

/* Copies one file; its bytes must be those that were hashed before. */
static bool stage_copy_file(struct stage *stage, struct bundle_file *file)
{
    bool is_engine = stage_is_engine(stage, file);
    struct bundle_file *source = is_engine ? &stage->engine : file;
    char sha256[HASH_SHA256_HEX_BYTES];
    memcpy(sha256, file->sha256, sizeof(sha256));
    if (!bundle_copy_file(is_engine ? stage->engines_fd : stage->bundle_fd, source, stage->copy_fd,
                          file->path, 0444, &stage->outcome->err)) {
        return false;
    }
    return strcmp(sha256, source->sha256) == 0 ||
           err_set(&stage->outcome->err, ERR_AGAIN, "%s changed while it was copied", file->path);
}

/* Write-protects the copy's folders. */
static bool stage_protect(struct stage *stage)
{
    for (size_t i = 0; i < stage->bundle.count; i++) {
        char folder[BUNDLE_PATH_BYTES_MAX + 1];
        const char *path = stage->bundle.files[i].path;
        for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
            memcpy(folder, path, (size_t)(slash - path));
            folder[slash - path] = '\0';
            if (fchmodat(stage->copy_fd, folder, 0555, 0) != 0) {
                return err_set_errno(&stage->outcome->err, "%s cannot be write-protected", folder);
            }
        }
    }
    return fchmod(stage->copy_fd, 0555) == 0 ||
           err_set_errno(&stage->outcome->err, "the image cannot be write-protected");
}

static bool stage_check_code(struct stage *stage)
{
    struct elf_agent_info info;
    int fd = bundle_open(stage->copy_fd, "agent.so", O_RDONLY);
    if (fd < 0) {
        return err_set_errno(&stage->outcome->err, "the copied agent.so cannot be read");
    }
    struct err cause = {0};
    bool is_ok = elf_check_agent(fd, &info, &cause);
    close(fd);
    return is_ok || err_set(&stage->outcome->err, cause.kind, "agent.so: %s", cause.text);
}

static bool stage_fill_copy(struct stage *stage)
{
    for (size_t i = 0; i < stage->bundle.count; i++) {
        if (!stage_copy_file(stage, &stage->bundle.files[i])) {
            return false;
        }
    }
    return stage_check_code(stage) && stage_protect(stage);
}

static bool stage_copy(struct stage *stage)
{
    struct stage_outcome *outcome = stage->outcome;
    char name[STAGE_NAME_BYTES];
    (void)snprintf(name, sizeof(name), ".new-%016llx", (unsigned long long)clock_random_u64());
    if (mkdirat(stage->images_fd, name, 0700) != 0) {
        return err_set_errno(&outcome->err, "no image can be made in the state directory");
    }
    stage->copy_fd = bundle_open(stage->images_fd, name, O_RDONLY | O_DIRECTORY);
    bool is_ok = stage->copy_fd >= 0 ||
                 err_set_errno(&outcome->err, "no image can be made in the state directory");
    is_ok = is_ok && stage_fill_copy(stage);
    if (is_ok && renameat(stage->images_fd, name, stage->images_fd, outcome->hash) != 0) {
        is_ok = err_set_errno(&outcome->err, "the image cannot be named");
    }
    if (!is_ok) {
        (void)bundle_remove(stage->images_fd, name, NULL); /* what stays is pruned later */
    }
    outcome->is_new = is_ok;
    return is_ok;
}

/* True when images/<hash> is there and is what its name says. */
static bool stage_has_image(struct stage *stage)
{
    int fd = bundle_open(stage->images_fd, stage->outcome->hash, O_RDONLY | O_DIRECTORY);
    struct bundle image = {0};
    char hash[HASH_SHA256_HEX_BYTES];
    bool is_ok = fd >= 0 && bundle_list(fd, &image, NULL);
    for (size_t i = 0; is_ok && i < image.count; i++) {
        is_ok = bundle_read(fd, &image.files[i], NULL, NULL, NULL);
    }
    if (is_ok) {
        bundle_hash(&image, hash);
        is_ok = strcmp(hash, stage->outcome->hash) == 0;
    }
    bundle_fini(&image);
    if (fd >= 0) {
        close(fd);
    }
    return is_ok;
}

static bool stage_make_image(struct stage *stage)
{
    return stage_has_image(stage) ||
           (bundle_remove(stage->images_fd, stage->outcome->hash, &stage->outcome->err) &&
            stage_copy(stage));
}

static enum stage_result stage_run(struct stage *stage)
{
    const struct stage_request *request = stage->request;
    struct err *err = &stage->outcome->err;
    stage->bundle_fd = open(request->bundle_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    stage->images_fd = open(request->images_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (stage->bundle_fd < 0 || stage->images_fd < 0) {
        (void)err_set_errno(err, "the folder cannot be read");
        return STAGE_REFUSED;
    }
    bool is_ok = bundle_list(stage->bundle_fd, &stage->bundle, err) && stage_read_manifest(stage) &&
                 stage_hash(stage);
    bool is_current = is_ok && request->current_hash != NULL &&
                      strcmp(stage->outcome->hash, request->current_hash) == 0;
    /* A folder that is just being changed may be wrong in any way; only stillness counts. */
    if (!is_current && !stage_is_still(stage)) {
        return STAGE_MOVING;
    }
    is_ok = is_ok && (is_current || stage_make_image(stage));
    if (!is_ok) {
        return err->kind == ERR_AGAIN ? STAGE_MOVING : STAGE_REFUSED;
    }
    return STAGE_DONE;
}

enum stage_result stage_bundle(const struct stage_request *request,
                               struct stage_outcome *ret_outcome)
{
    struct stage stage = {.request = request,
                          .outcome = ret_outcome,
                          .bundle_fd = -1,
                          .images_fd = -1,
                          .copy_fd = -1,
                          .engines_fd = -1};
    *ret_outcome = (struct stage_outcome){.wait_ms = STAGE_WAIT_MS_MIN};
    sbuf_init(&stage.manifest_text, (size_t)BUNDLE_MANIFEST_BYTES_MAX);
    enum stage_result result = stage_run(&stage);
    if (result != STAGE_DONE) {
        manifest_destroy(&ret_outcome->manifest);
    }
    sbuf_fini(&stage.manifest_text);
    bundle_fini(&stage.bundle);
    free(stage.engine.path);
    const int fds[] = {stage.bundle_fd, stage.images_fd, stage.copy_fd, stage.engines_fd};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    return result;
}
