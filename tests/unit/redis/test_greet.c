/* What the answer to INFO says about a server. */
#include <string.h>

#include "core/attr.h"
#include "redis/redis-private.h"
#include "suites.h"

struct info {
    const char *text;
    unsigned version; /* 0 = refused */
    bool evicts;
    enum err_kind kind;
    const char *says;
};

static const struct info infos[] = {
    {"# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrole:master\r\n", 70015, false,
     ERR_NONE, NULL},
    {"redis_version:6.2.0\nmaxmemory_policy:noeviction\ncluster_enabled:0\nloading:0\n", 60200,
     false, ERR_NONE, NULL},
    {"redis_version:7.2.4\r\nvalkey_version:8.0.1\r\nmaxmemory_policy:allkeys-lru\r\n", 70204, true,
     ERR_NONE, NULL},
    {"redis_version:255.255.255\r\n", 999999, false, ERR_NONE, NULL},
    {"redis_version:6.0.16\r\n", 0, false, ERR_INVALID, "'6.0.16'"},
    {"redis_version:6\r\n", 0, false, ERR_INVALID, "6.2"},
    {"redis_version:\r\n", 0, false, ERR_INVALID, "6.2"},
    {"xredis_version:7.0.0\r\n", 0, false, ERR_INVALID, "6.2"},
    {"", 0, false, ERR_INVALID, "6.2"},
    {"redis_version:7.0.15\r\nredis_mode:cluster\r\ncluster_enabled:1\r\n", 0, false, ERR_INVALID,
     "cluster"},
    {"redis_version:7.0.15\r\nredis_mode:sentinel\r\n", 0, false, ERR_INVALID, "Sentinel"},
    {"redis_version:7.0.15\r\nloading:1\r\n", 0, false, ERR_AGAIN, "loading"},
    {"redis_version:7.0.15\r\nrole:slave\r\n", 0, false, ERR_AGAIN, "replica"},
    {"redis_version:7.0.15\r\nrole:slave", 0, false, ERR_AGAIN, "replica"},
};

START_TEST(info_decides)
{
    const struct info *info = &infos[_i];
    unsigned version = 0;
    bool evicts = false;
    struct err err = {0};
    bool is_fine = redis_check_info(span_of(info->text), &version, &evicts, &err);
    ck_assert_int_eq(is_fine, info->version != 0);
    ck_assert_uint_eq(version, info->version);
    ck_assert_int_eq(evicts, info->evicts);
    ck_assert_int_eq(err.kind, info->kind);
    if (info->says != NULL) {
        ck_assert_ptr_nonnull(strstr(err.text, info->says));
    }
}
END_TEST

Suite *suite_greet(void)
{
    Suite *suite = suite_create("greet");
    TCase *tcase = tcase_create("info");
    tcase_add_loop_test(tcase, info_decides, 0, ARRAY_LEN(infos));
    suite_add_tcase(suite, tcase);
    return suite;
}
