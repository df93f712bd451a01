# host/net: libcurl's transfers on the event loop, for whoever speaks HTTP to others.
noinst_LIBRARIES += host/net/libnet.a
host_net_libnet_a_SOURCES = \
	host/net/curl_loop.c host/net/curl_loop.h \
	host/net/curl_shard.c \
	host/net/net-private.h
NET_LIBS = host/net/libnet.a $(CURL_LIBS) $(OPENSSL_LIBS)
