# host/chart: judges charts that producers send.
noinst_LIBRARIES += host/chart/libchart.a
host_chart_libchart_a_SOURCES = \
	host/chart/mechanics.c host/chart/mechanics.h \
	host/chart/verify.c host/chart/verify.h \
	host/chart/words.c host/chart/words.h
CHART_LIBS = host/chart/libchart.a $(CORE_LIBS)

check_PROGRAMS += tests/unit/test-chart
TESTS += tests/unit/test-chart
tests_unit_test_chart_SOURCES = \
	tests/unit/chart/test_chart.c tests/unit/chart/test_chart.h \
	tests/unit/chart/test_mechanics.c \
	tests/unit/chart/test_verify.c
tests_unit_test_chart_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	-DTEST_CHARTS_PATH='"$(abs_srcdir)/tests/unit/chart/charts.json"'
tests_unit_test_chart_LDADD = $(CHART_LIBS) $(CHECK_LIBS)
EXTRA_DIST += tests/unit/chart/charts.json
