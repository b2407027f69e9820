/** The monkey at work on our application, on one engine. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readJournal, type Written } from '../../../scripts/chaos/journal.ts';
import type { PlannedFault } from '../../../scripts/chaos/plan/plan.ts';
import { assertNothingIsLost, startChaosProject, wordsOf, writePlan as planFile } from '../../../testkit/chaos.ts';
import { docker, run, unlessDocker } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';

const skip = unlessDocker;

/** All that can be taken back on a container here, each with a victim of its own. */
const REVERSIBLE: readonly (readonly [fault: string, victim: string])[] = [
  ...[['pause', 'rng:1'], ['stop', 'rng:2'], ['isolate', 'rng:3'], ['loss', 'hasher:1'], ['rate', 'hasher:2']] as const,
  ...[['cpu', 'hasher:3'], ['memory', 'worker:1'], ['slow', 'worker:2'], ['partition', 'worker:3']] as const,
];

/** Its lease is 15 s, and asking a busy engine takes its time; the faults themselves would last 90 s. */
const HEALED_WITHIN_MS = 45_000;

test('the monkey at work', { skip, timeout: 900_000 }, async (t) => {
  const project = await startChaosProject(t, ['rng=3', 'hasher=3', 'worker=3']);
  const { chaos, startChaos, folder } = project;
  const containersOf = async (...states: string[]): Promise<string> =>
    await docker(
      ...['ps', '--all', '--filter', `label=com.docker.compose.project=${project.name}`],
      ...[...states.flatMap((state) => ['--filter', `status=${state}`]), '--format', '{{.Names}}'],
    );
  const helpers = async (): Promise<string> =>
    await docker('ps', '--all', '--filter', `label=coinroom.project=${project.name}`, '--format', '{{.Names}}');
  const isClean = async (): Promise<void> => {
    assert.equal(await containersOf('paused', 'exited'), '');
    assert.match((await chaos('status')).stdout, /^Nothing of ours is on$/m);
  };
  const journals = async (): Promise<string[]> => {
    const names = await readdir(join(folder, '.workshop', 'chaos')).catch(() => []);
    return names.filter((name) => name.endsWith('.ndjson')).map((name) => join(folder, '.workshop', 'chaos', name));
  };
  const writePlan = (name: string, plan: readonly PlannedFault[]): Promise<string> => planFile(folder, name, plan);

  await t.test('a plan is the same bytes each time, and a dry run touches nothing', async () => {
    const plans = [await chaos('plan', '--seed', '7', '--json'), await chaos('run', '--seed', '7', '--json')];
    assert.deepEqual(plans.map(({ code }) => code), [0, 0]);
    assert.equal(plans[0]!.stdout, plans[1]!.stdout);
    assert.ok(JSON.parse(plans[0]!.stdout).plan.length > 10);
    assert.deepEqual([await helpers(), await journals()], ['', []]);
    const text = await chaos('run', '--seed', '7');
    assert.match(text.stdout, /^Left alone: webui:1: it has no label chaos=on/m);
    assert.match(text.stdout, /^This was a dry run: nothing has been touched\. With --armed it is done$/m);
  });

  await t.test('who is not there is told from what is wrong', async () => {
    assert.equal((await chaos('run', '--armed', 'nobody')).code, 4);
    assert.equal((await chaos('plan', '--keep', '9', '--faults', 'kill')).code, 4);
    const wrong = await chaos('plan', '--faults', 'kill,earthquake');
    assert.equal(wrong.code, 2);
    assert.match(wrong.output, /A fault is one of kill, pause, .*; got "earthquake"/);
    assert.equal((await chaos('plan', '--max', 'many')).code, 2);
  });

  await t.test('who is unwell before is not broken', async () => {
    const { code, output } = await chaos(
      ...['run', '--armed', '--grace', '3s', '--hypothesis', 'speed>=1000', '--faults', 'kill'] as const,
    );
    assert.equal(code, 1, output);
    assert.match(output, /Not begun: the hypothesis does not hold before anything is broken: speed>=1000: \d/);
    assert.deepEqual(await journals(), []);
    await isClean();
  });

  await t.test('a run that holds: its faults, its ledger, its report', async () => {
    const { code, output } = await chaos(
      ...['run', '--armed', '--seed', '3', '--for', '35s', '--every', '6s', '--lasting', '3s'] as const,
      ...['--faults', 'kill,pause,isolate', '--hypothesis', 'speed>=2', '--hypothesis', 'coins grow'],
    );
    assert.equal(code, 0, output);
    const [file] = await journals();
    const entries = readJournal(file!);
    const begin = entries[0] as Written & { kind: 'begin' };
    assert.ok(begin.plan.length >= 3);
    assert.deepEqual(
      wordsOf(entries),
      begin.plan.flatMap(({ number, fault }) => [
        ...[`${number} ${fault} on`, `${number} ${fault} off`],
      ]),
    );
    assertNothingIsLost(entries);
    assert.match(await readFile(file!.replace('.ndjson', '.html'), 'utf8'), /<svg/);
    assert.ok(existsSync(file!.replace('.ndjson', '.md')));
    await isClean();
  });

  await t.test('a plan of a journal is carried out again', async () => {
    const [file] = await journals();
    const { code, stdout } = await chaos('run', '--replay', file!, '--json');
    assert.equal(code, 0);
    const begin = readJournal(file!)[0] as Written & { kind: 'begin' };
    assert.deepEqual(JSON.parse(stdout).plan, begin.plan);
  });

  await t.test('what the hypothesis does not bear ends the run, and is taken back at once', async () => {
    const plan = await writePlan('deviates', [
      ...[1, 2, 3].map((n) => ({ number: n, atMs: n * 100, forMs: 60_000, fault: 'pause', victims: [`rng:${n}`] })),
    ]);
    const from = performance.now();
    const { code, output } = await chaos(
      ...['run', '--armed', '--replay', plan, '--max', '3', '--keep', '0', '--grace', '5s', '--for', '2m'] as const,
      ...['--hypothesis', 'speed>=2', '--journal', join(folder, 'deviated.ndjson')],
    );
    assert.equal(code, 1, output);
    assert.match(output, /speed>=2 has not held for \d+ s/);
    assert.ok(performance.now() - from < 60_000, 'long before its time');
    await isClean();
    assert.equal(readJournal(join(folder, 'deviated.ndjson')).at(-1)!.kind, 'end');
  });

  await t.test('the tool is shot while everything that can be taken back is on: the victims heal by themselves', async (t) => {
    const plan = await writePlan(
      'shot',
      REVERSIBLE.map(([fault, victim], at) => (
        { number: at + 1, atMs: 100 + at, forMs: 90_000, fault, victims: [victim] }
      )),
    );
    const monkey = startChaos(
      t,
      ...['run', '--armed', '--replay', plan, '--max', '9', '--keep', '0', '--grace', '2m', '--for', '5m'] as const,
      ...['--hypothesis', 'webui answers', '--no-ledger'],
    );
    for (const [fault, victim] of REVERSIBLE) await monkey.line(new RegExp(`${fault} ${victim}: on$`), 60_000);
    const status = await chaos('status');
    for (const [fault, victim] of REVERSIBLE) assert.match(status.stdout, new RegExp(`${fault} +${victim} +on`));
    const second = await chaos('run', '--armed', '--faults', 'kill', '--hypothesis', 'webui answers');
    assert.equal(second.code, 1);
    assert.match(second.output, /Another monkey is at work at this engine, run [0-9a-f]{6} since /);
    await monkey.stop('SIGKILL');
    const from = performance.now();
    await eventually(async () => {
      const { stdout } = await chaos('status');
      return !/ on +\d/.test(stdout);
    }, { what: 'all of it to be taken back', withinMs: HEALED_WITHIN_MS, everyMs: 500 });
    t.diagnostic(`healed ${Math.round(performance.now() - from)} ms after the shot`);
    assert.equal(await containersOf('paused', 'exited'), '');
    await project.untilWell();
    await eventually(async () => await helpers() === '', { what: 'no helper to be left', withinMs: 30_000 });
  });

  await t.test('Ctrl-C takes back what is on, at once', async (t) => {
    const plan = await writePlan('stopped', [
      { number: 1, atMs: 100, forMs: 90_000, fault: 'pause', victims: ['rng:1'] },
    ]);
    const monkey = startChaos(t, 'run', '--armed', '--replay', plan, '--hypothesis', 'webui answers', '--for', '2m');
    await monkey.line(/pause rng:1: on$/);
    const { code } = await monkey.stop('SIGINT');
    assert.equal(code, 130);
    await isClean();
  });

  await t.test('heal takes back what is ours, and ends the monkey; what is not ours stays', async (t) => {
    const [rng1, rng2, rng3] = await project.containers('rng');
    await docker('pause', rng3!);
    const pid = await docker('inspect', '--format', '{{.State.Pid}}', rng2!);
    const inside = (...args: string[]) => run(['nsenter', '-t', pid, '-n', ...args]);
    await inside('iptables', '-N', 'FOREIGN');
    await inside('iptables', '-A', 'FOREIGN', '-s', '192.0.2.1', '-j', 'DROP');
    await inside('tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', 'rate', '1gbit', 'burst', '1mb', 'latency', '1s');
    const before = (await inside('sh', '-c', 'iptables -S; tc qdisc show')).output;
    const plan = await writePlan('healed', [
      { number: 1, atMs: 100, forMs: 90_000, fault: 'pause', victims: ['rng:1'] },
      { number: 2, atMs: 200, forMs: 90_000, fault: 'isolate', victims: ['rng:2'] },
      { number: 3, atMs: 300, forMs: 90_000, fault: 'rate', victims: ['rng:2'] },
    ]);
    const monkey = startChaos(
      t,
      ...['run', '--armed', '--replay', plan, '--max', '3', '--keep', '0', '--hypothesis', 'webui answers'] as const,
      ...['--grace', '10s', '--for', '2m'],
    );
    await monkey.line(/isolate rng:2: on$/);
    await monkey.line(/rate rng:2: skipped: rng:2 suffers from another fault$/, 40_000);
    const { code, stdout } = await chaos('heal');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /the monkey at this engine: taken back\n/);
    assert.match(stdout, /pause of rng:1 at this engine: taken back/);
    assert.equal((await monkey.exited).code, 130);
    assert.equal((await inside('sh', '-c', 'iptables -S; tc qdisc show')).output, before);
    assert.equal(await docker('inspect', '--format', '{{.State.Paused}}', rng3!), 'true');
    assert.equal(await docker('inspect', '--format', '{{.State.Paused}}', rng1!), 'false');
    const refused = await chaos(
      ...[
        'run',
        '--armed',
        '--faults',
        'rate',
        '--for',
        '8s',
        '--every',
        '1s',
        '--lasting',
        '2s',
        '--most',
        '1',
      ] as const,
      ...['--keep', '0', '--hypothesis', 'webui answers', 'rng:2'],
    );
    assert.match(refused.output, /rate rng:2: refused: eth0 has a queueing discipline of somebody else: qdisc tbf /);
    assert.equal((await inside('sh', '-c', 'iptables -S; tc qdisc show')).output, before);
    await docker('unpause', rng3!);
    await docker('restart', rng2!);
    await project.untilWell();
  });

  await t.test('a victim that dies takes its fault with it', async (t) => {
    const plan = await writePlan('died', [
      { number: 1, atMs: 100, forMs: 20_000, fault: 'isolate', victims: ['rng:1'] },
    ]);
    const monkey = startChaos(
      t,
      ...['run', '--armed', '--replay', plan, '--hypothesis', 'webui answers', '--for', '2m', '--no-ledger'] as const,
    );
    await monkey.line(/isolate rng:1: on$/);
    const [rng1] = await project.containers('rng');
    await docker('kill', rng1!);
    await docker('start', rng1!);
    const { code } = await monkey.exited;
    assert.equal(code, 0, monkey.lines.join('\n'));
    await project.untilWell();
  });

  await t.test('a game: nobody is told what is wrong until it is revealed', async () => {
    const { code, stdout } = await chaos('game', '--faults', 'pause,isolate', '--lasting', '2m');
    assert.equal(code, 0, stdout);
    const [, hash] = /sha256 ([0-9a-f]{64})/.exec(stdout)!;
    assert.doesNotMatch(stdout + (await chaos('status')).stdout, /rng|hasher|worker|pause|isolate/);
    const second = await chaos('game', '--faults', 'stop');
    assert.equal(second.code, 1, second.output);
    assert.match(second.output, /^Another monkey is at work at this engine, run \w{6} since /m);
    const revealed = await chaos('reveal');
    assert.equal(revealed.code, 0, revealed.output);
    assert.match(revealed.stdout, /^(pause|isolate) of (rng|hasher|worker):[123]: /);
    assert.match(revealed.stdout, new RegExp(`sealed: sha256 ${hash}`));
    await project.untilWell();
    await isClean();
  });
});
