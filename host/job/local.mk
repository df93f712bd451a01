# host/job: one job from claim to ending.
noinst_LIBRARIES += host/job/libjob.a
host_job_libjob_a_SOURCES = \
	host/job/answers.c host/job/answers.h \
	host/job/ask.c host/job/ask.h \
	host/job/ending.c host/job/ending.h \
	host/job/job.c host/job/job.h \
	host/job/outcome.c host/job/outcome.h \
	host/job/pipeline.c host/job/pipeline.h \
	host/job/reading.c host/job/reading.h \
	host/job/sweep.c host/job/sweep.h \
	host/job/usage.c host/job/usage.h \
	host/job/verdict.c host/job/verdict.h
JOB_LIBS = host/job/libjob.a
