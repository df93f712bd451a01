# host/practice: the practice model, which speaks Chat Completions and thinks nothing.
pkglibexec_PROGRAMS += agenthost-practice-model
agenthost_practice_model_SOURCES = \
	host/practice/practice_main.c \
	host/practice/practice_text.c host/practice/practice_text.h \
	host/practice/practice_words.c host/practice/practice_words.h
agenthost_practice_model_LDADD = $(CORE_LIBS) $(MHD_LIBS)

check_PROGRAMS += tests/unit/test-practice
TESTS += tests/unit/test-practice
tests_unit_test_practice_SOURCES = \
	tests/unit/practice/test_practice.c \
	host/practice/practice_text.c host/practice/practice_text.h \
	host/practice/practice_words.c host/practice/practice_words.h
tests_unit_test_practice_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_practice_LDADD = $(CORE_LIBS) $(CHECK_LIBS)
