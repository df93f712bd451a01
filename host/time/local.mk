# host/time: the calendar, time zones, and the patterns of job schedulers.
noinst_LIBRARIES += host/time/libtime.a
host_time_libtime_a_SOURCES = \
	host/time/civil.c host/time/civil.h \
	host/time/timezone.c host/time/timezone.h host/time/timezone-private.h \
	host/time/timezone_parse.c \
	host/time/zone_file.c host/time/zone_file.h
TIME_LIBS = host/time/libtime.a $(CORE_LIBS)

check_PROGRAMS += tests/unit/test-time
TESTS += tests/unit/test-time
tests_unit_test_time_SOURCES = \
	tests/unit/time/suites.h \
	tests/unit/time/test_time.c \
	tests/unit/time/test_timezone.c \
	tests/unit/time/zones.c tests/unit/time/zones.h
tests_unit_test_time_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/time
tests_unit_test_time_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_time_LDADD = $(TIME_LIBS) $(CHECK_LIBS)
