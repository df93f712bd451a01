/* Type, authority and definition from channels alone: the customary cases as a table. */
#include "test_chart.h"

#include "chart/mechanics.h"
#include "chart/words.h"
#include "core/attr.h"

struct mechanics_case {
    const char *name;
    uint8_t channels[6][2];
    enum chart_type type;
    enum chart_authority authority;
    enum chart_definition definition;
};

static const struct mechanics_case cases[] = {
    {"none", {{0}}, TYPE_REFLECTOR, AUTHORITY_LUNAR, DEFINITION_NONE},
    {"3-60", {{3, 60}}, TYPE_GENERATOR, AUTHORITY_SACRAL, DEFINITION_SINGLE},
    {"20-34", {{20, 34}}, TYPE_MANIFESTING_GENERATOR, AUTHORITY_SACRAL, DEFINITION_SINGLE},
    {"34-57 20-57",
     {{34, 57}, {20, 57}},
     TYPE_MANIFESTING_GENERATOR,
     AUTHORITY_SACRAL,
     DEFINITION_SINGLE},
    {"21-45", {{21, 45}}, TYPE_MANIFESTOR, AUTHORITY_EGO_MANIFESTED, DEFINITION_SINGLE},
    {"35-36", {{35, 36}}, TYPE_MANIFESTOR, AUTHORITY_EMOTIONAL, DEFINITION_SINGLE},
    {"18-58 16-48", {{18, 58}, {16, 48}}, TYPE_MANIFESTOR, AUTHORITY_SPLENIC, DEFINITION_SINGLE},
    {"25-51 1-8", {{25, 51}, {1, 8}}, TYPE_MANIFESTOR, AUTHORITY_EGO_MANIFESTED, DEFINITION_SINGLE},
    {"25-51", {{25, 51}}, TYPE_PROJECTOR, AUTHORITY_EGO_PROJECTED, DEFINITION_SINGLE},
    {"4-63 17-62", {{4, 63}, {17, 62}}, TYPE_PROJECTOR, AUTHORITY_MENTAL, DEFINITION_SINGLE},
    {"1-8", {{1, 8}}, TYPE_PROJECTOR, AUTHORITY_SELF_PROJECTED, DEFINITION_SINGLE},
    {"27-50", {{27, 50}}, TYPE_GENERATOR, AUTHORITY_SACRAL, DEFINITION_SINGLE},
    {"6-59", {{6, 59}}, TYPE_GENERATOR, AUTHORITY_EMOTIONAL, DEFINITION_SINGLE},
    {"5-15 7-31",
     {{5, 15}, {7, 31}},
     TYPE_MANIFESTING_GENERATOR,
     AUTHORITY_SACRAL,
     DEFINITION_SINGLE},
    /* A motor other than the sacral at the throat, the sacral apart: still the same type. */
    {"32-54 16-48 5-15",
     {{32, 54}, {16, 48}, {5, 15}},
     TYPE_MANIFESTING_GENERATOR,
     AUTHORITY_SACRAL,
     DEFINITION_SPLIT},
    {"4-63 1-8 6-59 32-54",
     {{4, 63}, {1, 8}, {6, 59}, {32, 54}},
     TYPE_GENERATOR,
     AUTHORITY_EMOTIONAL,
     DEFINITION_QUADRUPLE_SPLIT},
    {"4-63 1-8 6-59",
     {{4, 63}, {1, 8}, {6, 59}},
     TYPE_GENERATOR,
     AUTHORITY_EMOTIONAL,
     DEFINITION_TRIPLE_SPLIT},
};

START_TEST(mechanics_follow_from_channels)
{
    const struct mechanics_case *expected = &cases[_i];
    uint64_t channels = 0;
    for (unsigned i = 0; i < 6 && expected->channels[i][0] != 0; i++) {
        int index = chart_channel_find(expected->channels[i][1], expected->channels[i][0]);
        ck_assert_int_ge(index, 0);
        channels |= UINT64_C(1) << index;
    }
    struct chart_mechanics made;
    chart_mechanics_derive(channels, &made);
    ck_assert_msg(made.type == expected->type, "%s: %s", expected->name,
                  chart_type_word(made.type));
    ck_assert_msg(made.authority == expected->authority, "%s: %s", expected->name,
                  chart_authority_word(made.authority));
    ck_assert_msg(made.definition == expected->definition, "%s: %s", expected->name,
                  chart_definition_word(made.definition));
}
END_TEST

START_TEST(every_gate_lies_in_one_centre_and_every_channel_joins_two)
{
    unsigned gates_in[CHART_CENTERS] = {0};
    for (unsigned gate = 1; gate <= CHART_GATES; gate++) {
        gates_in[chart_gate_center(gate)]++;
    }
    static const unsigned expected[CHART_CENTERS] = {3, 6, 11, 8, 4, 9, 7, 7, 9};
    for (unsigned center = 0; center < CHART_CENTERS; center++) {
        ck_assert_uint_eq(gates_in[center], expected[center]);
    }
    unsigned uses[CHART_GATES + 1] = {0};
    for (unsigned i = 0; i < CHART_CHANNELS; i++) {
        struct chart_channel channel = CHART_CHANNEL_TABLE[i];
        ck_assert_uint_lt(channel.low, channel.high);
        ck_assert_int_ne(chart_gate_center(channel.low), chart_gate_center(channel.high));
        uses[channel.low]++;
        uses[channel.high]++;
    }
    for (unsigned gate = 1; gate <= CHART_GATES; gate++) {
        bool is_integration = gate == 10 || gate == 20 || gate == 34 || gate == 57;
        ck_assert_uint_eq(uses[gate], is_integration ? 3 : 1);
    }
}
END_TEST

START_TEST(only_the_36_pairs_are_channels)
{
    unsigned count = 0;
    for (unsigned a = 1; a <= CHART_GATES; a++) {
        for (unsigned b = 1; b <= CHART_GATES; b++) {
            count += chart_channel_find(a, b) >= 0;
        }
    }
    ck_assert_uint_eq(count, 2 * CHART_CHANNELS);
}
END_TEST

struct words_case {
    uint32_t (*parse)(struct span);
    const char *text;
    uint32_t bits;
};

#define BIT(value) (UINT32_C(1) << (value))

static const struct words_case words_cases[] = {
    {chart_type_parse, "Manifesting Generator", BIT(TYPE_MANIFESTING_GENERATOR)},
    {chart_type_parse, "ManifestingGenerator", BIT(TYPE_MANIFESTING_GENERATOR)},
    {chart_type_parse, "manifesting_generator", BIT(TYPE_MANIFESTING_GENERATOR)},
    {chart_type_parse, "Generator ", BIT(TYPE_GENERATOR)},
    {chart_type_parse, "Generatör", 0},
    {chart_type_parse, "", 0},
    {chart_authority_parse, "Emotional - Solar Plexus", BIT(AUTHORITY_EMOTIONAL)},
    {chart_authority_parse, "Sacral Authority", BIT(AUTHORITY_SACRAL)},
    {chart_authority_parse, "Self Projected", BIT(AUTHORITY_SELF_PROJECTED)},
    {chart_authority_parse, "Ego", BIT(AUTHORITY_EGO_MANIFESTED) | BIT(AUTHORITY_EGO_PROJECTED)},
    {chart_authority_parse, "Ego Manifested", BIT(AUTHORITY_EGO_MANIFESTED)},
    {chart_authority_parse, "Mental / Environmental", BIT(AUTHORITY_MENTAL)},
    {chart_authority_parse, "None", BIT(AUTHORITY_MENTAL) | BIT(AUTHORITY_LUNAR)},
    {chart_authority_parse, "No Inner Authority", BIT(AUTHORITY_MENTAL) | BIT(AUTHORITY_LUNAR)},
    {chart_authority_parse, "Authority", 0},
    {chart_definition_parse, "Split Definition", BIT(DEFINITION_SPLIT)},
    {chart_definition_parse, "Quad Split", BIT(DEFINITION_QUADRUPLE_SPLIT)},
    {chart_definition_parse, "No Definition", BIT(DEFINITION_NONE)},
    {chart_definition_parse, "Definition", 0},
    {chart_strategy_parse, "To Respond & Inform", BIT(TYPE_MANIFESTING_GENERATOR)},
    {chart_strategy_parse, "To Respond", BIT(TYPE_GENERATOR) | BIT(TYPE_MANIFESTING_GENERATOR)},
    {chart_strategy_parse, "Wait for Invitation", BIT(TYPE_PROJECTOR)},
    {chart_strategy_parse, "Wait for the invitation of a very patient person who reads all of this",
     0},
};

START_TEST(wording_variants_mean_the_same)
{
    const struct words_case *expected = &words_cases[_i];
    ck_assert_msg(expected->parse(span_of(expected->text)) == expected->bits, "'%s'",
                  expected->text);
}
END_TEST

Suite *mechanics_suite(void)
{
    Suite *suite = suite_create("mechanics");
    TCase *tcase = tcase_create("mechanics");
    tcase_add_loop_test(tcase, mechanics_follow_from_channels, 0, (int)ARRAY_LEN(cases));
    tcase_add_test(tcase, every_gate_lies_in_one_centre_and_every_channel_joins_two);
    tcase_add_test(tcase, only_the_36_pairs_are_channels);
    tcase_add_loop_test(tcase, wording_variants_mean_the_same, 0, (int)ARRAY_LEN(words_cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
