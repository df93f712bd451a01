# host/agent: bundles become images, images run in cells, a generation says who serves.
noinst_LIBRARIES += host/agent/libagent.a
host_agent_libagent_a_SOURCES = \
	host/agent/agents.c host/agent/agents.h host/agent/agents-private.h \
	host/agent/bundle.c host/agent/bundle.h \
	host/agent/calls.c \
	host/agent/generation.c host/agent/generation.h \
	host/agent/image.c host/agent/image.h \
	host/agent/manifest.c host/agent/manifest.h host/agent/manifest-private.h \
	host/agent/manifest_pattern.c \
	host/agent/manifest_reader.c \
	host/agent/manifest_schema.c \
	host/agent/publish.c host/agent/publish.h \
	host/agent/reload.c host/agent/reload.h \
	host/agent/reload_work.c host/agent/reload_work.h \
	host/agent/render.c \
	host/agent/reply.c \
	host/agent/scan.c host/agent/scan.h \
	host/agent/settings.c host/agent/settings.h \
	host/agent/setup.c host/agent/setup.h \
	host/agent/stage.c host/agent/stage.h \
	host/agent/strikes.c host/agent/strikes.h \
	host/agent/unit.c
AGENT_LIBS = host/agent/libagent.a $(CELL_LIBS)
