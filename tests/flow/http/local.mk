# tests/flow/http: the HTTP interface against real services.
HTTP_FLOW_TESTS = \
	tests/flow/http/agents.test.mjs \
	tests/flow/http/chart.test.mjs \
	tests/flow/http/contract.test.mjs \
	tests/flow/http/contract-fields.test.mjs \
	tests/flow/http/contract-headers.test.mjs \
	tests/flow/http/contract-keys.test.mjs \
	tests/flow/http/execute.test.mjs \
	tests/flow/http/idempotency.test.mjs \
	tests/flow/http/openapi.test.mjs \
	tests/flow/http/supabase.test.mjs \
	tests/flow/http/whole.test.mjs
HTTP_LONG_TESTS = \
	tests/flow/http/idempotency-kill.test.mjs
TESTS += $(HTTP_FLOW_TESTS)
LONG_TESTS += $(HTTP_LONG_TESTS)
EXTRA_DIST += $(HTTP_FLOW_TESTS) $(HTTP_LONG_TESTS) \
	tests/flow/http/fields.mjs tests/flow/http/kills.mjs tests/flow/http/orchestrator.mjs \
	tests/flow/support/client.mjs tests/flow/support/openapi.mjs tests/flow/support/orders.mjs

# In a real browser.
BROWSER_TESTS = \
	tests/flow/http/examples.test.mjs \
	tests/flow/http/page.test.mjs \
	tests/flow/http/page-keys.test.mjs
TESTS += $(BROWSER_TESTS)
EXTRA_DIST += $(BROWSER_TESTS) tests/flow/support/browser.mjs
include tests/flow/http/after.mk
