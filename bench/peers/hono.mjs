// @ts-nocheck: the types of Deno are not there where the compiler looks.
// The least that a Hono app with the same answers can do: `GET /N` 32 bytes, `POST /` the sha256 of the body.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { hash } from 'node:crypto';

const [bytes, port] = [new Uint8Array(32), Number(process.argv[2])];
const headers = (type) => ({
  'Content-Type': type,
  'X-Instance': 'peer',
  'X-Queue': '0',
  'Server-Timing': 'total;dur=0.01',
});
const app = new Hono();
app.get('/:size', () => new Response(bytes, { headers: headers('application/octet-stream') }));
app.post('/', async (c) => {
  const body = new Uint8Array(await c.req.raw.arrayBuffer());
  return new Response(hash('sha256', body, 'hex'), { headers: headers('text/plain') });
});
const onListen = () => console.log('listening');
if (globalThis.Deno) Deno.serve({ hostname: '127.0.0.1', port, onListen }, app.fetch);
else serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, onListen);
