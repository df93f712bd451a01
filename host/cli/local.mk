# host/cli: the command line; talks to a running host over its control socket.
noinst_LIBRARIES += host/cli/libcli.a
host_cli_libcli_a_SOURCES = \
	host/cli/agents.c \
	host/cli/agents_history.c \
	host/cli/agents_install.c host/cli/install.h host/cli/install_bring.c \
	host/cli/install_place.c \
	host/cli/cancel.c \
	host/cli/chart.c \
	host/cli/check_config.c \
	host/cli/cli.c host/cli/cli.h host/cli/cli-private.h \
	host/cli/client.c \
	host/cli/config.c \
	host/cli/dev.c host/cli/dev-private.h host/cli/dev_child.c host/cli/dev_config.c \
	host/cli/dev_folder.c host/cli/dev_job.c host/cli/dev_options.c host/cli/dev_services.c \
	host/cli/dev_show.c host/cli/dev_watch.c \
	host/cli/drain.c \
	host/cli/enqueue.c \
	host/cli/get.c host/cli/reading.h \
	host/cli/load.c \
	host/cli/queue.c \
	host/cli/reload.c \
	host/cli/retry.c \
	host/cli/run.c \
	host/cli/status.c \
	host/cli/store.c
dist_man_MANS += man/agenthost.1 man/agenthost.conf.5
CLI_LIBS = host/cli/libcli.a $(CURL_LIBS)

check_PROGRAMS += tests/unit/test-cli
TESTS += tests/unit/test-cli
tests_unit_test_cli_SOURCES = \
	tests/unit/cli/main.c \
	tests/unit/cli/suites.h \
	tests/unit/cli/test_cli.c \
	tests/unit/cli/test_dev_show.c \
	tests/unit/cli/test_dev_watch.c \
	tests/unit/cli/test_place.c \
	tests/unit/support/tiny_host.c tests/unit/support/tiny_host.h
tests_unit_test_cli_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit \
	-DTEST_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_cli_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cli_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=inotify_init1,--wrap=inotify_add_watch
tests_unit_test_cli_LDADD = $(CLI_LIBS) $(HTTP_LIBS) $(CHART_LIBS) $(AGENT_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
