-- Brings parked jobs back to the front of the queue, in the order given.
-- KEYS delayed, wait, prioritized, active, meta, events, marker, parked
-- ARGV base, the last id brought back before or "", how many were before, then names
-- Returns {number brought back, the last id put into wait or the one given}
--- @include "includes/unpark.lua"
local ids, count, last = {}, 0, ARGV[2]
for i = 4, #ARGV do
    local id, isBack = unparkOne(ARGV[1], ARGV[i], tonumber(ARGV[3]) + i - 4)
    ids[#ids + 1] = id
    last = id or last
    count = count + (isBack and 1 or 0)
end
pushFront(ids, ARGV[2])
if count > 0 then
    wakeWorkers()
end
return {count, last}
