# host/cell: the sandboxed child processes that run agents, and the wire to them.
noinst_LIBRARIES += host/cell/libcell.a
host_cell_libcell_a_SOURCES = \
	host/cell/cell.h \
	host/cell/cursor.c host/cell/cursor.h \
	host/cell/elf.c host/cell/elf.h \
	host/cell/wire.c host/cell/wire.h host/cell/wire_read.c
CELL_LIBS = host/cell/libcell.a $(SECCOMP_LIBS)
