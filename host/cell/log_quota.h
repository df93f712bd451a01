/* How many lines an agent may log during one call. */
#ifndef CELL_LOG_QUOTA_H
#define CELL_LOG_QUOTA_H

#include <stdbool.h>

struct log_quota {
    unsigned kept, lost; /* of this call */
};

/* Whether one more line is kept, up to WIRE_LOG_LINES_MAX; else it counts as lost. [child] */
bool log_quota_take(struct log_quota *quota);

#endif
