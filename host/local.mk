# host: the program itself.
bin_PROGRAMS += agenthost
agenthost_SOURCES = host/main.c
agenthost_LDADD = $(CORE_LIBS)
