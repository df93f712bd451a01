-- Drops what belongs to a run that has ended, or shortens its life. Comes right behind the ending:
-- when that was refused the job is another worker's, and so are its record and its cancel request.
-- KEYS job hash, run, cancel; ARGV timestamp, run, life of the record in ms, 0 to drop it
local job = redis.call("HMGET", KEYS[1], "timestamp", "agenthost")
if job[1] == ARGV[1] and job[2] ~= ARGV[2] then
    return 0
end
redis.call("DEL", KEYS[3])
if ARGV[3] == "0" then
    redis.call("DEL", KEYS[2])
else
    redis.call("PEXPIRE", KEYS[2], ARGV[3])
end
return 1
