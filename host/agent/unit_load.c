/* The part of a cell's start that blocks: reading the image, done on the files thread. */
#include <stdlib.h>
#include <string.h>

#include "agent/agents-private.h"
#include "agent/setup.h"
#include "cell/wire.h"
#include "core/mem.h"

/* The files thread's part of a start. */
struct unit_load {
    struct thread_task task; /* first: the task is the load */
    struct unit *unit;       /* NULL when the unit went away meanwhile */
    char *images_path, *version, *config_json;
    char hash[HASH_SHA256_HEX_BYTES];
    char id[AGENT_ID_BYTES];
    struct sbuf frame;
    bool is_ok;
    struct err err;
};

static void unit_load_destroy(struct unit_load *load)
{
    sbuf_fini(&load->frame);
    free(load->images_path);
    free(load->version);
    free(load->config_json);
    free(load);
}

static void unit_load_run(struct thread_task *task)
{
    struct unit_load *load = (struct unit_load *)task;
    const struct setup_source source = {.images_path = load->images_path,
                                        .hash = load->hash,
                                        .id = load->id,
                                        .version = load->version,
                                        .config_json = load->config_json};
    load->is_ok = setup_read(&source, &load->frame, &load->err);
}

static void unit_load_done(struct thread_task *task)
{
    struct unit_load *load = (struct unit_load *)task;
    struct unit *unit = load->unit;
    if (unit != NULL) {
        unit->load = NULL;
        if (load->is_ok) {
            unit->setup = load->frame; /* moved */
            load->frame = (struct sbuf){0};
            unit_spawn(unit);
        } else {
            unit_start_failed(unit, load->err.text);
        }
    }
    unit_load_destroy(load);
}

void unit_load_image(struct unit *unit)
{
    struct unit_load *load = mem_alloc(sizeof(*load));
    load->task.run = unit_load_run;
    load->task.done = unit_load_done;
    load->unit = unit;
    load->images_path = mem_strdup(unit->agents->images.path);
    load->version = mem_strdup(unit->image->manifest->version);
    load->config_json = mem_strdup(unit->config_json);
    memcpy(load->hash, unit->image->hash, sizeof(load->hash));
    memcpy(load->id, unit->image->agent_id, sizeof(load->id));
    sbuf_init(&load->frame, WIRE_HEADER_BYTES + WIRE_FRAME_BYTES_MAX);
    if (!thread_submit(unit->agents->files, &load->task)) {
        unit_load_destroy(load);
        unit_start_failed(unit, "the files thread is too busy");
        return;
    }
    unit->load = load;
}

void unit_load_cancel(struct unit *unit)
{
    if (unit->load != NULL) {
        unit->load->unit = NULL;
        unit->load = NULL;
    }
}
