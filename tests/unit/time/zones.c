/* Zones for tests, read without the code under test where that is possible. */
#include "zones.h"

#include <check.h>
#include <stdio.h>

#include "time/civil.h"

struct span zones_read(const char *name)
{
    static char bytes[128 * 1024];
    char path[256];
    (void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    ck_assert_uint_lt(len, sizeof(bytes));
    ck_assert_int_eq(fclose(file), 0);
    return (struct span){bytes, len};
}

struct timezone_table zones_open(const char *name)
{
    struct timezone_table table;
    struct err err;
    ck_assert_msg(timezone_parse(zones_read(name), &table, &err), "%s: %s", name, err.text);
    return table;
}

int64_t zones_seconds(const char *text)
{
    struct civil civil = {0};
    int year = 0;
    ck_assert_int_eq(sscanf(text, "%d-%d-%d %d:%d:%d", &year, &civil.month, &civil.day, &civil.hour,
                            &civil.minute, &civil.second),
                     6);
    civil.year = year;
    return civil_seconds(&civil);
}
