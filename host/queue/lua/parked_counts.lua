-- How many jobs are parked for each reason. Entries whose job is not delayed any more are
-- dropped: promoted by hand or by time, or removed.
-- KEYS parked, delayed. Returns {reason, count, ...}.
local all = redis.call("HGETALL", KEYS[1])
local counts, gone = {}, {}
local isSwept = #all <= 8000 -- more would hold up the server
for i = 1, #all, 2 do
    local id = isSwept and string.match(all[i], "^(.*):%d+$")
    if id and not redis.call("ZSCORE", KEYS[2], id) then
        gone[#gone + 1] = all[i]
    else
        local reason = string.match(all[i + 1], '"reason":"([%w_]+)"') or "unknown"
        counts[reason] = (counts[reason] or 0) + 1
    end
end
if #gone > 0 then
    redis.call("HDEL", KEYS[1], unpack(gone))
end
local flat = {}
for reason, count in pairs(counts) do
    flat[#flat + 1] = reason
    flat[#flat + 1] = count
end
return flat
