// @ts-nocheck: the types of Deno are not there where the compiler looks.
// The least that a server on Deno.serve can do: `GET /N` answers 32 bytes, `POST /` 64, whatever came.
const [bytes, digits] = [new Uint8Array(32), 'a'.repeat(64)];
const options = { port: Number(process.argv[2]), hostname: '127.0.0.1', onListen: () => console.log('listening') };
Deno.serve(options, async (request) => {
  if (request.method === 'GET') return new Response(bytes);
  await request.arrayBuffer();
  return new Response(digits);
});
