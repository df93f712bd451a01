/* The headers of the SDK as C11: each by itself is what its first include shows. */
#include <agenthost/json.h>

#include "layout.h"
