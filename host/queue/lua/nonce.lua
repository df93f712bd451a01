-- Says again that this process runs under its host-id, and that its store serves the queue.
-- KEYS nonce, store; ARGV nonce, life in ms, store uuid
-- Returns {"", or the nonce of another process that says the same, or the other store; ms by this
-- server's clock}
--- @include "includes/now.lua"
local nonce = redis.call("GET", KEYS[1])
if nonce and nonce ~= ARGV[1] then
    return {nonce, serverMs()}
end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
if not redis.call("SET", KEYS[2], ARGV[3], "NX") then
    local store = redis.call("GET", KEYS[2])
    if store ~= ARGV[3] then
        return {store, serverMs()}
    end
end
return {"", serverMs()}
