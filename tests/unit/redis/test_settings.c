/* Redis URLs, as people write them and as they get them wrong. */
#include <stdlib.h>
#include <string.h>

#include "core/attr.h"
#include "core/options.h"
#include "redis/redis-private.h"
#include "suites.h"

struct good {
    const char *url, *host, *unix_path;
    unsigned port;
    bool is_tls;
    const char *username, *password;
    unsigned db;
    const char *peer;
};

static const struct good goods[] = {
    {"redis://127.0.0.1", "127.0.0.1", NULL, 6379, false, NULL, NULL, 0,
     "redis://127.0.0.1:6379/0"},
    {"redis://", "127.0.0.1", NULL, 6379, false, NULL, NULL, 0, "redis://127.0.0.1:6379/0"},
    {"redis://db.example:6380/3", "db.example", NULL, 6380, false, NULL, NULL, 3,
     "redis://db.example:6380/3"},
    {"redis://:s3cret@h/", "h", NULL, 6379, false, NULL, "s3cret", 0, "redis://h:6379/0"},
    {"rediss://me:p%40ss%3Aw@h:1", "h", NULL, 1, true, "me", "p@ss:w", 0, "rediss://h:1/0"},
    {"redis://me:a@b/c@h:1/2", "h", NULL, 1, false, "me", "a@b/c", 2, "redis://h:1/2"},
    {"tcp://redis-queue:6379", "redis-queue", NULL, 6379, false, NULL, NULL, 0,
     "redis://redis-queue:6379/0"},
    {"redis://[::1]:7000/1", "::1", NULL, 7000, false, NULL, NULL, 1, "redis://[::1]:7000/1"},
    {"redis://[fe80::1]", "fe80::1", NULL, 6379, false, NULL, NULL, 0, "redis://[fe80::1]:6379/0"},
    {"redis://h?family=0&db=4", "h", NULL, 6379, false, NULL, NULL, 4, "redis://h:6379/4"},
    {"unix:/run/r.sock", NULL, "/run/r.sock", 6379, false, NULL, NULL, 0, "unix:/run/r.sock"},
    {"unix:///run/r%20s?db=2", NULL, "/run/r s", 6379, false, NULL, NULL, 2, "unix:/run/r s?db=2"},
};

static struct redis_settings settings_default(void)
{
    return (struct redis_settings){.host = strdup("before"), .port = 6379};
}

static void assert_text(const char *found, const char *expected)
{
    if (expected == NULL) {
        ck_assert_ptr_null(found);
    } else {
        ck_assert_ptr_nonnull(found);
        ck_assert_str_eq(found, expected);
    }
}

START_TEST(url_is_understood)
{
    const struct good *good = &goods[_i];
    struct redis_settings settings = settings_default();
    struct err err = {0};
    ck_assert_msg(redis_settings_url(&settings, good->url, &err), "%s: %s", good->url, err.text);
    assert_text(settings.host, good->host);
    assert_text(settings.unix_path, good->unix_path);
    assert_text(settings.username, good->username);
    assert_text(settings.password, good->password);
    ck_assert_uint_eq(settings.port, good->port);
    ck_assert_uint_eq(settings.db, good->db);
    ck_assert_int_eq(settings.is_tls, good->is_tls);
    char *peer = redis_settings_peer(&settings);
    ck_assert_str_eq(peer, good->peer);
    free(peer);
    redis_settings_fini(&settings);
}
END_TEST

static const char *const bads[] = {
    "",
    "localhost:6379",
    "http://topsecret@h",
    "redis://h:0",
    "redis://h:65536",
    "redis://h:12x",
    "redis://h:",
    "redis://h/zero",
    "redis://h/4294967296",
    "redis://[::1",
    "redis://[::1]x",
    "redis://u:topsecret%4@h",
    "redis://u:topsecret%zz@h",
    "redis://u:topsecret%00@h",
    "redis://u:topsecret%@h",
    "redis://u:topsecret@h?nonsense=1",
    "redis://u:topsecret@h?db=x",
    "unix:relative",
    "unix:",
    "unix:/a%0",
};

START_TEST(bad_url_is_refused_without_its_secret)
{
    struct redis_settings settings = settings_default();
    struct err err = {0};
    ck_assert_msg(!redis_settings_url(&settings, bads[_i], &err), "%s", bads[_i]);
    ck_assert_int_eq(err.kind, ERR_INVALID);
    ck_assert_ptr_null(strstr(err.text, "topsecret"));
    redis_settings_fini(&settings);
}
END_TEST

START_TEST(overlong_part_is_refused)
{
    char url[3000] = "redis://u:";
    memset(url + strlen(url), 'x', 2000);
    strcat(url, "@h");
    struct redis_settings settings = settings_default();
    struct err err;
    ck_assert(!redis_settings_url(&settings, url, &err));
    redis_settings_fini(&settings);
}
END_TEST

START_TEST(url_wins_and_the_rest_is_kept)
{
    struct options options = {0};
    options.redis.url = (char *)"redis://other:7000";
    options.redis.host = (char *)"h";
    options.redis.port = 1;
    options.redis.username = (char *)"me";
    options.redis.password = (char *)"pw";
    options.redis.db = 5;
    options.redis.connect_ms = 10;
    options.redis.command_ms = 20;
    struct redis_settings settings;
    struct err err;
    ck_assert(redis_settings_init(&settings, &options, &err));
    ck_assert_str_eq(settings.host, "other");
    ck_assert_uint_eq(settings.port, 7000);
    ck_assert_str_eq(settings.username, "me");
    ck_assert_str_eq(settings.password, "pw");
    ck_assert_uint_eq(settings.db, 5);
    ck_assert_int_eq(settings.connect_ms, 10);
    ck_assert_int_eq(settings.command_ms, 20);
    redis_settings_fini(&settings);
    options.redis.url = (char *)"nonsense";
    ck_assert(!redis_settings_init(&settings, &options, &err));
}
END_TEST

Suite *suite_settings(void)
{
    Suite *suite = suite_create("settings");
    TCase *tcase = tcase_create("settings");
    tcase_add_loop_test(tcase, url_is_understood, 0, ARRAY_LEN(goods));
    tcase_add_loop_test(tcase, bad_url_is_refused_without_its_secret, 0, ARRAY_LEN(bads));
    tcase_add_test(tcase, overlong_part_is_refused);
    tcase_add_test(tcase, url_wins_and_the_rest_is_kept);
    suite_add_tcase(suite, tcase);
    return suite;
}
