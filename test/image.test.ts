/** The image, on a real engine: built by both builders from a clean clone, and run in the ways that the README shows. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cloneProject } from '../testkit/clone.ts';
import { buildKitCommand, docker, output, run, runContainer, uniqueName, unlessDocker } from '../testkit/docker.ts';
import { eventually } from '../testkit/eventually.ts';
import { temporaryFolder } from '../testkit/machine.ts';
import { ourImage } from '../testkit/our-image.ts';

const skip = unlessDocker;
const image = ourImage(skip);
const STRICT = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

async function sizeOf(name: string): Promise<number> {
  return Number(await docker('inspect', '--format', '{{.Size}}', name));
}

test('both builders build it from a clean clone, at most 2 MB on top of the base, with a list of what is in it', {
  skip,
}, async (t) => {
  const clone = await cloneProject(t);
  const buildKit = await buildKitCommand();
  assert.ok(buildKit, 'no client here has BuildKit');
  const builders = { classic: ['docker', 'build'], buildKit };
  for (const [name, command] of Object.entries(builders)) {
    const tag = uniqueName('coinroom-test-built');
    t.after(() => run(['docker', 'rmi', '--force', tag]));
    const args = ['--build-arg', 'VERSION=7.1', '--build-arg', 'REVISION=abc123', '--build-arg', 'FOUR_BYTE_BUG=on'];
    await output([...command, '--tag', tag, ...args, clone], {
      env: { DOCKER_BUILDKIT: name === 'classic' ? '0' : '1' },
    });
    assert.ok(await sizeOf(tag) - await sizeOf('node:26-slim') < 2e6, name);
    assert.equal(
      await docker('run', '--rm', '--entrypoint', 'ls', tag, '/app').then((list) => list.split(/\s+/).join()),
      [
        ...['health.mjs', 'main.mjs', 'page', 'sbom.cdx.json', 'thread.mjs'],
      ].join(),
    );
    const labels = JSON.parse(await docker('inspect', '--format', '{{json .Config.Labels}}', tag));
    assert.equal(labels['org.opencontainers.image.version'], '7.1');
    const env = JSON.parse(await docker('inspect', '--format', '{{json .Config.Env}}', tag)) as string[];
    for (const variable of ['VERSION=7.1', 'REVISION=abc123', 'FOUR_BYTE_BUG=on']) assert.ok(env.includes(variable));
    const sbom = JSON.parse(await docker('run', '--rm', '--entrypoint', 'cat', tag, '/app/sbom.cdx.json'));
    const names = (sbom.components as { name: string }[]).map(({ name }) => name);
    assert.ok(names.includes('redis') && names.includes('undici') && !names.includes('typescript'), names.join());
  }
});

test('after a change of a source it is built again without a network', { skip }, async (t) => {
  const clone = await cloneProject(t);
  const tag = uniqueName('coinroom-test-rebuilt');
  t.after(() => run(['docker', 'rmi', '--force', tag]));
  await appendFile(join(clone, 'src', 'webui', 'page', 'index.html'), `<!-- ${tag} -->\n`);
  await output(['docker', 'build', '--network', 'none', '--tag', tag, clone], { env: { DOCKER_BUILDKIT: '0' } });
  const id = (name: string) => docker('inspect', '--format', '{{.Id}}', name);
  assert.notEqual(await id(tag), await id(image));
});

const ways = {
  '-e ROLE=rng': { args: ['-e', 'ROLE=rng', image], env: {}, role: 'rng' },
  'ROLE=hasher docker run -e ROLE': { args: ['-e', 'ROLE', image], env: { ROLE: 'hasher' }, role: 'hasher' },
  'an argument': { args: [image, 'worker'], env: {}, role: 'worker' },
  'an argument and a flag': { args: [image, 'webui', '--port', '9000'], env: {}, role: 'webui' },
  'nothing said': { args: [image], env: {}, role: 'all' },
} as const;

for (const [way, { args, env, role }] of Object.entries(ways)) {
  test(`a role by ${way} is healthy, has no rights, and stops within 5 s with exit 0`, { skip }, async (t) => {
    const container = await runContainer(t, [...STRICT, '--user', '12345:12345', ...args], env);
    await container.healthy();
    const log = (await container.logs()).split('\n').filter(Boolean).map((line) => JSON.parse(line));
    assert.equal(log.find(({ event }) => event === 'starting').role, role);
    assert.equal(await docker('exec', container.id, 'id', '-u'), '12345');
    const { code, ms } = await container.stop();
    assert.equal(code, 0);
    assert.ok(ms < 5000, `${ms} ms`);
  });
}

test('without being told otherwise it is not root', { skip }, async (t) => {
  const container = await runContainer(t, [image, 'rng']);
  assert.equal(await docker('exec', container.id, 'id', '-u'), '1000');
});

test('a wrong role ends at once with a line that names the rule', { skip }, async () => {
  const { code, output } = await run(['docker', 'run', '--rm', image, 'miner']);
  assert.equal(code, 2);
  assert.match(output, /^ROLE must be one of rng, hasher, worker, webui, all, audit, www; got "miner"$/m);
});

test('a wallet that cannot be written ends at once with a line that names STORE_URL', { skip }, async (t) => {
  const folder = join(await temporaryFolder(t), 'data');
  mkdirSync(folder);
  const { code, output } = await run(['docker', 'run', '--rm', '--volume', `${folder}:/data:ro`, image]);
  assert.equal(code, 2);
  assert.match(output, /STORE_URL cannot be used/);
});

test('a role that does not answer is not healthy, and says why', { skip }, async (t) => {
  const container = await runContainer(t, [image, 'rng']);
  await container.healthy();
  const probe = (...flags: string[]) => run(['docker', 'exec', ...flags, container.id, 'node', '/app/health.mjs']);
  assert.deepEqual(await probe(), { code: 0, stdout: '', output: '' });
  const wrong = await probe('--env', 'PORT=1');
  assert.equal(wrong.code, 1);
  assert.match(wrong.output, /^http:\/\/127\.0\.0\.1:1\/healthz cannot be reached: connect ECONNREFUSED/);
});

test('the image keeps the wallet in a volume, for a container that follows', { skip }, async (t) => {
  const volume = uniqueName('coinroom-test-volume');
  t.after(() => run(['docker', 'volume', 'rm', '--force', volume]));
  const mount = ['--volume', `${volume}:/data`];
  const first = await runContainer(t, [...STRICT, ...mount, image, '--pace', 'full', '--difficulty', '3']);
  await eventually(async () => /"coins":[1-9]/.test(await first.logs()), { what: 'coins', withinMs: 30_000 });
  assert.equal((await first.stop()).code, 0);
  const audit = await run(['docker', 'run', '--rm', ...mount, image, 'audit', '--store-url', 'sqlite:/data/wallet.db']);
  assert.match(audit.output, /The audit holds/);
});
