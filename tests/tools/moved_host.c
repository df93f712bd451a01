/* A name whose address changes while a program runs: preloaded, it makes the name redis.test the
 * address that stands in the file MOVED_HOST names. Other names are left alone. */
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*getaddrinfo_fn)(const char *, const char *, const struct addrinfo *,
                              struct addrinfo **);

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict ret_list)
{
    char address[64] = "";
    const char *path = getenv("MOVED_HOST");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        ssize_t len = read(fd, address, sizeof(address) - 1);
        address[len > 0 ? len : 0] = '\0';
        (void)close(fd); /* read only */
    }
    bool is_numeric = hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0;
    bool is_moved = name != NULL && strcmp(name, "redis.test") == 0 && !is_numeric;
    getaddrinfo_fn real = (getaddrinfo_fn)dlsym(RTLD_NEXT, "getaddrinfo");
    return real(is_moved ? address : name, service, hints, ret_list);
}
