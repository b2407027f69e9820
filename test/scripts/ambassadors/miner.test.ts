/** The miner through its ambassadors: whatever is shot, no unit of work fails and no coin is lost. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { composeClient } from '../../../scripts/lib/compose-project.ts';
import type { Snapshot } from '../../../src/webui/snapshot.ts';
import { docker, output, run, uniqueName, unlessDocker } from '../../../testkit/docker.ts';
import { startEngines, type TestEngine, unlessEngines } from '../../../testkit/engines.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { ROOT, type Scope } from '../../../testkit/machine.ts';
import { type OtherProject, writeProject } from '../../../testkit/other-project.ts';
import { startProgram } from '../../../testkit/program.ts';

/** Our own file, in a folder of its own. */
function ourFile(): string {
  return readFileSync(join(ROOT, 'compose.yml'), 'utf8').replace('context: .', `context: ${ROOT}`);
}

function environment(t: Scope): Record<string, string> {
  const image = uniqueName('coinroom-test-ambassadors');
  t.after(() => run(['docker', 'rmi', '--force', `${image}:1`]));
  return { IMAGE: image, VERSION: '1', WEBUI_PORT: '0', RNG_PORTS: '0', HASHER_PORTS: '0', DOCKER_BUILDKIT: '0' };
}

async function logOf(container: string, host?: string): Promise<Record<string, unknown>[]> {
  const { output: text } = await run(['docker', ...(host ? ['--host', host] : []), 'logs', container]);
  return text.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}

async function numbers(project: OtherProject): Promise<Snapshot> {
  const [webui] = await project.containers('webui');
  const address = (await docker('port', webui!, '80/tcp')).split('\n')[0]!.replace('0.0.0.0', '127.0.0.1');
  return await (await fetch(`http://${address}/json`)).json() as Snapshot;
}

test('an rng, the hasher and Redis are shot, one after the other: mining goes on, the audit holds', {
  skip: unlessDocker,
  timeout: 300_000,
}, async (t) => {
  const project = await writeProject(t, ourFile(), { env: environment(t) });
  await project.compose('up', '--detach', '--build', '--scale', 'rng=3', '--scale', 'hasher=2', '--scale', 'worker=2');
  const applied = await project.script('ambassadors', 'apply');
  assert.equal(applied.code, 0, applied.output);
  const watch = startProgram(t, project.command('ambassadors', 'watch'), { cwd: project.folder, env: project.env });
  await watch.line(/following the containers/);
  /** Waits until so many more hashes are recorded. */
  const mined = async (count: number): Promise<void> => {
    const before = (await numbers(project)).hashes!;
    await eventually(async () => (await numbers(project)).hashes! >= before + count, {
      what: `${count} more hashes`,
      withinMs: 60_000,
    });
  };
  await mined(10);
  const { upstreams } = await numbers(project);
  assert.equal(Object.keys(upstreams.rng!.instances).length, 3, 'all of them answer to one name');

  const [rng] = await project.containers('rng');
  const [hasher] = await project.containers('hasher');
  const [redis] = await project.containers('redis');
  for (const container of [rng!, hasher!]) {
    await docker('kill', container);
    await mined(20);
    await docker('start', container);
    await mined(10);
  }
  await docker('kill', redis!);
  await docker('start', redis!);
  await mined(20);
  await docker('restart', '--time', '5', redis!);
  await mined(20);

  for (const worker of await project.containers('worker')) {
    const log = await logOf(worker);
    for (const event of ['unit_failed', 'dropped_batches', 'lost_batches']) {
      assert.deepEqual(log.filter((line) => line.event === event), []);
    }
  }
  const audit = await project.script('audit', '--compose', '--strict');
  assert.match(audit.output, /The audit holds/);
  assert.equal(audit.code, 0);
});

test('a worker on one machine reaches rng, hasher and Redis on another through its ambassadors', {
  skip: unlessEngines,
  timeout: 300_000,
}, async (t) => {
  const env = environment(t);
  await output(['docker', 'build', '--tag', `${env.IMAGE}:1`, ROOT], { env: { DOCKER_BUILDKIT: '0' } });
  const images = [`${env.IMAGE}:1`, 'redis:7.4.2', 'haproxy:3.2.21'];
  const [one, two] = await startEngines(t, 2, images) as [TestEngine, TestEngine];
  const file = ourFile().replace("volumes: ['wallet:/data']", "volumes: ['wallet:/data']\n    ports: ['6379:6379']");
  const project = await writeProject(t, file, { env });
  const compose = async ({ host }: TestEngine, ...args: string[]): Promise<string> =>
    await output([...(await composeClient()).command, '--project-name', project.name, ...args], {
      cwd: project.folder,
      env: { ...env, DOCKER_HOST: host },
    });
  await compose(one, 'up', '--detach', 'redis', 'rng', 'hasher', 'webui');
  await compose(two, 'up', '--detach', '--no-deps', 'worker');

  const engines = [one, two].flatMap(({ address, host }) => ['--engine', `${address}=${host}`]);
  const applied = await project.script('ambassadors', 'apply', ...engines);
  assert.equal(applied.code, 0, applied.output);
  const hashes = async (): Promise<number> => {
    const [redis] = (await one.docker('ps', '--quiet', '--filter', `name=${project.name}.redis`)).split('\n');
    return Number(await one.docker('exec', redis!, 'redis-cli', 'get', 'hashes'));
  };
  const mined = async (): Promise<void> => {
    const before = await hashes();
    await eventually(async () => await hashes() > before + 5, {
      what: 'hashes from the other machine',
      withinMs: 60_000,
    });
  };
  await mined();

  const watching = startProgram(t, project.command('ambassadors', 'watch', ...engines), { cwd: project.folder, env });
  await watching.line(/following the containers/);
  await compose(one, 'up', '--detach', '--no-recreate', '--scale', 'rng=2', 'rng');
  await watching.line(/ rng: 2 now, /);
  await mined();
  const status = await project.script('ambassadors', 'status', '--json', ...engines);
  const rows = JSON.parse(status.stdout) as { consumer: string; link: string; up: number; backends: number }[];
  const worker = rows.filter(({ consumer }) => consumer.includes('worker')).map(({ link, up }) => `${link} ${up}`);
  assert.deepEqual(worker, ['hasher 1', 'redis 1', 'rng 2']);

  // An engine whose machine nobody has named cannot be reached from another.
  const removed = await project.script('ambassadors', 'remove', ...engines);
  assert.equal(removed.code, 0, removed.output);
  assert.equal(await two.docker('ps', '--all', '--quiet', '--filter', `label=coinroom.project=${project.name}`), '');
});
