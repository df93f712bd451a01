-- Which of the jobs are to be cancelled. ARGV base, then "<id>:<timestamp>" of each.
-- Returns {name, reason, ...}.
local found = {}
for i = 2, #ARGV do
    local reason = redis.call("GET", ARGV[1] .. "agenthost:cancel:" .. ARGV[i])
    if reason then
        found[#found + 1] = ARGV[i]
        found[#found + 1] = reason
    end
end
return found
