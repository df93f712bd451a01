-- Is the queue paused, or at its global concurrency? Then nobody is woken.
local function isHeld(metaKey, activeKey)
    local meta = redis.call("HMGET", metaKey, "paused", "concurrency")
    if meta[1] then
        return true
    end
    return meta[2] and redis.call("LLEN", activeKey) >= tonumber(meta[2])
end
local function addEvent(eventsKey, metaKey, ...)
    local most = redis.call("HGET", metaKey, "opts.maxLenEvents") or 10000
    redis.call("XADD", eventsKey, "MAXLEN", "~", most, "*", ...)
end
