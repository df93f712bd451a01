-- What has become of a job. KEYS job hash, completed, failed, parked; ARGV id, timestamp
-- Returns {0 gone | 1 alive | 2 completed | 3 failed, last ended run, ended attempts, 1 if parked}
local rcall = redis.call
local job = rcall("HMGET", KEYS[1], "timestamp", "agenthost", "atm")
if job[1] ~= ARGV[2] then
    return {0, 0, 0, 0}
end
local state = rcall("ZSCORE", KEYS[2], ARGV[1]) and 2 or rcall("ZSCORE", KEYS[3], ARGV[1]) and 3 or 1
local isParked = rcall("HEXISTS", KEYS[4], ARGV[1] .. ":" .. ARGV[2])
return {state, tonumber(job[2] or 0), tonumber(job[3] or 0), isParked}
