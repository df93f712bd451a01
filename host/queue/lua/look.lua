-- What a job's hash and its place among the parked ones tell.
-- KEYS job hash, parked; ARGV id, timestamp
-- Returns {} when there is no such job, else {progress, ended attempts, failed reason, why it is
-- parked, since when}; what there is not is nil.
local job = redis.call("HMGET", KEYS[1], "timestamp", "progress", "atm", "failedReason")
if job[1] ~= ARGV[2] then
    return {}
end
local parked = redis.call("HGET", KEYS[2], ARGV[1] .. ":" .. ARGV[2]) or ""
local reason, since = string.match(parked, '"reason":"([%w_]+)","since":(%d+)')
return {job[2], job[3], job[4], reason or false, since or false}
