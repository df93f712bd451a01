/* Stands before the defences on the host's side: the linker sends their calls here (--wrap), and
 * what is named in "without" is left out. */
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <agenthost/agent.h>

#include "agent/agents-private.h"
#include "cell/cell-private.h"
#include "cell/elf.h"
#include "cell/wire.h"
#include "job/answers.h"
#include "job/ask.h"
#include "without.h"

/* --- the process ------------------------------------------------------------------------- */

int __real_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *files,
                       const posix_spawnattr_t *attributes, char *const *arguments,
                       char *const *environment);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *files,
                       const posix_spawnattr_t *attributes, char *const *arguments,
                       char *const *environment);
int __real_posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *files, int from);
int __wrap_posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *files, int from);
bool __real_elf_check_agent(int fd, struct elf_agent_info *ret_info, struct err *err);
bool __wrap_elf_check_agent(int fd, struct elf_agent_info *ret_info, struct err *err);

int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *files,
                       const posix_spawnattr_t *attributes, char *const *arguments,
                       char *const *environment)
{
    return __real_posix_spawn(pid, path, files, attributes, arguments,
                              without("environment") ? environ : environment);
}

int __wrap_posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *files, int from)
{
    return without("descriptors") ? 0
                                  : __real_posix_spawn_file_actions_addclosefrom_np(files, from);
}

bool __wrap_elf_check_agent(int fd, struct elf_agent_info *ret_info, struct err *err)
{
    return without("abi") || __real_elf_check_agent(fd, ret_info, err);
}

/* --- time, standard error, the wire -------------------------------------------------------- */

bool __real_cell_deadline_is_over(struct cell_deadline *deadline);
bool __wrap_cell_deadline_is_over(struct cell_deadline *deadline);
bool __real_lines_next(struct lines *lines, struct span *input, struct span *ret_line);
bool __wrap_lines_next(struct lines *lines, struct span *input, struct span *ret_line);
void __real_cell_kill(struct cell *cell, enum cell_end end, const char *fmt, ...);
void __wrap_cell_kill(struct cell *cell, enum cell_end end, const char *fmt, ...);
void __real_cell_on_closed(struct cell *cell);
void __wrap_cell_on_closed(struct cell *cell);

bool __wrap_cell_deadline_is_over(struct cell_deadline *deadline)
{
    return __real_cell_deadline_is_over(deadline) && !without("deadline");
}

bool __wrap_lines_next(struct lines *lines, struct span *input, struct span *ret_line)
{
    if (without("stderr")) {
        lines_refill(lines);
    }
    return __real_lines_next(lines, input, ret_line);
}

/* A cell that broke the wire is let go on; what has no end that could be found is dropped. */
void __wrap_cell_kill(struct cell *cell, enum cell_end end, const char *fmt, ...)
{
    char text[sizeof(cell->report.text)];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (end == CELL_BROKE_WIRE && without("wire")) {
        if (strstr(text, "longer than it may be") != NULL) {
            sbuf_clear(&cell->in);
        }
        return;
    }
    __real_cell_kill(cell, end, "%s", text);
}

void __wrap_cell_on_closed(struct cell *cell)
{
    if (without("hangup")) {
        cell_io_stop_talking(cell); /* and waits for an answer still */
        return;
    }
    __real_cell_on_closed(cell);
}

/* --- what a reply has to be ------------------------------------------------------------------ */

bool __real_wire_read_reply(struct span payload, struct arena *arena, struct wire_reply *ret_reply,
                            struct err *err);
bool __wrap_wire_read_reply(struct span payload, struct arena *arena, struct wire_reply *ret_reply,
                            struct err *err);
void __real_reply_read(enum call_function function, struct span payload, struct arena *arena,
                       size_t prompt_bytes_max, size_t result_bytes_max,
                       struct agent_reply *ret_reply, struct span ret_json[2],
                       unsigned *ret_json_count);
void __wrap_reply_read(enum call_function function, struct span payload, struct arena *arena,
                       size_t prompt_bytes_max, size_t result_bytes_max,
                       struct agent_reply *ret_reply, struct span ret_json[2],
                       unsigned *ret_json_count);
const char *__real_reply_fault(enum call_function function, const struct agent_reply *reply);
const char *__wrap_reply_fault(enum call_function function, const struct agent_reply *reply);
bool __real_reply_check_json(struct span text, struct err *err);
bool __wrap_reply_check_json(struct span text, struct err *err);
bool __real_span_is_utf8(struct span text);
bool __wrap_span_is_utf8(struct span text);

/* Without: what is no status of that call is taken for OK. */
bool __wrap_wire_read_reply(struct span payload, struct arena *arena, struct wire_reply *ret_reply,
                            struct err *err)
{
    if (!__real_wire_read_reply(payload, arena, ret_reply, err)) {
        return false;
    }
    bool is_of_post_process =
        ret_reply->status == AGENTHOST_NEXT || ret_reply->status == AGENTHOST_REASK;
    if (without("status") && (ret_reply->status > AGENTHOST_INTERNAL || is_of_post_process ||
                              ret_reply->status == AGENTHOST_DECLINE)) {
        ret_reply->status = AGENTHOST_OK;
    }
    return true;
}

void __wrap_reply_read(enum call_function function, struct span payload, struct arena *arena,
                       size_t prompt_bytes_max, size_t result_bytes_max,
                       struct agent_reply *ret_reply, struct span ret_json[2],
                       unsigned *ret_json_count)
{
    bool is_off = without("caps");
    __real_reply_read(function, payload, arena, is_off ? SIZE_MAX : prompt_bytes_max,
                      is_off ? SIZE_MAX : result_bytes_max, ret_reply, ret_json, ret_json_count);
}

const char *__wrap_reply_fault(enum call_function function, const struct agent_reply *reply)
{
    return without("completeness") ? NULL : __real_reply_fault(function, reply);
}

bool __wrap_reply_check_json(struct span text, struct err *err)
{
    return without("json") || __real_reply_check_json(text, err);
}

bool __wrap_span_is_utf8(struct span text)
{
    return without("utf8") || __real_span_is_utf8(text);
}

/* --- what becomes of jobs and images ---------------------------------------------------------- */

bool __real_strikes_is_poison(const struct strikes *strikes, const char *job_key);
bool __wrap_strikes_is_poison(const struct strikes *strikes, const char *job_key);
unsigned __real_strikes_recent(const struct strikes *strikes, int64_t now_ms);
unsigned __wrap_strikes_recent(const struct strikes *strikes, int64_t now_ms);
struct image *__real_images_fallback(const struct images *images, const char *agent_id,
                                     const struct image *but);
struct image *__wrap_images_fallback(const struct images *images, const char *agent_id,
                                     const struct image *but);
void __real_unit_start(struct unit *unit, unit_started_fn started, void *ctx);
void __wrap_unit_start(struct unit *unit, unit_started_fn started, void *ctx);
uint32_t __real_ask_reask_max(const struct job *job);
uint32_t __wrap_ask_reask_max(const struct job *job);
const struct manifest *__real_unit_manifest(const struct unit *unit);
const struct manifest *__wrap_unit_manifest(const struct unit *unit);
bool __real_answers_read(struct answers *answers, const struct queue_run *run, struct arena *arena);
bool __wrap_answers_read(struct answers *answers, const struct queue_run *run, struct arena *arena);

bool __wrap_strikes_is_poison(const struct strikes *strikes, const char *job_key)
{
    return !without("poison") && __real_strikes_is_poison(strikes, job_key);
}

unsigned __wrap_strikes_recent(const struct strikes *strikes, int64_t now_ms)
{
    return without("quarantine") ? 0 : __real_strikes_recent(strikes, now_ms);
}

struct image *__wrap_images_fallback(const struct images *images, const char *agent_id,
                                     const struct image *but)
{
    return without("last-good") ? NULL : __real_images_fallback(images, agent_id, but);
}

/* Without: a new image serves before its cell was seen to start. */
void __wrap_unit_start(struct unit *unit, unit_started_fn started, void *ctx)
{
    if (without("rehearsal")) {
        started(unit, true, "", ctx);
        return;
    }
    __real_unit_start(unit, started, ctx);
}

uint32_t __wrap_ask_reask_max(const struct job *job)
{
    return without("rounds") ? 20 : __real_ask_reask_max(job);
}

const struct manifest *__wrap_unit_manifest(const struct unit *unit)
{
    static struct manifest boundless; /* one loop, one caller at a time */
    const struct manifest *manifest = __real_unit_manifest(unit);
    if (!without("passes")) {
        return manifest;
    }
    boundless = *manifest;
    boundless.passes_max = 20;
    return &boundless;
}

bool __wrap_answers_read(struct answers *answers, const struct queue_run *run, struct arena *arena)
{
    return without("record") || __real_answers_read(answers, run, arena);
}
