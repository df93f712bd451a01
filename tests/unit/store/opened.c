/* Opens a store before each test, closes it behind it. */
#include "opened.h"

#include <check.h>

#include "core/clock.h"

struct fixture fixture;
sqlite3 *other;

void opened_setup(void)
{
    fixture_init(&fixture);
    fixture_open(&fixture);
    other = other_open(&fixture);
}

void opened_teardown(void)
{
    ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
    fixture_fini(&fixture);
}

void opened_setup_at(void)
{
    opened_setup();
    clock_test_fix_wall_ms(OPENED_NOW_MS);
}

void opened_teardown_at(void)
{
    clock_test_fix_wall_ms(-1);
    opened_teardown();
}
