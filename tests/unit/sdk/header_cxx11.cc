/* The headers of the SDK as C++11: an agent may be written in it. */
#include <agenthost/facts.h>

#include <agenthost/kit.h>

#include "layout.h"
