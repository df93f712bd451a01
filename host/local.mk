# host: the program itself, put together from the folders below.
bin_PROGRAMS += agenthost
agenthost_SOURCES = \
	host/announce.c host/announce.h \
	host/face.c host/face_execute.c host/face_readings.c host/face.h \
	host/host.c host/host.h host/host-private.h \
	host/host_reload.c host/host_status.c \
	host/listing.c host/listing.h \
	host/main.c \
	host/report.c host/report.h
agenthost_LDADD = $(CLI_LIBS) $(HTTP_LIBS) $(JOB_LIBS) $(STORE_LIBS) $(MODEL_LIBS) $(CHART_LIBS) \
	$(AGENT_LIBS) $(CELL_LIBS) $(QUEUE_LIBS) $(REDIS_LIBS) $(CORE_LIBS)
