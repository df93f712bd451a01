-- Writes fields into a run's record if there is one: a late note must not bring a dropped
-- record back. KEYS run; ARGV field, value, ... Returns 1 or 0.
if redis.call("EXISTS", KEYS[1]) == 0 then
    return 0
end
redis.call("HSET", KEYS[1], unpack(ARGV))
return 1
