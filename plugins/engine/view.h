/* A chart as templates see it: its facts, checked, in the words of a language. */
#ifndef ENGINE_VIEW_H
#define ENGINE_VIEW_H

#include <json-c/json.h>
#include <stdbool.h>

#include "chart/fault.h"
#include "core/attr.h"
#include "engine/words.h"

/* What paths below chart there are, in the words of a manifest's inputs. The caller's
 * (json_object_put). [any] */
struct json_object *view_schema(void);

/* Reads a chart and puts its facts into words: *ret_view is of that schema and the caller's. False
 * with the first fault of a chart that is not complete and consistent. [any] */
bool view_create(struct json_object *chart, const struct word *words, struct json_object **ret_view,
                 struct chart_fault *ret_fault) ATTR_MUST_CHECK;

#endif
