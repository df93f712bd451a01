/* Looks at a shared object without running any of it: is this file, by its own bytes, an
 * agent that this host can load? */
#ifndef CELL_ELF_H
#define CELL_ELF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/attr.h"
#include "core/err.h"

#define ELF_AGENT_BYTES_MIN 72 /* struct agenthost_agent as interface 1.0 has it */

/* What the file says of itself. */
struct elf_agent_info {
    uint32_t abi_major, abi_minor;
    uint64_t struct_bytes; /* the size field of its agenthost_agent */
    uint64_t file_bytes;
};

/* Checks that fd is a whole shared object of this machine (no header points past the end of the
 * file) whose agenthost_agent carries our magic, our major version and a size that makes
 * sense. Reads with pread only, at most some MB, and may block as files do: call it on
 * the files thread or in a cell. False with INVALID and a text that names what is wrong;
 * INTERNAL when reading fails. The file must not change meanwhile. [thread, child] */
bool elf_check_agent(int fd, struct elf_agent_info *ret, struct err *err) ATTR_MUST_CHECK;

#endif
