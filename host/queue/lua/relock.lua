-- Takes locks again that ran out while this host was held up, if nobody has claimed the jobs.
-- KEYS active, stalled; ARGV base, worker name, lock's life in ms, then id and token of each
-- Returns the ids that are not ours any more.
local rcall = redis.call
local lost = {}
for i = 4, #ARGV, 2 do
    local id = ARGV[i]
    local jobKey = ARGV[1] .. id
    if rcall("EXISTS", jobKey .. ":lock") == 0 and rcall("HGET", jobKey, "pb") == ARGV[2] and
        rcall("LPOS", KEYS[1], id) then
        rcall("SET", jobKey .. ":lock", ARGV[i + 1], "PX", ARGV[3])
        rcall("SREM", KEYS[2], id)
    else
        lost[#lost + 1] = id
    end
end
return lost
