/* Parses the JSON that the host hands over. */
#ifndef COMMON_DATA_H
#define COMMON_DATA_H

#include <json-c/json.h>

#include "core/attr.h"
#include "core/err.h"
#include "core/span.h"

/* Parses one JSON object; the caller owns it (json_object_put). The host has judged the text
 * by stricter rules already, so that this only has to be safe, not picky. */
bool data_parse(struct span text, struct json_object **ret_object, struct err *err) ATTR_MUST_CHECK;

#endif
