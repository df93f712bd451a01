# tests/flow/chart: charts against a program that others wrote.
CHART_LONG_TESTS = tests/flow/chart/oracle.test.mjs
LONG_TESTS += $(CHART_LONG_TESTS)
EXTRA_DIST += $(CHART_LONG_TESTS)
