-- A job was announced - an answer for it has come from elsewhere, or it was cancelled: if it is
-- parked for another host's call, or to be cancelled, it need not wait any longer.
-- KEYS delayed, wait, prioritized, active, meta, events, marker, parked, cancel
-- ARGV base, name. Returns 1 or 0.
--- @include "includes/unpark.lua"
local parked = redis.call("HGET", KEYS[8], ARGV[2])
if not parked or
    not (string.find(parked, '"reason":"lease"', 1, true) or redis.call("EXISTS", KEYS[9]) == 1) then
    return 0
end
local id, isBack = unparkOne(ARGV[1], ARGV[2], 0)
pushFront({id}, "")
if isBack then
    wakeWorkers()
end
return isBack and 1 or 0
