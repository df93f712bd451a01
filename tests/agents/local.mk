# tests/agents: agents for tests, good ones and deliberately bad ones. Built as an agent team
# builds its own; -rpath /nowhere makes libtool link a shared object that is not installed.
TEST_AGENT_CFLAGS = -std=gnu11 $(WARNINGS) -fvisibility=hidden
TEST_AGENT_LDFLAGS = -avoid-version -shared -no-undefined -rpath /nowhere \
	-Wl,-z,defs -Wl,--exclude-libs,ALL

check_LTLIBRARIES += tests/agents/good.la
tests_agents_good_la_SOURCES = tests/agents/good.c tests/agents/agent_kit.h
tests_agents_good_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_good_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)
