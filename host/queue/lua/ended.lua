-- Drops what belongs to runs that have ended, or shortens its life. Comes right behind the endings:
-- when one was refused the job is another worker's, and so are its record and its cancel request.
-- ARGV base, then of each run: job id, timestamp, number, life of its record in ms, 0 to drop it
local rcall, base = redis.call, ARGV[1]
for i = 2, #ARGV, 4 do
    local id, timestamp, run, life = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    local job = rcall("HMGET", base .. id, "timestamp", "agenthost")
    if job[1] ~= timestamp or job[2] == run then
        local tail = id .. ":" .. timestamp
        local record, cancel = base .. "agenthost:run:" .. tail, base .. "agenthost:cancel:" .. tail
        if life == "0" then
            rcall("DEL", record, cancel)
        else
            rcall("DEL", cancel)
            rcall("PEXPIRE", record, life)
        end
    end
end
return 1
