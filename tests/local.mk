# tests: what more than one folder's tests need.
EXTRA_DIST += \
	.ci/run \
	scripts/bootstrap scripts/node scripts/postgresql scripts/quickstart \
	scripts/quickstart-jobs.mjs scripts/redis-server scripts/test \
	tests/fresh/pm2 tests/fresh/run \
	tests/npm/.npmrc tests/npm/package.json tests/npm/package-lock.json

include tests/fuzz/local.mk
include tests/standin/local.mk

AM_TESTS_ENVIRONMENT = MAKE='$(MAKE)' CC='$(CC)' CXX='$(CXX)'; export MAKE CC CXX;
if !SANDBOX
AM_TESTS_ENVIRONMENT += WITHOUT_SANDBOX=1; export WITHOUT_SANDBOX;
endif
TEST_EXTENSIONS = .mjs
MJS_LOG_COMPILER = $(srcdir)/tests/flow/run
EXTRA_DIST += tests/flow/run
# Scenarios that take minutes: run by check-long only.
LONG_TESTS =
include tests/agents/bare/local.mk
include tests/flow/agents/local.mk
include tests/flow/bullmq/local.mk
include tests/flow/host/local.mk
include tests/flow/http/local.mk
include tests/flow/store/local.mk
include tests/flow/chart/local.mk
include tests/soak/local.mk
.PHONY: check-long
check-long: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(LONG_TESTS)'
