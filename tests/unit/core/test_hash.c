/* Hashes against published test values. */
#include <string.h>

#include "core/hash.h"
#include "suites.h"

START_TEST(hash_sha256_matches_the_standard)
{
    char hex[HASH_SHA256_HEX_BYTES];
    hash_sha256_hex(span_of(""), hex);
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hash_sha256_hex(span_of("abc"), hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

START_TEST(hash_sha256_in_pieces_equals_one_run)
{
    char hex[HASH_SHA256_HEX_BYTES];
    struct hash_sha256 *hash = hash_sha256_create();
    hash_sha256_update(hash, "a", 1);
    hash_sha256_update(hash, "", 0);
    hash_sha256_update(hash, "bc", 2);
    hash_sha256_finish(&hash, hex);
    ck_assert_ptr_null(hash);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

START_TEST(hash_hmac_sha256_matches_rfc_4231)
{
    static const unsigned char expected[HASH_SHA256_BYTES] = {
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
        0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
        0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
    unsigned char digest[HASH_SHA256_BYTES];
    hash_hmac_sha256(SPAN_LITERAL("Jefe"), SPAN_LITERAL("what do ya want for nothing?"), digest);
    ck_assert(hash_is_equal(digest, expected, sizeof(expected)));
    digest[31] ^= 1;
    ck_assert(!hash_is_equal(digest, expected, sizeof(expected)));
}
END_TEST

START_TEST(hash_sha1_matches_the_standard)
{
    char hex[41];
    hash_sha1_hex(span_of("abc"), hex);
    ck_assert_str_eq(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
}
END_TEST

START_TEST(hash_uuid5_names_never_change)
{
    /* Computed with Python's uuid.uuid5; a change would rename stored readings. */
    char uuid[HASH_UUID_BYTES];
    hash_uuid5(span_of("bull:readings:17:1767323045678"), uuid);
    ck_assert_str_eq(uuid, "e2560577-7f95-528c-a242-5eb403ab01cb");
    hash_uuid5(span_of(""), uuid);
    ck_assert_str_eq(uuid, "c7b13e45-eabc-5d2a-b322-991bc272b496");
}
END_TEST

START_TEST(hash_uuid4_has_version_and_variant)
{
    char first[HASH_UUID_BYTES], second[HASH_UUID_BYTES];
    hash_uuid4(first);
    hash_uuid4(second);
    ck_assert_str_ne(first, second);
    ck_assert_uint_eq(strlen(first), 36);
    ck_assert_int_eq(first[14], '4');
    ck_assert_ptr_nonnull(strchr("89ab", first[19]));
}
END_TEST

START_TEST(hash_knows_a_uuid_by_its_shape)
{
    ck_assert(hash_is_uuid("d8c78df3-981a-45cb-9c72-670a88847498"));
    ck_assert(hash_is_uuid("D8C78DF3-981A-45CB-9C72-670A88847498"));
    ck_assert(!hash_is_uuid(""));
    ck_assert(!hash_is_uuid("d8c78df3-981a-45cb-9c72-670a8884749"));
    ck_assert(!hash_is_uuid("d8c78df3-981a-45cb-9c72-670a888474980"));
    ck_assert(!hash_is_uuid("d8c78df3-981a-45cb-9c72-670a8884749g"));
    ck_assert(!hash_is_uuid("d8c78df3+981a-45cb-9c72-670a88847498"));
}
END_TEST

START_TEST(hash_fnv64_matches_the_published_values)
{
    ck_assert(hash_fnv64(span_of("")) == 0xcbf29ce484222325u);
    ck_assert(hash_fnv64(span_of("a")) == 0xaf63dc4c8601ec8cu);
    ck_assert(hash_fnv64(span_of("foobar")) == 0x85944171f73967e8u);
}
END_TEST

Suite *suite_hash(void)
{
    Suite *suite = suite_create("hash");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, hash_sha256_matches_the_standard);
    tcase_add_test(tests, hash_sha256_in_pieces_equals_one_run);
    tcase_add_test(tests, hash_hmac_sha256_matches_rfc_4231);
    tcase_add_test(tests, hash_sha1_matches_the_standard);
    tcase_add_test(tests, hash_uuid5_names_never_change);
    tcase_add_test(tests, hash_uuid4_has_version_and_variant);
    tcase_add_test(tests, hash_knows_a_uuid_by_its_shape);
    tcase_add_test(tests, hash_fnv64_matches_the_published_values);
    suite_add_tcase(suite, tests);
    return suite;
}
