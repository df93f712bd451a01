-- The jobs parked for a reason, in the order of their first claims.
-- KEYS parked; ARGV reason, how many at most. Returns a list of "<id>:<timestamp>".
local all = redis.call("HGETALL", KEYS[1])
local found = {}
for i = 1, #all, 2 do
    local reason, order = string.match(all[i + 1], '"reason":"([%w_]+)".*"order":(%d+)')
    if reason == ARGV[1] then
        found[#found + 1] = {all[i], tonumber(order)}
    end
end
table.sort(found, function(a, b) return a[2] < b[2] end)
local names = {}
for i = 1, math.min(#found, tonumber(ARGV[2])) do
    names[i] = found[i][1]
end
return names
