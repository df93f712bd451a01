/* A real Redis server of a test's own: on a unix socket and a free TCP port. It and its directory
 * go with the test's process, however that ends. */
#ifndef TESTS_SUPPORT_REDIS_SERVER_H
#define TESTS_SUPPORT_REDIS_SERVER_H

#include <stdint.h>
#include <sys/types.h>

#define REDIS_SERVER_PATH_BYTES 96

struct redis_server {
    pid_t pid;
    pid_t janitor; /* removes the directory when janitor_fd is closed */
    int janitor_fd;
    uint16_t port; /* on 127.0.0.1 */
    char dir[REDIS_SERVER_PATH_BYTES];
    char socket_path[REDIS_SERVER_PATH_BYTES + 8];
};

/* Makes the directory and picks the port; nothing runs yet, files for the server can be put into
 * dir. Fails the test when it cannot. */
void redis_server_init(struct redis_server *server);

/* Starts the server with more arguments (NULL-terminated list, or NULL) and waits until it takes
 * connections. After redis_server_kill it comes back on the same port and socket, empty. */
void redis_server_run(struct redis_server *server, const char *const *args);

/* init and run in one. */
void redis_server_start(struct redis_server *server, const char *const *args);

/* Ends the server at once (SIGKILL) and waits for its end. */
void redis_server_kill(struct redis_server *server);

/* Kills it and removes the directory with all it holds. */
void redis_server_stop(struct redis_server *server);

/* A port below the ephemeral range that nobody listens on at 127.0.0.1 now. */
uint16_t test_free_port(void);

#endif
