# host/model: streamed model calls, on the loop.
noinst_LIBRARIES += host/model/libmodel.a
host_model_libmodel_a_SOURCES = \
	host/model/breaker.c host/model/breaker.h \
	host/model/budget.c host/model/budget.h \
	host/model/call.c host/model/call_deadline.c host/model/call_end.c \
	host/model/call_stream.c \
	host/model/delta.c host/model/delta_scan.c host/model/delta.h host/model/delta-private.h \
	host/model/model.c host/model/model.h host/model/model-private.h \
	host/model/provider.c host/model/provider_settings.c \
	host/model/provider_openai.c host/model/provider_openai.h \
	host/model/retry.c host/model/retry.h \
	host/model/scan.c host/model/scan.h \
	host/model/sse.c host/model/sse.h \
	host/model/usage.c host/model/usage.h
MODEL_LIBS = host/model/libmodel.a $(NET_LIBS)

check_PROGRAMS += tests/unit/test-model
TESTS += tests/unit/test-model
tests_unit_test_model_SOURCES = \
	tests/unit/model/rig.c tests/unit/model/rig.h \
	tests/unit/model/suites.h \
	tests/unit/model/test_breaker.c \
	tests/unit/model/test_budget.c \
	tests/unit/model/test_deadline.c \
	tests/unit/model/test_delta.c \
	tests/unit/model/test_failure.c \
	tests/unit/model/test_model.c \
	tests/unit/model/test_openai.c \
	tests/unit/model/test_provider.c \
	tests/unit/model/test_retry.c \
	tests/unit/model/test_sse.c \
	tests/unit/model/test_stream.c \
	tests/unit/model/test_tls.c \
	tests/unit/redis/certs.c tests/unit/redis/certs.h \
	tests/unit/support/http_script.c tests/unit/support/http_script.h
tests_unit_test_model_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit \
	-I$(top_srcdir)/tests/unit/model
tests_unit_test_model_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_model_LDADD = $(MODEL_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
