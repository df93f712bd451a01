/* What a shared object asks of others, read from the file: nothing of it is run. */
#ifndef CHECK_IMPORTS_H
#define CHECK_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>

struct findings;

enum import_verdict { IMPORT_ALLOWED, IMPORT_FORBIDDEN, IMPORT_UNKNOWN };

/* Judges one imported name; *ret_why says why when it is forbidden. */
enum import_verdict import_judge(const char *name, const char **ret_why);

/* Checks imports, needed libraries, exports and constructors of the shared object at path, which
 * elf_check_agent has found whole. */
void imports_check(const char *path, struct findings *findings);

#endif
