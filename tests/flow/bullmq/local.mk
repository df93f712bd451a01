# tests/flow/bullmq: BullMQ's own classes judge the worker, scenario by scenario; docs/bullmq.md
# lists them. Part of make check-long; that page is held against them in make check, too.
BULLMQ_TESTS = \
	tests/flow/bullmq/attempts.test.mjs \
	tests/flow/bullmq/board.test.mjs \
	tests/flow/bullmq/cancel.test.mjs \
	tests/flow/bullmq/closing.test.mjs \
	tests/flow/bullmq/crash.test.mjs \
	tests/flow/bullmq/cron.test.mjs \
	tests/flow/bullmq/deduplication.test.mjs \
	tests/flow/bullmq/delays.test.mjs \
	tests/flow/bullmq/differential.test.mjs \
	tests/flow/bullmq/discovery.test.mjs \
	tests/flow/bullmq/economy.test.mjs \
	tests/flow/bullmq/flows.test.mjs \
	tests/flow/bullmq/limiter-long.test.mjs \
	tests/flow/bullmq/limiter.test.mjs \
	tests/flow/bullmq/locks.test.mjs \
	tests/flow/bullmq/mixed.test.mjs \
	tests/flow/bullmq/pause.test.mjs \
	tests/flow/bullmq/priorities.test.mjs \
	tests/flow/bullmq/producers.test.mjs \
	tests/flow/bullmq/progress.test.mjs \
	tests/flow/bullmq/resilience.test.mjs \
	tests/flow/bullmq/results.test.mjs \
	tests/flow/bullmq/schedulers.test.mjs \
	tests/flow/bullmq/settings.test.mjs \
	tests/flow/bullmq/table.test.mjs
TESTS += tests/flow/bullmq/table.test.mjs
LONG_TESTS += $(BULLMQ_TESTS)
EXTRA_DIST += $(BULLMQ_TESTS) tests/flow/bullmq/suite.mjs tests/flow/bullmq/table.mjs
.PHONY: check-bullmq
check-bullmq: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(BULLMQ_TESTS)'
