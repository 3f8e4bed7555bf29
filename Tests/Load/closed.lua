-- For wrk: the template of a request with a new command id in each, and a summary that a program can read.
local head, tail, number = nil, nil, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local text = file:read("*a")
  local prefix, width = arguments[2], tonumber(arguments[3])
  local from = text:find(string.rep("#", width), 1, true)
  head, tail = text:sub(1, from - 1) .. prefix, text:sub(from + width)
  digits = "%0" .. (width - #prefix) .. "d"
end

function request()
  number = number + 1
  return head .. digits:format(number) .. tail
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"replies": %d, "seconds": %f, "wrong": %d, "failed": %d, "p50": %f, "p99": %f, "p99.9": %f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
