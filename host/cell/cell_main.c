/* agenthost-cell: loads one agent inside the sandbox and answers the host's calls, one at a
 * time, until the host hangs up. */
#include <assert.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <agenthost/agent.h>
#include <agenthost/selftest.h>

#include "cell/calls.h"
#include "cell/child.h"
#include "cell/elf.h"
#include "cell/facts.h"
#include "cell/json_values.h"
#include "cell/log_quota.h"
#include "cell/sandbox.h"
#include "cell/sink.h"
#include "core/arena.h"
#include "core/mem.h"

#define MAIN_TABLES_BYTES_MAX (1024u * 1024)
#define MAIN_EXIT_NONSENSE 71 /* the host sent what it never sends */

/* The agent this process is for. */
struct main_agent {
    struct agenthost_agent table;
    struct agenthost_host host;
    struct agenthost_setup setup;
    void *instance;
    struct log_quota log;
};

static void main_send_text(enum wire_kind kind, int32_t number, struct span text)
{
    struct sbuf frame;
    sbuf_init(&frame, 2 * WIRE_SMALL_BYTES_MAX);
    wire_write_text(&frame, kind, number, text, (struct span){NULL, 0});
    child_send(&frame);
    sbuf_fini(&frame);
}

static void main_on_log(const struct agenthost_host *host, enum agenthost_log_level level,
                        struct agenthost_text line)
{
    struct main_agent *agent = host->ctx;
    if (level < AGENTHOST_LOG_DEBUG || level > AGENTHOST_LOG_ERROR) {
        agent->log.lost++;
        return;
    }
    if (!log_quota_take(&agent->log)) {
        return;
    }
    size_t len = line.len < WIRE_LOG_BYTES_MAX ? line.len : WIRE_LOG_BYTES_MAX;
    main_send_text(WIRE_LOG, (int32_t)level, (struct span){line.data, len});
}

static const void *main_on_extension(const struct agenthost_host *host, const char *id)
{
    (void)host;
    if (strcmp(id, AGENTHOST_JSON) == 0) {
        return &JSON_VALUES_EXTENSION;
    }
    return strcmp(id, AGENTHOST_FACTS) == 0 ? &FACTS_EXTENSION : NULL;
}

static void main_begin_call(struct main_agent *agent)
{
    agent->log = (struct log_quota){0};
    facts_begin_call();
    json_values_begin_call();
}

/* Tells what was counted and not said: lost log lines, refused system calls. */
static void main_end_call(struct main_agent *agent)
{
    char text[80];
    if (agent->log.lost > 0) {
        (void)snprintf(text, sizeof(text), "%u more lines in this call were not kept",
                       agent->log.lost);
        main_send_text(WIRE_LOG, AGENTHOST_LOG_WARNING, span_of(text));
    }
    int call = -1;
    uint32_t denied = sandbox_take_denied(&call);
    if (denied > 0) {
        (void)snprintf(text, sizeof(text), "%d", call);
        main_send_text(WIRE_DENIED, (int32_t)denied, span_of(text));
    }
}

static void main_check_file(const char *path)
{
    child_phase("elf");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        child_refuse("elf", SPAN_LITERAL("agent.so cannot be opened in its image folder"));
    }
    struct elf_agent_info info;
    struct err err;
    if (!elf_check_agent(fd, &info, &err)) {
        child_refuse("elf", span_of(err.text));
    }
    (void)close(fd);
}

/* The loader names the glibc that the file needs, but not the one that is here. */
static void main_refuse_file(const char *reason)
{
    if (strstr(reason, "version `GLIBC_") == NULL) {
        child_refuse("dlopen", span_of(reason));
    }
    char text[WIRE_LOG_BYTES_MAX];
    (void)snprintf(text, sizeof(text),
                   "%.600s; this machine has glibc %s: compile it where glibc is no newer", reason,
                   gnu_get_libc_version());
    child_refuse("dlopen", span_of(text));
}

static void main_load(struct main_agent *agent, const char *path)
{
    child_phase("dlopen");
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        main_refuse_file(dlerror());
    }
    const struct agenthost_agent *table = dlsym(handle, "agenthost_agent");
    if (table == NULL || table->size < ELF_AGENT_BYTES_MIN) {
        child_refuse("dlopen", SPAN_LITERAL("agenthost_agent is not what the file said it is"));
    }
    /* What an older agent has not stays NULL; what a newer one has more is nothing to us. */
    size_t bytes = table->size < sizeof(agent->table) ? table->size : sizeof(agent->table);
    memcpy(&agent->table, table, bytes);
    if (agent->table.create == NULL || agent->table.destroy == NULL ||
        agent->table.build_prompt == NULL || agent->table.post_process == NULL) {
        child_refuse("dlopen", SPAN_LITERAL("agenthost_agent lacks create, destroy, build_prompt "
                                            "or post_process"));
    }
}

/* Takes over the setup frame for good: assets and manifest are borrowed by the agent. */
static void main_read_setup(struct main_agent *agent, struct child *child)
{
    struct span payload;
    struct wire_setup wire;
    struct err err;
    struct arena *arena = arena_create(MAIN_TABLES_BYTES_MAX);
    if (!child_next_frame(child, &payload)) {
        _exit(0);
    }
    if (!wire_read_setup(payload, arena, &wire, &err)) {
        _exit(MAIN_EXIT_NONSENSE);
    }
    child_keep_payload(child);
    struct agenthost_asset *assets = mem_array(wire.assets_count, sizeof(*assets));
    for (uint32_t i = 0; i < wire.assets_count; i++) {
        assets[i].name = calls_text(wire.assets[i].name);
        assets[i].bytes = calls_text(wire.assets[i].bytes);
    }
    agent->setup = (struct agenthost_setup){.size = sizeof(agent->setup),
                                            .assets_count = wire.assets_count,
                                            .assets = assets,
                                            .id = calls_text(wire.id),
                                            .version = calls_text(wire.version),
                                            .manifest = calls_text(wire.manifest),
                                            .config = calls_text(wire.config)};
    arena_destroy(&arena);
}

static void main_refuse(struct main_agent *agent, struct sink *sink, const char *phase,
                        const char *otherwise)
{
    main_end_call(agent);
    struct span say = sink_finish(sink, AGENTHOST_INTERNAL)->say;
    child_refuse(phase, say.len > 0 ? say : span_of(otherwise));
}

static void main_create(struct main_agent *agent)
{
    struct sink sink;
    child_phase("create");
    sink_init(&sink);
    main_begin_call(agent);
    agent->instance = agent->table.create(&agent->host, &agent->setup, &sink.report);
    if (agent->instance == NULL) {
        main_refuse(agent, &sink, "create", "create refused without saying why");
    }
    main_end_call(agent);
    sink_fini(&sink);
}

static void main_selftest(struct main_agent *agent)
{
    if (agent->table.extension == NULL) {
        return;
    }
    child_phase("selftest");
    const struct agenthost_selftest *selftest = agent->table.extension(AGENTHOST_SELFTEST);
    if (selftest == NULL) {
        return;
    }
    struct sink sink;
    sink_init(&sink);
    main_begin_call(agent);
    if (selftest->run(agent->instance, &sink.report) != AGENTHOST_OK) {
        main_refuse(agent, &sink, "selftest", "the self-test failed without saying why");
    }
    main_end_call(agent);
    sink_fini(&sink);
}

static enum agenthost_status main_dispatch(struct main_agent *agent, const struct calls_call *call,
                                           struct sink *sink)
{
    const struct agenthost_agent *table = &agent->table;
    switch (call->kind) {
    case WIRE_CHECK:
        return table->check_input == NULL
                   ? AGENTHOST_OK
                   : table->check_input(agent->instance, &call->job, &sink->report);
    case WIRE_BUILD:
        return table->build_prompt(agent->instance, &call->job, &sink->prompt);
    default:
        return table->post_process(agent->instance, &call->job, &call->answer, &sink->result);
    }
}

static void main_serve(struct main_agent *agent, struct child *child)
{
    struct span payload;
    struct sbuf frame;
    sbuf_init(&frame, WIRE_HEADER_BYTES + WIRE_REPLY_BYTES_MAX);
    while (child_next_frame(child, &payload)) {
        struct calls_call call;
        struct sink sink;
        struct arena *arena = arena_create(MAIN_TABLES_BYTES_MAX);
        if (!calls_read(payload, arena, &call)) {
            _exit(MAIN_EXIT_NONSENSE);
        }
        sink_init(&sink);
        main_begin_call(agent);
        enum agenthost_status status = main_dispatch(agent, &call, &sink);
        main_end_call(agent);
        sink.reply.facts = facts_found();
        wire_write_reply(&frame, sink_finish(&sink, status));
        child_send(&frame);
        sink_fini(&sink);
        arena_destroy(&arena);
    }
    sbuf_fini(&frame);
}

int main(int argc, char **argv)
{
    static struct main_agent agent;
    struct child child;
    struct err err;
    child_start(&child, "agenthost-cell", argc, argv);
    agent.host = (struct agenthost_host){.size = sizeof(agent.host),
                                         .abi_minor = AGENTHOST_ABI_MINOR,
                                         .ctx = &agent,
                                         .log = main_on_log,
                                         .extension = main_on_extension};
    main_read_setup(&agent, &child);
    char path[4096];
    int len = snprintf(path, sizeof(path), "%s/agent.so", child.image_path);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        child_refuse("elf", SPAN_LITERAL("the image folder's path is too long"));
    }
    main_check_file(path);
    main_load(&agent, path);
    child_phase("sandbox");
    if (!sandbox_close(&err)) {
        child_refuse("sandbox", span_of(err.text));
    }
    main_create(&agent);
    main_selftest(&agent);
    main_send_text(WIRE_READY, 0, (struct span){NULL, 0});
    main_serve(&agent, &child);
    agent.table.destroy(agent.instance);
    _exit(0);
}
