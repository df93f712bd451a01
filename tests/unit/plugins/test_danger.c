/* Wording of acute danger, both ways, through the three agents that look for it. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/text.h"
#include "kit.h"

#define ROWS_EACH_MIN 40

static const char *const watchful[] = {"crisis", "personality", "relationship"};

/* Every row is told, so that a change of wording shows all it does at once. */
static unsigned run_table(struct kit *kit, const char *chart, unsigned counts[2])
{
    char *table = kit_read("plugins/testdata/danger.tsv");
    struct span rest = span_of(table), row;
    struct kit_given given;
    unsigned wrong = 0;
    kit_given_init(&given);
    while (text_next_line(&rest, &row)) {
        if (row.len < 2 || row.data[1] != '\t') {
            continue;
        }
        bool is_danger = row.data[0] == '+';
        counts[is_danger]++;
        char *data = kit_data((struct span){row.data + 2, row.len - 2});
        kit_build(kit, "de", data, chart, &given);
        enum agenthost_status expected = is_danger ? AGENTHOST_DECLINE : AGENTHOST_OK;
        if (given.status != expected) {
            wrong++;
            (void)fprintf(stderr, "status %d, not %d: %.*s\n", given.status, expected, (int)row.len,
                          row.data);
        }
        free(data);
    }
    kit_given_fini(&given);
    free(table);
    return wrong;
}

START_TEST(every_row_of_the_table)
{
    struct kit kit;
    unsigned counts[2] = {0, 0};
    char *chart = kit_chart("philae");
    kit_load(&kit, watchful[_i]);
    ck_assert_uint_eq(run_table(&kit, chart, counts), 0);
    ck_assert_uint_ge(counts[0], ROWS_EACH_MIN);
    ck_assert_uint_ge(counts[1], ROWS_EACH_MIN);
    kit_unload(&kit);
    free(chart);
}
END_TEST

static const struct {
    const char *locale;
    const char *lines[8];
} help_rows[] = {
    {"de", {"112", "0800 1110111", "0800 1110222", "116 123", "142", "143"}},
    {"en", {"112", "0800 1110111", "142", "143"}},
};

START_TEST(declining_gives_help_lines_and_no_prompt)
{
    struct kit kit;
    struct kit_given given;
    kit_load(&kit, "crisis");
    kit_given_init(&given);
    /* No chart is needed to say this. */
    kit_build(&kit, help_rows[_i].locale, "{\"context\":\"Ich will nicht mehr leben\"}", "",
              &given);
    ck_assert_int_eq(given.status, AGENTHOST_DECLINE);
    ck_assert_uint_eq(given.messages_count, 0);
    for (const char *const *line = help_rows[_i].lines; *line != NULL; line++) {
        ck_assert_msg(strstr(given.text.data, *line) != NULL, "%s is missing", *line);
    }
    ck_assert_ptr_null(strstr(given.say.data, "nicht mehr leben"));
    kit_given_fini(&given);
    kit_unload(&kit);
}
END_TEST

START_TEST(danger_is_found_in_the_midst_of_a_long_text)
{
    struct kit kit;
    struct kit_given given;
    struct sbuf text;
    sbuf_init(&text, 16000);
    for (int i = 0; i < 60; i++) {
        sbuf_puts(&text, "Seit dem Umzug ist vieles anders, und ich schlafe wenig. ");
        if (i == 30) {
            sbuf_puts(&text, "Manchmal denke ich daran, mir das Leben zu nehmen. ");
        }
    }
    char *data = kit_data(sbuf_as_span(&text));
    kit_load(&kit, "crisis");
    kit_given_init(&given);
    kit_build(&kit, "de", data, "", &given);
    ck_assert_int_eq(given.status, AGENTHOST_DECLINE);
    kit_given_fini(&given);
    kit_unload(&kit);
    free(data);
    sbuf_fini(&text);
}
END_TEST

Suite *suite_danger(void)
{
    Suite *suite = suite_create("danger");
    TCase *tcase = tcase_create("danger");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_row_of_the_table, 0, ARRAY_LEN(watchful));
    tcase_add_loop_test(tcase, declining_gives_help_lines_and_no_prompt, 0, ARRAY_LEN(help_rows));
    tcase_add_test(tcase, danger_is_found_in_the_midst_of_a_long_text);
    suite_add_tcase(suite, tcase);
    return suite;
}
