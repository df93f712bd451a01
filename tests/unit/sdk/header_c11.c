/* agenthost/agent.h by itself as C11, and the layout of interface 1.0, which never changes:
 * fields are only ever appended. */
#include <agenthost/agent.h>

#include <assert.h>

#define OFFSET(type, member, bytes)                                                                \
    static_assert(offsetof(struct type, member) == (bytes), "moved: " #type "." #member)

static_assert(sizeof(void *) == 8, "the offsets below are those of 64-bit machines");
OFFSET(agenthost_agent, magic, 0);
OFFSET(agenthost_agent, abi_major, 8);
OFFSET(agenthost_agent, abi_minor, 12);
OFFSET(agenthost_agent, size, 16);
OFFSET(agenthost_agent, create, 24);
OFFSET(agenthost_agent, destroy, 32);
OFFSET(agenthost_agent, check_input, 40);
OFFSET(agenthost_agent, build_prompt, 48);
OFFSET(agenthost_agent, post_process, 56);
OFFSET(agenthost_agent, extension, 64);
OFFSET(agenthost_host, log, 16);
OFFSET(agenthost_host, extension, 24);
OFFSET(agenthost_setup, assets, 8);
OFFSET(agenthost_setup, id, 16);
OFFSET(agenthost_setup, version, 32);
OFFSET(agenthost_setup, manifest, 48);
OFFSET(agenthost_setup, config, 64);
OFFSET(agenthost_job, pass, 4);
OFFSET(agenthost_job, data, 8);
OFFSET(agenthost_job, chart, 24);
OFFSET(agenthost_job, locale, 40);
OFFSET(agenthost_job, seed, 56);
OFFSET(agenthost_job, now_ms, 64);
OFFSET(agenthost_job, children, 72);
OFFSET(agenthost_job, earlier, 80);
OFFSET(agenthost_job, children_count, 88);
OFFSET(agenthost_job, earlier_count, 92);
OFFSET(agenthost_answer, pass, 4);
OFFSET(agenthost_answer, round, 8);
OFFSET(agenthost_answer, text, 16);
OFFSET(agenthost_answer, finish_reason, 32);
OFFSET(agenthost_answer, model, 48);
OFFSET(agenthost_answer, prompt_tokens, 64);
OFFSET(agenthost_answer, completion_tokens, 72);
OFFSET(agenthost_report, say, 16);
OFFSET(agenthost_report, field, 24);
OFFSET(agenthost_prompt, say, 16);
OFFSET(agenthost_prompt, field, 24);
OFFSET(agenthost_prompt, message, 32);
OFFSET(agenthost_prompt, temperature, 40);
OFFSET(agenthost_prompt, max_tokens, 48);
OFFSET(agenthost_prompt, model_class, 56);
OFFSET(agenthost_prompt, json_schema, 64);
OFFSET(agenthost_prompt, stop, 72);
OFFSET(agenthost_prompt, text, 80);
OFFSET(agenthost_result, say, 16);
OFFSET(agenthost_result, field, 24);
OFFSET(agenthost_result, text, 32);
OFFSET(agenthost_result, section, 40);
OFFSET(agenthost_result, content, 48);
OFFSET(agenthost_result, correct, 56);
OFFSET(agenthost_facts, check, 8);
OFFSET(agenthost_selftest, run, 8);
