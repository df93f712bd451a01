-- The jobs parked for a reason, in the order of their first claims.
-- KEYS parked; ARGV reason, how many at most, the order up to which they were listed before or ""
-- Returns {order of the last one, "<id>:<timestamp>", ...}.
local all, after = redis.call("HGETALL", KEYS[1]), tonumber(ARGV[3]) or -1
local found = {}
for i = 1, #all, 2 do
    local reason, order = string.match(all[i + 1], '"reason":"([%w_]+)".*"order":(%d+)')
    if reason == ARGV[1] and tonumber(order) > after then
        found[#found + 1] = {all[i], tonumber(order)}
    end
end
table.sort(found, function(a, b) return a[2] < b[2] end)
local list = {""}
for i = 1, math.min(#found, tonumber(ARGV[2])) do
    list[1] = string.format("%.0f", found[i][2])
    list[i + 1] = found[i][1]
end
return list
