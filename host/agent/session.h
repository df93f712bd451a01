/* One bundle in a real cell, loaded by the host's own code: staged, checked, sandboxed, judged.
 * Calls are waited for, one at a time. */
#ifndef AGENT_SESSION_H
#define AGENT_SESSION_H

#include "agent/agents.h"
#include "core/arena.h"
#include "core/err.h"
#include "core/loop.h"
#include "core/options.h"
#include "core/sbuf.h"
#include "core/state.h"

struct session {
    struct loop loop;
    struct thread *files;
    struct cell_program *program;
    struct options *options;
    struct agents *agents;
    struct unit *unit;
    struct arena *arena; /* of the replies */
    struct state_dir state;
    char directory[64]; /* temporary: the link to the bundle, its image */
    struct sbuf log;    /* what the agent logged during calls, a line each */
    struct sbuf report;
    bool is_done, is_ok;
    struct agent_reply reply;
    struct agent_answer answer;
};

/* The name a bundle goes by: its folder's. False when the folder cannot be found. */
bool session_name(const char *bundle, char *ret_name, size_t bytes, struct err *err);

/* Loads the bundle. INVALID: the host would refuse it, and why; INTERNAL: it could not be tried.
 * sets are options like the host's, "agents.call_timeout=1s". Pair with session_close, also
 * after a failure. */
bool session_open(struct session *session, const char *bundle, const char *const *sets,
                  size_t sets_count, struct err *err) ATTR_MUST_CHECK;
/* The same with the configuration of a host, of which only agents.dirs is another. */
bool session_open_as(struct session *session, const char *bundle,
                     const struct options_source *source, struct err *err) ATTR_MUST_CHECK;
void session_close(struct session *session);

/* A job with the limits of the host; its texts are the caller's. */
struct agent_job session_job(struct session *session);

/* The calls; the reply is valid until session_forget. */
const struct agent_reply *session_check_input(struct session *session, const struct agent_job *job);
const struct agent_reply *session_build(struct session *session, const struct agent_job *job);
const struct agent_reply *session_process(struct session *session, const struct agent_job *job,
                                          const struct agent_answer *answer);
/* Frees the replies so far. */
void session_forget(struct session *session);

/* Runs the loop until session->is_done. */
void session_wait(struct session *session);

#endif
