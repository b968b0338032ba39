-- What trackers send when a page ends or the collector was away: 50 hits in one request. Of one person they are the same
-- event over and over; of more, each has a time, a hit id of its own and a few properties.
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
