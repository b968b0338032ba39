-- A connection that waits between its requests, around DELAY milliseconds.
local mean = tonumber(os.getenv("DELAY"))

delay = function()
  return math.random(0, 2 * mean)
end
