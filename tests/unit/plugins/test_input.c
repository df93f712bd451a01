/* What check_input accepts and how it refuses, for all four agents. */
#include <stdlib.h>

#include "kit.h"

static const struct {
    const char *data;
    const char *field; /* NULL: accepted */
    const char *remedy;
} rows[] = {
    {"{\"context\":\"Ein neues Team\"}", NULL, NULL},
    {"{\"context\":\"x\",\"depth\":\"basic\",\"style\":\"direkt\",\"locale\":\"en\"}", NULL, NULL},
    {"{\"context\":\"x\",\"style\":\"einfühlsam\"}", NULL, NULL},
    {"{\"context\":\"x\",\"style\":\"Einfuehlsam\"}", NULL, NULL},
    {"{\"context\":\"x\",\"style\":\"EINFÜHLSAM\"}", NULL, NULL},
    {"{\"context\":\"x\",\"style\":\"calm\",\"depth\":\"Professional\"}", NULL, NULL},
    {"{\"context\":\"x\",\"style\":null,\"depth\":null,\"locale\":null}", NULL, NULL},
    {"{\"context\":\"x\",\"userId\":7,\"anything\":[1,2]}", NULL, NULL},
    {"{}", "context", "is missing"},
    {"{\"context\":null}", "context", "is missing"},
    {"{\"context\":5}", "context", "must be a text of 1 to 4000 characters (found a number)"},
    {"{\"context\":[\"x\"]}", "context", "must be a text of 1 to 4000 characters (found an array)"},
    {"{\"context\":\"\"}", "context", "must be a text of 1 to 4000 characters (found 0)"},
    {"{\"context\":\" \\n\\t \"}", "context", "is empty"},
    {"{\"context\":\"x\",\"depth\":\"deep\"}", "depth",
     "'deep' is not known; send one of basic, advanced, professional"},
    {"{\"context\":\"x\",\"depth\":3}", "depth", "is a number; send one of basic, advanced"},
    {"{\"context\":\"x\",\"depth\":\"\"}", "depth", "'' is not known"},
    {"{\"context\":\"x\",\"style\":\"laut\"}", "style",
     "'laut' is not known; send one of klar, direkt, ruhig, empathisch"},
    {"{\"context\":\"x\",\"style\":{}}", "style", "is an object; send one of klar"},
    {"{\"context\":\"x\",\"locale\":\"fr\"}", "locale", "'fr' is not known; send one of de, en"},
    {"{\"context\":\"x\",\"locale\":true}", "locale", "is a boolean; send one of de, en"},
    {"[]", "", "is not a JSON object"},
    {"", "", "is not a JSON object"},
};

START_TEST(judges_every_row)
{
    for (size_t agent = 0; agent < ARRAY_LEN(KIT_AGENTS); agent++) {
        struct kit kit;
        struct kit_given given;
        kit_load(&kit, KIT_AGENTS[agent]);
        kit_given_init(&given);
        kit_check(&kit, rows[_i].data, &given);
        if (rows[_i].field == NULL) {
            ck_assert_msg(given.status == AGENTHOST_OK, "%s", given.say.data);
        } else {
            ck_assert_int_eq(given.status, AGENTHOST_INVALID);
            ck_assert_str_eq(given.field.data, rows[_i].field);
            ck_assert_msg(strstr(given.say.data, rows[_i].remedy) != NULL, "%s", given.say.data);
        }
        kit_given_fini(&given);
        kit_unload(&kit);
    }
}
END_TEST

/* count umlauts: two bytes, one character each. */
static enum agenthost_status check_length(size_t count, struct kit_given *given)
{
    struct kit kit;
    struct sbuf context;
    sbuf_init(&context, 16000);
    for (size_t i = 0; i < count; i++) {
        sbuf_puts(&context, "ä");
    }
    char *data = kit_data(sbuf_as_span(&context));
    kit_load(&kit, "business");
    kit_check(&kit, data, given);
    kit_unload(&kit);
    free(data);
    sbuf_fini(&context);
    return given->status;
}

START_TEST(counts_characters_not_bytes)
{
    struct kit_given given;
    kit_given_init(&given);
    ck_assert_int_eq(check_length(4000, &given), AGENTHOST_OK);
    ck_assert_int_eq(check_length(4001, &given), AGENTHOST_INVALID);
    ck_assert_str_eq(given.field.data, "context");
    ck_assert_str_eq(given.say.data, "must be a text of 1 to 4000 characters (found 4001)");
    kit_given_fini(&given);
}
END_TEST

START_TEST(a_long_wrong_word_is_cut_between_characters)
{
    struct kit kit;
    struct kit_given given;
    struct sbuf data;
    sbuf_init(&data, 16000);
    sbuf_puts(&data, "{\"context\":\"x\",\"style\":\"x");
    for (int i = 0; i < 500; i++) {
        sbuf_puts(&data, "ö");
    }
    sbuf_puts(&data, "\"}");
    kit_load(&kit, "crisis");
    kit_given_init(&given);
    kit_check(&kit, data.data, &given);
    ck_assert_int_eq(given.status, AGENTHOST_INVALID);
    ck_assert(span_is_utf8(sbuf_as_span(&given.say)));
    ck_assert_uint_lt(given.say.len, 200);
    kit_given_fini(&given);
    kit_unload(&kit);
    sbuf_fini(&data);
}
END_TEST

Suite *suite_input(void)
{
    Suite *suite = suite_create("input");
    TCase *tcase = tcase_create("input");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, judges_every_row, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, counts_characters_not_bytes);
    tcase_add_test(tcase, a_long_wrong_word_is_cut_between_characters);
    suite_add_tcase(suite, tcase);
    return suite;
}
