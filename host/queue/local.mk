# host/queue: a BullMQ worker: claims jobs, keeps their locks, ends them, sets them aside.
noinst_LIBRARIES += host/queue/libqueue.a
host_queue_libqueue_a_SOURCES = \
	host/queue/advance.c \
	host/queue/answer.c \
	host/queue/ask.c \
	host/queue/backoff.c host/queue/backoff.h \
	host/queue/cancel.c \
	host/queue/children.c \
	host/queue/claim.c \
	host/queue/clock_off.c \
	host/queue/counts.c \
	host/queue/empty.c \
	host/queue/ended.c \
	host/queue/enqueue.c \
	host/queue/fail.c \
	host/queue/find.c \
	host/queue/finish.c \
	host/queue/job.c \
	host/queue/keys.c host/queue/keys.h \
	host/queue/lease.c \
	host/queue/lock.c \
	host/queue/look.c \
	host/queue/marker.c host/queue/marker.h \
	host/queue/nonce.c \
	host/queue/op.c \
	host/queue/open.c \
	host/queue/opts.c host/queue/opts.h \
	host/queue/outcome.c host/queue/outcome.h \
	host/queue/pack.c host/queue/pack.h \
	host/queue/park.c \
	host/queue/pause.c \
	host/queue/queue.c host/queue/queue.h host/queue/queue-private.h \
	host/queue/repeat.c host/queue/repeat.h \
	host/queue/repeat_pack.c \
	host/queue/replay.c \
	host/queue/report.c \
	host/queue/retry.c \
	host/queue/run.c \
	host/queue/spool.c host/queue/spool.h \
	host/queue/stalled.c \
	host/queue/status.c \
	host/queue/table.c \
	host/queue/timers.c \
	host/queue/unpark.c
QUEUE_LIBS = host/queue/libqueue.a host/time/libtime.a $(MSGPACK_LIBS)

# Our own Lua scripts; host/redis compiles them in.
QUEUE_LUA = \
	host/queue/lua/answer.lua \
	host/queue/lua/cancelled.lua \
	host/queue/lua/ended.lua \
	host/queue/lua/giveback.lua \
	host/queue/lua/lease.lua \
	host/queue/lua/lease_release.lua \
	host/queue/lua/lease_renew.lua \
	host/queue/lua/look.lua \
	host/queue/lua/nonce.lua \
	host/queue/lua/park.lua \
	host/queue/lua/parked.lua \
	host/queue/lua/parked_counts.lua \
	host/queue/lua/parked_sweep.lua \
	host/queue/lua/relock.lua \
	host/queue/lua/run_note.lua \
	host/queue/lua/run_open.lua \
	host/queue/lua/state.lua \
	host/queue/lua/unpark.lua \
	host/queue/lua/woken.lua
QUEUE_LUA_INCLUDES = \
	host/queue/lua/includes/front.lua \
	host/queue/lua/includes/now.lua \
	host/queue/lua/includes/unpark.lua
EXTRA_DIST += $(QUEUE_LUA_INCLUDES)

# Parts of the scripts above: a change makes them anew.
host/redis/scripts_own.c: $(QUEUE_LUA_INCLUDES)

# A worker for tests and measurements whose jobs say themselves what becomes of them.
check_PROGRAMS += tests/tools/queue-script
tests_tools_queue_script_SOURCES = \
	tests/tools/queue_script.c tests/tools/queue_script.h \
	tests/tools/queue_script_commands.c tests/tools/queue_script_play.c
tests_tools_queue_script_LDADD = $(QUEUE_LIBS) $(REDIS_LIBS) $(CORE_LIBS)
check_LTLIBRARIES += tests/tools/moved_host.la tests/tools/shifted_clock.la
tests_tools_moved_host_la_SOURCES = tests/tools/moved_host.c
tests_tools_moved_host_la_CPPFLAGS = -D_GNU_SOURCE
tests_tools_moved_host_la_CFLAGS = -std=gnu11 $(WARNINGS)
tests_tools_moved_host_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
tests_tools_shifted_clock_la_SOURCES = tests/tools/shifted_clock.c
tests_tools_shifted_clock_la_CFLAGS = -std=gnu11 $(WARNINGS)
tests_tools_shifted_clock_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere

# Judged by BullMQ itself.
QUEUE_FLOW_TESTS = \
	tests/flow/queue/add.test.mjs \
	tests/flow/queue/board.test.mjs \
	tests/flow/queue/clock.test.mjs \
	tests/flow/queue/cron.test.mjs \
	tests/flow/queue/death.test.mjs \
	tests/flow/queue/ending.test.mjs \
	tests/flow/queue/identity.test.mjs \
	tests/flow/queue/network.test.mjs \
	tests/flow/queue/order.test.mjs \
	tests/flow/queue/outside.test.mjs \
	tests/flow/queue/park.test.mjs \
	tests/flow/queue/run.test.mjs \
	tests/flow/queue/scheduler.test.mjs \
	tests/flow/queue/tls.test.mjs
TESTS += $(QUEUE_FLOW_TESTS)
EXTRA_DIST += $(QUEUE_FLOW_TESTS) tests/flow/queue/harness.mjs

check_PROGRAMS += tests/unit/test-queue
TESTS += tests/unit/test-queue
tests_unit_test_queue_SOURCES = \
	tests/unit/queue/suites.h \
	tests/unit/queue/test_backoff.c \
	tests/unit/queue/test_keys.c \
	tests/unit/queue/test_marker.c \
	tests/unit/queue/test_opts.c \
	tests/unit/queue/test_pack.c \
	tests/unit/queue/test_queue.c \
	tests/unit/queue/test_repeat.c \
	tests/unit/queue/test_serve.c \
	tests/unit/support/redis_server.c tests/unit/support/redis_server.h
tests_unit_test_queue_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/queue \
	-I$(top_srcdir)/tests/unit
tests_unit_test_queue_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_queue_LDADD = $(QUEUE_LIBS) $(REDIS_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
