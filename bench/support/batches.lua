-- What trackers send when a page ends or the collector was away: 50 hits in one request, each of one of 20,000 people,
-- with a time, a hit id of its own and a few properties.
local HITS = 50

math.randomseed(os.time())
local people = {}
for i = 1, 20000 do
  local letters = {}
  for j = 1, 21 do letters[j] = string.char(97 + math.random(26) - 1) end
  people[i] = table.concat(letters)
end

local count = math.random(1e9) * 1e6
local lines = {}

request = function()
  local now = os.time()
  for i = 1, HITS do
    count = count + 1
    lines[i] = string.format(
      "/e?_k=key&_n=Viewed%%20Product&_p=%s&_t=%d&_i=%d%015.0f&Product=River%%20Sencha&Price=%d",
      people[math.random(#people)], now, now, count, math.random(100))
  end
  return wrk.format("POST", "/b", { ["Content-Type"] = "text/plain" }, table.concat(lines, "\n"))
end
