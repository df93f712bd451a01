# host/http: the control socket's HTTP; one endpoint a file, one table of routes.
noinst_LIBRARIES += host/http/libhttp.a
host_http_libhttp_a_SOURCES = \
	host/http/drain.c \
	host/http/enqueue.c \
	host/http/face.h \
	host/http/health.c \
	host/http/metrics.c \
	host/http/reading.c \
	host/http/reload.c \
	host/http/request.c host/http/request.h \
	host/http/router.c host/http/router.h \
	host/http/server.c host/http/server.h \
	host/http/status.c
HTTP_LIBS = host/http/libhttp.a $(MHD_LIBS)
