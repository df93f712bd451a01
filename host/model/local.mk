# host/model
