/** One table of several hosts: a project of Compose on one, a stack of the same name on the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { output, uniqueName } from '../../../testkit/docker.ts';
import { startEngines, type TestEngine, unlessEngines } from '../../../testkit/engines.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { startProgram } from '../../../testkit/program.ts';
import { runScript, scriptCommand } from '../../../testkit/script.ts';

const IMAGE = 'redis:7.4.2';

interface Data {
  readonly at: string;
  readonly containers: readonly { readonly node: string; readonly name: string; readonly service: string }[];
  readonly hosts: readonly { readonly node: string; readonly cores: number }[];
  readonly silent: readonly { readonly node: string; readonly why: string }[];
  readonly services: readonly { readonly service: string; readonly containers: number }[];
  readonly saturated: readonly { readonly service: string; readonly why: string }[];
}

/** Its network is that of the host: this is about no other. */
function stackFile(): string {
  const burns = ['sh', '-c', 'while :; do :; done'];
  // So little that they get it on a busy machine, too.
  const worker = { command: burns, deploy: { replicas: 2, resources: { limits: { cpus: '0.05' } } } };
  const services = Object.entries({ worker, rng: {} }).map(([name, service]) =>
    [name, { image: IMAGE, networks: ['outside'], ...service }] as const
  );
  const networks = { outside: { external: true, name: 'host' } };
  return JSON.stringify({ version: '3.8', services: Object.fromEntries(services), networks });
}

test('top.mjs shows the containers of several engines in one table, whichever of them answer', {
  skip: unlessEngines,
  timeout: 300_000,
}, async (t) => {
  const project = uniqueName('coinroom-test');
  const [one, two] = await startEngines(t, 2, [IMAGE]) as [TestEngine, TestEngine];
  const labels = { project, service: 'rng', oneoff: 'False' };
  const flags = Object.entries(labels).flatMap(([name, value]) => ['--label', `com.docker.compose.${name}=${value}`]);
  await one.docker('run', '--detach', '--name', 'rng_1', ...flags, IMAGE);
  await two.docker('swarm', 'init', '--advertise-addr', two.address);
  const deploy = ['stack', 'deploy', '--resolve-image', 'never', '--compose-file', '-', project];
  await output(['docker', '--host', two.host, ...deploy], { input: stackFile() });

  const both = [one, two].flatMap(({ address, host }) => ['--engine', `${address}=${host}`]);
  const gone = ['--engine', '10.77.0.9=unix:///nowhere/docker.sock'];
  const data = await eventually(async () => {
    const { code, stdout, output: text } = await runScript('top', [
      '-p',
      project,
      ...both,
      ...gone,
      '--once',
      '--json',
    ]);
    assert.equal(code, 0, text);
    const taken = JSON.parse(stdout) as Data;
    return taken.containers.length === 4 && taken.saturated.length > 0 && taken;
  }, { what: 'the tasks of the stack to run, and its workers to be at their limit', withinMs: 120_000 });
  assert.deepEqual(data.containers.map(({ node, service }) => `${node} ${service}`).sort(), [
    `${one.address} rng`,
    `${two.address} rng`,
    `${two.address} worker`,
    `${two.address} worker`,
  ]);
  const names = data.containers.map(({ name }) => name).sort();
  assert.deepEqual(names, [`${project}_rng.1`, `${project}_worker.1`, `${project}_worker.2`, 'rng_1']);
  assert.deepEqual(data.services.map(({ service, containers }) => `${service} ${containers}`), ['rng 2', 'worker 2']);
  assert.deepEqual(data.hosts.map(({ node }) => node), [one.address, two.address]);
  assert.deepEqual(data.silent.map(({ node }) => node), ['10.77.0.9']);
  assert.deepEqual(data.saturated.map(({ service }) => service), ['worker']);
  const limit = `it uses [\\d.]+ % of the 0\\.1 cores that it may use on ${two.address}`;
  assert.match(data.saturated[0]!.why, new RegExp(`^(${limit}|at the limit of \\S+ on ${two.address} .*)$`));

  const { output: table } = await runScript('top', ['-p', project, ...both, ...gone, '--once']);
  assert.match(table, /^ *node +container +service +CPU +memory +of limit +processes +busiest$/m);
  assert.match(table, new RegExp(`^ *${one.address} +rng_1 +rng .* redis-server$`, 'm'));
  assert.match(table, new RegExp(`^ *${two.address} +${project}_worker\\.1 +worker .* sh$`, 'm'));
  for (const { address } of [one, two]) {
    assert.match(table, new RegExp(`^${address} has \\d+ cores?: these containers use .* % of its CPU`, 'm'));
  }
  assert.match(table, /^10\.77\.0\.9 does not answer: .*docker daemon.*$/m);

  const none = await runScript('top', [
    '-p',
    project,
    ...gone,
    '--engine',
    '10.77.0.8=unix:///nowhere/two.sock',
    '--once',
  ]);
  assert.equal(none.code, 1);
  assert.match(none.output, /^10\.77\.0\.9 does not answer: .*\n10\.77\.0\.8 does not answer: .*$/m);

  const live = startProgram(t, scriptCommand('top', ['-p', project, ...both, '--json', '--every', '100ms']));
  const silentAre = (...wanted: string[]): Promise<unknown> =>
    eventually(() => {
      const last = JSON.parse(live.output.at(-1) ?? '{}') as Partial<Data>;
      return last.silent?.map(({ node }) => node).join() === wanted.join();
    }, { what: `${wanted.join() || 'nobody'} to be silent`, withinMs: 60_000 });
  await silentAre();
  await one.whileFrozen(async () => {
    await silentAre(one.address);
    const before = live.output.length;
    // One that has to be waited for again would put ten seconds between any two of them.
    await eventually(() => {
      const times = live.output.slice(before).map((line) => Date.parse((JSON.parse(line) as Data).at));
      return times.some((time, index) => index > 0 && time - times[index - 1]! < 9500);
    }, { what: 'tables of the other, one soon after the other', withinMs: 90_000 });
  });
  await silentAre();
  assert.equal((await live.stop('SIGINT')).code, 0, live.lines.join('\n'));
});
