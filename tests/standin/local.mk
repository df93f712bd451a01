# tests/standin: the model that tests and measurements talk to.
noinst_PROGRAMS += tests/standin/standin
tests_standin_standin_SOURCES = \
	tests/standin/chat.c \
	tests/standin/config.c tests/standin/config.h \
	tests/standin/http.c \
	tests/standin/journal.c \
	tests/standin/scan.c tests/standin/scan.h \
	tests/standin/server.h \
	tests/standin/standin.c
tests_standin_standin_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/standin
tests_standin_standin_LDADD = $(CORE_LIBS)
