/** Ambassadors on a real engine: what they balance, and how they follow what happens to the containers. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { configureProxies } from '../../../scripts/ambassadors/shared-folder.ts';
import type { StatusRow } from '../../../scripts/ambassadors/status.ts';
import { inspectContainers } from '../../../scripts/lib/containers.ts';
import { defaultEngine } from '../../../scripts/lib/engine.ts';
import { docker, output, run, uniqueName, unlessDocker } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { answersOf, type LoadOptions, startLoad, underLoad } from '../../../testkit/load.ts';
import { ROOT, type Scope } from '../../../testkit/machine.ts';
import { type OtherProject, writeProject } from '../../../testkit/other-project.ts';
import { type Program, startProgram } from '../../../testkit/program.ts';

const skip = unlessDocker;
const image = uniqueName('coinroom-test-ambassadors');

before(async () => {
  if (!skip) await output(['docker', 'build', '--tag', image, ROOT], { env: { DOCKER_BUILDKIT: '0' } });
});
after(() => skip || run(['docker', 'rmi', '--force', image]));

/** `api` is rng at full pace; `caller` does nothing by itself. */
const FILE = `
services:
  api:
    image: ${image}
    environment: { ROLE: rng, PORT: '80', PACE: full }
    labels: { ambassador.check: /readyz }
  caller:
    image: node:26-slim
    init: true
    command: node -e 'setInterval(() => {}, 1e6)'
    stop_grace_period: 1s
    environment: { API_URL: http://api }
    depends_on: [api]
`;

/** A project with its ambassadors, by a file that has them. */
async function applied(t: Scope, scales: Readonly<Record<string, number>> = {}, file = FILE): Promise<OtherProject> {
  const project = await writeProject(t, file);
  const args = Object.entries(scales).flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
  await project.compose('up', '--detach', ...args);
  const { code, output } = await project.script('ambassadors', 'apply');
  assert.equal(code, 0, output);
  return project;
}

/** Follows the containers until the test is over. */
async function watching(t: Scope, project: OtherProject): Promise<Program> {
  const program = startProgram(t, project.command('ambassadors', 'watch', '--json'), { cwd: project.folder });
  await program.line(/"kind":"following"/);
  return program;
}

function changesOf(
  program: Program,
  kind: string,
): { names?: string[]; name?: string; backends: number; ms: number }[] {
  return program.output.map((line) => JSON.parse(line)).filter((change) => change.kind === kind);
}

async function statusOf(project: OtherProject): Promise<StatusRow[]> {
  return JSON.parse((await project.script('ambassadors', 'status', '--json')).stdout) as StatusRow[];
}

/** Changes the number of a service's containers by Compose itself, with the names of the ambassadors. */
async function scale(project: OtherProject, service: string, count: number): Promise<void> {
  const files = ['-f', 'compose.yml', '-f', 'compose.ambassadors.yml'];
  const scales = ['--no-deps', '--no-recreate', '--scale', `${service}=${count}`];
  await project.compose(...files, 'up', '--detach', ...scales, service);
}

/** How often each instance has answered `count` requests or more. */
async function answers(t: Scope, container: string, options: Omit<LoadOptions, 'url'>): Promise<number[]> {
  const result = await underLoad(t, container, { url: 'http://api/16', ...options }, () => sleep(2000));
  assert.deepEqual(result.failed, []);
  return answersOf(result);
}

function assertEven(counts: readonly number[], instances: number): void {
  const mean = counts.reduce((sum, count) => sum + count, 0) / instances;
  assert.equal(counts.length, instances);
  for (const count of counts) assert.ok(Math.abs(count / mean - 1) < 0.05, `${counts.join(' ')} is not even`);
  assert.ok(mean > 50, `${counts.join(' ')}: too few to tell`);
}

test('three instances get the same, whether connections are kept or not; apply twice changes nothing', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await applied(t, { api: 3 });
  const [caller] = await project.containers('caller');
  for (const keepAlive of [true, false]) assertEven(await answers(t, caller!, { keepAlive }), 3);
  assertEven(await answers(t, caller!, { keepAlive: true, connections: 1 }), 3);

  const created = await docker('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.CreatedAt}}');
  const again = await project.script('ambassadors', 'apply');
  assert.equal(again.code, 0, again.output);
  assert.match(again.output, /Nothing to do: all of it is there already/);
  assert.equal(await docker('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.CreatedAt}}'), created);
  const [row] = await statusOf(project);
  assert.deepEqual([row!.link, row!.up, row!.backends, row!.state], ['api', 3, 3, 'ok']);
});

test('from 1 to 10 and back to 1 under load: no request is lost, and each new one gets its share', {
  skip,
  timeout: 300_000,
}, async (t) => {
  const project = await applied(t);
  const [caller] = await project.containers('caller');
  const watch = await watching(t, project);
  const loads = [
    startLoad(t, caller!, { url: 'http://api/16', keepAlive: true, pauseMs: 10 }),
    startLoad(t, caller!, { url: 'http://api/16', keepAlive: false, pauseMs: 10 }),
  ];
  await scale(project, 'api', 10);
  await eventually(async () => (await statusOf(project))[0]?.up === 10, {
    what: 'ten instances to be found well',
    withinMs: 30_000,
  });
  await scale(project, 'api', 1);
  await eventually(async () => (await statusOf(project))[0]?.backends === 1, {
    what: 'one to be left',
    withinMs: 30_000,
  });
  for (const load of loads) {
    const result = await load.stop();
    assert.deepEqual(result.failed, []);
    assert.equal(answersOf(result).length, 10, 'each of them has answered');
  }
  const times = changesOf(watch, 'configure').map(({ ms }) => ms).sort((a, b) => a - b);
  t.diagnostic(`${times.length} changes, each ${times.join(' ')} ms after its first event`);
});

test('an instance that is shot takes no request of others with it that may be asked twice', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await applied(t, { api: 3 });
  const [caller] = await project.containers('caller');
  await watching(t, project);
  const { failed } = await underLoad(t, caller!, { url: 'http://api/16', keepAlive: true, pauseMs: 10 }, async () => {
    const [first] = await project.containers('api');
    await docker('kill', first!);
    await eventually(async () => (await statusOf(project))[0]?.backends === 2, {
      what: 'it to be out',
      withinMs: 20_000,
    });
    await docker('start', first!);
    await eventually(async () => (await statusOf(project))[0]?.up === 3, { what: 'it to be back', withinMs: 20_000 });
  });
  assert.deepEqual(failed, []);
});

test('a consumer that is restarted has its ambassador back within 2 s; one more consumer gets one', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await applied(t);
  const [caller] = await project.containers('caller');
  const watch = await watching(t, project);
  await docker('restart', '--time', '0', caller!);
  const from = performance.now();
  await output(['docker', 'exec', caller!, 'node', '-e', UNTIL_IT_ANSWERS]);
  const tookMs = performance.now() - from;
  t.diagnostic(`${tookMs.toFixed(0)} ms after the restart`);
  assert.ok(tookMs < 2000, `${tookMs} ms`);
  await watch.line(/"kind":"restart"/);

  await scale(project, 'caller', 2);
  const [, second] = await project.containers('caller');
  await output(['docker', 'exec', second!, 'node', '-e', UNTIL_IT_ANSWERS]);
  await scale(project, 'caller', 1);
  await watch.line(/"kind":"remove"/);
  assert.deepEqual((await statusOf(project)).map(({ consumer }) => consumer), [caller]);
});

/** Runs in the consumer: ends when its api answers for the first time. */
const UNTIL_IT_ANSWERS = `
const ask = () => fetch('http://api/1').then(({ ok }) => ok || setTimeout(ask, 10), () => setTimeout(ask, 10));
ask();
setTimeout(() => process.exit(1), 20000).unref();
`;

test('the tool is shot and started again: what has happened meanwhile is made good', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await applied(t);
  const first = await watching(t, project);
  await first.stop('SIGKILL');
  await scale(project, 'api', 3);
  await scale(project, 'caller', 2);
  const before = await project.script('ambassadors', 'status');
  assert.equal(before.code, 1);
  assert.match(before.output, /not made yet/);
  assert.match(before.output, /does not know all instances: apply or watch/);
  await watching(t, project);
  await eventually(async () => {
    const rows = await statusOf(project);
    return rows.length === 2 && rows.every(({ up, state }) => up === 3 && state === 'ok');
  }, { what: 'both consumers to have three instances', withinMs: 30_000 });
});

test('HAProxy is killed: it comes back as it was, also when somebody has broken its file', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await applied(t, { api: 2 });
  const [caller] = await project.containers('caller');
  const ambassador = `${caller}-to-api`;
  const startedAt = (): Promise<string> => docker('inspect', '--format', '{{.State.StartedAt}}', ambassador);
  const crash = async (): Promise<void> => {
    const before = await startedAt();
    process.kill(Number(await docker('inspect', '--format', '{{.State.Pid}}', ambassador)), 'SIGKILL');
    await eventually(async () => await startedAt() !== before, { what: 'Docker to start it again' });
    await output(['docker', 'exec', caller!, 'node', '-e', UNTIL_IT_ANSWERS]);
    assertEven(await answers(t, caller!, { keepAlive: true }), 2);
  };
  const breakFile = (): Promise<string> => docker('exec', ambassador, 'sh', '-c', 'echo rubbish > $FOLDER/haproxy.cfg');
  const assertGood = async (): Promise<void> =>
    assert.match(await docker('exec', ambassador, 'sh', '-c', 'cat $FOLDER/haproxy.cfg'), /^# The way to /);
  await crash();
  await breakFile();
  await crash();
  await assertGood();
  await breakFile();
  const { code, output: said } = await project.script('ambassadors', 'apply');
  assert.equal(code, 0, said);
  await assertGood();

  // After this Docker leaves it as it is.
  await watching(t, project);
  await docker('kill', ambassador);
  await output(['docker', 'exec', caller!, 'node', '-e', UNTIL_IT_ANSWERS]);
});

test(
  'a configuration that HAProxy refuses never takes the place of a good one',
  { skip, timeout: 120_000 },
  async (t) => {
    const project = await applied(t);
    const [caller] = await project.containers('caller');
    const [container] = await inspectContainers([`${caller}-to-api`]);
    const list = (): Promise<string> =>
      docker('exec', container!.id, 'sh', '-c', 'cat $FOLDER/haproxy.cfg; ls $FOLDER /tmp');
    const before = await list();
    const [good] = before.split('\nhaproxy.cfg');
    const configuration = `${good}\n  balance nonsense\n`;
    const [told] = await configureProxies(defaultEngine(), [{ container: container!, configuration }]);
    const what = `^${
      container!.name
    } goes on as before: HAProxy refuses its new configuration:[^]*balance only supports`;
    assert.match((told as Error).message, new RegExp(what));
    assert.equal(await list(), before, 'nothing is left of it');
    assert.equal((await answers(t, caller!, {})).length, 1);
  },
);

test('aliases and two ports, http and tcp, each has its own way; ports, volumes and networks of the user stay', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const two = `const { createServer } = require('http'), { hostname } = require('os');
const answer = (_, response) => response.setHeader('X-Instance', hostname()).end('ok');
createServer(answer).listen(80); createServer(answer).listen(9000);
process.on('SIGTERM', () => process.exit());`;
  const file = `
services:
  api:
    image: node:26-slim
    command: ${JSON.stringify(['node', '-e', two])}
    expose: ['80', '9000']
    networks: [back]
  caller:
    image: node:26-slim
    init: true
    command: node -e 'setInterval(() => {}, 1e6)'
    stop_grace_period: 1s
    links: ['api:database', 'api:shop']
    ports: ['0:4000']
    volumes: ['kept:/kept']
    networks: [front, back]
networks: { front: {}, back: {} }
volumes: { kept: {} }
`;
  const project = await applied(t, { api: 2 }, file);
  const [caller] = await project.containers('caller');
  for (const name of ['api', 'database', 'shop']) {
    const result = await underLoad(t, caller!, { url: `http://${name}/`, keepAlive: true }, () => sleep(1000));
    assert.deepEqual([answersOf(result).length, result.failed], [2, []], name);
  }
  // Port 9000 is tcp, so a kept connection stays where it began.
  const kept = { url: 'http://shop:9000/', keepAlive: true, connections: 1 };
  assert.equal(answersOf(await underLoad(t, caller!, kept, () => sleep(1000))).length, 1);
  const own = { ...kept, keepAlive: false };
  assert.equal(answersOf(await underLoad(t, caller!, own, () => sleep(1000))).length, 2);
  const rows = (await statusOf(project)).map(({ port, mode, state }) => `${port}/${mode} ${state}`);
  assert.deepEqual(rows, ['80/http ok', '9000/tcp ok']);

  const inspected = JSON.parse(await docker('inspect', caller!))[0];
  assert.deepEqual(Object.keys(inspected.HostConfig.PortBindings), ['4000/tcp']);
  assert.match(inspected.HostConfig.Binds.join(), /kept:\/kept/);
  assert.equal(Object.keys(inspected.NetworkSettings.Networks).length, 2);
  const hosts = ['api:127.127.0.2', 'database:127.127.0.2', 'shop:127.127.0.2'];
  assert.deepEqual(inspected.HostConfig.ExtraHosts, hosts);
});

test('a container of somebody else that has the name of an ambassador is left alone, and told', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const project = await writeProject(t, FILE);
  await project.compose('up', '--detach');
  const [caller] = await project.containers('caller');
  t.after(() => run(['docker', 'rm', '--force', `${caller}-to-api`]));
  await docker('run', '--detach', '--name', `${caller}-to-api`, 'redis:7.4.2');
  const { code, output: said } = await project.script('ambassadors', 'apply');
  assert.equal(code, 1);
  assert.match(said, new RegExp(`^Cannot make ${caller}-to-api: a container of that name is there which`, 'm'));
  assert.equal(await docker('inspect', '--format', '{{.State.Status}}', `${caller}-to-api`), 'running');
});

test(
  'remove leaves nothing, and the consumers call their services as before',
  { skip, timeout: 180_000 },
  async (t) => {
    const project = await applied(t, { api: 2, caller: 2 });
    const balanced = await project.script('ambassadors', 'balance', 'api');
    assert.equal(balanced.code, 0, balanced.output);
    const shown = await project.script('ambassadors', 'remove', '--dry-run');
    assert.match(shown.output, /^Would remove 3 ambassadors and balancers of \w+, after .* would be made anew/m);
    const { code, output: said } = await project.script('ambassadors', 'remove');
    assert.equal(code, 0, said);
    const left = await docker(
      'ps',
      '--all',
      '--format',
      '{{.Names}}',
      '--filter',
      `label=coinroom.project=${project.name}`,
    );
    assert.equal(left, '');
    assert.equal(existsSync(join(project.folder, 'compose.ambassadors.yml')), false);
    const callers = await project.containers('caller');
    assert.equal(callers.length, 2, 'as many as there were');
    const hosts = await docker('inspect', '--format', '{{.HostConfig.ExtraHosts}}', ...callers);
    assert.equal(hosts, '[]\n[]');
    await output(['docker', 'exec', callers[0]!, 'node', '-e', UNTIL_IT_ANSWERS]);
    const again = await project.script('ambassadors', 'remove');
    assert.deepEqual([again.code, again.stdout.trim()], [0, `There is none in ${project.name}`]);
  },
);

test(
  'a balancer: 30/0/0 for connections that are kept, 10/10/10 for requests',
  { skip, timeout: 180_000 },
  async (t) => {
    const project = await writeProject(t, FILE);
    await project.compose('up', '--detach', '--scale', 'api=3');
    const [caller] = await project.containers('caller');
    const balance = async (...args: string[]): Promise<string> => {
      const { code, output: said } = await project.script('ambassadors', 'balance', 'api', ...args);
      assert.equal(code, 0, said);
      return said;
    };
    const ask = async (options: Omit<LoadOptions, 'url'>): Promise<number[]> => {
      const result = await underLoad(t, caller!, { url: 'http://api-balancer/16', ...options }, () => sleep(2000));
      assert.deepEqual(result.failed, []);
      return answersOf(result);
    };
    assert.match(await balance('--mode', 'tcp'), /^api is balanced at tcp:\/\/api-balancer:80$/m);
    assert.equal((await ask({ keepAlive: true, connections: 1 })).length, 1, 'all to one');
    assertEven(await ask({ keepAlive: false }), 3);
    await balance();
    assertEven(await ask({ keepAlive: true, connections: 1 }), 3);
    assert.match(await balance(), /Nothing to do/);

    // It is followed as ambassadors are, though nobody here has a link.
    await watching(t, project);
    await project.compose('up', '--detach', '--no-recreate', '--scale', 'api=4');
    await eventually(
      async () => (await statusOf(project)).some(({ consumer, up }) => consumer === '(all)' && up === 4),
      {
        what: 'the fourth to be in the balance',
        withinMs: 20_000,
      },
    );
  },
);

test(
  'plan says what would be made and refuses what cannot be, and changes nothing',
  { skip, timeout: 120_000 },
  async (t) => {
    const project = await writeProject(t, FILE);
    await project.compose('up', '--detach');
    const [caller] = await project.containers('caller');
    const shown = await project.script('ambassadors', 'plan');
    assert.equal(shown.code, 0, shown.output);
    assert.match(shown.output, /^caller +api +api +127\.127\.0\.2 +80\/http +roundrobin +\/readyz$/m);
    assert.match(shown.output, new RegExp(`^${caller} would be made anew, with the names of their ambassadors$`, 'm'));
    assert.match(shown.output, new RegExp(`^${caller}-to-api would be made$`, 'm'));
    assert.equal(existsSync(join(project.folder, 'compose.ambassadors.yml')), false);

    const refusing = await writeProject(
      t,
      FILE.replace('environment: { API_URL', "expose: ['80']\n    environment: { API_URL"),
    );
    for (const verb of ['plan', 'apply', 'watch']) {
      const refused = await refusing.script('ambassadors', verb);
      assert.equal(refused.code, 1);
      assert.match(
        refused.output,
        /^caller -> api: caller itself listens on 80, where it is to reach api; let it listen/m,
      );
    }
    const nothing = await refusing.script('ambassadors', 'apply', '--image');
    assert.equal(nothing.code, 2);
    const strange = await refusing.script('ambassadors', 'balance', 'nobody');
    assert.deepEqual([strange.code, /one of (api, caller|caller, api); got "nobody"/.test(strange.output)], [2, true]);
  },
);
