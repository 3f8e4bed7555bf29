-- A command from a body: every fault of every field at once, as Convene does it. What it leaves out is that a key
-- stands twice: cjson doesn't tell.
local cjson = require "cjson.safe"
local rules = require "rules"

local checks = {}

function checks.string(field, value)
  if type(value) ~= "string" then return 10026 end
  if #value < 1 or #value > field.max then return 10033 end
  if value:find("%c") then return 10004 end
end

function checks.base64(_, value)
  if type(value) ~= "string" then return 10026 end
  if #value % 4 ~= 0 or not ngx.decode_base64(value) then return 90017 end
end

function checks.enumeration(field, value)
  if type(value) ~= "string" then return 10026 end
  if not field.values[value] then return 10032 end
end

function checks.boolean(_, value)
  if type(value) ~= "boolean" then return 10026 end
end

function checks.integer(field, value)
  if type(value) ~= "number" or value % 1 ~= 0 then return 10026 end
  if value < field.min or value > field.max then return 10033 end
end

--- The command, or nil with a status, and the faults as {code, pointer}.
return function(body)
  local command = cjson.decode(body)
  if type(command) ~= "table" or command[1] ~= nil then return nil, 400, {{10023}} end
  local faults = {}
  for _, field in ipairs(rules.fields) do
    local value = command[field.name]
    local code
    if value == nil then
      if field.required then code = 10004 end
    else
      code = checks[field.kind](field, value)
      if field.excludes and command[field.excludes] ~= nil then code = 10015 end
    end
    if code then faults[#faults + 1] = {code, "/" .. field.name} end
  end
  if #faults > 0 then return nil, 422, faults end
  return command
end
