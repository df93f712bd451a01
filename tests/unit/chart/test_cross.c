/* The rule makes all 192 crosses. */
#include "test_chart.h"

#include <stdio.h>

#include "chart/cross.h"
#include "core/attr.h"

START_TEST(every_cross_has_its_gates_and_name)
{
    FILE *file = fopen(TEST_CROSSES_PATH, "re");
    ck_assert_ptr_nonnull(file);
    char line[128], word[8], name[80], made[80];
    unsigned gate, gates[4], count = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        ck_assert_int_eq(sscanf(line, "%u %3s %u/%u | %u/%u = %79[^\n]", &gate, word, &gates[0],
                                &gates[1], &gates[2], &gates[3], name),
                         7);
        enum cross_angle angle = word[0] == 'R'   ? CROSS_RIGHT
                                 : word[0] == 'L' ? CROSS_LEFT
                                                  : CROSS_JUXTAPOSITION;
        struct cross cross = cross_of(gate, angle);
        int len =
            snprintf(made, sizeof(made), "%s Cross of %s", cross_angle_word(angle), cross.theme);
        if (cross.number > 0) {
            (void)snprintf(made + len, sizeof(made) - (size_t)len, " %u", cross.number);
        }
        ck_assert_str_eq(made, name);
        for (size_t i = 0; i < ARRAY_LEN(gates); i++) {
            ck_assert_uint_eq(cross.gates[i], gates[i]);
        }
        count++;
    }
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_eq(count, 192);
}
END_TEST

START_TEST(profiles_have_their_angles)
{
    static const struct {
        unsigned personality, design;
        enum cross_angle angle;
    } cases[] = {
        {1, 3, CROSS_RIGHT}, {1, 4, CROSS_RIGHT}, {2, 4, CROSS_RIGHT}, {2, 5, CROSS_RIGHT},
        {3, 5, CROSS_RIGHT}, {3, 6, CROSS_RIGHT}, {4, 6, CROSS_RIGHT}, {4, 1, CROSS_JUXTAPOSITION},
        {5, 1, CROSS_LEFT},  {5, 2, CROSS_LEFT},  {6, 2, CROSS_LEFT},  {6, 3, CROSS_LEFT},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        ck_assert_int_eq(cross_angle_of(cases[i].personality, cases[i].design), cases[i].angle);
    }
}
END_TEST

Suite *cross_suite(void)
{
    Suite *suite = suite_create("cross");
    TCase *tcase = tcase_create("cross");
    tcase_add_test(tcase, every_cross_has_its_gates_and_name);
    tcase_add_test(tcase, profiles_have_their_angles);
    suite_add_tcase(suite, tcase);
    return suite;
}
