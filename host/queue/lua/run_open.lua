-- Opens the record of a run: what was answered before is not asked again.
-- KEYS run, lease, cancel, the job's :processed and :failed; ARGV run, seed, now ms, life ms,
-- host-id, most bytes of children
-- Returns {cancel reason or "", ms left of another host's lease or 0, 1 if new, the record's
-- run as it was, the record as a flat list, bytes of the children's keys and values, those that
-- completed and those that failed and were ignored as flat lists, empty when they are too large}.
local rcall = redis.call
local record = rcall("HGETALL", KEYS[1])
local was, fields = nil, {}
for i = 1, #record, 2 do
    fields[record[i]] = record[i + 1]
end
was = fields["run"]
if was and was ~= ARGV[1] then
    -- A failed run is tried again. An answer that was not judged - its agent crashed, ran out of
    -- time, was cancelled - waits for a judgement, and the judged ones before it lead there: all
    -- are kept. Without one there is nothing to go on with.
    local is_any_left = false
    for field, _ in pairs(fields) do
        local at = string.match(field, "^a:(%d+:%d+):%d+$")
        is_any_left = is_any_left or (at and not fields["x:" .. at])
    end
    if is_any_left then
        rcall("HSET", KEYS[1], "run", ARGV[1])
    else
        rcall("DEL", KEYS[1])
        was = nil
    end
end
if not was or not fields["seed"] then -- a late answer alone makes a record without a seed
    rcall("HSET", KEYS[1], "v", "1", "run", ARGV[1], "seed", ARGV[2], "now_ms", ARGV[3])
end
rcall("PEXPIRE", KEYS[1], ARGV[4])
local lease_left = 0
local lease = rcall("GET", KEYS[2])
if lease then
    if string.sub(lease, 1, #ARGV[5] + 1) == ARGV[5] .. " " then
        rcall("DEL", KEYS[2])
    else
        lease_left = math.max(rcall("PTTL", KEYS[2]), 1)
    end
end
local processed, failed, bytes = rcall("HGETALL", KEYS[4]), rcall("HGETALL", KEYS[5]), 0
for _, list in ipairs({processed, failed}) do
    for i = 1, #list do
        bytes = bytes + #list[i]
    end
end
if bytes > tonumber(ARGV[6]) then
    processed, failed = {}, {}
end
return {rcall("GET", KEYS[3]) or "", lease_left, was and 0 or 1, was or ARGV[1],
        rcall("HGETALL", KEYS[1]), bytes, processed, failed}
