-- Sends the requests of a list over and over: their paths, one a line, the method, and a file with the body or "".
-- What was measured comes as one line of numbers: requests, microseconds, the latency at 50 % and at 99 % in
-- microseconds, answers with a status above 399, and requests without an answer.
local requests, at = {}, 0

function init(args)
  local body
  if args[3] ~= "" then
    local file = assert(io.open(args[3]))
    body = file:read("*a")
    file:close()
  end
  for path in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format(args[2], path, nil, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  print("measured", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write + errors.timeout)
end
