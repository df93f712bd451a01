# host/chart: judges charts that producers send, computes charts from birth data.
noinst_LIBRARIES += host/chart/libchart.a
host_chart_libchart_a_SOURCES = \
	host/chart/birth.c host/chart/birth.h \
	host/chart/cell_wire.c host/chart/cell_wire.h \
	host/chart/chart_cache.c host/chart/chart_cache.h \
	host/chart/chart_call.c host/chart/chart_call.h \
	host/chart/claims.c host/chart/claims.h host/chart/claims-private.h \
	host/chart/claims_authority.c \
	host/chart/claims_center_counts.c host/chart/claims_center_words.c \
	host/chart/claims_centers.c host/chart/claims_channels.c \
	host/chart/claims_cross.c host/chart/claims_cross_words.c \
	host/chart/claims_definition.c host/chart/claims_denial.c \
	host/chart/claims_gates.c host/chart/claims_numbers.c \
	host/chart/claims_profile.c host/chart/claims_supposed.c \
	host/chart/claims_text.c host/chart/claims_type.c \
	host/chart/fault.c host/chart/fault.h \
	host/chart/mechanics.c host/chart/mechanics.h \
	host/chart/names.c host/chart/names.h \
	host/chart/read.c host/chart/read.h \
	host/chart/verify.c host/chart/verify.h \
	host/chart/words.c host/chart/words.h
CHART_LIBS = host/chart/libchart.a $(TIME_LIBS)

# What computes: linked with the libraries of ephemerides, so it stays out of the host.
noinst_LIBRARIES += host/chart/libcompute.a
host_chart_libcompute_a_SOURCES = \
	host/chart/chart.c host/chart/chart.h \
	host/chart/compute.c host/chart/compute.h \
	host/chart/cross.c host/chart/cross.h \
	host/chart/ephemeris.c host/chart/ephemeris.h \
	host/chart/json.c host/chart/json.h \
	host/chart/moments.c host/chart/moments.h \
	host/chart/timescale.c host/chart/timescale.h \
	host/chart/wheel.c host/chart/wheel.h
host_chart_libcompute_a_CFLAGS = $(AM_CFLAGS) $(ERFA_CFLAGS)
COMPUTE_LIBS = host/chart/libcompute.a host/chart/libchart.a host/time/libtime.a $(NOVA_LIBS) $(ERFA_LIBS) -lm

pkglibexec_PROGRAMS += agenthost-chart
agenthost_chart_SOURCES = host/chart/chart_main.c
agenthost_chart_LDADD = $(COMPUTE_LIBS) $(CHILD_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test-chart
TESTS += tests/unit/test-chart
tests_unit_test_chart_SOURCES = \
	tests/unit/chart/claims_corpus.c tests/unit/chart/claims_corpus.h \
	tests/unit/chart/maker.c tests/unit/chart/maker.h \
	tests/unit/chart/test_birth.c \
	tests/unit/chart/test_chart.c tests/unit/chart/test_chart.h \
	tests/unit/chart/test_chart_call.c \
	tests/unit/chart/test_claims.c \
	tests/unit/chart/test_cross.c \
	tests/unit/chart/test_goldens.c \
	tests/unit/chart/test_mechanics.c \
	tests/unit/chart/test_sky.c \
	tests/unit/chart/test_verify.c \
	tests/unit/chart/test_wheel.c
tests_unit_test_chart_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) -I$(top_srcdir)/tests/unit \
	-DCHART_PROGRAM='"$(abs_top_builddir)/agenthost-chart"' \
	-DDYING_CELL='"$(abs_top_builddir)/tests/unit/chart/dying-cell"' \
	-DTEST_CLAIMS_PATH='"$(abs_srcdir)/tests/unit/chart/claims.tsv"' \
	-DTEST_CLAIMS_CHARTS_PATH='"$(abs_srcdir)/tests/unit/chart/claims_charts"' \
	-DTEST_EXAMPLE_CHARTS_PATH='"$(abs_srcdir)/etc/examples/charts"' \
	-DTEST_CHARTS_PATH='"$(abs_srcdir)/tests/unit/chart/charts.json"' \
	-DTEST_CROSSES_PATH='"$(abs_srcdir)/tests/unit/chart/crosses.txt"' \
	-DTEST_EXAMPLES_PATH='"$(abs_srcdir)/tests/unit/chart/examples.json"' \
	-DTEST_GOLDENS_PATH='"$(abs_srcdir)/tests/unit/chart/goldens.json"'
tests_unit_test_chart_LDADD = $(COMPUTE_LIBS) $(CELL_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
# For whoever measures the check of claims on statements of their own.
check_PROGRAMS += tests/unit/chart/measure-claims
tests_unit_chart_measure_claims_SOURCES = tests/unit/chart/measure_claims.c \
	tests/unit/chart/claims_corpus.c tests/unit/chart/claims_corpus.h
tests_unit_chart_measure_claims_CPPFLAGS = $(AM_CPPFLAGS)
tests_unit_chart_measure_claims_LDADD = $(CHART_LIBS)
# Started by the tests, so they must be built before them.
check_PROGRAMS += tests/unit/chart/dying-cell
tests_unit_chart_dying_cell_SOURCES = tests/unit/chart/dying_cell.c
tests_unit_chart_dying_cell_LDADD = host/chart/libchart.a $(CHILD_LIBS)
tests_unit_test_chart_DEPENDENCIES = agenthost-chart tests/unit/chart/dying-cell \
	host/chart/libcompute.a host/chart/libchart.a host/time/libtime.a host/cell/libcell.a host/core/libcore.a
EXTRA_DIST += \
	tests/unit/chart/charts.json tests/unit/chart/crosses.txt \
	tests/unit/chart/claims.tsv tests/unit/chart/claims_charts \
	tests/unit/chart/examples.json tests/unit/chart/goldens.json
