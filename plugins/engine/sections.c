/* Splits an answer into its parts. */
#include "engine/sections.h"

#include <assert.h>

#include "engine/text.h"

#define HEADING_LEVEL_MAX 3

/* The number of a heading line: 0 when it is no heading, or one without a number. */
static unsigned heading_number(struct span line)
{
    size_t at = 0, level = 0;
    while (at < line.len && line.data[at] == '#') {
        at++, level++;
    }
    if (level == 0 || level > HEADING_LEVEL_MAX) {
        return 0;
    }
    while (at < line.len && (line.data[at] == ' ' || line.data[at] == '*')) {
        at++;
    }
    unsigned number = 0;
    size_t digits = 0;
    while (at < line.len && digits < 2 && line.data[at] >= '0' && line.data[at] <= '9') {
        number = number * 10 + (unsigned)(line.data[at] - '0');
        at++, digits++;
    }
    bool is_numbered = digits > 0 && at < line.len &&
                       (line.data[at] == '.' || line.data[at] == ')' || line.data[at] == ':');
    return is_numbered ? number : 0;
}

/* A model that wraps everything into a code block ends it too. */
static struct span drop_fence(struct span part)
{
    bool ends_fenced = part.len >= 3 && memcmp(part.data + part.len - 3, "```", 3) == 0;
    return ends_fenced ? text_trim((struct span){part.data, part.len - 3}) : part;
}

void sections_split(struct span text, size_t count, struct sections *ret_sections)
{
    assert(count > 0);
    assert(count <= SECTIONS_MAX);
    struct sections sections = {.is_in_order = true};
    struct span *now = &sections.preamble;
    const char *start = text.data;
    unsigned last = 0;
    struct span rest = text, line;
    while (text_next_line(&rest, &line)) {
        unsigned number = heading_number(text_trim(line));
        if (number == 0) {
            continue;
        }
        *now = text_trim((struct span){start, (size_t)(line.data - start)});
        start = rest.data;
        if (number > count) {
            sections.unknown = number;
        } else {
            now = &sections.parts[number - 1];
            sections.seen[number - 1]++;
            sections.is_in_order = sections.is_in_order && number == last + 1;
            last = number;
        }
    }
    *now = text_trim((struct span){start, (size_t)(text.data + text.len - start)});
    bool is_fenced = sections.preamble.len >= 3 && memcmp(sections.preamble.data, "```", 3) == 0;
    if (is_fenced && last > 0) {
        sections.parts[last - 1] = drop_fence(sections.parts[last - 1]);
    }
    *ret_sections = sections;
}
