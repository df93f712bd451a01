# tests/fuzz: targets that take any bytes. Each is run twice: by replay.c in make check (any
# compiler, a few seconds), and by libFuzzer in make fuzz, where clang has it.
FUZZ_SECONDS = 30

check_PROGRAMS += tests/fuzz/replay-wire
TESTS += tests/fuzz/replay-wire
tests_fuzz_replay_wire_SOURCES = tests/fuzz/fuzz_wire.c tests/fuzz/replay.c
tests_fuzz_replay_wire_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/wire"'
tests_fuzz_replay_wire_LDADD = $(CELL_LIBS) $(CORE_LIBS) $(MSGPACK_LIBS)

check_PROGRAMS += tests/fuzz/replay-json tests/fuzz/replay-options
TESTS += tests/fuzz/replay-json tests/fuzz/replay-options
tests_fuzz_replay_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/replay.c
tests_fuzz_replay_json_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/json"'
tests_fuzz_replay_json_LDADD = $(CORE_LIBS)
tests_fuzz_replay_options_SOURCES = tests/fuzz/fuzz_options.c tests/fuzz/replay.c
tests_fuzz_replay_options_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/options"' -DREPLAY_INPUTS=20000
tests_fuzz_replay_options_LDADD = $(CORE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/json tests/fuzz/corpus/options

check_PROGRAMS += tests/fuzz/replay-timezone
TESTS += tests/fuzz/replay-timezone
tests_fuzz_replay_timezone_SOURCES = tests/fuzz/fuzz_timezone.c tests/fuzz/replay.c
tests_fuzz_replay_timezone_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/timezone"'
tests_fuzz_replay_timezone_LDADD = $(TIME_LIBS)
EXTRA_DIST += tests/fuzz/corpus/timezone

check_PROGRAMS += tests/fuzz/replay-cron
TESTS += tests/fuzz/replay-cron
tests_fuzz_replay_cron_SOURCES = tests/fuzz/fuzz_cron.c tests/fuzz/replay.c
tests_fuzz_replay_cron_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/cron"' -DREPLAY_INPUTS=100000
tests_fuzz_replay_cron_LDADD = $(TIME_LIBS)
EXTRA_DIST += tests/fuzz/corpus/cron

check_PROGRAMS += tests/fuzz/replay-callers
TESTS += tests/fuzz/replay-callers
tests_fuzz_replay_callers_SOURCES = tests/fuzz/fuzz_callers.c tests/fuzz/replay.c
tests_fuzz_replay_callers_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/callers"' -DREPLAY_INPUTS=300000
tests_fuzz_replay_callers_LDADD = $(HTTP_LIBS) $(CORE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/callers
check_PROGRAMS += tests/fuzz/replay-claims
TESTS += tests/fuzz/replay-claims
tests_fuzz_replay_claims_SOURCES = tests/fuzz/fuzz_claims.c tests/fuzz/replay.c
tests_fuzz_replay_claims_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/claims"' -DREPLAY_INPUTS=20000
tests_fuzz_replay_claims_LDADD = $(CHART_LIBS)
EXTRA_DIST += tests/fuzz/corpus/claims

check_PROGRAMS += tests/fuzz/replay-template
TESTS += tests/fuzz/replay-template
tests_fuzz_replay_template_SOURCES = tests/fuzz/fuzz_template.c tests/fuzz/replay.c
tests_fuzz_replay_template_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/plugins \
	-DCORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/template"'
tests_fuzz_replay_template_LDADD = plugins/engine/libengine.la $(JSONC_LIBS)
EXTRA_DIST += tests/fuzz/corpus/template

EXTRA_PROGRAMS += tests/fuzz/make-wire-corpus
tests_fuzz_make_wire_corpus_SOURCES = tests/fuzz/make_wire_corpus.c
tests_fuzz_make_wire_corpus_LDADD = $(CELL_LIBS) $(CORE_LIBS)
CLEANFILES += tests/fuzz/make-wire-corpus$(EXEEXT)
EXTRA_DIST += tests/fuzz/corpus/wire

check_PROGRAMS += tests/fuzz/replay-stream
TESTS += tests/fuzz/replay-stream
tests_fuzz_replay_stream_SOURCES = tests/fuzz/fuzz_stream.c tests/fuzz/replay.c
tests_fuzz_replay_stream_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus/stream"'
tests_fuzz_replay_stream_LDADD = $(MODEL_LIBS) $(CORE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/stream

FUZZ_STREAM_FILES = tests/fuzz/fuzz_stream.c \
	host/model/delta.c host/model/delta_scan.c host/model/scan.c host/model/sse.c \
	host/core/clock.c host/core/err.c host/core/hash.c host/core/hash_fnv.c \
	host/core/json.c host/core/json_get.c host/core/json_scan.c \
	host/core/mem.c host/core/sbuf.c host/core/span.c
CLEANFILES += tests/fuzz/fuzz-stream

FUZZ_WIRE_FILES = tests/fuzz/fuzz_wire.c \
	host/cell/cursor.c host/cell/wire.c host/cell/wire_read.c \
	host/core/arena.c host/core/err.c host/core/mem.c host/core/sbuf.c host/core/span.c
CLEANFILES += tests/fuzz/fuzz-wire

.PHONY: fuzz
if FUZZ
fuzz: tests/fuzz/fuzz-wire tests/fuzz/fuzz-stream
	$(MKDIR_P) tests/fuzz/found-wire tests/fuzz/found-stream
	tests/fuzz/fuzz-wire -max_total_time=$(FUZZ_SECONDS) -max_len=65536 \
	  -artifact_prefix=tests/fuzz/found-wire/ \
	  tests/fuzz/found-wire $(srcdir)/tests/fuzz/corpus/wire
	tests/fuzz/fuzz-stream -max_total_time=$(FUZZ_SECONDS) -max_len=16384 \
	  -artifact_prefix=tests/fuzz/found-stream/ \
	  tests/fuzz/found-stream $(srcdir)/tests/fuzz/corpus/stream

tests/fuzz/fuzz-stream: $(FUZZ_STREAM_FILES)
	$(AM_V_at)$(MKDIR_P) tests/fuzz
	$(AM_V_CC)$(FUZZ_CC) -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined \
	  $(DEFS) $(AM_CPPFLAGS) $(JSONC_CFLAGS) -o $@ \
	  $(FUZZ_STREAM_FILES:%=$(srcdir)/%) $(JSONC_LIBS) $(OPENSSL_LIBS)

tests/fuzz/fuzz-wire: $(FUZZ_WIRE_FILES)
	$(AM_V_at)$(MKDIR_P) tests/fuzz
	$(AM_V_CC)$(FUZZ_CC) -g -O1 -std=gnu11 -fsanitize=fuzzer,address,undefined \
	  $(DEFS) $(AM_CPPFLAGS) $(MSGPACK_CFLAGS) -o $@ \
	  $(FUZZ_WIRE_FILES:%=$(srcdir)/%) $(MSGPACK_LIBS)
else
fuzz:
	@echo "make fuzz needs clang with libFuzzer (clang-14, libclang-rt-14-dev)"; exit 1
endif
