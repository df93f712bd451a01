/* Judges a chart that a producer sent: what was read must follow from its channels. */
#include "chart/verify.h"

#include "chart/read.h"
#include "chart/words.h"
#include "core/json.h"

static bool gate_is_listed(const struct chart_read *read, unsigned gate)
{
    return (read->gates >> (gate - 1) & 1) != 0;
}

/* Every channel's gates are listed, and every listed pair is a channel. */
static bool check_channels(const struct chart_read *read, struct chart_fault *fault)
{
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        struct chart_channel channel = CHART_CHANNEL_TABLE[i];
        bool is_listed = (read->channels >> i & 1) != 0;
        bool has_low = gate_is_listed(read, channel.low);
        bool has_high = gate_is_listed(read, channel.high);
        if (is_listed && !(has_low && has_high)) {
            chart_fault_field(fault, "chart.gates");
            return chart_fault_remedy(fault, "lacks gate %d, which the channel %d-%d needs",
                                      has_low ? channel.high : channel.low, channel.low,
                                      channel.high);
        }
        if (!is_listed && has_low && has_high) {
            chart_fault_field(fault, "chart.channels");
            return chart_fault_remedy(fault, "lacks %d-%d, though both its gates are listed",
                                      channel.low, channel.high);
        }
    }
    return true;
}

static bool check_centers(const struct chart_read *read, const struct chart_mechanics *mechanics,
                          struct chart_fault *fault)
{
    uint32_t differing = read->centers ^ mechanics->centers;
    for (int center = 0; center < CHART_CENTERS; center++) {
        if ((differing & CHART_BIT(center)) == 0) {
            continue;
        }
        chart_fault_field(fault, "chart.centers.%s", CHART_CENTER_KEYS[center]);
        if ((read->centers & CHART_BIT(center)) != 0) {
            return chart_fault_remedy(fault, "is true, but no listed channel touches it");
        }
        return chart_fault_remedy(fault, "is false, but a listed channel touches it");
    }
    return true;
}

static bool check_word(struct json_object *chart, const char *key, uint32_t bits, unsigned expected,
                       const char *expected_word, struct chart_fault *fault)
{
    if ((bits & CHART_BIT(expected)) != 0) {
        return true;
    }
    struct span text = {"", 0};
    (void)json_get_text(chart, key, &text); /* was read before */
    chart_fault_field(fault, "chart.%s", key);
    return chart_fault_remedy(fault, "'%.*s' contradicts the channels, which make it %s",
                              chart_fault_shown(text), text.data, expected_word);
}

static bool verify(struct json_object *chart, struct chart_fault *fault)
{
    struct chart_read read;
    if (!chart_read(chart, &read, fault) || !check_channels(&read, fault)) {
        return false;
    }
    struct chart_mechanics made;
    chart_mechanics_derive(read.channels, &made);
    return check_centers(&read, &made, fault) &&
           check_word(chart, "type", read.type, made.type, chart_type_word(made.type), fault) &&
           check_word(chart, "authority", read.authority, made.authority,
                      chart_authority_word(made.authority), fault) &&
           check_word(chart, "definition", read.definition, made.definition,
                      chart_definition_word(made.definition), fault) &&
           check_word(chart, "strategy", read.strategy, made.type, chart_strategy_word(made.type),
                      fault);
}

bool chart_verify(struct json_object *chart, struct chart_fault *ret_fault)
{
    struct chart_fault fault = {{0}, {0}};
    bool is_good = verify(chart, &fault);
    *ret_fault = is_good ? (struct chart_fault){{0}, {0}} : fault;
    return is_good;
}
