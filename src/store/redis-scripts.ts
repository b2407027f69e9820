/**
 * The scripts that make several Redis commands one step. The keys are DockerCoins' where it has them (`wallet`,
 * `hashes`), so that its services and these can share a Redis; the rest is ours.
 *
 * Numbers that are only passed on stay text: Lua would write 1e15 as `1e+15`.
 */
import { KEPT_ENTRIES, RECENT_OF_A_BATCH, SHOWN_ORIGIN_BYTES } from './store.ts';

/** What all scripts call the time: `<seconds>.<microseconds>` of Redis's own clock. */
const CLOCK = `
local time = redis.call('TIME')
local now = string.format('%d.%06d', time[1], time[2])
`;

/** An id that nothing was recorded under for this long is retired, by Redis's clock. */
export const RETIRED_AFTER_SECONDS = 3600;

/**
 * ARGV: worker id, sequence, hashes, the coins, then id and last of each id to close. The coins are one value, as
 * packCoins() makes it: thousands of values of their own would cost Redis and the client twice the time.
 * Gives: outcome, last, then created and duplicates, or the present last of each id to close.
 *
 * The rules are those of rules.ts. One HSET with many fields is far cheaper than many; 3500 pairs are below what Lua can
 * unpack (8000 values). Which coins are new is asked only for the few that go into `recent`. The first write is one that
 * a full Redis refuses, so that a batch is recorded whole or not at all.
 *
 * At most one idle id a call is folded into `worker:retired`, so that sums stay true and the list of live ids short; its
 * last batch stays in `retired:last`, so that a late message, or a worker that wakes, is judged as before. Of one that
 * woke `folded` tells that its sums are not all in its own place.
 */
export const RECORD = `
local id, sequence, hashes, packed = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local function stateOf(id)
  local own = redis.call('HMGET', 'worker:' .. id, 'last', 'created', 'duplicates', 'closed')
  if own[1] then return own[1], own[2] or '0', own[3] or '0', own[4] == '1' end
  local retired = redis.call('HGET', 'retired:last', id)
  if not retired then return '0', '0', '0', false end
  local last, created, duplicates, closed = string.match(retired, '^(%d+) (%d+) (%d+) (%d)$')
  return last, created, duplicates, closed == '1', true
end

local last, created, duplicates, closed, wasRetired = stateOf(id)
if sequence == last then return {'recorded', last, created, duplicates} end
if closed then return {'closed', last} end
if tonumber(sequence) < tonumber(last) then return {'stale', last} end
if tonumber(sequence) > tonumber(last) + 1 then return {'gap', last} end
local moved, answer = false, {'moved', last}
for at = 5, #ARGV, 2 do
  local present = stateOf(ARGV[at])
  answer[#answer + 1] = present
  moved = moved or present ~= ARGV[at + 1]
end
if moved then return answer end
${CLOCK}
local found, order, pairs, at = 0, {}, {}, 1
while at <= #packed do
  local origin = at + 65
  local after = origin + string.byte(packed, at + 64)
  found = found + 1
  order[found] = string.sub(packed, at, at + 63)
  pairs[2 * found - 1] = order[found]
  pairs[2 * found] = string.sub(packed, origin, after - 1)
  at = after
end
local fresh = {}
if found > 0 then
  local tail = {unpack(order, math.max(1, found - ${RECENT_OF_A_BATCH - 1}))}
  local known = redis.call('HMGET', 'wallet', unpack(tail))
  local seen = {}
  for at, hash in ipairs(tail) do
    if not known[at] and not seen[hash] then
      seen[hash] = true
      fresh[#fresh + 1] = hash .. ' ' .. now .. ' ' .. id
    end
  end
end
local new = 0
for first = 1, #pairs, 7000 do
  new = new + redis.call('HSET', 'wallet', unpack(pairs, first, math.min(first + 6999, #pairs)))
end
local again = string.format('%d', found - new)
new = string.format('%d', new)
local worker = 'worker:' .. id
redis.call('HSET', worker, 'last', sequence, 'created', new, 'duplicates', again, 'at', now)
redis.call('HINCRBY', worker, 'hashes', hashes)
redis.call('HINCRBY', worker, 'coins', found)
redis.call('SADD', 'workers', id)
if wasRetired then
  redis.call('HDEL', 'retired:last', id)
  redis.call('HSET', worker, 'folded', '1')
end
for at = 5, #ARGV, 2 do
  local old = 'worker:' .. ARGV[at]
  local present, itsCreated, itsDuplicates, _, isRetired = stateOf(ARGV[at])
  if isRetired then
    redis.call('HSET', 'retired:last', ARGV[at], present .. ' ' .. itsCreated .. ' ' .. itsDuplicates .. ' 1')
  else
    redis.call('HSET', old, 'last', present, 'closed', '1', 'at', now)
    redis.call('SADD', 'workers', ARGV[at])
  end
end
if #fresh > 0 then
  redis.call('LPUSH', 'recent', unpack(fresh))
  redis.call('LTRIM', 'recent', 0, ${KEPT_ENTRIES - 1})
end
redis.call('INCRBY', 'hashes', hashes)
if again ~= '0' then redis.call('INCRBY', 'duplicates', again) end
redis.call('LPUSH', 'timing', now .. ' ' .. hashes)
redis.call('LTRIM', 'timing', 0, ${KEPT_ENTRIES - 1})

local idle = redis.call('SRANDMEMBER', 'workers')
if idle ~= id then
  local its = redis.call('HMGET', 'worker:' .. idle, 'at', 'hashes', 'coins')
  if its[1] and time[1] - tonumber(its[1]) > ${RETIRED_AFTER_SECONDS} then
    local itsLast, itsCreated, itsDuplicates, itsClosed = stateOf(idle)
    redis.call('HSET', 'retired:last', idle,
      itsLast .. ' ' .. itsCreated .. ' ' .. itsDuplicates .. (itsClosed and ' 1' or ' 0'))
    redis.call('HINCRBY', 'worker:retired', 'hashes', its[2] or '0')
    redis.call('HINCRBY', 'worker:retired', 'coins', its[3] or '0')
    redis.call('DEL', 'worker:' .. idle)
    redis.call('SREM', 'workers', idle)
  elseif not its[1] and redis.call('EXISTS', 'report:' .. idle) == 0 then
    redis.call('SREM', 'workers', idle)
  end
end
return {'recorded', sequence, new, again}
`;

/**
 * In Lua `newest(limit)`: hash, time, worker, length of the origin and its first bytes of each, the newest first. What a
 * stranger put there may be of any length, and is not handed on whole.
 */
const NEWEST_COINS = `
local function newest(limit)
  local coins = {}
  for _, entry in ipairs(limit > 0 and redis.call('LRANGE', 'recent', 0, limit - 1) or {}) do
    local hash, at, worker = string.match(entry, '^(%x+) ([%d.]+) (.+)$')
    local length = hash and #hash <= 64 and redis.call('HSTRLEN', 'wallet', hash) or 0
    if length > 0 then
      local origin = length <= 4096 and redis.call('HGET', 'wallet', hash) or ''
      origin = string.sub(origin, 1, ${SHOWN_ORIGIN_BYTES})
      for _, value in ipairs({hash, at, string.sub(worker, 1, 200), tostring(length), origin}) do
        coins[#coins + 1] = value
      end
    end
  end
  return coins
end
`;

/** ARGV: limit. Gives what `newest` gives. */
export const NEWEST = `${NEWEST_COINS} return newest(tonumber(ARGV[1]))`;

/**
 * ARGV: how many of the newest coins. Gives: now, coins, hashes, duplicates, hashes in timing, its oldest and newest time,
 * how many values follow for the newest coins, these, then id, time and JSON of each report. An id leaves `workers` only
 * when it is retired, so ids without a report are passed over.
 */
export const TOTALS = `
${CLOCK}
${NEWEST_COINS}
local coins = newest(tonumber(ARGV[1]))
local sum, oldest, latest = 0, '', ''
local timing = redis.call('LRANGE', 'timing', 0, -1)
for at, entry in ipairs(timing) do
  local seconds, hashes = string.match(entry, '^([%d.]+) (%d+)')
  if seconds then
    sum = sum + tonumber(hashes)
    oldest = seconds
    if latest == '' then latest = seconds end
  end
end
local answer = {
  now, redis.call('HLEN', 'wallet'), redis.call('GET', 'hashes') or '0', redis.call('GET', 'duplicates') or '0',
  string.format('%.0f', sum), oldest, latest, tostring(#coins),
}
for _, value in ipairs(coins) do answer[#answer + 1] = value end
for _, id in ipairs(redis.call('SMEMBERS', 'workers')) do
  local report = redis.call('GET', 'report:' .. id)
  if report then
    local at = string.match(report, '^{"at":([%d.]+),')
    if at then
      for _, value in ipairs({id, at, report}) do answer[#answer + 1] = value end
    end
  end
end
return answer
`;

/**
 * ARGV: id, a JSON object, ttl in ms. Its first field becomes `at`, the time by Redis's clock. Gives the sequence number
 * that is held of this worker.
 */
export const REPORT = `
${CLOCK}
redis.call('SET', 'report:' .. ARGV[1], '{"at":' .. now .. ',' .. string.sub(ARGV[2], 2), 'PX', ARGV[3])
redis.call('SADD', 'workers', ARGV[1])
return {redis.call('HGET', 'worker:' .. ARGV[1], 'last') or '0'}
`;

/**
 * Gives: coins, hashes, duplicates, sum of the workers' coins, sum of their hashes, then id, last, closed, hashes and
 * coins of each, the last two empty where they were folded together with those of others.
 */
export const LEDGER = `
local coins, hashes, records = 0, 0, {}
local function add(...)
  for _, value in ipairs({...}) do records[#records + 1] = value end
end
local ids = redis.call('SMEMBERS', 'workers')
ids[#ids + 1] = 'retired'
for _, id in ipairs(ids) do
  local own = redis.call('HMGET', 'worker:' .. id, 'coins', 'hashes', 'last', 'closed', 'folded')
  coins = coins + tonumber(own[1] or '0')
  hashes = hashes + tonumber(own[2] or '0')
  if own[3] then
    local isFolded = own[5] == '1'
    add(id, own[3], own[4] or '0', isFolded and '' or own[2] or '0', isFolded and '' or own[1] or '0')
  end
end
local retired = redis.call('HGETALL', 'retired:last')
for at = 1, #retired, 2 do
  local last, closed = string.match(retired[at + 1], '^(%d+) %d+ %d+ (%d)$')
  if last then add(retired[at], last, closed, '', '') end
end
local answer = {
  redis.call('HLEN', 'wallet'), redis.call('GET', 'hashes') or '0', redis.call('GET', 'duplicates') or '0',
  string.format('%.0f', coins), string.format('%.0f', hashes),
}
for _, value in ipairs(records) do answer[#answer + 1] = value end
return answer
`;
