/* Counts the lines of a call. */
#include "cell/log_quota.h"

#include "cell/wire.h"

bool log_quota_take(struct log_quota *quota)
{
    bool is_kept = quota->kept < WIRE_LOG_LINES_MAX;
    quota->kept += is_kept ? 1 : 0;
    quota->lost += is_kept ? 0 : 1;
    return is_kept;
}
