# host/cli: the command line; talks to a running host over its control socket.
noinst_LIBRARIES += host/cli/libcli.a
host_cli_libcli_a_SOURCES = \
	host/cli/agents.c \
	host/cli/check_config.c \
	host/cli/cli.c host/cli/cli.h host/cli/cli-private.h \
	host/cli/client.c \
	host/cli/config.c \
	host/cli/drain.c \
	host/cli/enqueue.c \
	host/cli/get.c host/cli/reading.h \
	host/cli/load.c \
	host/cli/reload.c \
	host/cli/run.c \
	host/cli/status.c
CLI_LIBS = host/cli/libcli.a $(CURL_LIBS)
