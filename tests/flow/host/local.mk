# tests/flow/host: the whole program against real services.
HOST_FLOW_TESTS = \
	tests/flow/host/access.test.mjs \
	tests/flow/host/adopt.test.mjs \
	tests/flow/host/agent-orders.test.mjs \
	tests/flow/host/agents-doc.test.mjs \
	tests/flow/host/agents-verbs.test.mjs \
	tests/flow/host/bad-input.test.mjs \
	tests/flow/host/birth.test.mjs \
	tests/flow/host/board.test.mjs \
	tests/flow/host/children.test.mjs \
	tests/flow/host/dev.test.mjs \
	tests/flow/host/drain.test.mjs \
	tests/flow/host/identity.test.mjs \
	tests/flow/host/main-job.test.mjs \
	tests/flow/host/outage.test.mjs \
	tests/flow/host/pause.test.mjs \
	tests/flow/host/queue-pause.test.mjs \
	tests/flow/host/quickstart.test.mjs \
	tests/flow/host/reload.test.mjs \
	tests/flow/host/reload-faults.test.mjs \
	tests/flow/host/rows.test.mjs \
	tests/flow/host/set-aside.test.mjs \
	tests/flow/host/start.test.mjs \
	tests/flow/host/stores.test.mjs \
	tests/flow/host/systemd.test.mjs \
	tests/flow/host/text-agent.test.mjs \
	tests/flow/host/verdicts.test.mjs
HOST_LONG_TESTS = \
	tests/flow/host/kill.test.mjs \
	tests/flow/host/pm2.test.mjs \
	tests/flow/host/reloads.test.mjs \
	tests/flow/host/signals.test.mjs \
	tests/flow/host/sweep.test.mjs \
	tests/flow/host/volume.test.mjs
TESTS += $(HOST_FLOW_TESTS)
LONG_TESTS += $(HOST_LONG_TESTS)
EXTRA_DIST += $(HOST_FLOW_TESTS) $(HOST_LONG_TESTS) \
	tests/flow/support/board.mjs tests/flow/support/closing.mjs tests/flow/support/host.mjs \
	tests/flow/support/image.mjs tests/flow/support/pair.mjs tests/flow/support/postgrest.mjs \
	tests/flow/support/process.mjs tests/flow/support/scene.mjs tests/flow/support/services.mjs \
	tests/flow/support/tarball.mjs

# What systemd is to a service.
check_PROGRAMS += tests/tools/notify-listen
tests_tools_notify_listen_SOURCES = tests/tools/notify-listen.c
tests_tools_notify_listen_LDADD = $(CORE_LIBS)
