-- Takes the lease for a model call. A lease of our own host is ours: of a call that ended, or
-- of a predecessor that is dead.
-- KEYS lease; ARGV value "<host-id> <epoch> <call>", life in ms, host-id
-- Returns 0 taken, or what is left in ms of the lease another host holds.
local held = redis.call("GET", KEYS[1])
if held and string.sub(held, 1, #ARGV[3] + 1) ~= ARGV[3] .. " " then
    local left = redis.call("PTTL", KEYS[1])
    return left > 0 and left or 1
end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 0
