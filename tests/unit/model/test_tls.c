/* Answers over TLS, and certificates nobody vouches for. */
#include <string.h>

#include "rig.h"
#include "suites.h"

static const struct http_step *const answers[] = {answer_good};
static struct rig rig;

START_TEST(answers_come_over_tls)
{
    rig_init_tls(&rig, answers, 1, "IP:127.0.0.1", true);
    for (int i = 0; i < 40; i++) {
        (void)rig_start(&rig, &rig_request);
    }
    rig_wait_done(&rig, 40);
    for (int i = 0; i < 40; i++) {
        ck_assert_msg(rig.calls[i].result.outcome == MODEL_OK, "%s", rig.calls[i].result.reason);
        ck_assert_str_eq(rig.calls[i].text, "Hello, w\xc3\xb6rld");
    }
    ck_assert_uint_le(http_script_connections(rig.server), 40);
    rig_fini(&rig);
}
END_TEST

static const struct tls_row {
    const char *names;
    bool is_trusted;
} rows[] = {
    {"IP:127.0.0.1", false},
    {"DNS:example.org", true},
};

START_TEST(stranger_is_not_told_the_key)
{
    struct model_result why;
    rig_init_tls(&rig, answers, 1, rows[_i].names, rows[_i].is_trusted);
    const struct rig_call *call = rig_ask(&rig);
    ck_assert_int_eq(call->result.outcome, MODEL_PROVIDER_DOWN);
    ck_assert_uint_eq(call->result.tries, 1);
    ck_assert_msg(strstr(call->result.reason, "certificate") != NULL, "%s", call->result.reason);
    ck_assert(!model_is_available(rig.model, "openai", "m-1", &why));
    ck_assert_uint_eq(http_script_requests(rig.server), 0);
    rig_fini(&rig);
}
END_TEST

Suite *suite_tls(void)
{
    Suite *suite = suite_create("tls");
    TCase *tcase = tcase_create("certificates");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, answers_come_over_tls);
    tcase_add_loop_test(tcase, stranger_is_not_told_the_key, 0,
                        (int)(sizeof(rows) / sizeof(rows[0])));
    suite_add_tcase(suite, tcase);
    return suite;
}
