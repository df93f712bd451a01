# host/core: what every other folder stands on; knows nothing of queues, agents or models.
noinst_LIBRARIES += host/core/libcore.a
host_core_libcore_a_SOURCES = \
	host/core/arena.c host/core/arena.h \
	host/core/attr.h \
	host/core/clock.c host/core/clock.h \
	host/core/err.c host/core/err.h \
	host/core/hash.c host/core/hash.h \
	host/core/json.c host/core/json.h \
	host/core/json_scan.c host/core/json-private.h \
	host/core/log.c host/core/log.h \
	host/core/loop.c host/core/loop.h \
	host/core/mem.c host/core/mem.h \
	host/core/metrics.c host/core/metrics.h \
	host/core/sbuf.c host/core/sbuf.h \
	host/core/signals.c host/core/signals.h \
	host/core/span.c host/core/span.h \
	host/core/state.c host/core/state.h \
	host/core/thread.c host/core/thread.h
CORE_LIBS = host/core/libcore.a $(EV_LIBS) $(JSONC_LIBS) $(OPENSSL_LIBS) $(INIH_LIBS) -lm
