/* What agenthost dev runs beside its host: a private Redis, the practice model. And a free port. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cell/cell.h"
#include "cli/dev-private.h"

static bool dev_find_program(const char *name, char ret_path[PATH_MAX])
{
    const char *at = getenv("PATH");
    at = at != NULL ? at : "/usr/local/bin:/usr/bin:/bin";
    while (*at != '\0') {
        size_t len = strcspn(at, ":");
        int bytes = snprintf(ret_path, PATH_MAX, "%.*s/%s", (int)len, at, name);
        if (len > 0 && bytes > 0 && bytes < PATH_MAX && access(ret_path, X_OK) == 0) {
            return true;
        }
        at += len + (at[len] == ':');
    }
    return false;
}

bool dev_find_redis(char ret_path[PATH_MAX], struct err *err)
{
    /* redis-check-rdb is the very server and goes by the name it is called with. */
    return dev_find_program("redis-server", ret_path) ||
           dev_find_program("redis-check-rdb", ret_path) ||
           err_set(err, ERR_NOT_FOUND,
                   "no Redis program on PATH; install redis-tools, or redis-server (Debian: apt "
                   "install redis-tools)");
}

bool dev_take_port(unsigned *port, struct err *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)*port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    bool is_free = bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 1) == 0 &&
                   getsockname(fd, (struct sockaddr *)&address, &len) == 0;
    if (!is_free) {
        (void)err_set_errno(err,
                            "port %u cannot be had; choose another with --port N, or "
                            "--port 0 for any",
                            *port);
    }
    *port = is_free ? ntohs(address.sin_port) : *port;
    (void)close(fd);
    return is_free;
}
bool dev_redis_is_up(const struct dev_folder *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, folder->redis_socket, strlen(folder->redis_socket));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_up = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    (void)close(fd);
    return is_up;
}

unsigned dev_model_port(const struct dev_child *model)
{
    const char *line = model->pid > 0 ? model->out.data : "";
    return strchr(line, '\n') != NULL ? (unsigned)strtoul(line, NULL, 10) : 0;
}

bool dev_redis_start(struct dev_child *redis, const char *program, struct dev_folder *folder,
                     char *const *environment, struct err *err)
{
    char *const argv[] = {(char *)"redis-server",
                          (char *)"--port",
                          (char *)"0",
                          (char *)"--unixsocket",
                          folder->redis_socket,
                          (char *)"--unixsocketperm",
                          (char *)"700",
                          (char *)"--dir",
                          folder->path,
                          (char *)"--save",
                          (char *)"",
                          (char *)"--maxmemory-policy",
                          (char *)"noeviction",
                          (char *)"--loglevel",
                          (char *)"warning",
                          NULL};
    return dev_child_start(redis, program, argv, environment, STDOUT_FILENO, err);
}

bool dev_model_start(struct dev_child *model, char *const *environment, struct err *err)
{
    char program[PATH_MAX];
    char *const argv[] = {(char *)"agenthost-practice-model", NULL};
    cell_program_find("agenthost-practice-model", program);
    return dev_child_start(model, program, argv, environment, STDOUT_FILENO, err);
}
