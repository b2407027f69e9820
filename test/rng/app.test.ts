import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRngApp } from '../../src/rng/app.ts';
import { testIdentity } from '../../testkit/identity.ts';

const app = createRngApp({ identity: testIdentity });

async function bytes(size: number): Promise<Uint8Array> {
  return new Uint8Array(await (await app.request(`/${size}`)).arrayBuffer());
}

test('GET / of rng says who it is', async () => {
  assert.equal(await (await app.request('/')).text(), 'RNG running on here\n');
});

test('GET /32 answers 32 bytes, and who answered', async () => {
  const response = await app.request('/32');
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/octet-stream');
  assert.equal(response.headers.get('x-instance'), 'here');
  assert.equal(response.headers.get('x-queue'), '0');
  assert.match(response.headers.get('server-timing')!, /^total;dur=\d+\.\d\d$/);
  assert.equal((await response.arrayBuffer()).byteLength, 32);
});

test('sizes from 1 to 1048576 are served to the byte', async () => {
  for (const size of [1, 2, 31, 32, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1_048_576]) {
    assert.equal((await bytes(size)).length, size);
  }
});

test('what is no such size is refused with 400, the rule, and what came', async () => {
  const cases: [string, string][] = [
    ['/0', '"0"'],
    ['/1048577', '"1048577"'],
    ['/-1', '"-1"'],
    ['/1e3', '"1e3"'],
    ['/0x10', '"0x10"'],
    ['/9007199254740992', '"9007199254740992"'],
    ['/%F0%9F%8E%B2', '"🎲"'],
    ['/%D9%A3%D9%A2', '"٣٢"'],
    ['/%20', '" "'],
    ['/32.0', '"32.0"'],
    ['/%0d%0aX-Evil:1', '"\\r\\nX-Evil:1"'],
    [`/${'9'.repeat(300)}`, `"${'9'.repeat(40)}…"`],
  ];
  for (const [path, got] of cases) {
    const response = await app.request(path);
    const rule = 'the size must be a whole number from 1 to 1048576';
    assert.deepEqual([response.status, await response.text()], [
      400,
      `Cannot serve random bytes: ${rule}; got ${got}\n`,
    ]);
  }
});

test('a path below a size is not found', async () => {
  assert.equal((await app.request('/32/32')).status, 404);
});

test('1 MiB of bytes is uniform: chi-square with 255 degrees of freedom', async () => {
  const counts = new Uint32Array(256);
  // In small pieces and in one: the pool and the direct way.
  for (let n = 0; n < 16_384; n++) for (const byte of await bytes(32)) counts[byte]!++;
  for (const byte of await bytes(524_288)) counts[byte]!++;
  const expected = 1_048_576 / 256;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // One in a million honest runs lies outside 158 … 385.
  assert.ok(chiSquare > 158 && chiSquare < 385, `${chiSquare}`);
});

test('no two answers are equal, also across the pools', async () => {
  const seen = new Set<string>();
  for (let n = 0; n < 10_000; n++) seen.add(Buffer.from(await bytes(16)).toString('hex'));
  assert.equal(seen.size, 10_000);
});

test('an answer keeps its bytes while others are made', async () => {
  const first = await app.request('/32');
  const copy = first.clone();
  for (let n = 0; n < 5000; n++) await bytes(32);
  assert.deepEqual(await first.arrayBuffer(), await copy.arrayBuffer());
});

test('the metrics count the bytes', async () => {
  const own = createRngApp({ identity: testIdentity });
  await own.request('/32');
  await own.request('/10');
  const text = await (await own.request('/metrics')).text();
  assert.match(text, /^rng_bytes_total 42$/m);
  assert.match(text, /^rng_queue_waiting 0$/m);
  assert.match(text, /^http_requests_total\{method="GET",route="\/:size",status="200"\} 2$/m);
});
