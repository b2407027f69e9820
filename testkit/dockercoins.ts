/**
 * Stand-ins that speak DockerCoins' protocol, as its services did (github.com/jpetazzo/container.training,
 * dockercoins/): what passes over the wire and through Redis is the same, the code is ours.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createClient } from 'redis';
import type { Scope } from './machine.ts';
import { startServer, type TestServer } from './server.ts';

/** rng: `GET /32` answers 32 bytes. */
export function startTheirRng(t: Scope): Promise<TestServer> {
  return startServer(t, ({ url }, response) => {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(randomBytes(Number(url!.slice(1))));
  });
}

/** hasher: `POST /` answers the sha256 of the whole body, whatever the query says. */
export function startTheirHasher(t: Scope): Promise<TestServer> {
  return startServer(t, async (request, response) => {
    const digest = createHash('sha256');
    for await (const chunk of request) digest.update(chunk);
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end(digest.digest('hex'));
  });
}

/** worker: writes its coins and its hashes into Redis itself, the hashes once a second. Gives the way to stop it. */
export function startTheirWorker(urls: { rng: string; hasher: string; redis: string }): () => Promise<void> {
  const stop = new AbortController();
  async function run(): Promise<void> {
    const redis = createClient({ url: urls.redis });
    await redis.connect();
    let done = 0;
    let nextUpdate = Date.now() + 1000;
    while (!stop.signal.aborted) {
      if (Date.now() > nextUpdate) {
        await redis.incrBy('hashes', done);
        done = 0;
        nextUpdate = Date.now() + 1000;
      }
      const bytes = Buffer.from(await (await fetch(`${urls.rng}/32`)).arrayBuffer());
      const init = { method: 'POST', body: bytes, headers: { 'Content-Type': 'application/octet-stream' } };
      const hash = await (await fetch(`${urls.hasher}/`, init)).text();
      if (hash.startsWith('0')) await redis.hSet('wallet', hash, bytes);
      done++;
    }
    await redis.close();
  }
  const running = run();
  return () => {
    stop.abort();
    return running;
  };
}

/** webui: `GET /json` answers coins, hashes and the time, read from Redis. */
export async function startTheirWebui(t: Scope, redisUrl: string): Promise<TestServer> {
  const redis = createClient({ url: redisUrl });
  // Redis is stopped before this client when the test is over.
  redis.on('error', () => {});
  await redis.connect();
  const server = await startServer(t, async (_, response) => {
    const [coins, hashes] = [await redis.hLen('wallet'), await redis.get('hashes')];
    response.end(JSON.stringify({ coins, hashes, now: Date.now() / 1000 }));
  });
  t.after(() => redis.destroy());
  return server;
}
