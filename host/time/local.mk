# host/time: the calendar, time zones, and the patterns of job schedulers.
noinst_LIBRARIES += host/time/libtime.a
host_time_libtime_a_SOURCES = \
	host/time/civil.c host/time/civil.h \
	host/time/cron.c host/time/cron.h host/time/cron-private.h \
	host/time/cron_field.c \
	host/time/cron_parse.c \
	host/time/timezone.c host/time/timezone.h host/time/timezone-private.h \
	host/time/timezone_parse.c \
	host/time/wall.c host/time/wall.h \
	host/time/zone.c host/time/zone.h \
	host/time/zone_file.c host/time/zone_file.h
TIME_LIBS = host/time/libtime.a $(CORE_LIBS)

check_PROGRAMS += tests/unit/test-time
TESTS += tests/unit/test-time
tests_unit_test_time_SOURCES = \
	tests/unit/time/suites.h \
	tests/unit/time/test_cron.c \
	tests/unit/time/test_time.c \
	tests/unit/time/test_timezone.c \
	tests/unit/time/test_zone.c \
	tests/unit/time/zones.c tests/unit/time/zones.h
tests_unit_test_time_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/time
tests_unit_test_time_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_time_LDADD = $(TIME_LIBS) $(CHECK_LIBS)

# Judged by cron-parser itself.
check_PROGRAMS += tests/tools/cron-next
tests_tools_cron_next_SOURCES = tests/tools/cron_next.c
tests_tools_cron_next_LDADD = $(TIME_LIBS)
