-- Sets a claimed job aside without using an attempt: it stands delayed, its place is noted.
-- KEYS active, delayed, stalled, limiter, meta, events, marker, parked, job hash, run record
-- ARGV base, id, token, now ms, wait ms, reason, timestamp, worker name, parked since ms, order,
--      run, limiter's max (0 none), limiter's ms, claimed at ms, run record's life in ms
-- Returns 0, or 1 when a limiter's token was given back; -1 no job, -2 no lock, -6 not our lock,
-- -3 not active
--- @include "includes/front.lua"
local rcall = redis.call
local jobKey, id, now, wait = KEYS[9], ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
if rcall("EXISTS", jobKey) == 0 then
    return -1
end
local token = rcall("GET", jobKey .. ":lock")
if token ~= ARGV[3] then
    return token and -6 or -2
end
if rcall("LREM", KEYS[1], -1, id) < 1 then
    return -3
end
rcall("DEL", jobKey .. ":lock")
rcall("SREM", KEYS[3], id)
if tonumber(rcall("HGET", jobKey, "ats") or 0) > 0 then
    rcall("HINCRBY", jobKey, "ats", -1)
end
-- The limiter's token goes back only into the window it was taken from.
local meta = rcall("HMGET", KEYS[5], "max", "duration")
local max = tonumber(meta[1] or ARGV[12])
local duration = tonumber(ARGV[12]) > 0 and tonumber(ARGV[13]) or tonumber(meta[2] or 0)
local used, left = tonumber(rcall("GET", KEYS[4]) or 0), rcall("PTTL", KEYS[4])
local isGivenBack = 0
if max > 0 and used > 0 and used <= max and left > 0 then
    local windowBegan = now - (duration - left)
    if tonumber(ARGV[14]) >= windowBegan - 50 then -- claims are stamped before they are sent
        isGivenBack = 1
        if used == 1 then
            rcall("DEL", KEYS[4])
        else
            rcall("DECR", KEYS[4])
        end
    end
end
rcall("HSET", jobKey, "delay", ARGV[5], "agenthost:parked",
    ARGV[11] .. " " .. ARGV[9] .. " " .. ARGV[10])
-- BullMQ's score: due time and a tie-break that keeps equal ones in order.
local due = now + wait
local score, most = due * 0x1000, (due + 1) * 0x1000 - 1
local last = rcall("ZREVRANGEBYSCORE", KEYS[2], most, score, "WITHSCORES", "LIMIT", 0, 1)
if last[2] then
    score = math.min(tonumber(last[2]) + 1, most)
end
rcall("ZADD", KEYS[2], score, id)
addEvent(KEYS[6], KEYS[5], "event", "delayed", "jobId", id, "delay", due)
local nextDue = rcall("ZRANGE", KEYS[2], 0, 0, "WITHSCORES")
rcall("ZADD", KEYS[7], tonumber(nextDue[2]) / 0x1000, "1")
rcall("HSET", KEYS[8], id .. ":" .. ARGV[7], '{"reason":"' .. ARGV[6] .. '","since":' .. ARGV[9] ..
    ',"order":' .. ARGV[10] .. ',"host":' .. cjson.encode(ARGV[8]) .. "}")
if rcall("EXISTS", KEYS[10]) == 1 then
    rcall("PEXPIRE", KEYS[10], ARGV[15])
end
return isGivenBack
