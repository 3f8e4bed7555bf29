-- For wrk: the template of a request with a new command id in each, and a summary that a program can read.
local head, tail, number, load = nil, nil, 0, nil

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local text = file:read("*a")
  local from, to = text:find("####+")
  head, tail, load = text:sub(1, from - 1), text:sub(to + 1), tonumber(arguments[2])
end

function request()
  number = number + 1
  return head .. string.format("%08x-%05d-%09d", number * 2654435 % 4294967296, load, number) .. tail
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"replies": %d, "seconds": %f, "wrong": %d, "failed": %d, "p50": %f, "p99": %f, "p99.9": %f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
