# host/http
