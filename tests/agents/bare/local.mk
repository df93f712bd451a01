# tests/agents/bare: the host and its cell program once more, from the same objects, with the
# defences that the file "without" beside them names left out. Proves that each bad agent's test
# would fail without its defence. Never installed. A build without a sandbox has none of it to leave out.
if SANDBOX
BARE_SHARED = tests/agents/bare/without.c tests/agents/bare/without.h
check_PROGRAMS += tests/agents/bare/agenthost tests/agents/bare/agenthost-cell

tests_agents_bare_agenthost_SOURCES = $(agenthost_SOURCES) tests/agents/bare/host.c $(BARE_SHARED)
tests_agents_bare_agenthost_LDADD = $(agenthost_LDADD)
tests_agents_bare_agenthost_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=posix_spawn,--wrap=posix_spawn_file_actions_addclosefrom_np \
	-Wl,--wrap=elf_check_agent,--wrap=cell_deadline_is_over,--wrap=lines_next \
	-Wl,--wrap=cell_kill,--wrap=cell_on_closed,--wrap=wire_read_reply,--wrap=reply_read \
	-Wl,--wrap=reply_fault,--wrap=reply_check_json,--wrap=span_is_utf8 \
	-Wl,--wrap=strikes_is_poison,--wrap=strikes_recent,--wrap=images_fallback \
	-Wl,--wrap=unit_start,--wrap=ask_reask_max,--wrap=unit_manifest,--wrap=answers_read

tests_agents_bare_agenthost_cell_SOURCES = $(agenthost_cell_SOURCES) tests/agents/bare/cell.c \
	$(BARE_SHARED)
tests_agents_bare_agenthost_cell_LDADD = $(agenthost_cell_LDADD)
tests_agents_bare_agenthost_cell_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=sandbox_filter,--wrap=sandbox_landlock,--wrap=setrlimit64,--wrap=elf_check_agent,--wrap=log_quota_take
endif
