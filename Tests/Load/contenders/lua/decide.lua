-- Policy: what changes in a command, or which rule refuses it.
local rules = require "rules"

--- Whether a prefix covers the URL up to a path boundary, and the URL has nothing that could hide its host or path.
local function covered(url, prefixes)
  if url:find("[@\\%s]") or url:find("%.%.") or url:find("%%2[fF]") or url:find("%%5[cC]") then return false end
  for _, prefix in ipairs(prefixes) do
    if url:sub(1, #prefix) == prefix then
      local following = url:sub(#prefix + 1, #prefix + 1)
      if prefix:sub(-1) == "/" or following == "" or following == "/" or following == "?" then return true end
    end
  end
  return false
end

local function refusing_rule(field, value)
  if field.max_length and #value > field.max_length then return "max_length" end
  if field.pattern and not ngx.re.find(value, field.pattern, "jo") then return "pattern" end
  if field.allow and not field.allow[value] then return "allow" end
  if field.urls and not covered(value, field.urls) then return "allow" end
  if field.most and value > field.most and not field.clamp then return "max" end
end

--- Changes the command, and returns what changed as {field, change, asked, effective}; or nil and the rule.
return function(command)
  local changes = {}
  for _, field in ipairs(rules.fields) do
    local value = command[field.name]
    if value == nil then
      if field.default ~= nil then
        command[field.name] = field.default
        changes[#changes + 1] = {field = field.name, change = "default", effective = field.default}
      end
    else
      local rule = refusing_rule(field, value)
      if rule then return nil, field.name .. "." .. rule end
      if field.clamp and value > field.most then
        command[field.name] = field.most
        changes[#changes + 1] = {field = field.name, change = "clamped", asked = value, effective = field.most}
      end
    end
  end
  return changes
end
