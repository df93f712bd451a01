/* Fuzz target of the zone file reader: of a file it accepts, every moment found for a local time
 * must show that local time, and they must come in order. */
#include <assert.h>
#include <stdint.h>

#include "time/civil.h"
#include "time/timezone.h"

#define DAYS_STEP 173 /* meets every season */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_local(const struct timezone_table *table, int64_t local_s)
{
    struct timezone_instant found[TIMEZONE_INSTANTS_MAX];
    unsigned count = timezone_find(table, local_s, found);
    assert(count <= TIMEZONE_INSTANTS_MAX);
    for (unsigned i = 0; i < count; i++) {
        assert(found[i].unix_s + found[i].offset.offset_s == local_s);
        assert(timezone_at(table, found[i].unix_s).offset_s == found[i].offset.offset_s);
        assert(i == 0 || found[i - 1].unix_s < found[i].unix_s);
    }
    if (count == 0) {
        int64_t from_s = 0, to_s = 0;
        timezone_gap(table, local_s, &from_s, &to_s);
        assert(from_s <= local_s);
        assert(local_s <= to_s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct timezone_table table;
    struct err err = {0};
    if (!timezone_parse((struct span){(const char *)data, size}, &table, &err)) {
        assert(err.kind == ERR_INVALID);
        return 0;
    }
    for (int64_t day = civil_days(1886, 1, 1); day < civil_days(2099, 1, 1); day += DAYS_STEP) {
        check_local(&table, day * CIVIL_DAY_S + day % CIVIL_DAY_S * 7919 % CIVIL_DAY_S);
    }
    return 0;
}
