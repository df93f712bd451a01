# host/queue
