/** Updates of a project that works: the bug is fixed without a gap, and a version that is sick goes back. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CoinRow } from '../../../src/webui/snapshot.ts';
import { createProject, type Project } from '../../../testkit/compose.ts';
import { docker, output, run, uniqueName, unlessDocker } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { ROOT, type Scope, temporaryFolder } from '../../../testkit/machine.ts';
import { type Program, startProgram } from '../../../testkit/program.ts';
import { freePort } from '../../../testkit/ports.ts';
import { startRegistry, unlessRegistry } from '../../../testkit/registry.ts';
import { runScript, scriptCommand } from '../../../testkit/script.ts';

const skip = unlessDocker || unlessRegistry;

/** Follows the log of every container of a service that there is now, to its end. */
async function followLogs(t: Scope, project: Project, service: string): Promise<Program[]> {
  return (await project.containers(service)).map((id) => startProgram(t, ['docker', 'logs', '--follow', id]));
}

function events(programs: readonly Program[], name: string): Record<string, unknown>[] {
  const lines = programs.flatMap(({ lines }) => lines).filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => event === name);
}

test('the bug is fixed by build, tag, push and update under load: no unit fails, no hash is lost', {
  skip,
  timeout: 300_000,
}, async (t) => {
  const registry = await startRegistry(t);
  const project = await createProject(t, { VERSION: '1', PACE: 'full' });
  const files = ['-f', join(ROOT, 'compose.yml'), '-f', join(ROOT, 'compose.full.yml')];
  const compose = async (args: readonly string[], env: Record<string, string> = {}) => {
    const finished = await runScript('compose', [...args, '-p', project.name], {
      cwd: ROOT,
      env: { ...project.env, ...env },
    });
    assert.equal(finished.code, 0, finished.output);
    return finished;
  };
  await compose(['up', ...files]);
  await compose(['scale', ...files, 'worker=2', 'hasher=2']);
  const coins = async (): Promise<CoinRow[]> =>
    await (await fetch(`${await project.url()}/coins?limit=5`)).json() as CoinRow[];
  await eventually(async () => (await coins())[0]?.originBytes === 4, { what: 'a coin of the bug', withinMs: 60_000 });
  const logs = await followLogs(t, project, 'worker');
  const asked = [...await followLogs(t, project, 'hasher')];

  const second = { VERSION: `${project.version}-2`, REGISTRY: registry.address, FOUR_BYTE_BUG: 'off' };
  t.after(() => run(['docker', 'rmi', '--force', `coinroom:${second.VERSION}`]));
  await compose(['build'], second);
  const { stdout } = await compose(['tag', '--json'], second);
  const [{ target }] = JSON.parse(stdout);
  t.after(() => run(['docker', 'rmi', '--force', target]));
  await output(['docker', 'push', target]);

  const versions = new Set<string>();
  const updating = compose(['update', 'worker', 'hasher', '--image', target, ...files, '--json']);
  let isOver = false;
  updating.finally(() => isOver = true).catch(() => {});
  await eventually(async () => {
    const { workers } = await project.numbers();
    versions.add(workers.map(({ version }) => version).sort().join());
    return isOver;
  }, { what: 'the update to be over', withinMs: 120_000, everyMs: 200 });
  const updated = JSON.parse((await updating).stdout);
  assert.deepEqual(
    updated.map(({ service, replaced, gapMs }: Record<string, unknown>) => ({ service, replaced, gapMs })),
    [
      { service: 'worker', replaced: 2, gapMs: 0 },
      { service: 'hasher', replaced: 2, gapMs: 0 },
    ],
  );
  assert.ok(
    [...versions].some((seen) => seen.includes(project.version) && seen.includes(second.VERSION)),
    [...versions].join(' | '),
  );
  await eventually(async () => (await coins())[0]?.originBytes === 32, {
    what: 'an origin of 32 bytes',
    withinMs: 60_000,
  });

  await Promise.all([...logs, ...asked].map(({ exited }) => exited));
  const ends = events([...logs, ...asked], 'stopped').map(({ code }) => code);
  assert.deepEqual(ends, [0, 0, 0, 0], 'all that were replaced ended well');
  const workers = [...logs, ...await followLogs(t, project, 'worker')];
  await eventually(() => events(workers.slice(-2), 'starting').length === 2, { what: 'the logs of the new ones' });
  for (const event of ['unit_failed', 'dropped_batches', 'lost_batches']) assert.deepEqual(events(workers, event), []);
  const audit = await project.audit();
  assert.match(audit.output, /The audit holds/);

  const again = await compose(['update', 'worker', '--image', target, ...files, '--json']);
  assert.equal(JSON.parse(again.stdout)[0].replaced, 0, 'a second update changes nothing');
  const scaled = await compose(['scale', ...files, 'worker=3', '--json']);
  const images = JSON.parse(scaled.stdout).filter(({ service }: { service: string }) => service === 'worker');
  assert.deepEqual(images.map(({ image }: { image: string }) => image), [target, target, target], 'more of what runs');
});

/** An image that is another with one more line. */
async function buildOn(t: Scope, base: string, line: string): Promise<string> {
  const image = uniqueName('coinroom-test-image');
  t.after(() => run(['docker', 'rmi', '--force', image]));
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'Dockerfile'), `FROM ${base}\n${line}\n`);
  await output(['docker', 'build', '--tag', image, folder], { env: { DOCKER_BUILDKIT: '0' } });
  return image;
}

test('a sick version goes back by itself, wherever it shows', { skip, timeout: 300_000 }, async (t) => {
  const project = await createProject(t, { WEBUI_PORT: String(await freePort()) });
  const update = (...args: string[]) =>
    runScript('compose', ['update', ...args, '-p', project.name, '--within', '30s'], { cwd: ROOT, env: project.env });
  await project.compose('up', '--detach', '--build', '--scale', 'worker=2');
  const before = await project.containers('worker');

  const base = `coinroom:${project.version}`;
  const ending = await buildOn(
    t,
    base,
    'ENTRYPOINT ["node", "-e", "console.error(`no such option`); process.exit(3)"]',
  );
  const ended = await update('worker', '--image', ending);
  assert.equal(ended.code, 1);
  assert.match(ended.output, /Cannot update worker, which runs what it had run before: /);
  assert.match(ended.output, /no such option/, 'the last lines of the sick one say why');
  assert.deepEqual((await project.containers('worker')).sort(), before.sort(), 'the same containers run');

  const unhealthy = await buildOn(t, base, 'HEALTHCHECK --interval=1s --retries=2 --start-period=1s CMD ["false"]');
  const found = await update('worker', '--image', unhealthy);
  assert.equal(found.code, 1);
  assert.match(found.output, /is unhealthy/);
  assert.deepEqual((await project.containers('worker')).sort(), before.sort());

  // The first is well, the second is not: what was replaced already is replaced back.
  const second = await buildOn(
    t,
    base,
    `HEALTHCHECK --interval=1s --retries=2 --start-period=1s CMD ["node", "-e", "fetch('http://hasher/healthz').then(() => process.exit(0), () => process.exit(1))"]`,
  );
  const updating = update('worker', '--image', second);
  await eventually(async () => {
    const images = await Promise.all(
      (await project.containers('worker')).map((id) =>
        docker('inspect', '--format', '{{.Config.Image}} {{.State.Health.Status}}', id)
      ),
    );
    return images.includes(`${second} healthy`);
  }, { what: 'the first of the sick version to be healthy', withinMs: 60_000, everyMs: 100 });
  await project.compose('stop', '--timeout', '1', 'hasher');
  const late = await updating;
  assert.equal(late.code, 1, late.output);
  const images = await Promise.all(
    (await project.containers('worker')).map((id) => docker('inspect', '--format', '{{.Config.Image}}', id)),
  );
  assert.deepEqual(images, [base, base]);

  // With its fixed port the page has to stop first; it comes back as it was.
  const page = await update('webui', '--image', ending);
  assert.equal(page.code, 1);
  assert.match(page.output, /webui stops before its successor starts: it publishes the port/);
  assert.equal((await fetch(await project.url())).status, 200);
});

test('an update that is stopped by Ctrl-C leaves what was there', { skip, timeout: 120_000 }, async (t) => {
  const project = await createProject(t);
  await project.compose('up', '--detach', '--build');
  const before = await project.containers('hasher');
  const image = await buildOn(t, `coinroom:${project.version}`, 'LABEL other=image');
  const args = ['update', 'hasher', '--image', image, '-p', project.name];
  const program = startProgram(t, scriptCommand('compose', args), { cwd: ROOT, env: project.env });
  await eventually(async () => (await project.containers('hasher')).length === 2, {
    what: 'the new container',
    withinMs: 30_000,
  });
  assert.equal((await program.stop('SIGINT')).code, 130);
  assert.match(program.lines.join('\n'), /going back/);
  assert.deepEqual(await project.containers('hasher'), before);
});

test(
  'an update of what does not run, of what is not there, and of an unknown service are refused',
  { skip },
  async (t) => {
    const project = await createProject(t);
    const update = (...args: string[]) =>
      runScript('compose', ['update', ...args, '-p', project.name], { cwd: ROOT, env: project.env });
    const off = await update('worker');
    assert.deepEqual([off.code, off.output.trim()], [1, 'worker does not run: ./scripts/compose.mjs up']);
    const unknown = await update('miner');
    assert.equal(unknown.code, 2);
    assert.match(unknown.output, /^There is no service miner: there are hasher, redis, rng, webui, worker$/m);
  },
);
