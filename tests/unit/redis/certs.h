/* A throw-away certificate authority and the certificates it signs, for TLS tests. */
#ifndef TESTS_UNIT_REDIS_CERTS_H
#define TESTS_UNIT_REDIS_CERTS_H

/* Writes <dir>/ca.pem, and <dir>/server.pem with <dir>/server.key naming subject_alt_names
 * ("DNS:localhost,IP:127.0.0.1"). valid_days < 0: expired already. */
void certs_write(const char *dir, const char *subject_alt_names, int valid_days);

#endif
