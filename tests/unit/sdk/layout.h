/* The layout of interface 1.0, which never changes: fields are only ever appended. Seen by a C and
 * by a C++ compiler. */
#ifndef TESTS_UNIT_SDK_LAYOUT_H
#define TESTS_UNIT_SDK_LAYOUT_H

#include <assert.h>

#include <agenthost/agent.h>
#include <agenthost/facts.h>
#include <agenthost/json.h>
#include <agenthost/selftest.h>

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
OFFSET(agenthost_text, data, 0);
OFFSET(agenthost_text, len, 8);
OFFSET(agenthost_host, size, 0);
OFFSET(agenthost_host, abi_minor, 4);
OFFSET(agenthost_host, ctx, 8);
OFFSET(agenthost_asset, name, 0);
OFFSET(agenthost_asset, bytes, 16);
OFFSET(agenthost_setup, size, 0);
OFFSET(agenthost_setup, assets_count, 4);
OFFSET(agenthost_earlier, pass, 0);
OFFSET(agenthost_earlier, text, 8);
OFFSET(agenthost_child, key, 0);
OFFSET(agenthost_child, value, 16);
OFFSET(agenthost_job, size, 0);
OFFSET(agenthost_answer, size, 0);
OFFSET(agenthost_report, size, 0);
OFFSET(agenthost_report, ctx, 8);
OFFSET(agenthost_prompt, size, 0);
OFFSET(agenthost_prompt, ctx, 8);
OFFSET(agenthost_result, size, 0);
OFFSET(agenthost_result, ctx, 8);
OFFSET(agenthost_facts, size, 0);
OFFSET(agenthost_selftest, size, 0);
OFFSET(agenthost_json, size, 0);
OFFSET(agenthost_json, parse, 8);
OFFSET(agenthost_json, type, 16);
OFFSET(agenthost_json, member, 24);
OFFSET(agenthost_json, count, 32);
OFFSET(agenthost_json, at, 40);
OFFSET(agenthost_json, string, 48);
OFFSET(agenthost_json, integer, 56);
OFFSET(agenthost_json, number, 64);
OFFSET(agenthost_json, boolean, 72);

/* Elements of arrays never grow; of the others this is the size in interface 1.0. */
#define SIZE(type, bytes)                                                                          \
    static_assert(sizeof(struct type) == (bytes), "grown: " #type ": append the new size here")
SIZE(agenthost_text, 16);
SIZE(agenthost_asset, 32);
SIZE(agenthost_earlier, 24);
SIZE(agenthost_child, 32);
SIZE(agenthost_agent, 72);
SIZE(agenthost_host, 32);
SIZE(agenthost_setup, 80);
SIZE(agenthost_job, 96);
SIZE(agenthost_answer, 80);
SIZE(agenthost_report, 32);
SIZE(agenthost_prompt, 88);
SIZE(agenthost_result, 64);
SIZE(agenthost_facts, 16);
SIZE(agenthost_selftest, 16);
SIZE(agenthost_json, 80);

#define VALUE(name, number) static_assert((int)(name) == (number), "changed: " #name)
VALUE(AGENTHOST_OK, 0);
VALUE(AGENTHOST_NEXT, 1);
VALUE(AGENTHOST_INVALID, 2);
VALUE(AGENTHOST_AGAIN, 3);
VALUE(AGENTHOST_REASK, 4);
VALUE(AGENTHOST_DECLINE, 5);
VALUE(AGENTHOST_INTERNAL, 6);
VALUE(AGENTHOST_LOG_DEBUG, 0);
VALUE(AGENTHOST_LOG_INFO, 1);
VALUE(AGENTHOST_LOG_WARNING, 2);
VALUE(AGENTHOST_LOG_ERROR, 3);
VALUE(AGENTHOST_SYSTEM, 0);
VALUE(AGENTHOST_USER, 1);
VALUE(AGENTHOST_ASSISTANT, 2);
VALUE(AGENTHOST_JSON_ABSENT, 0);
VALUE(AGENTHOST_JSON_BOOLEAN, 1);
VALUE(AGENTHOST_JSON_INTEGER, 2);
VALUE(AGENTHOST_JSON_NUMBER, 3);
VALUE(AGENTHOST_JSON_STRING, 4);
VALUE(AGENTHOST_JSON_ARRAY, 5);
VALUE(AGENTHOST_JSON_OBJECT, 6);
static_assert(AGENTHOST_MAGIC == UINT64_C(0x31746e6567616861), "changed: AGENTHOST_MAGIC");
static_assert(sizeof(enum agenthost_status) == 4 && sizeof(enum agenthost_role) == 4 &&
                  sizeof(enum agenthost_log_level) == 4 && sizeof(enum agenthost_json_type) == 4,
              "enumerations are 32 bits wide");

#endif
