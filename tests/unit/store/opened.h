/* For tests of a store that is open around each of them, with another connection to its file. */
#ifndef STORE_OPENED_H
#define STORE_OPENED_H

#include "support.h"

extern struct fixture fixture;
extern sqlite3 *other;

void opened_setup(void);
void opened_teardown(void);

/* The same, at a time that stands still. */
#define OPENED_NOW_MS INT64_C(1800000000000)
void opened_setup_at(void);
void opened_teardown_at(void);

#endif
