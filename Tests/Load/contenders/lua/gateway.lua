-- One request, one way through, as in Convene's GatewayPipeline: authenticate, decode, decide, admit, send, settle,
-- record. A repeat of a command that is still in flight gets 409 at once, where Convene would let it wait.
local cjson = require "cjson.safe"
local decide = require "decide"
local decode = require "decode"
local digest = require "digest"
local limits = require "limits"
local rules = require "rules"

local gateway = {}
local pseudonym_key = ngx.encode_base64(os.time() .. "bench")
local chain = {seq = 0, hash = string.rep("0", 64)}
local remembered = 24 * 3600

local function refuse(status, decision, codes, rule)
  local context = ngx.ctx
  context.decision, context.rule, context.settled = decision, rule, true
  local errors = {}
  for index, fault in ipairs(codes) do
    errors[index] = {code = tostring(fault[1]), source = {pointer = fault[2]}, meta = {source = "gateway", rule = rule}}
  end
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.print(cjson.encode {errors = errors})
  return ngx.exit(status)
end

local function authenticate()
  local key = (ngx.var.http_authorization or ""):match("^Bearer (.+)$")
  return key and rules.callers[digest.sha256(key)]
end

--- The caller's own command in one spelling, whatever the order of its keys.
local function fingerprint(command)
  local parts, count = {}, 0
  for key, value in pairs(command) do
    count = count + 1
    parts[count] = key .. "=" .. (type(value) == "table" and cjson.encode(value) or type(value) .. tostring(value))
  end
  table.sort(parts)
  return digest.sha256(table.concat(parts, "\n"))
end

--- What is remembered of a command, a line each: team, fingerprint, status (0 while it is in flight), and the reply.
local function remember(context, status, reply)
  local lines = context.caller.team .. "\n" .. context.fingerprint .. "\n" .. status .. "\n" .. reply
  ngx.shared.commands:set(context.command_id, lines, remembered)
end

local function replay(stored, context)
  local team, fingerprint, status, reply = stored:match("^([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$")
  if team ~= context.caller.team or fingerprint ~= context.fingerprint then
    return refuse(422, "conflict", {{10027, "/command_id"}})
  end
  if status == "0" then return refuse(409, "conflict", {{10036}}) end
  context.decision, context.settled = "replayed", true
  ngx.status = tonumber(status)
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Idempotent-Replayed"] = "true"
  ngx.print(reply)
  return ngx.exit(ngx.status)
end

function gateway.admit()
  local context = ngx.ctx
  context.began = ngx.now()
  if ngx.var.request_method ~= "POST" then return refuse(405, "refused", {{10030}}) end
  context.caller = authenticate()
  if not context.caller then return refuse(401, "refused", {{10009}}) end
  if not (ngx.var.content_type or ""):find("^application/json") then return refuse(415, "refused", {{10015}}) end

  ngx.req.read_body()
  local command, status, faults = decode(ngx.req.get_body_data() or "")
  if not command then return refuse(status, "refused", faults) end
  context.call_control_id, context.client_state = command.call_control_id, command.client_state
  context.fingerprint = fingerprint(command)

  local key = ngx.var.http_idempotency_key
  if key and command.command_id and key ~= command.command_id then return refuse(400, "refused", {{10015}}) end
  command.command_id = command.command_id or key or ngx.var.request_id
  context.command_id = command.command_id

  local changes, rule = decide(command)
  if not changes then return refuse(403, "refused", {{10010}}, rule) end
  context.changes = changes

  local stored = ngx.shared.commands:get(context.command_id)
  if stored then return replay(stored, context) end
  local limit, remaining = limits(context.caller)
  if limit then return refuse(429, "limited", {{10011}}, limit.name) end
  context.remaining = remaining
  remember(context, 0, "")
  context.decision = "forwarded"
  ngx.req.set_body_data(cjson.encode(command))
end

function gateway.label()
  local context = ngx.ctx
  context.request_id = ngx.var.http_x_request_id or ngx.var.request_id
  ngx.header["X-Request-Id"] = context.request_id
  if context.decision ~= "forwarded" then return end
  ngx.header["Convene-Command-Id"] = context.command_id
  local words = {}
  for index, change in ipairs(context.changes) do words[index] = change.field .. ";" .. change.change end
  ngx.header["Convene-Policy"] = table.concat(words, ", ")
  ngx.header["RateLimit"] = '"burst";r=' .. context.remaining
  ngx.header["RateLimit-Policy"] = '"burst";q=1000000;w=1'
end

--- Remembers a conference; forgets what was not executed. Runs for each piece of the reply, and changes none.
function gateway.settle()
  local context = ngx.ctx
  if context.settled then return end
  local piece, is_last = ngx.arg[1], ngx.arg[2]
  context.reply = context.reply and context.reply .. piece or piece
  if not is_last then return end
  context.settled = true
  local parsed = cjson.decode(context.reply)
  if ngx.status < 300 and type(parsed) == "table" and type(parsed.data) == "table" and parsed.data.id then
    remember(context, ngx.status, context.reply)
  else
    ngx.shared.commands:delete(context.command_id)
  end
end

function gateway.record()
  local context, variables = ngx.ctx, ngx.var
  local caller = context.caller or {}
  chain.seq = chain.seq + 1
  local record = cjson.encode {
    seq = chain.seq, time = ngx.now(), organization = "example", team = caller.team, caller = caller.name,
    peer = variables.remote_addr .. ":" .. variables.remote_port, request_id = context.request_id,
    command_id = context.command_id, decision = context.decision, rule = context.rule, fields = context.changes,
    call_control_id = context.call_control_id and digest.pseudonym(pseudonym_key, context.call_control_id),
    client_state = context.client_state and {
      length = #context.client_state, pseudonym = digest.pseudonym(pseudonym_key, context.client_state)},
    status = ngx.status, ms = (ngx.now() - (context.began or ngx.now())) * 1000,
    upstream = context.decision == "forwarded" and {
      status = tonumber(variables.upstream_status), attempts = 1,
      ms = tonumber(variables.upstream_response_time)} or nil,
  }
  local previous = chain.hash
  chain.hash = digest.sha256(previous .. record)
  variables.record = record:sub(1, -2) .. ',"prev":"' .. previous .. '","hash":"' .. chain.hash .. '"}'
end

return gateway
