-- Puts an answer into a run's record; the first one wins.
-- KEYS run, job hash, lease, wake channel
-- ARGV field, value, run, life ms, job's timestamp, lease value to give up or "", job_key to
-- announce or ""
-- Returns 1 written, 0 not: there was one, or the run has ended and its record is gone.
local rcall = redis.call
if ARGV[6] ~= "" and rcall("GET", KEYS[3]) == ARGV[6] then
    rcall("DEL", KEYS[3])
end
local written = 0
if rcall("EXISTS", KEYS[1]) == 1 then
    written = rcall("HSETNX", KEYS[1], ARGV[1], ARGV[2])
else
    local job = rcall("HMGET", KEYS[2], "timestamp", "agenthost")
    local is_running = tonumber(job[2] or 0) < tonumber(ARGV[3])
    if job[1] == ARGV[5] and is_running then
        rcall("HSET", KEYS[1], "v", "1", "run", ARGV[3], ARGV[1], ARGV[2])
        rcall("PEXPIRE", KEYS[1], ARGV[4])
        written = 1
    end
end
if ARGV[7] ~= "" then
    rcall("PUBLISH", KEYS[4], ARGV[7])
end
return written
