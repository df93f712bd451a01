/* Which images are kept and which of them serve, read from and written to images.json. */
#include "agent/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bundle.h"
#include "agent/manifest.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/sbuf.h"

bool images_open(struct images *images, const char *state_path, struct err *err)
{
    struct sbuf path;
    *images = (struct images){0};
    sbuf_init(&path, 4096);
    sbuf_printf(&path, "%s/images", state_path);
    images->path = sbuf_steal(&path);
    sbuf_printf(&path, "%s/images.json", state_path);
    images->file = sbuf_steal(&path);
    sbuf_fini(&path);
    if (images->path == NULL || images->file == NULL) {
        images_close(images);
        return err_set(err, ERR_LIMIT, "the state directory's path is too long");
    }
    if (mkdir(images->path, 0700) != 0 && errno != EEXIST) {
        (void)err_set_errno(err, "'%s' cannot be made", images->path);
        images_close(images);
        return false;
    }
    images_read_file(images);
    return true;
}

static void image_destroy(struct image *image)
{
    manifest_destroy(&image->manifest);
    strikes_fini(&image->strikes);
    free(image);
}

void images_close(struct images *images)
{
    while (images->first != NULL) {
        struct image *image = images->first;
        images->first = image->next;
        image_destroy(image);
    }
    while (images->orders != NULL) {
        struct image_orders *orders = images->orders;
        images->orders = orders->next;
        free(orders);
    }
    free(images->path);
    free(images->file);
    *images = (struct images){0};
}

struct image *images_find(const struct images *images, const char *agent_id, const char *hash)
{
    for (struct image *image = images->first; image != NULL; image = image->next) {
        if (strcmp(image->hash, hash) == 0 && strcmp(image->agent_id, agent_id) == 0) {
            return image;
        }
    }
    return NULL;
}

struct image *images_fallback(const struct images *images, const char *agent_id,
                              const struct image *but)
{
    struct image *last_good = NULL;
    for (struct image *image = images->first; image != NULL; image = image->next) {
        if (strcmp(image->agent_id, agent_id) != 0 || image == but || image->quarantined_ms != 0) {
            continue;
        }
        if (image->is_current) {
            return image;
        }
        if (image->is_last_good) {
            last_good = image;
        }
    }
    return last_good;
}

struct image *images_add(struct images *images, const char *agent_id, const char *hash,
                         struct manifest *manifest)
{
    struct image *image = mem_alloc(sizeof(*image));
    (void)snprintf(image->agent_id, sizeof(image->agent_id), "%s", agent_id);
    (void)snprintf(image->hash, sizeof(image->hash), "%s", hash);
    image->manifest = manifest;
    image->next = images->first;
    images->first = image;
    return image;
}

void images_note_loaded(struct image *image)
{
    image->loaded_ms = image->loaded_ms != 0 ? image->loaded_ms : clock_wall_ms();
}

void images_set_current(struct images *images, struct image *image)
{
    if (image->is_current) {
        return;
    }
    struct image *before = NULL;
    for (struct image *other = images->first; other != NULL; other = other->next) {
        if (strcmp(other->agent_id, image->agent_id) == 0 && other->is_current) {
            before = other;
        }
    }
    if (before != NULL) {
        before->is_current = false;
        before->replaced_ms = clock_wall_ms();
    }
    /* A quarantined predecessor is nothing to fall back on: the older one stays that. */
    if (before != NULL && before->quarantined_ms == 0) {
        for (struct image *other = images->first; other != NULL; other = other->next) {
            if (strcmp(other->agent_id, image->agent_id) == 0) {
                other->is_last_good = other == before;
            }
        }
    }
    image->is_current = true;
    image->is_last_good = false;
    image->replaced_ms = 0;
    images_note_loaded(image);
}

void images_quarantine(struct image *image, const char *config_hash, const char *reason)
{
    image->quarantined_ms = clock_wall_ms();
    (void)snprintf(image->quarantine, sizeof(image->quarantine), "%s", reason);
    (void)snprintf(image->quarantined_config, sizeof(image->quarantined_config), "%s", config_hash);
}

void images_lift_quarantine(struct image *image)
{
    image->quarantined_ms = 0;
    image->quarantine[0] = '\0';
    strikes_fini(&image->strikes);
}

/* How many images of the same agent stopped serving later than this one. */
static unsigned images_newer(const struct images *images, const struct image *than)
{
    unsigned count = 0;
    for (const struct image *image = images->first; image != NULL; image = image->next) {
        if (strcmp(image->agent_id, than->agent_id) == 0 && !image->is_current &&
            image->replaced_ms > than->replaced_ms) {
            count++;
        }
    }
    return count;
}

void images_note_installed(struct images *images, const char *agent_id, bool is_installed)
{
    for (struct image *image = images->first; image != NULL; image = image->next) {
        if (strcmp(image->agent_id, agent_id) == 0 && is_installed != (image->absent_ms == 0)) {
            image->absent_ms = is_installed ? 0 : clock_wall_ms();
        }
    }
}

static struct image_orders **images_orders_link(const struct images *images, const char *agent_id)
{
    struct image_orders **link = (struct image_orders **)&images->orders;
    while (*link != NULL && strcmp((*link)->agent_id, agent_id) != 0) {
        link = &(*link)->next;
    }
    return link;
}

int64_t images_paused_ms(const struct images *images, const char *agent_id)
{
    const struct image_orders *orders = *images_orders_link(images, agent_id);
    return orders != NULL ? orders->paused_ms : 0;
}

/* The agent's orders, made when it has none. */
static struct image_orders *images_orders(struct images *images, const char *agent_id)
{
    struct image_orders **link = images_orders_link(images, agent_id);
    if (*link == NULL) {
        *link = mem_alloc(sizeof(**link));
        (void)snprintf((*link)->agent_id, sizeof((*link)->agent_id), "%s", agent_id);
    }
    return *link;
}

/* Orders that say nothing are none. */
static void images_drop_empty_orders(struct images *images, const char *agent_id)
{
    struct image_orders **link = images_orders_link(images, agent_id), *orders = *link;
    if (orders != NULL && orders->paused_ms == 0 && orders->rolled_back[0] == '\0') {
        *link = orders->next;
        free(orders);
    }
}

void images_set_paused(struct images *images, const char *agent_id, int64_t paused_ms)
{
    images_orders(images, agent_id)->paused_ms = paused_ms;
    images_drop_empty_orders(images, agent_id);
}

const char *images_rolled_back(const struct images *images, const char *agent_id)
{
    const struct image_orders *orders = *images_orders_link(images, agent_id);
    return orders != NULL ? orders->rolled_back : "";
}

void images_set_rolled_back(struct images *images, const char *agent_id, const char *hash)
{
    struct image_orders *orders = images_orders(images, agent_id);
    (void)snprintf(orders->rolled_back, sizeof(orders->rolled_back), "%s", hash);
    images_drop_empty_orders(images, agent_id);
}

void image_say_rolled_back(const struct manifest *manifest, const char *hash,
                           char ret_text[IMAGE_ROLLED_BACK_BYTES])
{
    (void)snprintf(ret_text, IMAGE_ROLLED_BACK_BYTES,
                   "version %.60s (image %.12s) is installed and was rolled back",
                   manifest->version, hash);
}

struct image *images_before(const struct images *images, const char *agent_id,
                            const struct image *from)
{
    struct image *before = NULL;
    for (struct image *image = images->first; image != NULL; image = image->next) {
        if (strcmp(image->agent_id, agent_id) != 0 || image == from || image->loaded_ms == 0 ||
            image->quarantined_ms != 0) {
            continue;
        }
        if (image->is_last_good) {
            return image;
        }
        if (before == NULL || image->replaced_ms > before->replaced_ms) {
            before = image;
        }
    }
    return before;
}

static bool images_is_wanted(const struct images *images, const struct image *image)
{
    if (image->loaded_ms == 0 && image->refs == 0) {
        return false; /* was tried and refused */
    }
    int64_t now_ms = clock_wall_ms();
    bool is_absent = image->absent_ms != 0 && now_ms - image->absent_ms >= IMAGE_KEPT_MS;
    if (image->refs > 0 || ((image->is_current || image->is_last_good) && !is_absent)) {
        return true;
    }
    int64_t since_ms = image->replaced_ms != 0 ? image->replaced_ms : image->loaded_ms;
    return now_ms - since_ms < IMAGE_KEPT_MS && images_newer(images, image) < IMAGE_KEPT_MAX;
}

void images_forget_old(struct images *images)
{
    for (struct image **link = &images->first; *link != NULL;) {
        struct image *image = *link;
        if (images_is_wanted(images, image)) {
            link = &image->next;
            continue;
        }
        *link = image->next;
        image_destroy(image);
    }
}
