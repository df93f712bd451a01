# tests/flow/http: the HTTP interface against real services.
HTTP_FLOW_TESTS = \
	tests/flow/http/execute.test.mjs
TESTS += $(HTTP_FLOW_TESTS)
EXTRA_DIST += $(HTTP_FLOW_TESTS) tests/flow/support/orders.mjs
