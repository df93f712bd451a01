# host/redis: one connection to Redis, and the Lua scripts it can run.
noinst_LIBRARIES += host/redis/libredis.a
host_redis_libredis_a_SOURCES = \
	host/redis/redis.h \
	host/redis/script.c host/redis/script.h \
	host/redis/scripts_bullmq.c host/redis/scripts_own.c
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
