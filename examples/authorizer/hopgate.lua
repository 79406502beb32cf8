-- Asks Hopgate whether a request may pass, and sets on it what the answer carries. Whatever else happens, nothing passes:
-- haproxy.cfg denies requests without the variable txn.hopgate.
local ADDRESS = "http://127.0.0.1:21601/authorize"
local MILLISECONDS = 5000
-- 32 characters or more.
local SECRET = os.getenv("HOPGATE_SECRET")

-- Of the caller's connection.
local CONNECTION = {
  ["connection"] = true, ["content-length"] = true, ["expect"] = true, ["host"] = true, ["keep-alive"] = true,
  ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true, ["transfer-encoding"] = true,
}

-- Set on the request as the answer has them, else removed.
local HANDED = {
  "authorization", "hop-subject", "hop-chain", "hop-txn", "hop-decision", "hop-approved-by", "txn-token", "traceparent", "tracestate",
}

-- Credentials that end here.
local ENDED = {
  "dpop", "workload-identity-token", "workload-proof-token", "hop-approval", "hop-break-glass", "hop-authorizer",
}

-- What the caller is told of a refusal.
local TOLD = { "www-authenticate", "content-type", "cache-control", "hop-decision" }

local function question(txn)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    if not CONNECTION[name] then
      headers[name] = {}
      for _, value in pairs(values) do table.insert(headers[name], value) end
    end
  end
  headers["hop-authorizer"] = { SECRET }
  headers["x-original-method"] = { txn.sf:method() }
  headers["x-original-host"] = { txn.sf:req_hdr("host") }
  headers["x-original-uri"] = { txn.sf:pathq() }
  headers["x-original-address"] = { txn.sf:src() }
  return headers
end

local function refuse(txn, answer)
  local reply = txn:reply()
  reply:set_status(answer.status)
  for _, name in ipairs(TOLD) do
    for _, value in pairs(answer.headers[name] or {}) do reply:add_header(name, value) end
  end
  reply:set_body(answer.body or "")
  txn:done(reply)
end

core.register_action("hopgate", { "http-req" }, function(txn)
  local answer = core.httpclient():get{ url = ADDRESS, headers = question(txn), timeout = MILLISECONDS }
  if answer and (answer.status == 401 or answer.status == 403) then return refuse(txn, answer) end
  if not answer or answer.status ~= 200 then return end
  for _, name in ipairs(ENDED) do txn.http:req_del_header(name) end
  for _, name in ipairs(HANDED) do
    txn.http:req_del_header(name)
    for _, value in pairs(answer.headers[name] or {}) do txn.http:req_add_header(name, value) end
  end
  txn:set_var("txn.hopgate", "allowed")
end)
