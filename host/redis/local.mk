# host/redis
