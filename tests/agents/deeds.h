/* Bad deeds by name: what a hostile agent might try. Included by the agents that do them in
 * different places (a constructor, create, the self-test, the calls). */
#ifndef TESTS_AGENTS_DEEDS_H
#define TESTS_AGENTS_DEEDS_H

#include <stddef.h>

/* Does the deed named before the first ':' of deed, with the rest as its argument. ret_result
 * gets "done" when the system let it happen, else the name of errno. Many deeds never return. */
void deed_do(const char *deed, char *ret_result, size_t bytes);

#endif
