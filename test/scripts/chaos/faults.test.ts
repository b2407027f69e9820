/** Each fault on a real container: brought about, seen, taken back, seen to be gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineSite } from '../../../scripts/chaos/dead-man/engine-site.ts';
import { isOn, lift, type Site, stateOf } from '../../../scripts/chaos/dead-man/site.ts';
import { faultNamed } from '../../../scripts/chaos/faults/all.ts';
import {
  DEFAULT_SETTINGS,
  type Facts,
  type FaultSettings,
  type Strike,
  whatLacks,
} from '../../../scripts/chaos/faults/fault.ts';
import type { Target } from '../../../scripts/chaos/targets/target.ts';
import { inspectContainers } from '../../../scripts/lib/containers.ts';
import { defaultEngine } from '../../../scripts/lib/engine.ts';
import { docker, run, uniqueName, unlessDocker } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import type { Scope } from '../../../testkit/machine.ts';
import { ourImage } from '../../../testkit/our-image.ts';

const skip = unlessDocker;
const image = ourImage(skip);

const signal = AbortSignal.timeout(600_000);

async function startVictim(t: Scope, ...args: string[]): Promise<Target> {
  const name = uniqueName('coinroom-victim');
  const id = await docker(
    ...['run', '--detach', '--name', name, '--memory', '256m', '--env', 'FAULTS=on', '--env', 'PACE=full', ...args],
    ...[image, 'rng'],
  );
  t.after(() => run(['docker', 'rm', '--force', '--volumes', name]));
  await eventually(async () => await answers(id) || undefined, { what: 'the victim to answer', withinMs: 20_000 });
  const [container] = await inspectContainers([id]);
  return {
    ...{ name: 'rng:1', kind: 'container', group: 'rng', site: 'this engine', handle: id, isWell: true },
    ...{ addresses: [...container!.networks.values()], isReplaced: false, offers: [] },
  };
}

/** Whether it answers over its network, asked from this machine. */
async function answers(id: string): Promise<boolean> {
  const [container] = await inspectContainers([id]);
  const [address] = container!.networks.values();
  if (address === undefined) return false;
  const answer = await fetch(`http://${address}:8001/16`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}

const site = (): Site =>
  engineSite({ engine: defaultEngine(), image: () => Promise.resolve(image), project: 'coinroom-test' });

type Look = (victim: Target) => Promise<void>;

interface Case {
  readonly fault: string;
  /** For docker run. */
  readonly args?: readonly string[];
  readonly settings?: Partial<FaultSettings>;
  /** How the victim is while the fault is on, seen from outside. */
  readonly during: Look;
  /** What has to be as before, besides that it answers. */
  readonly after?: Look;
}

const isSilent: Look = async ({ handle }) => assert.equal(await answers(handle), false);

/** A rule or a discipline of ours in the network of the victim; none when it is over. */
async function oursIn(victim: Target): Promise<string> {
  const pid = await docker('inspect', '--format', '{{.State.Pid}}', victim.handle);
  const all = 'iptables -S; ip6tables -S; tc qdisc show';
  const { output: text } = await run(['nsenter', '-t', pid, '-n', 'sh', '-c', all]);
  return text.split('\n').filter((line) => /COINROOM|c0c0:/.test(line)).join('\n');
}

const isClean: Look = async (victim) => assert.equal(await oursIn(victim), '');

async function stateIs(victim: Target, field: string, value: string | RegExp): Promise<void> {
  const found = await docker('inspect', '--format', `{{.${field}}}`, victim.handle);
  if (typeof value === 'string') assert.equal(found, value);
  else assert.match(found, value);
}

/** What becomes of 2 MiB more in its folder /small, and which files are there. */
async function tryToWrite(id: string): Promise<string> {
  const write =
    `const fs = require('fs'); fs.writeFileSync('/small/more', Buffer.alloc(2 << 20)); console.log(fs.readdirSync('/small').join())`;
  return (await run(['docker', 'exec', id, 'node', '-e', write])).output.trim();
}

const CASES: readonly Case[] = [
  { fault: 'kill', during: async (victim) => await stateIs(victim, 'State.ExitCode', '137') },
  { fault: 'pause', during: async (victim) => (await isSilent(victim), await stateIs(victim, 'State.Paused', 'true')) },
  { fault: 'stop', during: async (victim) => await stateIs(victim, 'State.Status', 'exited') },
  { fault: 'restart', during: async (victim) => await stateIs(victim, 'State.Status', 'running') },
  { fault: 'isolate', during: isSilent, after: isClean },
  { fault: 'loss', settings: { loss: 1 }, during: isSilent, after: isClean },
  {
    fault: 'rate',
    during: async (victim) => assert.match(await oursIn(victim), /tbf c0c0: .*rate 256Kbit/),
    after: isClean,
  },
  {
    fault: 'cpu',
    during: async (victim) => await stateIs(victim, 'HostConfig.CpuQuota', '5000'),
    after: async (victim) => await stateIs(victim, 'HostConfig.CpuQuota', /^(-1|0)$/),
  },
  {
    fault: 'memory',
    during: async (victim) => await stateIs(victim, 'HostConfig.Memory', /^\d{7,8}$/),
    after: async (victim) => await stateIs(victim, 'HostConfig.Memory', String(256 * 2 ** 20)),
  },
  {
    fault: 'disk',
    args: ['--tmpfs', '/small:size=16m'],
    settings: { diskPath: '/small' },
    during: async ({ handle }) => assert.match(await tryToWrite(handle), /ENOSPC/),
    after: async ({ handle }) => assert.equal(await tryToWrite(handle), 'more'),
  },
  {
    fault: 'slow',
    settings: { delayMs: 700 },
    during: async ({ handle }) => {
      const from = performance.now();
      assert.equal(await answers(handle), true);
      assert.ok(performance.now() - from >= 700);
    },
  },
  { fault: 'errors', settings: { errorRate: 1 }, during: isSilent },
];

/** Arms it, and comes back when it is on. */
async function armed(t: Scope, name: string, victim: Target, rest: Partial<Strike> = {}): Promise<string> {
  const here = site();
  const facts = await here.facts(signal);
  const id = uniqueName('t').slice(-10);
  const strike = { victim, others: [], forMs: 60_000, settings: DEFAULT_SETTINGS, ...rest };
  const scripts = faultNamed(name).scripts(strike, facts);
  await here.arm({ id, what: '{}', scripts, forMs: strike.forMs, leaseMs: strike.forMs }, signal);
  t.after(() => here.remove(id));
  const state = await eventually(async () => {
    const now = await stateOf(here, id);
    return now.state === 'armed' ? undefined : now;
  }, { what: `${name} to be on`, withinMs: 30_000 });
  assert.deepEqual(state, { state: 'on', why: '' });
  return id;
}

async function untilWell(victim: Target): Promise<void> {
  await eventually(async () => await answers(victim.handle) || undefined, {
    what: 'the victim to answer again',
    withinMs: 20_000,
  });
}

test('what a site can do is found out by trying', { skip, timeout: 60_000 }, async (t) => {
  const facts: Facts = await site().facts(signal);
  t.diagnostic(`${facts.kernel}: ${[...facts.can].join(' ')}`);
  for (const ability of ['iptables', 'ip6tables', 'statistic', 'tbf', 'node'] as const) {
    assert.ok(facts.can.has(ability), ability);
  }
  const { can } = facts;
  assert.equal(whatLacks(faultNamed('delay'), facts) === undefined, can.has('netem'));
});

for (const { fault, args = [], settings, during, after } of CASES) {
  test(`${fault} is brought about, seen, taken back, and seen to be gone`, { skip, timeout: 120_000 }, async (t) => {
    const victim = await startVictim(t, ...args);
    const id = await armed(t, fault, victim, { settings: { ...DEFAULT_SETTINGS, ...settings } });
    assert.equal(await isOn(site(), id), true, 'its probe sees it');
    await during(victim);
    assert.deepEqual(await lift(site(), id), { state: 'off', why: '' });
    await untilWell(victim);
    await after?.(victim);
  });
}

test('a disk that is full has room again when its container is gone', { skip, timeout: 120_000 }, async (t) => {
  const volume = uniqueName('coinroom-volume');
  await docker('volume', 'create', '--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', 'o=size=16m', volume);
  // It keeps the file system, which would go with the victim.
  const keeper = await startVictim(t, '--volume', `${volume}:/small`, '--user', '0');
  const victim = await startVictim(t, '--volume', `${volume}:/small`);
  t.after(() => docker('volume', 'rm', volume));
  const id = await armed(t, 'disk', victim, { settings: { ...DEFAULT_SETTINGS, diskPath: '/small' } });
  await docker('rm', '--force', victim.handle);
  assert.match(await tryToWrite(keeper.handle), /ENOSPC/);
  assert.deepEqual(await lift(site(), id), { state: 'off', why: '' });
  assert.equal(await tryToWrite(keeper.handle), 'more');
});

test('a partition cuts two groups off from each other, and from nobody else', { skip, timeout: 120_000 }, async (t) => {
  const [one, other] = [await startVictim(t), await startVictim(t)];
  const ids = [
    await armed(t, 'partition', one, { others: [other] }),
    await armed(t, 'partition', other, { others: [one] }),
  ];
  const reaches = async (from: Target, to: Target): Promise<boolean> => {
    const ask = `fetch('http://${to.addresses[0]}:8001/16', { signal: AbortSignal.timeout(1500) })
      .then(() => process.exit(0), () => process.exit(3))`;
    return (await run(['docker', 'exec', from.handle, 'node', '-e', ask])).code === 0;
  };
  for (const id of ids) assert.equal(await isOn(site(), id), true);
  assert.deepEqual([await reaches(one, other), await reaches(other, one)], [false, false]);
  assert.deepEqual([await answers(one.handle), await answers(other.handle)], [true, true]);
  for (const id of ids) assert.deepEqual(await lift(site(), id), { state: 'off', why: '' });
  assert.deepEqual([await reaches(one, other), await reaches(other, one)], [true, true]);
  await isClean(one);
});

test('what a guard leaves that was removed by force is found and taken back; what is not ours stays', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const victim = await startVictim(t);
  const pid = await docker('inspect', '--format', '{{.State.Pid}}', victim.handle);
  await run(['nsenter', '-t', pid, '-n', 'iptables', '-N', 'FOREIGN']);
  const id = await armed(t, 'isolate', victim);
  await docker('rm', '--force', `coinroom-chaos-${id}`);
  assert.equal(await answers(victim.handle), false);
  const { name } = (await inspectContainers([victim.handle]))[0]!;
  assert.deepEqual(await site().sweep([id]), []);
  assert.equal(await answers(victim.handle), false, 'a guard that is there is not disturbed');
  assert.deepEqual((await site().sweep([])).filter((line) => line.endsWith(name)), [
    ...[`the chain COINROOM-${id} of iptables in ${name}`, `the chain COINROOM-${id} of ip6tables in ${name}`],
  ]);
  await untilWell(victim);
  const { output: rules } = await run(['nsenter', '-t', pid, '-n', 'iptables', '-S']);
  assert.match(rules, /^-N FOREIGN$/m);
  assert.doesNotMatch(rules, /COINROOM/);
});
