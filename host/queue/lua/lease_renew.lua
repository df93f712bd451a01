-- Keeps leases alive; one that ran out while nobody took it is taken again.
-- KEYS leases; ARGV life in ms, then a value for each lease
-- Returns for each 1 kept, 0 held by somebody else.
local kept = {}
for i, key in ipairs(KEYS) do
    local held = redis.call("GET", key)
    kept[i] = 0
    if not held or held == ARGV[i + 1] then
        redis.call("SET", key, ARGV[i + 1], "PX", ARGV[1])
        kept[i] = 1
    end
end
return kept
