# host/agent: bundles become images, images run in cells, a generation says who serves.
noinst_LIBRARIES += host/agent/libagent.a
host_agent_libagent_a_SOURCES = \
	host/agent/agents.c host/agent/agents.h host/agent/agents-private.h \
	host/agent/bundle.c host/agent/bundle.h \
	host/agent/bundle_copy.c \
	host/agent/bundle_remove.c \
	host/agent/bundle_sync.c \
	host/agent/call_judge.c \
	host/agent/calls.c host/agent/calls-private.h \
	host/agent/engines.c host/agent/engines.h \
	host/agent/generation.c host/agent/generation.h \
	host/agent/history.c \
	host/agent/image.c host/agent/image.h \
	host/agent/image_file.c \
	host/agent/manifest.c host/agent/manifest.h host/agent/manifest-private.h \
	host/agent/manifest_inputs.c host/agent/manifest_inputs.h \
	host/agent/manifest_keys.c \
	host/agent/manifest_reader.c \
	host/agent/manifest_schema.c \
	host/agent/manifest_text.c \
	host/agent/order.c \
	host/agent/pattern.c host/agent/pattern.h \
	host/agent/pattern_match.c \
	host/agent/publish.c host/agent/publish.h \
	host/agent/reload.c host/agent/reload.h host/agent/reload-private.h \
	host/agent/reload_keep.c \
	host/agent/reload_report.c \
	host/agent/reload_work.c \
	host/agent/render.c \
	host/agent/reply.c \
	host/agent/reply_fault.c \
	host/agent/scan.c host/agent/scan.h \
	host/agent/session.c host/agent/session.h \
	host/agent/settings.c host/agent/settings.h \
	host/agent/setup.c host/agent/setup.h \
	host/agent/stage.c host/agent/stage.h \
	host/agent/strikes.c host/agent/strikes.h \
	host/agent/unit.c \
	host/agent/unit_load.c \
	host/agent/unit_process.c
AGENT_LIBS = host/agent/libagent.a $(CELL_LIBS)

check_PROGRAMS += tests/unit/test-agent
TESTS += tests/unit/test-agent
tests_unit_test_agent_SOURCES = \
	tests/unit/agent/rig.c tests/unit/agent/rig.h \
	tests/unit/agent/suites.h tests/unit/support/cells.h \
	tests/unit/agent/test_agent.c \
	tests/unit/agent/test_calls.c \
	tests/unit/agent/test_image.c \
	tests/unit/agent/test_inputs.c \
	tests/unit/agent/test_manifest.c \
	tests/unit/agent/test_order.c \
	tests/unit/agent/test_pattern.c \
	tests/unit/agent/test_reload.c \
	tests/unit/agent/test_scan.c \
	tests/unit/agent/test_settings.c \
	tests/unit/agent/test_stage.c \
	tests/unit/agent/test_strikes.c
tests_unit_test_agent_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/agent \
	-DCELL_PROGRAM='"$(abs_top_builddir)/agenthost-cell"' \
	-DAGENTS_DIR='"$(abs_top_builddir)/tests/agents/.libs"'
tests_unit_test_agent_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_agent_LDADD = $(AGENT_LIBS) $(CORE_LIBS) $(CHECK_LIBS) $(MSGPACK_LIBS)
# Started by the tests, so they must be built before them.
tests_unit_test_agent_DEPENDENCIES = agenthost-cell host/agent/libagent.a host/cell/libcell.a \
	host/core/libcore.a tests/agents/scripted.la

check_LTLIBRARIES += tests/agents/scripted.la
tests_agents_scripted_la_SOURCES = tests/agents/scripted.c tests/agents/agent_kit.h
tests_agents_scripted_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_scripted_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)
