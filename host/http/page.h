/* The files that are served as they are: the page's and the description of the interface. The
 * table is generated from HTTP_PAGE in local.mk. */
#ifndef HTTP_PAGE_H
#define HTTP_PAGE_H

#include <stddef.h>

struct http_file {
    const char *name; /* without a folder */
    const char *type;
    const char *etag; /* quotes included */
    const unsigned char *bytes;
    size_t len;
};

extern const struct http_file http_files[];
extern const size_t http_files_count;

#endif
