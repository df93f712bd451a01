# sdk: what agent teams build against.
agenthostincludedir = $(includedir)/agenthost
agenthostinclude_HEADERS = sdk/include/agenthost/agent.h sdk/include/agenthost/facts.h \
	sdk/include/agenthost/json.h sdk/include/agenthost/kit.h sdk/include/agenthost/selftest.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = sdk/agenthost-sdk.pc
aclocaldir = $(datadir)/aclocal
dist_aclocal_DATA = sdk/agenthost.m4

# The header by itself, as an agent team's compiler sees it; the offsets are frozen there.
check_LIBRARIES += tests/unit/sdk/libheader.a
tests_unit_sdk_libheader_a_SOURCES = tests/unit/sdk/header_c11.c tests/unit/sdk/header_cxx11.cc \
	tests/unit/sdk/layout.h
tests_unit_sdk_libheader_a_CPPFLAGS = -I$(top_srcdir)/sdk/include
tests_unit_sdk_libheader_a_CFLAGS = -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror
tests_unit_sdk_libheader_a_CXXFLAGS = -std=c++11 -Wall -Wextra -Wpedantic -Wconversion -Werror

# The SDK as it is installed.
TESTS += tests/sdk/installed
EXTRA_DIST += tests/sdk/installed

# One bundle in a real cell, for the programs below.
noinst_LIBRARIES += sdk/common/libsdk.a
sdk_common_libsdk_a_SOURCES = \
	sdk/common/job_file.c sdk/common/job_file.h \
	sdk/common/talk.c sdk/common/talk.h
sdk_common_libsdk_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sdk/common
SDK_LIBS = sdk/common/libsdk.a $(CHART_LIBS) $(AGENT_LIBS) $(CORE_LIBS)

bin_PROGRAMS += agent-check
agent_check_SOURCES = \
	sdk/check/bundle_check.h \
	sdk/check/difference.c sdk/check/difference.h \
	sdk/check/findings.c sdk/check/findings.h \
	sdk/check/fuzz.c \
	sdk/check/golden.c \
	sdk/check/imports.c sdk/check/imports.h \
	sdk/check/imports_judge.c \
	sdk/check/main.c \
	sdk/check/mutate.c sdk/check/mutate.h
agent_check_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sdk/common -I$(top_srcdir)/sdk/check
agent_check_LDADD = $(SDK_LIBS)

bin_PROGRAMS += agent-run
agent_run_SOURCES = sdk/run/main.c sdk/run/model.c sdk/run/run.h
agent_run_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sdk/common -I$(top_srcdir)/sdk/run
agent_run_LDADD = sdk/common/libsdk.a $(MODEL_LIBS) $(CHART_LIBS) $(AGENT_LIBS) $(CORE_LIBS) -lm

bin_SCRIPTS = agent-new
CLEANFILES += agent-new
EXTRA_DIST += sdk/new/agent-new.in
agent-new: $(srcdir)/sdk/new/agent-new.in Makefile
	$(AM_V_GEN)sed -e 's|@pkgdatadir[@]|$(pkgdatadir)|g' -e 's|@PACKAGE_VERSION[@]|$(PACKAGE_VERSION)|g' \
		$(srcdir)/sdk/new/agent-new.in >$@.tmp && chmod +x $@.tmp && mv $@.tmp $@

# What agent-new fills in.
templatecdir = $(pkgdatadir)/templates/c
templatecassetsdir = $(templatecdir)/assets
templatectestdatadir = $(templatecdir)/testdata
dist_templatec_DATA = sdk/template/c/Makefile sdk/template/c/README.md sdk/template/c/agent.c \
	sdk/template/c/gitignore sdk/template/c/manifest.json
dist_templatecassets_DATA = sdk/template/c/assets/system.md
dist_templatectestdata_DATA = sdk/template/c/testdata/first.answer.md \
	sdk/template/c/testdata/first.job.json sdk/template/c/testdata/first.prompt.md \
	sdk/template/c/testdata/first.reading.md

templatetextdir = $(pkgdatadir)/templates/text
templatetextassetsdir = $(templatetextdir)/assets
templatetexttestdatadir = $(templatetextdir)/testdata
dist_templatetext_DATA = sdk/template/text/Makefile sdk/template/text/README.md sdk/template/text/gitignore \
	sdk/template/text/manifest.json
dist_templatetextassets_DATA = sdk/template/text/assets/system.en.md \
	sdk/template/text/assets/user.en.md
dist_templatetexttestdata_DATA = sdk/template/text/testdata/first.answer.md \
	sdk/template/text/testdata/first.job.json sdk/template/text/testdata/first.prompt.md \
	sdk/template/text/testdata/first.reading.md

# Agents to read, each a repository of its own.
exampletallydir = $(pkgdatadir)/examples/tally
dist_exampletally_DATA = \
	sdk/examples/tally/Makefile \
	sdk/examples/tally/agent.c \
	sdk/examples/tally/manifest.json
exampletallyassetsdir = $(pkgdatadir)/examples/tally/assets
dist_exampletallyassets_DATA = \
	sdk/examples/tally/assets/system.md
exampletallytestdatadir = $(pkgdatadir)/examples/tally/testdata
dist_exampletallytestdata_DATA = \
	sdk/examples/tally/testdata/long.answer.md \
	sdk/examples/tally/testdata/long.answer2.md \
	sdk/examples/tally/testdata/long.job.json \
	sdk/examples/tally/testdata/long.prompt.md \
	sdk/examples/tally/testdata/long.reading.md \
	sdk/examples/tally/testdata/short.job.json \
	sdk/examples/tally/testdata/short.reading.md
exampletwostepsdir = $(pkgdatadir)/examples/two-steps
dist_exampletwosteps_DATA = \
	sdk/examples/two-steps/Makefile \
	sdk/examples/two-steps/agent.cc \
	sdk/examples/two-steps/manifest.json
exampletwostepsassetsdir = $(pkgdatadir)/examples/two-steps/assets
dist_exampletwostepsassets_DATA = \
	sdk/examples/two-steps/assets/collect.md \
	sdk/examples/two-steps/assets/write.md
exampletwostepstestdatadir = $(pkgdatadir)/examples/two-steps/testdata
dist_exampletwostepstestdata_DATA = \
	sdk/examples/two-steps/testdata/shop.answer.md \
	sdk/examples/two-steps/testdata/shop.answer2.md \
	sdk/examples/two-steps/testdata/shop.answer3.md \
	sdk/examples/two-steps/testdata/shop.job.json \
	sdk/examples/two-steps/testdata/shop.prompt.md \
	sdk/examples/two-steps/testdata/shop.reading.md
TESTS += tests/sdk/examples
EXTRA_DIST += tests/sdk/examples

dist_man_MANS += man/agent-check.1 man/agent-new.1 man/agent-run.1

TESTS += tests/sdk/tools
EXTRA_DIST += tests/sdk/tools

check_PROGRAMS += tests/unit/test-sdk
TESTS += tests/unit/test-sdk
tests_unit_test_sdk_SOURCES = \
	tests/unit/sdk/test_difference.c \
	tests/unit/sdk/test_findings.c \
	tests/unit/sdk/test_job_file.c \
	tests/unit/sdk/test_sdk.c tests/unit/sdk/test_sdk.h \
	sdk/check/difference.c sdk/check/difference.h \
	sdk/check/findings.c sdk/check/findings.h \
	sdk/check/imports.h sdk/check/imports_judge.c sdk/check/mutate.c sdk/check/mutate.h
tests_unit_test_sdk_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sdk/check -I$(top_srcdir)/sdk/common
tests_unit_test_sdk_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_sdk_LDADD = $(SDK_LIBS) $(CHECK_LIBS)
