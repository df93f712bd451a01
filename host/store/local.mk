# host/store: readings, versions, charts, usage.
noinst_LIBRARIES += host/store/libstore.a
host_store_libstore_a_SOURCES = \
	host/store/driver.h \
	host/store/sqlite.c host/store/sqlite-private.h \
	host/store/sqlite_batch.c \
	host/store/sqlite_begin.c \
	host/store/sqlite_chart.c \
	host/store/sqlite_create.c \
	host/store/sqlite_db.c \
	host/store/sqlite_query.c \
	host/store/sqlite_read.c \
	host/store/sqlite_schema.c \
	host/store/sqlite_sql.c \
	host/store/sqlite_task.c \
	host/store/sqlite_verbs.c \
	host/store/sqlite_write.c \
	host/store/store.c host/store/store.h \
	host/store/supabase.c host/store/supabase-private.h \
	host/store/supabase_answer.c \
	host/store/supabase_request.c \
	host/store/supabase_result.c \
	host/store/supabase_verbs.c
STORE_LIBS = host/store/libstore.a $(NET_LIBS) $(CORE_LIBS) $(SQLITE_LIBS)

storemigrationsdir = $(pkgdatadir)/migrations
dist_storemigrations_DATA = \
	host/store/migrations/20261123000001_agenthost_tables.sql \
	host/store/migrations/20261123000002_agenthost_functions.sql \
	host/store/migrations/20261127000001_agenthost_outbox.sql

check_PROGRAMS += tests/unit/test-store
TESTS += tests/unit/test-store
tests_unit_test_store_SOURCES = \
	tests/unit/store/opened.c tests/unit/store/opened.h \
	tests/unit/store/support.c tests/unit/store/support.h \
	tests/unit/store/test_begin.c \
	tests/unit/store/test_chart.c \
	tests/unit/store/test_create.c \
	tests/unit/store/test_down.c \
	tests/unit/store/test_migrate.c \
	tests/unit/store/test_outbox.c \
	tests/unit/store/test_store.c tests/unit/store/test_store.h \
	tests/unit/store/test_write.c
tests_unit_test_store_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_store_LDADD = $(STORE_LIBS) $(CHECK_LIBS)
