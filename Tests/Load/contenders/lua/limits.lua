-- GCRA: all of a request's limits are charged, or none. Nothing yields in between, so one worker needs no lock.
local rules = require "rules"

--- The limit that refuses, or nil; and the fewest requests that are left.
return function(caller)
  local dictionary, now = ngx.shared.limits, ngx.now()
  local due, remaining = {}, math.huge
  for index, limit in ipairs(rules.limits) do
    local key = limit.key(caller)
    local tat = math.max(dictionary:get(key) or now, now) + 1 / limit.rate
    local left = limit.burst - (tat - now) * limit.rate
    if left < 0 then return limit, 0 end
    remaining = math.min(remaining, left)
    due[index] = {key, tat}
  end
  for _, one in ipairs(due) do dictionary:set(one[1], one[2]) end
  return nil, math.floor(remaining)
end
