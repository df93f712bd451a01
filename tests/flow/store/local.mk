# tests/flow/store: the store's drivers, and the whole program on PostgREST.
STORE_FLOW_TESTS = \
	tests/flow/store/faults.test.mjs \
	tests/flow/store/host.test.mjs \
	tests/flow/store/hosts.test.mjs \
	tests/flow/store/migrations.test.mjs \
	tests/flow/store/outbox.test.mjs \
	tests/flow/store/verbs.test.mjs
STORE_LONG_TESTS = tests/flow/store/outages.test.mjs
TESTS += $(STORE_FLOW_TESTS)
LONG_TESTS += $(STORE_LONG_TESTS)
EXTRA_DIST += $(STORE_FLOW_TESTS) $(STORE_LONG_TESTS) \
	tests/flow/store/project.mjs \
	tests/flow/store/script.mjs

check_PROGRAMS += tests/tools/store-script
tests_tools_store_script_SOURCES = \
	tests/tools/store_script.c tests/tools/store_script.h \
	tests/tools/store_script_outbox.c \
	tests/tools/store_script_verbs.c \
	tests/tools/store_script_wire.c
tests_tools_store_script_LDADD = $(STORE_LIBS)
