/* Who asks, and what that caller may do. */
#ifndef HTTP_CALLER_H
#define HTTP_CALLER_H

#define HTTP_PARAM_BYTES_MAX 128
#define HTTP_KEY_NAME_BYTES_MAX 64

/* What routes need and callers have; each includes the ones before it. */
enum http_scope {
    HTTP_SCOPE_PROBE,   /* health, readiness, metrics, the page: everybody */
    HTTP_SCOPE_READ,    /* agents, readings, statistics */
    HTTP_SCOPE_EXECUTE, /* new readings and charts */
    HTTP_SCOPE_OPERATE, /* the host itself */
};

struct http_caller {
    enum http_scope scope;
    char key_name[HTTP_KEY_NAME_BYTES_MAX]; /* "-" for callers without a key */
    char reading_id[HTTP_PARAM_BYTES_MAX];  /* the one reading a read token opens, or "" */
};

#endif
