-- The time by this server's clock, in ms.
local function serverMs()
    local time = redis.call("TIME")
    return time[1] * 1000 + math.floor(time[2] / 1000)
end
