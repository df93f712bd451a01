# host/core: what every other folder stands on; knows nothing of queues, agents or models.
noinst_LIBRARIES += host/core/libcore.a
host_core_libcore_a_SOURCES = \
	host/core/arena.c host/core/arena.h \
	host/core/attr.h \
	host/core/beside.c host/core/beside.h \
	host/core/clock.c host/core/clock.h \
	host/core/dotenv.c host/core/dotenv.h \
	host/core/err.c host/core/err.h \
	host/core/fold.c host/core/fold.h \
	host/core/hash.c host/core/hash.h \
	host/core/hash_fnv.c \
	host/core/json_get.c \
	host/core/json.c host/core/json.h \
	host/core/json_later.c host/core/json_later.h \
	host/core/json_scan.c host/core/json-private.h \
	host/core/log.c host/core/log.h host/core/log-private.h \
	host/core/log_format.c \
	host/core/loop.c host/core/loop.h \
	host/core/mem.c host/core/mem.h \
	host/core/metrics.c host/core/metrics.h \
	host/core/nearest.c \
	host/core/notify.c host/core/notify.h \
	host/core/options.c host/core/options.h host/core/options-private.h \
	host/core/options_env.c \
	host/core/options_http.c \
	host/core/options_ini.c \
	host/core/options_problems.c \
	host/core/options_render.c \
	host/core/options_sections.c \
	host/core/options_show.c \
	host/core/options_source.c \
	host/core/options_table.c \
	host/core/options_queue.c \
	host/core/options_units.c \
	host/core/options_value.c \
	host/core/problems.c host/core/problems.h \
	host/core/process.c host/core/process.h \
	host/core/sbuf.c host/core/sbuf.h \
	host/core/signals.c host/core/signals.h \
	host/core/span.c host/core/span.h \
	host/core/state.c host/core/state.h \
	host/core/thread.c host/core/thread.h
# The sample with every option; a test compares it with the option table.
dist_doc_DATA = etc/agenthost.conf
CORE_LIBS = host/core/libcore.a $(EV_LIBS) $(JSONC_LIBS) $(OPENSSL_LIBS) $(INIH_LIBS) -lm

check_PROGRAMS += tests/unit/test-core
TESTS += tests/unit/test-core
tests_unit_test_core_SOURCES = \
	tests/unit/core/suites.h \
	tests/unit/core/test_arena.c \
	tests/unit/core/test_clock.c \
	tests/unit/core/test_core.c \
	tests/unit/core/test_dotenv.c \
	tests/unit/core/test_hash.c \
	tests/unit/core/test_json.c \
	tests/unit/core/test_log.c \
	tests/unit/core/test_loop.c \
	tests/unit/core/test_metrics.c \
	tests/unit/core/test_notify.c \
	tests/unit/core/options_rig.c tests/unit/core/options_rig.h \
	tests/unit/core/test_options.c tests/unit/core/test_options_sources.c \
	tests/unit/core/test_options_values.c \
	tests/unit/core/test_problems.c \
	tests/unit/core/test_sbuf.c \
	tests/unit/core/test_span.c \
	tests/unit/core/test_state.c \
	tests/unit/core/test_thread.c
tests_unit_test_core_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/core \
	-DTEST_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_core_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_core_LDADD = $(CORE_LIBS) $(CHECK_LIBS)
