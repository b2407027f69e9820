import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTargets, type Targets } from '../../src/upstream/targets.ts';

async function take(targets: Targets, count: number): Promise<string[]> {
  const taken: string[] = [];
  for (let n = 0; n < count; n++) taken.push((await targets.next()).target.origin);
  return taken;
}

test('a list is used in turn', async () => {
  const targets = createTargets({ urls: ['http://a:1', 'http://b:2'], resolve: false });
  assert.deepEqual(await take(targets, 4), ['http://a:1', 'http://b:2', 'http://a:1', 'http://b:2']);
});

test('all addresses of a name are used in turn, in a fixed order, with the name as host', async () => {
  const orders = [['10.0.0.3', '10.0.0.2', 'fd00::1'], ['10.0.0.2', 'fd00::1', '10.0.0.3']];
  let now = 0;
  const targets = createTargets({
    urls: ['http://rng:81'],
    resolve: true,
    resolveName: () => Promise.resolve(orders[Math.floor(now / 1000) % 2]!),
    now: () => now,
  });
  for (; now < 5000; now += 500) {
    assert.deepEqual(await take(targets, 2), ['http://10.0.0.2:81', 'http://10.0.0.3:81']);
  }
  assert.equal((await targets.next()).target.host, 'rng:81');
});

test('a name with IPv6 addresses alone is used with them', async () => {
  const targets = createTargets({
    urls: ['http://rng'],
    resolve: true,
    resolveName: () => Promise.resolve(['fd00::2', 'fd00::1']),
  });
  assert.deepEqual(await take(targets, 2), ['http://[fd00::1]:80', 'http://[fd00::2]:80']);
});

test('a name is looked up again every second, and new addresses are used from then on', async () => {
  let now = 0;
  let addresses = ['10.0.0.1'];
  let lookups = 0;
  const targets = createTargets({
    urls: ['http://rng'],
    resolve: true,
    resolveName: () => {
      lookups++;
      return Promise.resolve(addresses);
    },
    now: () => now,
  });
  await take(targets, 5);
  assert.equal(lookups, 1);
  addresses = ['10.0.0.1', '10.0.0.2'];
  now = 1001;
  await take(targets, 1);
  assert.deepEqual(new Set(await take(targets, 4)), new Set(['http://10.0.0.1:80', 'http://10.0.0.2:80']));
  assert.equal(lookups, 2);
});

test('a DNS that fails leaves the known addresses in use; without any it is an error', async () => {
  let now = 0;
  let works = true;
  const options = {
    urls: ['http://rng'],
    resolve: true,
    resolveName: () => works ? Promise.resolve(['10.0.0.1']) : Promise.reject(new Error('ENOTFOUND rng')),
    now: () => now,
  };
  const targets = createTargets(options);
  await take(targets, 1);
  works = false;
  now = 5000;
  assert.deepEqual(await take(targets, 3), Array(3).fill('http://10.0.0.1:80'));
  await assert.rejects(createTargets(options).next(), { message: 'ENOTFOUND rng' });
});

test('a target that failed is avoided for a second, unless there is no other', async () => {
  let now = 0;
  const targets = createTargets({ urls: ['http://a', 'http://b'], resolve: false, now: () => now });
  const { target } = await targets.next();
  targets.avoid(target);
  assert.deepEqual(new Set(await take(targets, 4)), new Set(['http://b']));
  now = 1001;
  assert.deepEqual(new Set(await take(targets, 4)), new Set(['http://a', 'http://b']));
  const alone = createTargets({ urls: ['http://a'], resolve: false, now: () => now });
  alone.avoid((await alone.next()).target);
  assert.deepEqual(await take(alone, 1), ['http://a']);
});

for (const [silentMs, avoidedMs] of [[2000, 8000], [10_000, 20_000], [100, 1000]] as const) {
  test(`a target that was silent for ${silentMs} ms is avoided for ${avoidedMs} ms`, async () => {
    let now = 0;
    const targets = createTargets({ urls: ['http://a', 'http://b'], resolve: false, now: () => now });
    targets.avoid((await targets.next()).target, { silentMs });
    now = avoidedMs - 1;
    assert.deepEqual(new Set(await take(targets, 4)), new Set(['http://b']));
    now = avoidedMs;
    assert.deepEqual(new Set(await take(targets, 4)), new Set(['http://a', 'http://b']));
  });
}
