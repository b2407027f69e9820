/** compose.yml on a real engine: the lesson, from nothing to a bug that is fixed by another image. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CoinRow } from '../src/webui/snapshot.ts';
import { createProject } from '../testkit/compose.ts';
import { docker, unlessDocker } from '../testkit/docker.ts';
import { eventually } from '../testkit/eventually.ts';
import { ROOT } from '../testkit/machine.ts';

const skip = unlessDocker;

test('from nothing to mining; the law of the plateau; Redis shot; the bug fixed by a new image', {
  skip,
  timeout: 300_000,
}, async (t) => {
  const project = await createProject(t, { VERSION: '1' });
  await project.compose('up', '--detach', '--build');
  await eventually(async () => (await project.numbers().catch(() => undefined))?.hashes! > 3, {
    what: 'the first hashes',
    withinMs: 30_000,
  });

  const law = [
    { workers: 1, rngs: 1, perSecond: 10 / 3 },
    { workers: 2, rngs: 1, perSecond: 20 / 3 },
    { workers: 10, rngs: 1, perSecond: 10 },
    { workers: 10, rngs: 2, perSecond: 20 },
  ];
  for (const { workers, rngs, perSecond } of law) {
    await project.compose('up', '--detach', '--no-recreate', '--scale', `worker=${workers}`, '--scale', `rng=${rngs}`);
    let seen: number | null = null;
    await eventually(async () => {
      const numbers = await project.numbers();
      seen = numbers.hash_speed_10s;
      return numbers.workers.length === workers && Math.abs(seen! / perSecond - 1) < 0.1;
    }, { what: `${workers} workers with ${rngs} rngs to make ${perSecond.toFixed(2)}`, withinMs: 60_000 });
    t.diagnostic(`${workers} workers, ${rngs} rngs: ${seen!} instead of ${perSecond.toFixed(2)}`);
  }
  assert.equal(Object.keys((await project.numbers()).upstreams.rng.instances).length, 2, 'both by one name');

  const [redis] = await project.containers('redis');
  await docker('kill', redis!);
  await docker('start', redis!);
  const before = (await project.numbers()).hashes!;
  await eventually(async () => (await project.numbers()).hashes! > before, {
    what: 'mining to go on',
    withinMs: 30_000,
  });
  const audit = await project.audit();
  assert.match(audit.output, /The audit holds/);
  assert.equal(audit.code, 0);

  const coins = async (): Promise<CoinRow[]> =>
    await (await fetch(`${await project.url()}/coins?limit=5`)).json() as CoinRow[];
  for (const { originBytes } of await coins()) assert.equal(originBytes, 4, 'the first image has the bug');

  const fixed = await createProject(t, { name: project.name, VERSION: '2', FOUR_BYTE_BUG: 'off' });
  await fixed.compose('build', 'worker');
  await fixed.compose('up', '--detach', '--no-deps', '--scale', 'worker=2', 'worker');
  await eventually(async () => {
    const { workers } = await project.numbers();
    return workers.length === 2 && workers.every(({ version }) => version === '2');
  }, { what: 'workers of version 2', withinMs: 60_000 });
  await eventually(async () => (await coins())[0]!.originBytes === 32, {
    what: 'an origin of 32 bytes',
    withinMs: 60_000,
  });
  assert.match((await project.audit()).output, /The audit holds/);
});

test(
  'compose.yml says what it is made of once, and needs nothing that docker-compose 1.29 does not know',
  { skip },
  async (t) => {
    const project = await createProject(t);
    const config = await project.compose('config');
    for (const service of ['rng', 'hasher', 'worker', 'webui', 'redis']) {
      assert.match(
        config,
        new RegExp(`^  ${service}:`, 'm'),
      );
    }
    const text = await readFile(join(ROOT, 'compose.yml'), 'utf8');
    assert.doesNotMatch(text, /^(name|version|include):|start_interval|develop:/m);
  },
);

test('at full speed it is the same application with other settings', { skip, timeout: 120_000 }, async (t) => {
  const project = await createProject(t);
  const files = ['-f', 'compose.yml', '-f', 'compose.full.yml'];
  await project.compose(...files, 'up', '--detach', '--build');
  await eventually(async () => {
    const { pace, hash_speed_10s } = await project.numbers();
    return pace === 'full' && hash_speed_10s! > 1e6;
  }, { what: 'a million hashes a second', withinMs: 60_000 });
});
