# host/unpack: the program that reads archives of bundles; run by the command line alone.
noinst_LIBRARIES += host/unpack/libunpack.a
host_unpack_libunpack_a_SOURCES = host/unpack/judge.c host/unpack/judge.h

pkglibexec_PROGRAMS += agenthost-unpack
agenthost_unpack_SOURCES = host/unpack/unpack_main.c
agenthost_unpack_CFLAGS = $(AM_CFLAGS) $(ARCHIVE_CFLAGS)
agenthost_unpack_LDADD = host/unpack/libunpack.a host/agent/libagent.a host/core/libcore.a \
	$(ARCHIVE_LIBS)

check_PROGRAMS += tests/unit/test-unpack
TESTS += tests/unit/test-unpack
tests_unit_test_unpack_SOURCES = tests/unit/unpack/test_unpack.c
tests_unit_test_unpack_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_unpack_LDADD = host/unpack/libunpack.a host/agent/libagent.a host/core/libcore.a \
	$(CHECK_LIBS)
