# tests/agents: agents for tests, a good one and deliberately bad ones. Built as an agent team
# builds its own; -rpath /nowhere makes libtool link a shared object that is not installed.
TEST_AGENT_CFLAGS = -std=gnu11 $(WARNINGS) -fvisibility=hidden
TEST_AGENT_CXXFLAGS = -std=c++11 -Wall -Wextra -fvisibility=hidden
TEST_AGENT_LINK = -avoid-version -shared -rpath /nowhere -Wl,--exclude-libs,ALL
TEST_AGENT_LDFLAGS = $(TEST_AGENT_LINK) -no-undefined -Wl,-z,defs

check_LTLIBRARIES += tests/agents/libdeeds.la
tests_agents_libdeeds_la_SOURCES = tests/agents/deeds.c tests/agents/deeds.h \
	tests/agents/deeds-private.h tests/agents/deeds_files.c tests/agents/deeds_killed.c \
	tests/agents/deeds_leaving.c tests/agents/deeds_memory.c tests/agents/deeds_processes.c \
	tests/agents/deeds_sockets.c tests/agents/deeds_wire.c
tests_agents_libdeeds_la_CFLAGS = $(TEST_AGENT_CFLAGS)

TEST_AGENTS = tests/agents/good.la tests/agents/hostile.la tests/agents/greedy.la \
tests/agents/cplusplus.la tests/agents/refuses.la tests/agents/refuses_silently.la \
tests/agents/constructor_exits.la tests/agents/constructor_spins.la \
tests/agents/constructor_sleeps.la tests/agents/constructor_crashes.la \
tests/agents/constructor_hogs.la tests/agents/constructor_opens.la \
tests/agents/constructor_creates.la tests/agents/constructor_connects.la \
tests/agents/constructor_forks.la tests/agents/constructor_starts_thread.la \
tests/agents/constructor_execs.la tests/agents/constructor_forges_ready.la \
tests/agents/constructor_kills.la tests/agents/constructor_stops_filter.la \
tests/agents/constructor_owns_socket.la tests/agents/misfit_missing.la \
tests/agents/misfit_function.la tests/agents/misfit_unresolved.la tests/agents/misfit_magic.la \
tests/agents/misfit_older.la tests/agents/misfit_newer.la tests/agents/misfit_minor.la \
tests/agents/misfit_tiny.la tests/agents/misfit_longer.la tests/agents/misfit_longest.la \
tests/agents/misfit_over.la tests/agents/misfit_huge.la \
tests/agents/misfit_lacks_build.la tests/agents/reader.la
check_LTLIBRARIES += $(TEST_AGENTS)

tests_agents_good_la_SOURCES = tests/agents/good.c tests/agents/agent_kit.h
tests_agents_good_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_agents_good_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_good_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_hostile_la_SOURCES = tests/agents/hostile.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_hostile_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_agents_hostile_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_hostile_la_LIBADD = tests/agents/libdeeds.la
tests_agents_hostile_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_greedy_la_SOURCES = tests/agents/greedy.c tests/agents/agent_kit.h
tests_agents_greedy_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_agents_greedy_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_greedy_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_cplusplus_la_SOURCES = tests/agents/cplusplus.cc
tests_agents_cplusplus_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_agents_cplusplus_la_CXXFLAGS = $(TEST_AGENT_CXXFLAGS)
tests_agents_cplusplus_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_refuses_la_SOURCES = tests/agents/refuses.c tests/agents/agent_kit.h
tests_agents_refuses_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_agents_refuses_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_refuses_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_refuses_silently_la_SOURCES = tests/agents/refuses.c tests/agents/agent_kit.h
tests_agents_refuses_silently_la_CPPFLAGS = $(AM_CPPFLAGS) -DSILENT
tests_agents_refuses_silently_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_refuses_silently_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_exits_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_exits_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"quick_exit:0"'
tests_agents_constructor_exits_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_exits_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_exits_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_spins_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_spins_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"spin"'
tests_agents_constructor_spins_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_spins_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_spins_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_sleeps_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_sleeps_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"sleep"'
tests_agents_constructor_sleeps_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_sleeps_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_sleeps_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_crashes_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_crashes_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"segv"'
tests_agents_constructor_crashes_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_crashes_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_crashes_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_hogs_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_hogs_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"hog_abort"'
tests_agents_constructor_hogs_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_hogs_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_hogs_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_opens_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_opens_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"open:/etc/passwd"'
tests_agents_constructor_opens_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_opens_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_opens_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_creates_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_creates_la_CPPFLAGS = $(AM_CPPFLAGS) \
-DDEED='"create:/tmp/agenthost-test"'
tests_agents_constructor_creates_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_creates_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_creates_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_connects_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_connects_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"socket_inet"'
tests_agents_constructor_connects_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_connects_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_connects_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_forks_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_forks_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"fork"'
tests_agents_constructor_forks_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_forks_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_forks_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_starts_thread_la_SOURCES = tests/agents/constructor.c \
tests/agents/deeds.h tests/agents/agent_kit.h
tests_agents_constructor_starts_thread_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"pthread"'
tests_agents_constructor_starts_thread_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_starts_thread_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_starts_thread_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_execs_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_execs_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"exec:/bin/true"'
tests_agents_constructor_execs_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_execs_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_execs_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_forges_ready_la_SOURCES = tests/agents/constructor.c \
tests/agents/deeds.h tests/agents/agent_kit.h
tests_agents_constructor_forges_ready_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"wire_ready"'
tests_agents_constructor_forges_ready_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_forges_ready_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_forges_ready_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_kills_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_kills_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"kill:1"'
tests_agents_constructor_kills_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_kills_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_kills_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_stops_filter_la_SOURCES = tests/agents/constructor.c \
tests/agents/deeds.h tests/agents/agent_kit.h
tests_agents_constructor_stops_filter_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"catch_sigsys"'
tests_agents_constructor_stops_filter_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_stops_filter_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_stops_filter_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_constructor_owns_socket_la_SOURCES = tests/agents/constructor.c tests/agents/deeds.h \
tests/agents/agent_kit.h
tests_agents_constructor_owns_socket_la_CPPFLAGS = $(AM_CPPFLAGS) -DDEED='"sigio:1"'
tests_agents_constructor_owns_socket_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_constructor_owns_socket_la_LIBADD = tests/agents/libdeeds.la
tests_agents_constructor_owns_socket_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_missing_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_missing_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_MISSING
tests_agents_misfit_missing_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_missing_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_function_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_function_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_FUNCTION
tests_agents_misfit_function_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_function_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_unresolved_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_unresolved_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_UNRESOLVED
tests_agents_misfit_unresolved_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_unresolved_la_LDFLAGS = -module $(TEST_AGENT_LINK)

tests_agents_misfit_magic_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_magic_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_MAGIC=1
tests_agents_misfit_magic_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_magic_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_older_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_older_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_MAJOR=0
tests_agents_misfit_older_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_older_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_newer_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_newer_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_MAJOR=2
tests_agents_misfit_newer_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_newer_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_minor_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_minor_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_MINOR=9
tests_agents_misfit_minor_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_minor_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_tiny_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_tiny_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_SIZE=71
tests_agents_misfit_tiny_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_tiny_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_longer_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_longer_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_BYTES=80
tests_agents_misfit_longer_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_longer_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_longest_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_longest_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_BYTES=4096
tests_agents_misfit_longest_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_longest_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_over_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_over_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_BYTES=4104
tests_agents_misfit_over_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_over_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_huge_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_huge_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_SIZE=1000000
tests_agents_misfit_huge_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_huge_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_misfit_lacks_build_la_SOURCES = tests/agents/misfit.c tests/agents/agent_kit.h
tests_agents_misfit_lacks_build_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISFIT_BUILD=NULL
tests_agents_misfit_lacks_build_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_misfit_lacks_build_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

check_LTLIBRARIES += tests/agents/echo.la
tests_agents_echo_la_SOURCES = tests/agents/echo.c tests/agents/agent_kit.h
tests_agents_echo_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_echo_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

# Does what its job says; for tests of the whole program.
check_LTLIBRARIES += tests/agents/verdicts.la
tests_agents_verdicts_la_SOURCES = tests/agents/verdicts.c tests/agents/agent_kit.h
tests_agents_verdicts_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_agents_verdicts_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_verdicts_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

# Bad in one way each, as its asset says; for tests of the whole program.
check_LTLIBRARIES += tests/agents/bad.la
tests_agents_bad_la_SOURCES = tests/agents/bad.c tests/agents/deeds.h tests/agents/agent_kit.h
tests_agents_bad_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_agents_bad_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_bad_la_LIBADD = tests/agents/libdeeds.la
tests_agents_bad_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)

tests_agents_reader_la_SOURCES = tests/agents/reader.c tests/agents/agent_kit.h
tests_agents_reader_la_CPPFLAGS = $(AM_CPPFLAGS)
tests_agents_reader_la_CFLAGS = $(TEST_AGENT_CFLAGS)
tests_agents_reader_la_LDFLAGS = -module $(TEST_AGENT_LDFLAGS)
