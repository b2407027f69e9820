/** What a room gets before the class comes: which images, and out of which registry. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { haproxyImage } from '../../../scripts/lib/haproxy/listening.ts';
import { cadvisorImage } from '../../../scripts/lib/cadvisor.ts';
import { clustersIn } from '../../../scripts/lib/room/room.ts';
import { DEFAULTS } from '../../../scripts/lib/room/settings.ts';
import { registryOf } from '../../../scripts/prep/registry.ts';
import { readSteps } from '../../../scripts/prep/read-steps.ts';
import { readImages } from '../../../scripts/prep/warm.ts';
import { ROOT, temporaryFolder } from '../../../testkit/machine.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('the images are those that the project names elsewhere, by the same version', async () => {
  const images = await readImages(undefined);
  const [, node] = /^ARG NODE_IMAGE=(\S+)$/m.exec(read('Dockerfile'))!;
  const [, redis] = /REDIS_IMAGE:-(\S+)\}/.exec(read('compose.yml'))!;
  const [, registry] = /\b(registry:[\d.]+)/m.exec(read('workshop/2-one-machine.md'))!;
  assert.deepEqual(
    new Set(images),
    new Set([node, redis, registry, haproxyImage(undefined), cadvisorImage(undefined, {})]),
  );
});

for (const line of ['redis', 'Redis:7', 'redis@sha256:00', '-x:1', 'a b:1', 'redis:7;reboot', '$(reboot):1', 'x:']) {
  test(`${JSON.stringify(line)} is no image for a registry`, async (t) => {
    const file = join(await temporaryFolder(t), 'images.txt');
    await writeFile(file, `# ours\nredis:7.4.2 # kept\n${line}\n`);
    await assert.rejects(
      readImages(file),
      (error: Error) =>
        error.message ===
          `Cannot read ${file}, line 3: a line holds an image with its tag, such as redis:7.4.2; got ${
            JSON.stringify(line)
          }`,
    );
  });
}

test('the registry is on the first machine of the instructor, else of all, or where room.yml says', () => {
  const numbered = { kind: 'clusters', clusters: { c1: ['10.0.0.1', '10.0.0.2'], c2: ['root@10.0.0.3'] } } as const;
  const of = (registry: string, ...entries: Parameters<typeof clustersIn>[0]) => {
    const { address, machine, isOurs } = registryOf({
      settings: { ...DEFAULTS, registry },
      clusters: clustersIn([numbered, ...entries]),
    });
    return [address, machine.name, isOurs];
  };
  assert.deepEqual(of(''), ['10.0.0.1:5000', 'c1:n1', true]);
  const given = { kind: 'role', cluster: 'c2', role: 'instructor' } as const;
  assert.deepEqual(of('', given), ['10.0.0.3:5000', 'c2:n1', true]);
  assert.deepEqual(of('10.0.0.2:80', given), ['10.0.0.2:80', 'c1:n2', true]);
  assert.deepEqual(of('hub.example.org', given), ['hub.example.org', 'c2:n1', false]);
});

test('our own steps can be read, and the proof is the last of them', async () => {
  const steps = await readSteps('warm.yml');
  const { name, check, do: script } = steps.at(-1)!;
  assert.equal(name, 'ready without internet');
  assert.equal(check, script);
});
