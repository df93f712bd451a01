/* What a finished job leaves: the version's content and the return value, as JSON. */
#ifndef JOB_READING_H
#define JOB_READING_H

#include <stdbool.h>

#include "core/sbuf.h"

struct agent_reply;
struct job;
struct options_provider;

/* The version that is stored: {text, agent, chart, metadata, sections, data?}. [loop] */
void reading_render_content(const struct job *job, const struct agent_reply *reply,
                            const struct options_provider *provider, struct sbuf *out);

/* The return value that Node sees and a second job for the same reading gets; with the content
 * when the job, or else its queue, wants it. [loop] */
void reading_render_return_value(const struct job *job, const struct sbuf *content,
                                 struct sbuf *out);

#endif
