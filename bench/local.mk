# bench: measurements, with a peer and a ceiling in the same run. bench/run NAME BUILD_DIR.
noinst_PROGRAMS += bench/queue_worker bench/ceiling bench/cell
bench_queue_worker_SOURCES = bench/queue_worker.c
bench_queue_worker_LDADD = $(QUEUE_LIBS) $(REDIS_LIBS) $(CORE_LIBS)
bench_ceiling_SOURCES = bench/ceiling.c
bench_ceiling_LDADD = $(QUEUE_LIBS) $(REDIS_LIBS) $(CORE_LIBS)
bench_cell_SOURCES = bench/cell.c
bench_cell_LDADD = $(CELL_LIBS) $(CORE_LIBS)
EXTRA_DIST += bench/run bench/answer.txt \
	bench/node/beside.mjs bench/node/cell.mjs bench/node/crash.mjs bench/node/crash_processor.cjs \
	bench/node/crash_worker.mjs bench/node/decline.mjs bench/node/host.mjs \
	bench/node/jobs.mjs bench/node/measure.mjs bench/node/model.mjs bench/node/model_worker.mjs \
	bench/node/queue.mjs bench/node/reload.mjs bench/node/run.mjs bench/node/servers.mjs bench/node/worker.mjs
