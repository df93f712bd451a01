# host/job
