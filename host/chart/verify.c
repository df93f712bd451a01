/* Judges a chart that a producer sent: first each field's form, then whether they agree. */
#include "chart/verify.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "chart/mechanics.h"
#include "chart/words.h"
#include "core/json.h"

#define BIT(value) (UINT32_C(1) << (value))
/* A gate may be listed once for each of the 26 activations, and once more. */
#define GATES_LISTED_MAX 128

/* What the chart says, gathered while its form is checked. */
struct reading {
    uint64_t gates;    /* bit gate − 1: listed */
    uint64_t channels; /* bit i: CHART_CHANNEL_TABLE[i] listed */
    uint32_t centers;  /* bit center: said to be defined */
};

static bool remedy_set(struct chart_fault *fault, const char *fmt, ...) ATTR_PRINTF(2, 3);
static bool field_set(struct chart_fault *fault, const char *fmt, ...) ATTR_PRINTF(2, 3);

/* Both return false, so that a check ends with `return remedy_set(...)`. */
static bool remedy_set(struct chart_fault *fault, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(fault->remedy, sizeof(fault->remedy), fmt, args); /* a cut text still helps */
    va_end(args);
    return false;
}

static bool field_set(struct chart_fault *fault, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(fault->field, sizeof(fault->field), fmt, args);
    va_end(args);
    return false;
}

/* A short piece of foreign text for a message. */
static int shown_len(struct span text)
{
    struct span head = {text.data, text.len < 60 ? text.len : 60};
    return (int)span_utf8_len(head);
}

/* "missing", "null" being that too, or "a string", …: what stands where something else should. */
static const char *found(const struct json_object *value)
{
    return value != NULL ? json_type_text(value) : "missing";
}

static bool read_gates(struct json_object *chart, struct reading *reading,
                       struct chart_fault *fault)
{
    struct json_object *list = json_get(chart, "gates");
    field_set(fault, "chart.gates");
    if (!json_object_is_type(list, json_type_array)) {
        return remedy_set(fault, "is %s; send the active gates as [{\"number\":34}, …]",
                          found(list));
    }
    size_t count = json_object_array_length(list);
    if (count > GATES_LISTED_MAX) {
        return remedy_set(fault, "lists %zu gates; send each active gate once", count);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        int64_t number = 0;
        if (!json_get_int(item, "number", &number)) {
            field_set(fault, "chart.gates[%zu].number", i);
            return remedy_set(fault, "is not an integer; send {\"number\":34}");
        }
        if (number < 1 || number > CHART_GATES) {
            field_set(fault, "chart.gates[%zu].number", i);
            return remedy_set(fault, "is %lld; gates are 1 to 64", (long long)number);
        }
        /* Twice is no fault: a gate can be active on both sides. */
        reading->gates |= UINT64_C(1) << (number - 1);
    }
    return true;
}

/* One entry {gates:[a,b]}; sets *ret_index into CHART_CHANNEL_TABLE. */
static bool read_channel(struct json_object *item, size_t position, int *ret_index,
                         struct chart_fault *fault)
{
    struct json_object *pair = json_get(item, "gates");
    field_set(fault, "chart.channels[%zu].gates", position);
    if (!json_object_is_type(pair, json_type_array) || json_object_array_length(pair) != 2) {
        return remedy_set(fault, "is not a pair; send {\"gates\":[3,60]}");
    }
    int64_t gates[2];
    for (size_t i = 0; i < 2; i++) {
        struct json_object *gate = json_object_array_get_idx(pair, i);
        if (!json_object_is_type(gate, json_type_int)) {
            return remedy_set(fault, "holds %s; send two integers, {\"gates\":[3,60]}",
                              json_type_text(gate));
        }
        gates[i] = json_object_get_int64(gate);
        if (gates[i] < 1 || gates[i] > CHART_GATES) {
            return remedy_set(fault, "names gate %lld; gates are 1 to 64", (long long)gates[i]);
        }
    }
    *ret_index = chart_channel_find((unsigned)gates[0], (unsigned)gates[1]);
    if (*ret_index < 0) {
        return remedy_set(fault, "%d-%d is none of the 36 channels", (int)gates[0], (int)gates[1]);
    }
    return true;
}

static bool read_channels(struct json_object *chart, struct reading *reading,
                          struct chart_fault *fault)
{
    struct json_object *list = json_get(chart, "channels");
    field_set(fault, "chart.channels");
    if (!json_object_is_type(list, json_type_array)) {
        return remedy_set(fault,
                          "is %s; send the defined channels as [{\"gates\":[3,60]}, …], none as []",
                          found(list));
    }
    size_t count = json_object_array_length(list);
    if (count > CHART_CHANNELS) {
        return remedy_set(fault, "lists %zu channels; there are 36", count);
    }
    for (size_t i = 0; i < count; i++) {
        int index = -1;
        if (!read_channel(json_object_array_get_idx(list, i), i, &index, fault)) {
            return false;
        }
        if ((reading->channels >> index & 1) != 0) {
            return remedy_set(fault, "%d-%d is listed twice", CHART_CHANNEL_TABLE[index].low,
                              CHART_CHANNEL_TABLE[index].high);
        }
        reading->channels |= UINT64_C(1) << index;
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

static bool read_centers(struct json_object *chart, struct reading *reading,
                         struct chart_fault *fault)
{
    struct json_object *centers = json_get(chart, "centers");
    field_set(fault, "chart.centers");
    if (!json_object_is_type(centers, json_type_object)) {
        return remedy_set(fault, "is %s; send all nine as {\"head\":false, \"sacral\":true, …}",
                          found(centers));
    }
    json_object_object_foreach(centers, key, value)
    {
        if (center_find(key) < 0) {
            field_set(fault, "chart.centers.%.*s", shown_len(span_of(key)), key);
            return remedy_set(fault, "is no centre; they are head, ajna, throat, g, heart, "
                                     "sacral, solar-plexus, spleen and root");
        }
        (void)value;
    }
    for (int center = 0; center < CHART_CENTERS; center++) {
        bool is_defined = false;
        if (!json_get_bool(centers, CHART_CENTER_KEYS[center], &is_defined)) {
            field_set(fault, "chart.centers.%s", CHART_CENTER_KEYS[center]);
            return remedy_set(fault, "is %s; send true (defined) or false",
                              found(json_get(centers, CHART_CENTER_KEYS[center])));
        }
        reading->centers |= is_defined ? BIT(center) : 0;
    }
    return true;
}

static bool gate_is_listed(const struct reading *reading, unsigned gate)
{
    return (reading->gates >> (gate - 1) & 1) != 0;
}

/* Every channel's gates are listed, and every listed pair is a channel. */
static bool check_channels(const struct reading *reading, struct chart_fault *fault)
{
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        struct chart_channel channel = CHART_CHANNEL_TABLE[i];
        bool is_listed = (reading->channels >> i & 1) != 0;
        bool has_low = gate_is_listed(reading, channel.low);
        bool has_high = gate_is_listed(reading, channel.high);
        if (is_listed && !(has_low && has_high)) {
            field_set(fault, "chart.gates");
            return remedy_set(fault, "lacks gate %d, which the channel %d-%d needs",
                              has_low ? channel.high : channel.low, channel.low, channel.high);
        }
        if (!is_listed && has_low && has_high) {
            field_set(fault, "chart.channels");
            return remedy_set(fault, "lacks %d-%d, though both its gates are listed", channel.low,
                              channel.high);
        }
    }
    return true;
}

static bool check_centers(const struct reading *reading, const struct chart_mechanics *mechanics,
                          struct chart_fault *fault)
{
    uint32_t differing = reading->centers ^ mechanics->centers;
    for (int center = 0; center < CHART_CENTERS; center++) {
        if ((differing & BIT(center)) == 0) {
            continue;
        }
        field_set(fault, "chart.centers.%s", CHART_CENTER_KEYS[center]);
        if ((reading->centers & BIT(center)) != 0) {
            return remedy_set(fault, "is true, but no listed channel touches it");
        }
        return remedy_set(fault, "is false, but a listed channel touches it");
    }
    return true;
}

/* The text member key, which must be one of the known words. */
static bool read_word(struct json_object *chart, const char *key, uint32_t (*parse)(struct span),
                      const char *examples, uint32_t *ret_bits, struct chart_fault *fault)
{
    struct span text;
    field_set(fault, "chart.%s", key);
    if (!json_get_text(chart, key, &text)) {
        return remedy_set(fault, "is %s; send one of %s", found(json_get(chart, key)), examples);
    }
    *ret_bits = parse(text);
    if (*ret_bits == 0) {
        return remedy_set(fault, "'%.*s' is not known; send one of %s", shown_len(text), text.data,
                          examples);
    }
    return true;
}

static bool check_word(struct json_object *chart, const char *key, uint32_t bits, unsigned expected,
                       const char *expected_word, struct chart_fault *fault)
{
    if ((bits & BIT(expected)) != 0) {
        return true;
    }
    struct span text = {"", 0};
    (void)json_get_text(chart, key, &text); /* was read before */
    field_set(fault, "chart.%s", key);
    return remedy_set(fault, "'%.*s' contradicts the channels, which make it %s", shown_len(text),
                      text.data, expected_word);
}

static bool check_profile(struct json_object *chart, struct chart_fault *fault)
{
    static const char *const profiles[] = {"13", "14", "24", "25", "35", "36",
                                           "46", "41", "51", "52", "62", "63"};
    struct span text;
    field_set(fault, "chart.profile");
    if (!json_get_text(chart, "profile", &text)) {
        return remedy_set(fault, "is %s; send a text like \"2/4\"",
                          found(json_get(chart, "profile")));
    }
    char lines[3] = "";
    size_t len = 0, slashes = 0;
    for (size_t i = 0; i < text.len; i++) { /* "2/4" and "2 / 4" */
        if (text.data[i] == '/' && len == 1) {
            slashes++;
        } else if (text.data[i] != ' ') {
            if (len == 2) {
                return remedy_set(fault, "'%.*s' is no profile; send a text like \"2/4\"",
                                  shown_len(text), text.data);
            }
            lines[len++] = text.data[i];
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
        if (slashes == 1 && strcmp(profiles[i], lines) == 0) {
            return true;
        }
    }
    return remedy_set(fault,
                      "'%.*s' is none of the twelve: 1/3 1/4 2/4 2/5 3/5 3/6 4/6 4/1 "
                      "5/1 5/2 6/2 6/3",
                      shown_len(text), text.data);
}

/* The words, each by itself, before any is held against the channels. */
struct words {
    uint32_t type, authority, strategy, definition;
};

static bool read_words(struct json_object *chart, struct words *words, struct chart_fault *fault)
{
    return read_word(chart, "type", chart_type_parse,
                     "Generator, Manifesting Generator, Manifestor, Projector, Reflector",
                     &words->type, fault) &&
           read_word(chart, "authority", chart_authority_parse,
                     "Emotional, Sacral, Splenic, Ego Manifested, Ego Projected, "
                     "Self-Projected, Mental, Lunar",
                     &words->authority, fault) &&
           read_word(chart, "strategy", chart_strategy_parse,
                     "Respond, Inform, Wait for the Invitation, Wait a Lunar Cycle",
                     &words->strategy, fault) &&
           check_profile(chart, fault) &&
           read_word(chart, "definition", chart_definition_parse,
                     "None, Single, Split, Triple Split, Quadruple Split", &words->definition,
                     fault);
}

static bool verify(struct json_object *chart, struct chart_fault *fault)
{
    if (!json_object_is_type(chart, json_type_object)) {
        field_set(fault, "chart");
        return remedy_set(fault, "is %s; send the chart as an object", found(chart));
    }
    struct words words = {0, 0, 0, 0};
    struct reading reading = {0, 0, 0};
    if (!read_words(chart, &words, fault) || !read_centers(chart, &reading, fault) ||
        !read_channels(chart, &reading, fault) || !read_gates(chart, &reading, fault) ||
        !check_channels(&reading, fault)) {
        return false;
    }
    struct chart_mechanics made;
    chart_mechanics_derive(reading.channels, &made);
    return check_centers(&reading, &made, fault) &&
           check_word(chart, "type", words.type, made.type, chart_type_word(made.type), fault) &&
           check_word(chart, "authority", words.authority, made.authority,
                      chart_authority_word(made.authority), fault) &&
           check_word(chart, "definition", words.definition, made.definition,
                      chart_definition_word(made.definition), fault) &&
           check_word(chart, "strategy", words.strategy, made.type, chart_strategy_word(made.type),
                      fault);
}

bool chart_verify(struct json_object *chart, struct chart_fault *ret_fault)
{
    struct chart_fault fault = {{0}, {0}};
    bool is_good = verify(chart, &fault);
    *ret_fault = is_good ? (struct chart_fault){{0}, {0}} : fault;
    return is_good;
}
