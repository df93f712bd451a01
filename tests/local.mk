# tests: what more than one folder's tests need.
EXTRA_DIST += \
	scripts/bootstrap scripts/node scripts/redis-server \
	tests/npm/.npmrc tests/npm/package.json tests/npm/package-lock.json

include tests/standin/local.mk
