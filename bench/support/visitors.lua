-- Hits of a busy site: of many people, each with a time, a hit id and a few properties. The people are new, or those of the file
-- IDENTITIES, which has an identity on each line.
local alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
local key = os.getenv("KEY") or "key"
local known = os.getenv("IDENTITIES")

local function id(length)
  local letters = {}
  for i = 1, length do
    local at = math.random(#alphabet)
    letters[i] = alphabet:sub(at, at)
  end
  return table.concat(letters)
end

math.randomseed(os.time())
local people = {}
if known then
  for identity in io.lines(known) do people[#people + 1] = identity end
else
  for i = 1, 20000 do people[i] = id(21) end
end

request = function()
  return wrk.format("GET", string.format(
    "/e?_k=%s&_n=Viewed%%20Product&_p=%s&_t=%d&_i=%s&Product=River%%20Sencha&Price=%d",
    key, people[math.random(#people)], os.time(), id(21), math.random(100)))
end
