# host/http: the control socket's HTTP; one endpoint a file, one table of routes.
noinst_LIBRARIES += host/http/libhttp.a
host_http_libhttp_a_SOURCES = \
	host/http/accepted.c host/http/accepted.h \
	host/http/agent_history.c \
	host/http/agent_order.c \
	host/http/again.c \
	host/http/auth.c host/http/auth.h \
	host/http/caller.h \
	host/http/cancel.c \
	host/http/chart.c \
	host/http/clean_queue.c \
	host/http/connection.c \
	host/http/drain.c \
	host/http/enqueue.c \
	host/http/events.c \
	host/http/execute.c \
	host/http/face.h \
	host/http/head.c host/http/head.h \
	host/http/health.c \
	host/http/keys.c host/http/keys.h \
	host/http/limiter.c host/http/limiter.h \
	host/http/listen.c host/http/listen.h \
	host/http/listing.c \
	host/http/metrics.c \
	host/http/origin.c host/http/origin.h \
	host/http/page.c host/http/page.h \
	host/http/queue_stats.c \
	host/http/reading.c \
	host/http/reading_id.c host/http/reading_id.h \
	host/http/reading_status.c \
	host/http/reload.c \
	host/http/request.c host/http/request.h \
	host/http/router.c host/http/router.h \
	host/http/server.c host/http/server.h host/http/server-private.h \
	host/http/service_health.c \
	host/http/small_body.c host/http/small_body.h \
	host/http/status.c \
	host/http/queue_verbs.c \
	host/http/stream.c host/http/stream.h \
	host/http/token.c host/http/token.h \
	host/http/token_route.c \
	host/http/wait.c host/http/wait.h
HTTP_LIBS = host/http/libhttp.a $(MHD_LIBS)

# The page, served at / and /assets/NAME; the module it shares with everybody is an example.
HTTP_PAGE = \
	examples/browser/agenthost.js \
	host/http/web/access.js \
	host/http/web/birth.js \
	host/http/web/dom.js \
	host/http/web/fields.js \
	host/http/web/index.html \
	host/http/web/language.js \
	host/http/web/markdown.js \
	host/http/web/order.js \
	host/http/web/page.css \
	host/http/web/page.js \
	host/http/web/reading.js \
	host/http/web/trouble.js \
	host/http/web/words.js
EXTRA_DIST += $(HTTP_PAGE) host/http/web/generate

# Compiled in, beside the description of the interface; docs/ distributes that one.
HTTP_FILES = $(HTTP_PAGE) docs/openapi.json
nodist_host_http_libhttp_a_SOURCES = host/http/page_files.c
CLEANFILES += host/http/page_files.c
host/http/page_files.c: host/http/web/generate $(HTTP_FILES) Makefile
	$(AM_V_GEN)$(MKDIR_P) host/http && \
	$(srcdir)/host/http/web/generate $@ $(HTTP_FILES:%=$(srcdir)/%)

check_PROGRAMS += tests/unit/test-http
TESTS += tests/unit/test-http
tests_unit_test_http_SOURCES = \
	tests/unit/http/main.c \
	tests/unit/http/suites.h \
	tests/unit/http/test_auth.c \
	tests/unit/http/test_enqueue.c \
	tests/unit/http/test_execute.c \
	tests/unit/http/test_page.c \
	tests/unit/http/test_request.c \
	tests/unit/http/test_routes.c \
	tests/unit/http/test_server.c \
	tests/unit/http/test_stream.c \
	tests/unit/http/test_token.c \
	tests/unit/support/tiny_host.c tests/unit/support/tiny_host.h
tests_unit_test_http_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit \
	-I$(top_srcdir)/tests/unit/http
tests_unit_test_http_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_http_LDADD = $(HTTP_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
