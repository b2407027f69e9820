import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createHasherApp } from '../../src/hasher/app.ts';
import { testIdentity } from '../../testkit/identity.ts';

const app = createHasherApp({ identity: testIdentity });

async function post(body: Uint8Array | string, path = '/'): Promise<[number, string]> {
  const response = await app.request(path, { method: 'POST', body: body as Uint8Array<ArrayBuffer> });
  return [response.status, await response.text()];
}

const oracle = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('GET / of hasher says who it is', async () => {
  assert.equal(await (await app.request('/')).text(), 'HASHER running on here\n');
});

test('POST / answers the NIST vectors', async () => {
  // FIPS 180-4 examples and NIST CAVP SHA256ShortMsg.rsp
  const vectors: [Uint8Array | string, string][] = [
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    [Buffer.from('d3', 'hex'), '28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1'],
    [Buffer.from('74ba2521', 'hex'), 'b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e'],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ];
  for (const [body, digest] of vectors) assert.deepEqual(await post(body), [200, digest]);
});

test('POST / says who answered, as plain text without a newline', async () => {
  const response = await app.request('/', { method: 'POST', body: 'abc' });
  assert.match(response.headers.get('content-type')!, /^text\/plain/);
  assert.equal(response.headers.get('x-instance'), 'here');
  assert.equal(response.headers.get('x-queue'), '0');
  assert.equal((await response.text()).length, 64);
});

test('POST / agrees with node:crypto on random bodies of every length around a block', async () => {
  for (let length = 0; length < 200; length++) {
    const body = randomBytes(length);
    assert.deepEqual(await post(body), [200, oracle(body)]);
  }
});

test('POST /?each=N hashes each of the N-byte strings', async () => {
  for (const each of [1, 4, 32, 52]) {
    const strings = Array.from({ length: 7 }, () => randomBytes(each));
    const expected = strings.map(oracle).join('\n');
    assert.deepEqual(await post(Buffer.concat(strings), `/?each=${each}`), [200, expected]);
  }
  assert.deepEqual(await post('', '/?each=32'), [200, '']);
});

test('each must be a whole number from 1 to 52', async () => {
  for (const each of ['53', '0', '-1', '1e1', '', 'x', '4.0']) {
    const message = `Cannot hash the body: each must be a whole number from 1 to 52; got "${each}"\n`;
    assert.deepEqual(await post(randomBytes(52), `/?each=${each}`), [400, message]);
  }
});

test('a body that does not divide by each is refused', async () => {
  const message = 'Cannot hash the body: its 33 bytes must divide by each; got 32\n';
  assert.deepEqual(await post(randomBytes(33), '/?each=32'), [400, message]);
});

test('a body of 1 MiB is hashed, a longer one refused with 413', async () => {
  const body = randomBytes(1_048_576);
  assert.deepEqual(await post(body), [200, oracle(body)]);
  const message = 'Cannot take the body: it must be at most 1048576 bytes long\n';
  assert.deepEqual(await post(randomBytes(1_048_577)), [413, message]);
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
  });
  const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
  const response = await app.request('/', init);
  assert.deepEqual([response.status, await response.text()], [413, message]);
});

test('the metrics count the digests', async () => {
  const own = createHasherApp({ identity: testIdentity });
  await own.request('/?each=4', { method: 'POST', body: randomBytes(40) });
  await own.request('/', { method: 'POST', body: randomBytes(40) });
  assert.match(await (await own.request('/metrics')).text(), /^hasher_hashes_total 11$/m);
});
