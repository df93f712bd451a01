/* Writes images.json so that it never names an image whose bytes could be lost. */
#include "agent/publish.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "agent/image.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/sbuf.h"
#include "core/thread.h"

#define PUBLISH_BYTES_MAX (4 * 1024 * 1024)

struct publish {
    struct thread_task task; /* first: the task is the publish */
    char *images_path, *file;
    struct sbuf text;
    char (*kept)[HASH_SHA256_HEX_BYTES];
    bool *needs_sync; /* parallel to kept */
    size_t kept_count;
    bool may_prune;
    publish_done_fn done; /* may be NULL */
    void *ctx;
    struct err err;
};

static bool publish_write_file(struct publish *publish)
{
    struct sbuf temporary;
    sbuf_init(&temporary, 8192);
    sbuf_printf(&temporary, "%s.new", publish->file);
    int fd = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool is_ok = fd >= 0 &&
                 write(fd, publish->text.data, publish->text.len) == (ssize_t)publish->text.len &&
                 fsync(fd) == 0 && rename(temporary.data, publish->file) == 0;
    if (!is_ok) {
        (void)err_set_errno(&publish->err, "'%s' cannot be written", publish->file);
    }
    if (fd >= 0) {
        close(fd);
    }
    sbuf_fini(&temporary);
    return is_ok;
}

static bool publish_is_kept(const struct publish *publish, const char *name)
{
    for (size_t i = 0; i < publish->kept_count; i++) {
        if (strcmp(publish->kept[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Removes images nobody keeps and copies that were never finished; names of another kind are
 * not ours to touch. */
static void publish_prune(struct publish *publish, int images_fd)
{
    int fd = bundle_open(images_fd, ".", O_RDONLY | O_DIRECTORY);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    struct dirent *entry = NULL;
    while ((entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        bool is_image = strspn(name, "0123456789abcdef") == HASH_SHA256_HEX_BYTES - 1 &&
                        name[HASH_SHA256_HEX_BYTES - 1] == '\0';
        bool is_unfinished = strncmp(name, ".new-", 5) == 0;
        struct err err = {0};
        if ((is_unfinished || (is_image && !publish_is_kept(publish, name))) &&
            !bundle_remove(images_fd, name, &err)) {
            log_warning("agent", NULL, "an old image stays on disk: %s", err.text);
        }
    }
    closedir(dir);
}

static void publish_run(struct thread_task *task)
{
    struct publish *publish = (struct publish *)task;
    int images_fd = open(publish->images_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_ok =
        images_fd >= 0 || err_set_errno(&publish->err, "'%s' cannot be read", publish->images_path);
    for (size_t i = 0; is_ok && i < publish->kept_count; i++) {
        is_ok = !publish->needs_sync[i] || bundle_sync(images_fd, publish->kept[i], &publish->err);
    }
    is_ok = is_ok && (fsync(images_fd) == 0 ||
                      err_set_errno(&publish->err, "'%s' cannot be synced", publish->images_path));
    /* Removed only when nothing on disk names them any more. */
    if (is_ok && publish_write_file(publish) && publish->may_prune) {
        publish_prune(publish, images_fd);
    }
    if (images_fd >= 0) {
        close(images_fd);
    }
}

static void publish_end(struct thread_task *task)
{
    struct publish *publish = (struct publish *)task;
    if (publish->err.kind != ERR_NONE) {
        log_error("agent", NULL, "%s: a restart will not know of the images that serve now",
                  publish->err.text);
    }
    if (publish->done != NULL) {
        publish->done(publish->err.kind == ERR_NONE ? NULL : &publish->err, publish->ctx);
    }
    sbuf_fini(&publish->text);
    free(publish->images_path);
    free(publish->file);
    free(publish->kept);
    free(publish->needs_sync);
    free(publish);
}

void publish_images(struct images *images, struct thread *files, bool may_prune,
                    publish_done_fn done, void *ctx)
{
    struct publish *publish = mem_alloc(sizeof(*publish));
    publish->task.run = publish_run;
    publish->task.done = publish_end;
    publish->may_prune = may_prune;
    publish->done = done;
    publish->ctx = ctx;
    images_forget_old(images);
    sbuf_init(&publish->text, PUBLISH_BYTES_MAX);
    images_render(images, &publish->text);
    size_t count = 0;
    for (const struct image *image = images->first; image != NULL; image = image->next) {
        count++;
    }
    publish->images_path = mem_strdup(images->path);
    publish->file = mem_strdup(images->file);
    publish->kept = mem_array(count + 1, sizeof(*publish->kept));
    publish->needs_sync = mem_array(count + 1, sizeof(*publish->needs_sync));
    for (struct image *image = images->first; image != NULL; image = image->next) {
        memcpy(publish->kept[publish->kept_count], image->hash, HASH_SHA256_HEX_BYTES);
        publish->needs_sync[publish->kept_count++] = !image->is_synced;
        image->is_synced = true;
    }
    if (!thread_submit(files, &publish->task)) {
        (void)err_set(&publish->err, ERR_LIMIT, "the files thread is too busy for images.json");
        publish_end(&publish->task);
    }
}
