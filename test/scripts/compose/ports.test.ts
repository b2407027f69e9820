/** Ports of a range, of which others have taken some. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { describeProject } from '../../../scripts/compose/up.ts';
import type { Project } from '../../../scripts/lib/compose-project.ts';
import { unlessDocker } from '../../../testkit/docker.ts';
import type { Scope } from '../../../testkit/machine.ts';
import { writeProject } from '../../../testkit/other-project.ts';
import { freePort } from '../../../testkit/ports.ts';

test('a container is shown where it is: at the address that its port is published on, else at that of its engine', async (t) => {
  const { DOCKER_HOST } = process.env;
  t.after(() => {
    if (DOCKER_HOST === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = DOCKER_HOST;
  });
  process.env.DOCKER_HOST = 'tcp://10.0.0.1:3376';
  const ports = ['0.0.0.0', '127.0.0.1', '10.0.0.3', 'fd00::3'].map((hostIp, at) => ({
    ...{ containerPort: 80, protocol: 'tcp', hostPort: 8010 + at, hostIp },
  }));
  const containers = () => Promise.resolve([{ id: '1', service: 'rng', name: 'shop_rng_1', status: 'running', ports }]);
  const [row] = await describeProject({ containers } as unknown as Project);
  const urls = ['http://10.0.0.1:8010', 'http://10.0.0.1:8011', 'http://10.0.0.3:8012', 'http://[fd00::3]:8013'];
  assert.deepEqual(row!.urls, urls);
});

/** The first of three ports in a row; the second is taken until the end of the test. */
async function takenInTheMiddle(t: Scope): Promise<number> {
  for (;;) {
    const first = await freePort();
    const server = createServer();
    const isOurs = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(first + 1, '0.0.0.0', () => resolve(true));
    });
    if (!isOurs) continue;
    t.after(() => new Promise((resolve) => server.close(resolve)));
    return first;
  }
}

test('a port of a range that somebody else has taken is passed over; a range that is full is an error that names it', {
  skip: unlessDocker,
  timeout: 120_000,
}, async (t) => {
  const first = await takenInTheMiddle(t);
  const service = `{ image: 'redis:7.4.2', stop_grace_period: 1s, ports: ['${first}-${first + 2}:6379'] }`;
  const project = await writeProject(t, `services:\n  store: ${service}\n`);
  const compose = (...args: string[]) => project.script('compose', ...args);

  const started = await compose('up');
  assert.equal(started.code, 0, started.output);
  const scaled = await compose('scale', 'store=2', '--json');
  assert.equal(scaled.code, 0, scaled.output);
  const urls = JSON.parse(scaled.stdout).flatMap((row: { urls: string[] }) => row.urls.map((url) => new URL(url).port));
  assert.ok(urls.includes(String(first)) && urls.includes(String(first + 2)), urls.join(' '));

  const full = await compose('scale', 'store=3');
  assert.equal(full.code, 1);
  assert.match(full.output, new RegExp(`:${first + 1}\\b.*address already in use|port is already allocated`));
});
