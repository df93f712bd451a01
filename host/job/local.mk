# host/job: one job from claim to ending.
noinst_LIBRARIES += host/job/libjob.a
host_job_libjob_a_SOURCES = \
	host/job/action.c host/job/action.h \
	host/job/answering.c \
	host/job/answers.c host/job/answers.h \
	host/job/aside.c host/job/aside.h \
	host/job/ask.c host/job/ask.h \
	host/job/awaited.c host/job/awaited.h \
	host/job/calculate.c host/job/calculate.h \
	host/job/charting.c host/job/charting.h \
	host/job/children.c host/job/children.h \
	host/job/clean.c host/job/clean.h \
	host/job/condemned.c host/job/condemned.h \
	host/job/ending.c host/job/ending.h \
	host/job/execute.c host/job/execute.h \
	host/job/execute_fields.c host/job/execute_fields.h \
	host/job/follow.c host/job/follow.h \
	host/job/job.c host/job/job.h \
	host/job/look.c host/job/look.h \
	host/job/outbox.c host/job/outbox.h \
	host/job/outcome.c host/job/outcome.h \
	host/job/pipeline.c host/job/pipeline.h host/job/pipeline-private.h \
	host/job/reading.c host/job/reading.h \
	host/job/routing.c \
	host/job/row.c \
	host/job/standing.c host/job/standing.h \
	host/job/sweep.c host/job/sweep.h \
	host/job/tally.c host/job/tally.h \
	host/job/tell.c host/job/tell.h \
	host/job/transcript.c host/job/transcript.h \
	host/job/usage.c host/job/usage.h \
	host/job/verdict.c host/job/verdict.h \
	host/job/watch.c host/job/watch.h
JOB_LIBS = host/job/libjob.a

check_PROGRAMS += tests/unit/test-job
TESTS += tests/unit/test-job
tests_unit_test_job_SOURCES = \
	tests/unit/job/main.c \
	tests/unit/job/suites.h \
	tests/unit/job/test_answers.c \
	tests/unit/job/test_aside.c \
	tests/unit/job/test_execute_fields.c \
	tests/unit/job/test_fields.c \
	tests/unit/job/test_standing.c \
	tests/unit/job/test_transcript.c \
	tests/unit/job/test_verdict.c \
	tests/unit/job/test_watch.c
tests_unit_test_job_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/job
tests_unit_test_job_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_job_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=log_line,--wrap=queue_name
tests_unit_test_job_LDADD = $(JOB_LIBS) $(STORE_LIBS) $(MODEL_LIBS) $(CHART_LIBS) $(AGENT_LIBS) \
	$(CELL_LIBS) $(QUEUE_LIBS) $(REDIS_LIBS) $(CORE_LIBS) $(CHECK_LIBS)
