/* A rig for tests of the registry with real cells: folders, a state directory, a loop. */
#ifndef TESTS_UNIT_AGENT_RIG_H
#define TESTS_UNIT_AGENT_RIG_H

#include <check.h>

#include "agent/agents.h"
#include "agent/manifest.h"
#include "cell/cell.h"
#include "core/arena.h"
#include "core/loop.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "core/state.h"
#include "core/thread.h"

struct rig {
    struct loop loop;
    struct thread *files;
    struct cell_program *program;
    struct agents *agents;
    struct state_dir state;
    struct options options; /* may be changed between reloads */
    char directory[128];    /* of everything below */
    char bundles[160];      /* installed bundles */
    char later_bundles[160];
    char state_path[160];
    char *dirs[2];
    struct arena *arena;
    bool is_reloaded, is_ok;
    struct sbuf report, log, available;
    unsigned replies;
    unsigned outcomes[AGENT_UNAVAILABLE + 1]; /* replies of each kind, of the whole test */
    struct agent_reply reply;
};

/* A fresh rig with empty folders and a registry that has not been asked to reload. */
void rig_open(struct rig *rig);
/* Ends the registry as a stopping host does. */
void rig_stop(struct rig *rig);
/* A registry on the same folders, as after a restart. */
void rig_restart(struct rig *rig);
void rig_close(struct rig *rig);

/* Reloads and waits; the report is in rig->report. */
void rig_reload(struct rig *rig);
/* The same, and it must have gone like this: the report holds part. */
void rig_expect_reload(struct rig *rig, bool is_ok, const char *part);
/* Asks only. */
void rig_ask_reload(struct rig *rig);
/* Waits until everything has been written down. */
void rig_settle(struct rig *rig);

/* Files below the rig's directory; format and path as in printf. */
void rig_write(struct rig *rig, const char *path, const char *text);
void rig_copy(const char *from, const char *to, size_t bytes);
void rig_run(const char *fmt, ...) ATTR_PRINTF(1, 2);

/* Installs bundles/<id> with tests/agents/<agent>.so and assets/prompt.txt, and makes it look
 * as old as a minute. */
void rig_install(struct rig *rig, const char *id, const char *version, const char *agent,
                 const char *prompt);
/* The minimal manifest of that id, with extra keys (may be ""). */
void rig_write_manifest(struct rig *rig, const char *id, const char *version, const char *extra);

struct unit *rig_pin(struct rig *rig, const char *id, const char *image);

/* One call, waited for; the reply is in rig->reply. */
void rig_check(struct rig *rig, struct unit *unit, const char *job_key, const char *data);
void rig_build(struct rig *rig, struct unit *unit, const char *job_key, const char *data);
void rig_process(struct rig *rig, struct unit *unit, const char *job_key, const char *answer);
/* Asks only; rig->replies counts the answers. */
struct agent_call *rig_send_build(struct rig *rig, struct unit *unit, const char *job_key,
                                  const char *data);

/* Takes a reply down: for calls a test makes itself. */
void rig_count_reply(const struct agent_reply *reply, void *ctx);

/* Runs the loop until check says yes; fails the test after 20 s. */
void rig_wait(struct rig *rig, bool (*check)(struct rig *rig));
bool rig_has_reply(struct rig *rig);
bool rig_is_reloaded(struct rig *rig);
void rig_run_ms(struct rig *rig, int64_t ms);

/* Children of this process, and its open file descriptors. */
unsigned rig_count_children(void);
/* Runs the loop until there are so many: what was killed is reaped a moment later. */
void rig_expect_children(struct rig *rig, unsigned count);
void rig_expect_children_at_most(struct rig *rig, unsigned count);
void rig_kill_children(void);
unsigned rig_count_fds(void);

#define rig_assert_has(text, part)                                                                 \
    ck_assert_msg(strstr((text), (part)) != NULL, "'%s' lacks '%s'", text, part)
#define rig_assert_span(span, expected)                                                            \
    ck_assert_msg(span_is(span, expected), "'%.*s', expected '%s'", (int)(span).len, (span).data,  \
                  expected)

#endif
