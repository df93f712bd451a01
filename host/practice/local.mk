# host/practice: the practice model, which speaks Chat Completions and thinks nothing.
pkglibexec_PROGRAMS += agenthost-practice-model
agenthost_practice_model_SOURCES = \
	host/practice/practice_main.c \
	host/practice/practice_text.c host/practice/practice_text.h \
	host/practice/practice_words.c host/practice/practice_words.h
agenthost_practice_model_LDADD = $(CORE_LIBS) $(MHD_LIBS)
