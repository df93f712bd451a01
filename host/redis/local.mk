# host/redis: one connection to Redis, and the Lua scripts it can run.
noinst_LIBRARIES += host/redis/libredis.a
host_redis_libredis_a_SOURCES = \
	host/redis/command.c \
	host/redis/greet.c \
	host/redis/io.c \
	host/redis/redis.c host/redis/redis.h host/redis/redis-private.h \
	host/redis/replies.c host/redis/replies.h \
	host/redis/resolve.c host/redis/resolve.h \
	host/redis/retry.c host/redis/retry.h \
	host/redis/script.c host/redis/script.h \
	host/redis/scripts_bullmq.c host/redis/scripts_own.c \
	host/redis/settings.c \
	host/redis/stream.c host/redis/stream.h host/redis/stream-private.h \
	host/redis/tls.c
REDIS_LIBS = host/redis/libredis.a $(HIREDIS_LIBS) $(OPENSSL_LIBS)

# The scripts are generated, never committed; release tarballs carry them, so that building one
# needs no npm package. QUEUE_LUA lists our own (host/queue/local.mk).
bullmq_dir = $(srcdir)/host/queue/bullmq
bullmq_package = $(if $(BULLMQ_DIR),$(BULLMQ_DIR),$(bullmq_dir)/node_modules/bullmq)
EXTRA_DIST += host/queue/bullmq/generate host/queue/bullmq/flatten.awk \
	host/queue/bullmq/scripts.sha1 host/queue/bullmq/package.json \
	host/queue/bullmq/package-lock.json host/queue/bullmq/.npmrc $(QUEUE_LUA)
MAINTAINERCLEANFILES = host/redis/scripts_bullmq.c host/redis/scripts_own.c

host/redis/scripts_bullmq.c: host/queue/bullmq/generate host/queue/bullmq/flatten.awk \
		host/queue/bullmq/scripts.sha1 host/queue/bullmq/package.json
	$(AM_V_GEN)$(MKDIR_P) host/redis && \
	$(bullmq_dir)/generate bullmq '$(bullmq_package)' $(bullmq_dir)/scripts.sha1 $@

host/redis/scripts_own.c: host/queue/bullmq/generate host/queue/bullmq/flatten.awk $(QUEUE_LUA)
	$(AM_V_GEN)$(MKDIR_P) host/redis && \
	$(bullmq_dir)/generate own $@ $(QUEUE_LUA:%=$(srcdir)/%)

check_PROGRAMS += tests/unit/test-redis
TESTS += tests/unit/test-redis tests/unit/redis/test-generate
EXTRA_DIST += tests/unit/redis/test-generate
tests_unit_test_redis_SOURCES = \
	tests/unit/redis/certs.c tests/unit/redis/certs.h \
	tests/unit/redis/client.c tests/unit/redis/client.h \
	tests/unit/redis/fake_server.c tests/unit/redis/fake_server.h \
	tests/unit/redis/suites.h \
	tests/unit/redis/test_connection.c \
	tests/unit/redis/test_faults.c \
	tests/unit/redis/test_greet.c \
	tests/unit/redis/test_redis.c \
	tests/unit/redis/test_retry.c \
	tests/unit/redis/test_script.c \
	tests/unit/redis/test_settings.c \
	tests/unit/redis/test_tls.c \
	tests/unit/support/redis_server.c tests/unit/support/redis_server.h
tests_unit_test_redis_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/redis \
	-I$(top_srcdir)/tests/unit
tests_unit_test_redis_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_redis_LDADD = $(REDIS_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
