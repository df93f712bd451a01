# host/model: streamed model calls, on the loop.
noinst_LIBRARIES += host/model/libmodel.a
host_model_libmodel_a_SOURCES = \
	host/model/breaker.c host/model/breaker.h \
	host/model/budget.c host/model/budget.h \
	host/model/call.c host/model/call_end.c \
	host/model/curl_loop.c host/model/curl_loop.h \
	host/model/delta.c host/model/delta_scan.c host/model/delta.h host/model/delta-private.h \
	host/model/model.c host/model/model.h host/model/model-private.h \
	host/model/provider.c \
	host/model/provider_openai.c host/model/provider_openai.h \
	host/model/retry.c host/model/retry.h \
	host/model/scan.c host/model/scan.h \
	host/model/sse.c host/model/sse.h \
	host/model/usage.c host/model/usage.h
MODEL_LIBS = host/model/libmodel.a $(CURL_LIBS) $(OPENSSL_LIBS)
