/* Read tokens: what is signed, and everything that must not open a reading. */
#include <string.h>

#include "core/sbuf.h"
#include "http/token.h"
#include "suites.h"

#define NOW_S 1800000000
#define EXPIRY_S 1800000900
#define READING "0b0e8f6a-7d3c-4c1e-9a54-3f6f4d2f7a10"
/* python3: base64.urlsafe_b64encode(hmac.new(b"secret of this host",
 * b"read\0" + READING + b"\0" + b"1800000900", "sha256").digest()).rstrip(b"=") */
#define TOKEN "1800000900.ZPHs-z8IXi5r_GFPWLYV6tgilNxdc56f0zYuZF4i3tY"

static const struct span secret = {"secret of this host", 19};

START_TEST(http_token_is_the_documented_hmac)
{
    struct sbuf token;
    sbuf_init(&token, 200);
    http_token_render(secret, READING, EXPIRY_S, &token);
    ck_assert_str_eq(token.data, TOKEN);
    sbuf_fini(&token);
}
END_TEST

START_TEST(http_token_opens_its_reading_until_it_expires)
{
    ck_assert(http_token_is_good(secret, TOKEN, READING, NOW_S));
    ck_assert(http_token_is_good(secret, TOKEN, READING, EXPIRY_S - 1));
    ck_assert(!http_token_is_good(secret, TOKEN, READING, EXPIRY_S));
    ck_assert(!http_token_is_good(secret, TOKEN, READING, EXPIRY_S + 1));
    ck_assert(!http_token_is_good(secret, TOKEN, "0b0e8f6a", NOW_S));
    ck_assert(!http_token_is_good(secret, TOKEN, "", NOW_S));
    ck_assert(!http_token_is_good(SPAN_LITERAL("secret of that host"), TOKEN, READING, NOW_S));
}
END_TEST

START_TEST(http_token_of_which_one_byte_differs_opens_nothing)
{
    char token[] = TOKEN;
    for (size_t i = 0; i < strlen(TOKEN); i++) {
        for (int bit = 0; bit < 7; bit++) {
            token[i] = (char)(TOKEN[i] ^ 1 << bit);
            ck_assert_msg(!http_token_is_good(secret, token, READING, NOW_S), "%s", token);
        }
        token[i] = '\0'; /* and every beginning of it */
        ck_assert_msg(!http_token_is_good(secret, token, READING, NOW_S), "%s", token);
        token[i] = TOKEN[i];
    }
}
END_TEST

static const char *const malformed[] = {
    "",
    ".",
    "1800000900",
    "1800000900.",
    TOKEN "=",
    TOKEN "A",
    " " TOKEN,
    "+" TOKEN,
    "-" TOKEN,
    "0" TOKEN, /* the same expiry, written otherwise */
    "99999999999999999999.AAAA",
    "9223372036854775807.AAAA",
};

START_TEST(http_token_that_is_malformed_opens_nothing)
{
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        ck_assert_msg(!http_token_is_good(secret, malformed[i], READING, NOW_S), "%s",
                      malformed[i]);
    }
}
END_TEST

Suite *suite_token(void)
{
    Suite *suite = suite_create("token");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, http_token_is_the_documented_hmac);
    tcase_add_test(tests, http_token_opens_its_reading_until_it_expires);
    tcase_add_test(tests, http_token_of_which_one_byte_differs_opens_nothing);
    tcase_add_test(tests, http_token_that_is_malformed_opens_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
