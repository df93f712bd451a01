# host/cell: the sandboxed child processes that run agents, and the wire to them.
noinst_LIBRARIES += host/cell/libcell.a
host_cell_libcell_a_SOURCES = \
	host/cell/call_name.c host/cell/call_name.h \
	host/cell/cell.c host/cell/cell.h host/cell/cell-private.h \
	host/cell/cell_io.c \
	host/cell/cursor.c host/cell/cursor.h \
	host/cell/deadline.c \
	host/cell/elf.c host/cell/elf.h \
	host/cell/frames.c \
	host/cell/lines.c host/cell/lines.h \
	host/cell/program.c \
	host/cell/report.c \
	host/cell/spawn.c host/cell/spawn.h \
	host/cell/wire.c host/cell/wire.h host/cell/wire_read.c
CELL_LIBS = host/cell/libcell.a $(SECCOMP_LIBS)

# The child's side, for every program that is a cell.
noinst_LIBRARIES += host/cell/libchild.a
host_cell_libchild_a_SOURCES = \
	host/cell/child.c host/cell/child.h \
	host/cell/sandbox.h host/cell/sandbox-private.h
if SANDBOX
host_cell_libchild_a_SOURCES += \
	host/cell/sandbox.c \
	host/cell/sandbox_filter.c \
	host/cell/sandbox_landlock.c \
	host/cell/sandbox_trap.c
else
host_cell_libchild_a_SOURCES += host/cell/sandbox_none.c
endif
CHILD_LIBS = host/cell/libchild.a host/cell/libcell.a host/core/libcore.a $(SECCOMP_LIBS)

pkglibexec_PROGRAMS += agenthost-cell
agenthost_cell_SOURCES = \
	host/cell/calls.c host/cell/calls.h \
	host/cell/cell_main.c \
	host/cell/facts.c host/cell/facts.h \
	host/cell/json_values.c host/cell/json_values.h \
	host/cell/log_quota.c host/cell/log_quota.h \
	host/cell/sink.c host/cell/sink.h
agenthost_cell_LDADD = host/chart/libchart.a $(CHILD_LIBS) $(JSONC_LIBS) -ldl

include tests/agents/local.mk

check_PROGRAMS += tests/unit/test-cell
TESTS += tests/unit/test-cell
tests_unit_test_cell_SOURCES = \
	tests/unit/cell/no_landlock.c tests/unit/cell/no_landlock.h \
	tests/unit/cell/paths.h \
	tests/unit/cell/rig.c tests/unit/cell/rig.h \
	tests/unit/cell/suites.h tests/unit/support/cells.h \
	tests/unit/cell/test_bounds.c \
	tests/unit/cell/test_cell.c \
	tests/unit/cell/test_elf.c \
	tests/unit/cell/test_hostile.c \
	host/cell/json_values.c host/cell/json_values.h \
	tests/unit/cell/test_json_values.c \
	tests/unit/cell/test_life.c \
	tests/unit/cell/test_lines.c \
	tests/unit/cell/test_wire.c
tests_unit_test_cell_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/cell \
	-DCELL_PROGRAM='"$(abs_top_builddir)/agenthost-cell"' \
	-DAGENTS_DIR='"$(abs_top_builddir)/tests/agents/.libs"'
tests_unit_test_cell_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cell_LDADD = $(CELL_LIBS) $(CORE_LIBS) $(CHECK_LIBS) $(MSGPACK_LIBS)
# Started by the tests, so it must be built before them.
tests_unit_test_cell_DEPENDENCIES = agenthost-cell host/cell/libcell.a host/core/libcore.a \
	$(TEST_AGENTS)
