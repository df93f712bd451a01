/* Makes certificates with OpenSSL. */
#include "certs.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define DAY_S (24L * 60 * 60)

static void certs_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *certs_make(EVP_PKEY *key, const char *name, long serial, int valid_days)
{
    X509 *cert = X509_new();
    ck_assert_ptr_nonnull(cert);
    (void)X509_set_version(cert, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
    (void)X509_gmtime_adj(X509_getm_notBefore(cert), -30 * DAY_S);
    (void)X509_gmtime_adj(X509_getm_notAfter(cert), valid_days * DAY_S);
    (void)X509_set_pubkey(cert, key);
    ck_assert_int_eq(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                                (const unsigned char *)name, -1, -1, 0),
                     1);
    return cert;
}

static FILE *certs_open(const char *dir, const char *file)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, file);
    FILE *out = fopen(path, "we");
    ck_assert_ptr_nonnull(out);
    return out;
}

static void certs_save(const char *dir, const char *file, X509 *cert)
{
    FILE *out = certs_open(dir, file);
    ck_assert_int_eq(PEM_write_X509(out, cert), 1);
    (void)fclose(out);
}

void certs_write(const char *dir, const char *subject_alt_names, int valid_days)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    ck_assert_ptr_nonnull(ca_key);
    ck_assert_ptr_nonnull(key);
    X509 *ca = certs_make(ca_key, "test authority", 1, 30);
    (void)X509_set_issuer_name(ca, X509_get_subject_name(ca));
    certs_extend(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
    certs_extend(ca, ca, NID_key_usage, "critical,keyCertSign");
    ck_assert_int_gt(X509_sign(ca, ca_key, EVP_sha256()), 0);
    X509 *cert = certs_make(key, "test server", 2, valid_days);
    (void)X509_set_issuer_name(cert, X509_get_subject_name(ca));
    certs_extend(cert, ca, NID_subject_alt_name, subject_alt_names);
    ck_assert_int_gt(X509_sign(cert, ca_key, EVP_sha256()), 0);
    certs_save(dir, "ca.pem", ca);
    certs_save(dir, "server.pem", cert);
    FILE *out = certs_open(dir, "server.key");
    ck_assert_int_eq(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
    (void)fclose(out);
    X509_free(ca);
    X509_free(cert);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
}
