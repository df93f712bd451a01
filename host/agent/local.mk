# host/agent
