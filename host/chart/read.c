/* Reads the fields of a chart that was given, each by its own form; whether they agree is not asked
 * here. */
#include "chart/read.h"

#include <stdio.h>

#include "chart/words.h"
#include "core/json.h"

/* A gate may be listed once for each of the 26 activations, and once more. */
#define GATES_LISTED_MAX 128

/* "missing", "null" being that too, or "a string", …: what stands where something else should. */
static const char *found(const struct json_object *value)
{
    return value != NULL ? json_type_text(value) : "missing";
}

static bool read_gates(struct json_object *chart, struct chart_read *read,
                       struct chart_fault *fault)
{
    struct json_object *list = json_get(chart, "gates");
    chart_fault_field(fault, "chart.gates");
    if (!json_object_is_type(list, json_type_array)) {
        return chart_fault_remedy(fault, "is %s; send the active gates as [{\"number\":34}, …]",
                                  found(list));
    }
    size_t count = json_object_array_length(list);
    if (count > GATES_LISTED_MAX) {
        return chart_fault_remedy(fault, "lists %zu gates; send each active gate once", count);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        int64_t number = 0;
        if (!json_get_int(item, "number", &number)) {
            chart_fault_field(fault, "chart.gates[%zu].number", i);
            return chart_fault_remedy(fault, "is not an integer; send {\"number\":34}");
        }
        if (number < 1 || number > CHART_GATES) {
            chart_fault_field(fault, "chart.gates[%zu].number", i);
            return chart_fault_remedy(fault, "is %lld; gates are 1 to 64", (long long)number);
        }
        /* Twice is no fault: a gate can be active on both sides. */
        read->gates |= UINT64_C(1) << (number - 1);
    }
    return true;
}

/* One entry {gates:[a,b]}; sets *ret_index into CHART_CHANNEL_TABLE. */
static bool read_channel(struct json_object *item, size_t position, int *ret_index,
                         struct chart_fault *fault)
{
    struct json_object *pair = json_get(item, "gates");
    chart_fault_field(fault, "chart.channels[%zu].gates", position);
    if (!json_object_is_type(pair, json_type_array) || json_object_array_length(pair) != 2) {
        return chart_fault_remedy(fault, "is not a pair; send {\"gates\":[3,60]}");
    }
    int64_t gates[2];
    for (size_t i = 0; i < 2; i++) {
        struct json_object *gate = json_object_array_get_idx(pair, i);
        if (!json_object_is_type(gate, json_type_int)) {
            return chart_fault_remedy(fault, "holds %s; send two integers, {\"gates\":[3,60]}",
                                      json_type_text(gate));
        }
        gates[i] = json_object_get_int64(gate);
        if (gates[i] < 1 || gates[i] > CHART_GATES) {
            return chart_fault_remedy(fault, "names gate %lld; gates are 1 to 64",
                                      (long long)gates[i]);
        }
    }
    *ret_index = chart_channel_find((unsigned)gates[0], (unsigned)gates[1]);
    if (*ret_index < 0) {
        return chart_fault_remedy(fault, "%d-%d is none of the 36 channels", (int)gates[0],
                                  (int)gates[1]);
    }
    return true;
}

static bool read_channels(struct json_object *chart, struct chart_read *read,
                          struct chart_fault *fault)
{
    struct json_object *list = json_get(chart, "channels");
    chart_fault_field(fault, "chart.channels");
    if (!json_object_is_type(list, json_type_array)) {
        return chart_fault_remedy(
            fault, "is %s; send the defined channels as [{\"gates\":[3,60]}, …], none as []",
            found(list));
    }
    size_t count = json_object_array_length(list);
    if (count > CHART_CHANNELS) {
        return chart_fault_remedy(fault, "lists %zu channels; there are 36", count);
    }
    for (size_t i = 0; i < count; i++) {
        int index = -1;
        if (!read_channel(json_object_array_get_idx(list, i), i, &index, fault)) {
            return false;
        }
        if ((read->channels >> index & 1) != 0) {
            return chart_fault_remedy(fault, "%d-%d is listed twice",
                                      CHART_CHANNEL_TABLE[index].low,
                                      CHART_CHANNEL_TABLE[index].high);
        }
        read->channels |= UINT64_C(1) << index;
    }
    return true;
}

static int center_find(const char *key)
{
    for (int center = 0; center < CHART_CENTERS; center++) {
        if (strcmp(CHART_CENTER_KEYS[center], key) == 0) {
            return center;
        }
    }
    return -1;
}

static bool read_centers(struct json_object *chart, struct chart_read *read,
                         struct chart_fault *fault)
{
    struct json_object *centers = json_get(chart, "centers");
    chart_fault_field(fault, "chart.centers");
    if (!json_object_is_type(centers, json_type_object)) {
        return chart_fault_remedy(
            fault, "is %s; send all nine as {\"head\":false, \"sacral\":true, …}", found(centers));
    }
    json_object_object_foreach(centers, key, value)
    {
        if (center_find(key) < 0) {
            chart_fault_field(fault, "chart.centers.%.*s", chart_fault_shown(span_of(key)), key);
            return chart_fault_remedy(fault, "is no centre; they are head, ajna, throat, g, heart, "
                                             "sacral, solar-plexus, spleen and root");
        }
        (void)value;
    }
    for (int center = 0; center < CHART_CENTERS; center++) {
        bool is_defined = false;
        if (!json_get_bool(centers, CHART_CENTER_KEYS[center], &is_defined)) {
            chart_fault_field(fault, "chart.centers.%s", CHART_CENTER_KEYS[center]);
            return chart_fault_remedy(fault, "is %s; send true (defined) or false",
                                      found(json_get(centers, CHART_CENTER_KEYS[center])));
        }
        read->centers |= is_defined ? CHART_BIT(center) : 0;
    }
    return true;
}

/* The text member key, which must be one of the known words. */
static bool read_word(struct json_object *chart, const char *key, uint32_t (*parse)(struct span),
                      const char *examples, uint32_t *ret_bits, struct chart_fault *fault)
{
    struct span text;
    chart_fault_field(fault, "chart.%s", key);
    if (!json_get_text(chart, key, &text)) {
        return chart_fault_remedy(fault, "is %s; send one of %s", found(json_get(chart, key)),
                                  examples);
    }
    *ret_bits = parse(text);
    if (*ret_bits == 0) {
        return chart_fault_remedy(fault, "'%.*s' is not known; send one of %s",
                                  chart_fault_shown(text), text.data, examples);
    }
    return true;
}

bool chart_is_profile(unsigned personality_line, unsigned design_line)
{
    static const uint8_t profiles[][2] = {{1, 3}, {1, 4}, {2, 4}, {2, 5}, {3, 5}, {3, 6},
                                          {4, 6}, {4, 1}, {5, 1}, {5, 2}, {6, 2}, {6, 3}};
    for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
        if (profiles[i][0] == personality_line && profiles[i][1] == design_line) {
            return true;
        }
    }
    return false;
}

/* "2/4" and "2 / 4" */
static bool read_profile(struct json_object *chart, struct chart_read *read,
                         struct chart_fault *fault)
{
    struct span text;
    chart_fault_field(fault, "chart.profile");
    if (!json_get_text(chart, "profile", &text)) {
        return chart_fault_remedy(fault, "is %s; send a text like \"2/4\"",
                                  found(json_get(chart, "profile")));
    }
    size_t len = 0, slashes = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '/' && len == 1) {
            slashes++;
        } else if (text.data[i] != ' ') {
            if (len == 2) {
                return chart_fault_remedy(fault, "'%.*s' is no profile; send a text like \"2/4\"",
                                          chart_fault_shown(text), text.data);
            }
            bool is_digit = text.data[i] >= '0' && text.data[i] <= '9';
            read->profile[len++] = is_digit ? (unsigned)(text.data[i] - '0') : 0;
        }
    }
    if (slashes == 1 && chart_is_profile(read->profile[0], read->profile[1])) {
        return true;
    }
    return chart_fault_remedy(fault,
                              "'%.*s' is none of the twelve: 1/3 1/4 2/4 2/5 3/5 3/6 4/6 4/1 "
                              "5/1 5/2 6/2 6/3",
                              chart_fault_shown(text), text.data);
}

/* Not every engine gives one: it need not be there. */
static struct span read_cross(struct json_object *chart)
{
    struct json_object *cross = json_get(chart, "incarnationCross");
    struct span name = {"", 0};
    if (json_object_is_type(cross, json_type_string)) {
        (void)json_get_text(chart, "incarnationCross", &name);
    } else if (!json_get_text(cross, "fullName", &name)) {
        (void)json_get_text(cross, "name", &name);
    }
    return name;
}

static bool read_words(struct json_object *chart, struct chart_read *read,
                       struct chart_fault *fault)
{
    return read_word(chart, "type", chart_type_parse,
                     "Generator, Manifesting Generator, Manifestor, Projector, Reflector",
                     &read->type, fault) &&
           read_word(chart, "authority", chart_authority_parse,
                     "Emotional, Sacral, Splenic, Ego Manifested, Ego Projected, "
                     "Self-Projected, Mental, Lunar",
                     &read->authority, fault) &&
           read_word(chart, "strategy", chart_strategy_parse,
                     "Respond, Inform, Wait for the Invitation, Wait a Lunar Cycle",
                     &read->strategy, fault) &&
           read_profile(chart, read, fault) &&
           read_word(chart, "definition", chart_definition_parse,
                     "None, Single, Split, Triple Split, Quadruple Split", &read->definition,
                     fault);
}

bool chart_read(struct json_object *chart, struct chart_read *ret_read, struct chart_fault *fault)
{
    struct chart_read read = {0};
    if (!json_object_is_type(chart, json_type_object)) {
        chart_fault_field(fault, "chart");
        return chart_fault_remedy(fault, "is %s; send the chart as an object", found(chart));
    }
    if (!read_words(chart, &read, fault) || !read_centers(chart, &read, fault) ||
        !read_channels(chart, &read, fault) || !read_gates(chart, &read, fault)) {
        return false;
    }
    read.cross = read_cross(chart);
    *ret_read = read;
    return true;
}
