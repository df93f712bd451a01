-- Says again that this process runs under its host-id. KEYS nonce; ARGV nonce, life in ms.
-- Returns "" or the nonce of another process that says the same.
local nonce = redis.call("GET", KEYS[1])
if nonce and nonce ~= ARGV[1] then
    return nonce
end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return ""
