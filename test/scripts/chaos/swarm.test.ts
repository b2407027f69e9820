/** The monkey on a Swarm of three hosts: first among the tasks of the application, then among the hosts. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { readJournal, type Written } from '../../../scripts/chaos/journal.ts';
import type { PlannedFault } from '../../../scripts/chaos/plan/plan.ts';
import { assertNothingIsLost, wordsOf, writePlan } from '../../../testkit/chaos.ts';
import { output, type Run, run, uniqueName } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { type LabMachine, unlessLab } from '../../../testkit/lab.ts';
import { ROOT, type Scope } from '../../../testkit/machine.ts';
import { type Program, startProgram } from '../../../testkit/program.ts';
import { pushedFile } from '../../../testkit/pushed-file.ts';
import { runScript, scriptCommand } from '../../../testkit/script.ts';
import { startSwarmLab } from '../../../testkit/swarm-lab.ts';

const skip = unlessLab;

const IMAGE = uniqueName('coinroom-test-image');
const REDIS = 'redis:7.4.2';
const HAPROXY = 'haproxy:3.2.21';

const APPLICATION = ['-p', 'coinroom'];

/** The tasks of the stack, by the TLS engines of the cluster; and the machines, by ssh. */
const STACK = [...APPLICATION, '--on', 'c1'];
const HOSTS = ['--hosts', 'ips.txt'];

/** A node is missed after three heartbeats of a second; what ran on it has to begin elsewhere, on a busy machine. */
const GRACE = ['--grace', '90s'];

/** Its lease is 10 s. */
const HEALED_WITHIN_MS = 45_000;

before(async () => {
  if (skip) return;
  await output(['docker', 'build', '--quiet', '--tag', IMAGE, ROOT], { env: { DOCKER_BUILDKIT: '0' } });
});

test('the monkey on three hosts', { skip, timeout: 1_800_000 }, async (t) => {
  t.after(() => run(['docker', 'rmi', '--force', IMAGE]));
  const lab = await startSwarmLab(t, 3);
  const { swarm } = lab;
  const [first, second, third] = lab.machines as [LabMachine, LabMachine, LabMachine];
  await lab.load(IMAGE, REDIS, HAPROXY);
  await writeFile(join(lab.folder, 'stack.yml'), pushedFile(IMAGE));
  await swarm('certs');
  await swarm('init', '--managers', '3');
  // Not the 5 s of before: what is gone is missed three times as quickly.
  await first.exec('docker swarm update --dispatcher-heartbeat 1s');
  await swarm('deploy', '-f', 'stack.yml');
  await swarm('scale', 'rng=2', 'hasher=2', 'worker=3');

  const options = { cwd: lab.folder, env: lab.env };
  const chaos = (verb: string, ...args: string[]): Promise<Run> => runScript('chaos', [verb, ...args], options);
  const startChaos = (scope: Scope, verb: string, ...args: string[]): Program => {
    scope.after(() => chaos('heal', ...HOSTS));
    return startProgram(scope, scriptCommand('chaos', [verb, ...args]), options);
  };
  /** A login of its own each time. */
  const sshTo = ({ address, login }: LabMachine): string[] => {
    const known = `UserKnownHostsFile=${join(lab.folder, '.workshop', 'known_hosts')}`;
    const flags = [
      '-F',
      'none',
      '-o',
      'BatchMode=yes',
      '-o',
      'ControlPath=none',
      '-o',
      'ConnectTimeout=10',
      '-o',
      known,
    ];
    return ['ssh', ...flags, `${login}@${address}`, 'echo here'];
  };
  const planFile = (name: string, plan: readonly PlannedFault[]): Promise<string> => writePlan(lab.folder, name, plan);
  const journalOf = ({ stdout }: Run): Written[] =>
    readJournal(join(lab.folder, /^Journal: (\S+)$/m.exec(stdout)![1]!));
  /** Of all machines: `name state id`. */
  const tasks = async (service: string): Promise<string[]> =>
    (await Promise.all(lab.machines.map(({ exec }) =>
      exec(
        `docker ps --all --no-trunc --filter label=com.docker.swarm.service.name=coinroom_${service} --format '{{.Names}} {{.State}} {{.ID}}'`,
      )
    ))).flatMap((text) => text.split('\n')).filter((line) => line !== '');
  /** Every service has all its tasks. */
  const untilWhole = (): Promise<unknown> =>
    eventually(async () => {
      const replicas = await first.exec(`docker service ls --format '{{.Replicas}}'`);
      return replicas.split('\n').every((line) => {
        const [running, wanted] = line.split('/');
        return running === wanted;
      });
    }, { what: 'all tasks to run', withinMs: 120_000, everyMs: 1000 });
  const noneIsOn = async (...place: string[]): Promise<void> => {
    const { code, stdout, output } = await chaos('status', ...place);
    assert.deepEqual([code, stdout], [0, 'Nothing of ours is on\n'], output);
  };

  await t.test('tasks have names that do not change, and a plan is the same bytes each time', async () => {
    const plans = [
      await chaos('plan', ...STACK, '--seed', '7', '--json'),
      await chaos('plan', ...STACK, '--seed', '7', '--json'),
    ];
    assert.deepEqual(plans.map(({ code }) => code), [0, 0], plans[0]!.output);
    assert.equal(plans[0]!.stdout, plans[1]!.stdout);
    const { inventory, leftOut, plan } = JSON.parse(plans[0]!.stdout);
    assert.deepEqual(
      inventory.map(({ name }: { name: string }) => name),
      ['hasher:1', 'hasher:2', 'redis:1', 'rng:1', 'rng:2', 'worker:1', 'worker:2', 'worker:3'],
    );
    for (const { site } of inventory) assert.match(site, /^c1:n[123]$/);
    const own = leftOut.map(({ name, why }: { name: string; why: string }) => `${name.split(':')[0]}: ${why}`);
    assert.ok(own.includes('webui: it has no label chaos=on (--unlabelled takes such, too)'), own.join('\n'));
    assert.ok(plan.length > 10);
  });

  await t.test('what is not replaced leaves its place empty', async (t) => {
    t.after(() => first.exec('docker service rm odd_one'));
    const labels = '--container-label chaos=on --container-label com.docker.stack.namespace=odd';
    await first.exec(
      `docker service create --quiet --name odd_one --replicas 3 --restart-condition none ${labels} ${REDIS}`,
    );
    for (const { exec } of lab.machines) {
      await exec('docker ps --quiet --filter name=odd_one.2. | xargs -r docker kill');
    }
    const { stdout, output } = await chaos('plan', '-p', 'odd', '--on', 'c1', '--json');
    assert.match(stdout, /^\{/, output);
    assert.deepEqual(
      JSON.parse(stdout).inventory.map(({ name }: { name: string }) => name),
      ['one:1', 'one:3'],
    );
  });

  await t.test('tasks are killed, frozen and cut off: it holds, nothing is lost, and the Swarm replaces them', async () => {
    const [victim] = (await tasks('worker')).filter((line) => line.startsWith('coinroom_worker.3.'));
    const run = await chaos(
      ...['run', ...STACK, 'rng', 'hasher', 'worker', '--armed', '--seed', '65', '--for', '30s'] as const,
      ...['--every', '7s±20%', '--lasting', '4s±20%', '--faults', 'kill,pause,isolate', ...GRACE] as const,
      ...['--hypothesis', 'speed>=1', '--hypothesis', 'coins grow'],
    );
    assert.equal(run.code, 0, run.output);
    const entries = journalOf(run);
    const begin = entries[0] as Written & { kind: 'begin' };
    assert.deepEqual(begin.plan.map(({ fault, victims: [victim] }) => `${fault} ${victim}`), [
      ...['kill worker:3', 'pause rng:1', 'isolate hasher:2'],
    ]);
    const words = wordsOf(entries);
    assert.deepEqual(
      words.map((word) => word.replace(/gone$/, 'off')),
      begin.plan.flatMap(({ number, fault }) => [`${number} ${fault} on`, `${number} ${fault} off`]),
    );
    assertNothingIsLost(entries);
    await untilWhole();
    const now = (await tasks('worker')).filter((line) => line.startsWith('coinroom_worker.3.'));
    assert.ok(now.includes(victim!.replace(' running ', ' exited ')), now.join('\n'));
    assert.equal(now.filter((line) => line.includes(' running ')).length, 1);
    await noneIsOn(...STACK);
  });

  await t.test('all machines are targets, and nobody is left out', async () => {
    const { code, stdout, output } = await chaos('plan', ...HOSTS, '--seed', '7', '--json');
    assert.equal(code, 0, output);
    const { inventory, leftOut, refused } = JSON.parse(stdout);
    assert.deepEqual([leftOut, refused], [[], []]);
    assert.deepEqual(
      inventory,
      ['c1:n1', 'c1:n2', 'c1:n3'].map((name) => ({ name, kind: 'machine', group: 'c1', site: name })),
    );
  });

  await t.test('an application that is not there is named', async () => {
    const { code, output } = await chaos('run', ...HOSTS, '-p', 'coinrom', '--seed', '7');
    assert.equal(code, 2, output);
    assert.match(output, /There is nothing of coinrom on c1:n1, c1:n2 and c1:n3$/m);
  });

  const url = `http://${first.address}:8000`;
  const hypothesis = [
    '--webui',
    url,
    '--hypothesis',
    'webui answers',
    '--hypothesis',
    `command:curl -fsS -m 3 ${url}/healthz`,
  ];

  await t.test('one host after the other is drained, has no engine, is cut off, starts anew: it holds', async () => {
    const plan = await planFile('hosts', [
      { number: 1, atMs: 100, forMs: 6000, fault: 'drain', victims: ['c1:n1'] },
      { number: 2, atMs: 8000, forMs: 6000, fault: 'docker', victims: ['c1:n2'] },
      { number: 3, atMs: 16_000, forMs: 6000, fault: 'isolate', victims: ['c1:n1'] },
      { number: 4, atMs: 24_000, forMs: 6000, fault: 'reboot', victims: ['c1:n3'] },
      // The same machine, which has forgotten all about this run.
      { number: 5, atMs: 32_000, forMs: 3000, fault: 'isolate', victims: ['c1:n3'] },
    ]);
    const run = await chaos(
      ...['run', ...HOSTS, ...APPLICATION, '--armed', '--replay', plan, '--for', '2m'] as const,
      ...[...GRACE, ...hypothesis],
    );
    assert.equal(run.code, 0, run.output);
    const entries = journalOf(run);
    assertNothingIsLost(entries);
    assert.deepEqual(wordsOf(entries), [
      ...['1 drain on', '1 drain off', '2 docker on', '2 docker off', '3 isolate on', '3 isolate off'],
      ...['4 reboot on', '4 reboot gone', '5 isolate on', '5 isolate off'],
    ]);
    await noneIsOn(...HOSTS);
    assert.equal(await first.exec(`docker node ls --format '{{.Availability}}' | sort -u`), 'Active');
    await untilWhole();
  });

  await t.test('the tool is shot while a machine is cut off: it heals by itself, and ssh has worked all the time', async (t) => {
    const plan = await planFile('shot', [{
      number: 1,
      atMs: 100,
      forMs: 120_000,
      fault: 'isolate',
      victims: ['c1:n2'],
    }]);
    const reaches = async (): Promise<boolean> => {
      const ask = `exec 3<>/dev/tcp/${second.address}/2377`;
      return (await run(['docker', 'exec', third.container, 'timeout', '2', 'bash', '-c', ask])).code === 0;
    };
    assert.equal(await reaches(), true);
    const monkey = startChaos(
      t,
      ...['run', ...HOSTS, '--armed', '--replay', plan, '--for', '5m', ...GRACE, ...hypothesis] as const,
    );
    let isWatched = true;
    const watching = (async () => {
      const said: string[] = [];
      while (isWatched) said.push((await run(sshTo(second), { env: lab.env })).output);
      return said;
    })();
    try {
      await monkey.line(/isolate c1:n2: on$/, 120_000);
      assert.equal(await reaches(), false);
      assert.match((await chaos('status', ...HOSTS)).stdout, /^c1:n2 +isolate +c1:n2 +on /m);
      const other = await chaos(
        'run',
        ...HOSTS,
        '--armed',
        '--faults',
        'isolate',
        ...hypothesis,
        'c1:n2',
        '--keep',
        '0',
      );
      assert.equal(other.code, 1, other.output);
      assert.match(other.output, /Another monkey is at work at c1:n2, run [0-9a-f]{6} since /);
      await monkey.stop('SIGKILL');
      const from = performance.now();
      await eventually(reaches, { what: 'it to be reached again', withinMs: HEALED_WITHIN_MS, everyMs: 500 });
      t.diagnostic(`healed ${Math.round(performance.now() - from)} ms after the shot`);
    } finally {
      isWatched = false;
    }
    const said = await watching;
    assert.deepEqual([...new Set(said)], ['here\n'], `of ${said.length}`);
    await eventually(async () => /^Nothing of ours is on$/m.test((await chaos('status', ...HOSTS)).stdout), {
      ...{ what: 'nothing to be on', withinMs: HEALED_WITHIN_MS, everyMs: 500 },
    });
  });

  await t.test('heal takes it back, and ends the monkey', async (t) => {
    const plan = await planFile('healed', [{
      number: 1,
      atMs: 100,
      forMs: 120_000,
      fault: 'isolate',
      victims: ['c1:n3'],
    }]);
    const monkey = startChaos(
      t,
      ...['run', ...HOSTS, ...APPLICATION, '--armed', '--replay', plan, '--for', '5m', ...GRACE] as const,
    );
    await monkey.line(/isolate c1:n3: on$/, 120_000);
    const { code, stdout, output } = await chaos('heal', ...HOSTS);
    assert.equal(code, 0, output);
    for (const at of [1, 2, 3]) assert.match(stdout, new RegExp(`^the monkey at c1:n${at}: taken back$`, 'm'));
    assert.match(stdout, /^isolate of c1:n3 at c1:n3: taken back$/m);
    assert.equal((await monkey.exited).code, 130, monkey.lines.join('\n'));
    await noneIsOn(...HOSTS);
    const [journal] = monkey.lines.flatMap((line) => /^Journal: (\S+)$/.exec(line)?.[1] ?? []);
    const begin = readJournal(join(lab.folder, journal!))[0] as Written & { kind: 'begin' };
    assert.deepEqual(begin.hypothesis, ['webui answers', 'coins grow'], 'where nothing is said of it');
  });

  await t.test('and the audit holds', async () => {
    await untilWhole();
    // A container that has just come into the network may not know the names of others yet.
    await eventually(async () =>
      /audit holds/i.test(
        await first.exec(
          `docker run --rm --network coinroom_default --env STORE_URL=redis://redis:6379 ${IMAGE} audit --strict 2>&1`,
        ),
      ), { what: 'the audit', withinMs: 60_000, everyMs: 1000 });
  });
});
