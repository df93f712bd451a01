-- Drops what is noted of parked jobs that are not set aside any more, a part of them at a time.
-- KEYS parked, delayed; ARGV base, cursor, about how many to look at. Returns the next cursor.
local found = redis.call("HSCAN", KEYS[1], ARGV[2], "COUNT", ARGV[3])
for i = 1, #found[2], 2 do
    local name = found[2][i]
    local id, timestamp = string.match(name, "^(.*):(%d+)$")
    if not id or not redis.call("ZSCORE", KEYS[2], id) or
        redis.call("HGET", ARGV[1] .. id, "timestamp") ~= timestamp then
        redis.call("HDEL", KEYS[1], name)
    end
end
return found[1]
