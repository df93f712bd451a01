/* Parses short texts at once and long ones on the files thread. */
#include "core/json_later.h"

#include "core/json.h"

static void later_run(struct thread_task *task)
{
    struct json_later *later = CONTAINER_OF(task, struct json_later, task);
    later->is_parsed = json_parse(later->text, &later->value, &later->err);
}

static void later_done(struct thread_task *task)
{
    struct json_later *later = CONTAINER_OF(task, struct json_later, task);
    later->done(later);
}

bool json_parse_later(struct json_later *later, struct thread *files, struct span text,
                      void (*done)(struct json_later *later))
{
    *later = (struct json_later){
        .task = {.run = later_run, .done = later_done},
        .text = text,
        .done = done,
    };
    if (text.len > JSON_LOOP_BYTES_MAX) {
        return thread_submit(files, &later->task);
    }
    later_run(&later->task);
    done(later);
    return true;
}
