# tests/flow/http: what becomes of a reading after it was accepted.
HTTP_AFTER_TESTS = \
	tests/flow/http/actions.test.mjs \
	tests/flow/http/events.test.mjs \
	tests/flow/http/stats.test.mjs \
	tests/flow/http/status.test.mjs
TESTS += $(HTTP_AFTER_TESTS)
EXTRA_DIST += $(HTTP_AFTER_TESTS) tests/flow/support/api.mjs
