# tests/flow/agents: bad agents in the whole program, with and without what keeps them in.
AGENTS_FLOW_TESTS = tests/flow/agents/bad.test.mjs
AGENTS_LONG_TESTS = tests/flow/agents/bare.test.mjs
TESTS += $(AGENTS_FLOW_TESTS)
if SANDBOX
LONG_TESTS += $(AGENTS_LONG_TESTS)
endif
EXTRA_DIST += $(AGENTS_FLOW_TESTS) $(AGENTS_LONG_TESTS) \
	tests/flow/agents/arena.mjs tests/flow/agents/rows.mjs
