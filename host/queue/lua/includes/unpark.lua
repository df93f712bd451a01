--- @include "front.lua"
-- KEYS of both scripts: delayed, wait, prioritized, active, meta, events, marker, parked
-- Brings one parked job out of delayed; its id when it belongs into the wait list.
local function unparkOne(base, name, place)
    local rcall = redis.call
    local id, timestamp = string.match(name, "^(.*):(%d+)$")
    rcall("HDEL", KEYS[8], name)
    if not id or rcall("HGET", base .. id, "timestamp") ~= timestamp or
        rcall("ZREM", KEYS[1], id) == 0 then
        return nil, false
    end
    rcall("HSET", base .. id, "delay", 0)
    addEvent(KEYS[6], KEYS[5], "event", "waiting", "jobId", id, "prev", "delayed")
    local priority = tonumber(rcall("HGET", base .. id, "priority") or 0)
    if priority > 0 then
        -- Below counter 1 is the front of that priority; 1024 places keep their order there.
        rcall("ZADD", KEYS[3], priority * 0x100000000 + math.min(place, 1023) / 1024, id)
        return nil, true
    end
    return id, true
end
-- Puts ids to the front of wait, the first of them first, but behind those that came to the
-- front before: pivot is the last of these.
local function pushFront(ids, pivot)
    local rcall = redis.call
    local ahead = {}
    local at = pivot ~= "" and rcall("LPOS", KEYS[2], pivot, "RANK", -1, "MAXLEN", 5000)
    if at then
        ahead = rcall("LRANGE", KEYS[2], at, -1)
        if at == 0 then
            rcall("DEL", KEYS[2])
        else
            rcall("LTRIM", KEYS[2], 0, at - 1)
        end
    end
    for i = #ids, 1, -1 do
        rcall("RPUSH", KEYS[2], ids[i])
    end
    for i = 1, #ahead, 5000 do
        rcall("RPUSH", KEYS[2], unpack(ahead, i, math.min(i + 4999, #ahead)))
    end
end
local function wakeWorkers()
    if not isHeld(KEYS[5], KEYS[4]) then
        redis.call("ZADD", KEYS[7], 0, "0")
    end
end
