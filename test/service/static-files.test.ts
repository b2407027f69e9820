import { Hono } from 'hono';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { createStaticHandler } from '../../src/service/static-files.ts';

const body = 'a coin is a string whose sha256 starts with a zero\n'.repeat(100);

function get(headers: Record<string, string>, text = body): Response | Promise<Response> {
  const handler = createStaticHandler({ type: 'text/plain', body: text }, { 'X-Policy': 'strict' });
  return new Hono().get('/', handler).request('/', { headers });
}

test('a file comes in the best form that the browser takes', async () => {
  const decode = { br: brotliDecompressSync, gzip: gunzipSync, plain: (bytes: Buffer) => bytes };
  const asked = {
    'gzip, deflate, br, zstd': 'br',
    'gzip': 'gzip',
    'br;q=0, gzip;q=0.5': 'gzip',
    '': 'plain',
    'identity': 'plain',
  } as const;
  for (const [accept, form] of Object.entries(asked)) {
    const response = await get({ 'Accept-Encoding': accept });
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(response.headers.get('content-encoding') ?? 'plain', form, accept);
    assert.equal(decode[form](bytes).toString(), body);
    assert.equal(bytes.length < 500, form !== 'plain');
    assert.deepEqual(['vary', 'x-policy', 'content-type'].map((name) => response.headers.get(name)), [
      'Accept-Encoding',
      'strict',
      'text/plain',
    ]);
  }
});

test('a browser that has the file is told so, until it changes', async () => {
  const etag = (await get({ 'Accept-Encoding': 'br' })).headers.get('etag')!;
  const again = await get({ 'Accept-Encoding': 'br', 'If-None-Match': `"other", W/${etag}` });
  assert.deepEqual([again.status, await again.text(), again.headers.get('x-policy')], [304, '', 'strict']);
  assert.equal((await get({ 'Accept-Encoding': 'gzip', 'If-None-Match': etag })).status, 200);
  assert.equal((await get({ 'Accept-Encoding': 'br', 'If-None-Match': etag }, `${body}!`)).status, 200);
});
