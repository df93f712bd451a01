# host/store
