-- Before the first claim on a connection: makes sure that this host is the only one of its name
-- and serves the right store, keeps the claims it is working on, and gives back all others that
-- it or a dead predecessor made.
-- KEYS active, wait, prioritized, stalled, events, meta, marker, store, nonce
-- ARGV base, host-id, worker name, store uuid, nonce, nonce's life in ms, length of the nonce's
--      part that a predecessor shares (0: none is expected), lock's life in ms,
--      then id and token of each claim we are working on
-- Returns {"ok"|"copied"|"store", the other's name, number given back, ms by this server's clock}
--- @include "includes/front.lua"
--- @include "includes/now.lua"
local rcall = redis.call
local base, hostDot, worker = ARGV[1], ARGV[2] .. ".", ARGV[3]
local nonce, shared = rcall("GET", KEYS[9]), tonumber(ARGV[7])
if nonce and nonce ~= ARGV[5] and
    (shared == 0 or string.sub(nonce, 1, shared) ~= string.sub(ARGV[5], 1, shared)) then
    return {"copied", nonce, 0, serverMs()}
end
rcall("SET", KEYS[9], ARGV[5], "PX", ARGV[6])
local working = {}
for i = 9, #ARGV, 2 do
    working[ARGV[i]] = ARGV[i + 1]
end
local back = {}
for _, id in ipairs(rcall("LRANGE", KEYS[1], 0, -1)) do
    local jobKey = base .. id
    local token = rcall("GET", jobKey .. ":lock")
    if token then
        if string.sub(token, 1, #hostDot) == hostDot and working[id] ~= token then
            back[#back + 1] = id
        end
    elseif rcall("HGET", jobKey, "pb") == worker then
        if working[id] then
            -- The lock ran out while we were cut off, and nobody has claimed the job.
            rcall("SET", jobKey .. ":lock", working[id], "PX", ARGV[8])
            rcall("SREM", KEYS[4], id)
        else
            back[#back + 1] = id
        end
    end
end
-- The newest claim stands first in active; whoever is pushed last is served first.
for i, id in ipairs(back) do
    local jobKey = base .. id
    rcall("DEL", jobKey .. ":lock")
    rcall("SREM", KEYS[4], id)
    rcall("LREM", KEYS[1], -1, id)
    local priority = tonumber(rcall("HGET", jobKey, "priority") or 0)
    if rcall("EXISTS", jobKey) == 1 then
        if priority > 0 then
            -- Counters start at 1: below it is the front of that priority.
            rcall("ZADD", KEYS[3], priority * 0x100000000 + (#back - i) / (#back + 1), id)
        else
            rcall("RPUSH", KEYS[2], id)
        end
        addEvent(KEYS[5], KEYS[6], "event", "waiting", "jobId", id, "prev", "active")
    end
end
if #back > 0 and not isHeld(KEYS[6], KEYS[1]) then
    rcall("ZADD", KEYS[7], 0, "0")
end
if not rcall("SET", KEYS[8], ARGV[4], "NX") then
    local store = rcall("GET", KEYS[8])
    if store ~= ARGV[4] then
        return {"store", store, #back, serverMs()}
    end
end
return {"ok", "", #back, serverMs()}
