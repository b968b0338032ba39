-- Batches as trackers send them when a page is left or after an outage: 50 hits in one request. If PEOPLE is 1, all hits are the same
-- event. Otherwise each hit has a time, a hit id and a few properties.
local HITS = 50
local PEOPLE = tonumber(os.getenv("PEOPLE") or "20000")

math.randomseed(os.time())
local people = {}
for i = 1, PEOPLE do
  local letters = {}
  for j = 1, 21 do letters[j] = string.char(97 + math.random(26) - 1) end
  people[i] = table.concat(letters)
end

local count = math.random(1e9) * 1e6
local lines = {}
local headers = { ["Content-Type"] = "text/plain" }

for i = 1, HITS do lines[i] = "/e?_k=key&_p=bob&_n=Signed+Up&gender=male" end
local same

request = function()
  if PEOPLE == 1 then
    same = same or wrk.format("POST", "/b", headers, table.concat(lines, "\n"))
    return same
  end
  local now = os.time()
  for i = 1, HITS do
    count = count + 1
    lines[i] = string.format(
      "/e?_k=key&_n=Viewed%%20Product&_p=%s&_t=%d&_i=%d%015.0f&Product=River%%20Sencha&Price=%d",
      people[math.random(#people)], now, now, count, math.random(100))
  end
  return wrk.format("POST", "/b", headers, table.concat(lines, "\n"))
end
