/** `check`: will these machines do? It looks, and changes nothing but what is recorded of their keys. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import type { Result } from '../lib/fan-out/fan-out.ts';
import { exitCodeOf } from '../lib/fan-out/report.ts';
import { needPrograms, run } from '../lib/process.ts';
import type { Machine } from '../lib/room/room.ts';
import { formatTable } from '../lib/table.ts';
import { limitsOf, stepFlags } from '../lib/room/flags.ts';
import { choose, openRoom } from '../lib/room/open-room.ts';
import { formatPlan } from '../lib/room/plan.ts';
import { type Facts, judgeFacts, PROBE, readProbe } from './probe.ts';
import { reach } from '../lib/room/reach.ts';
import { passwordFlags, withPassword } from './secrets.ts';
import { runStep } from '../lib/room/step.ts';

const flags = { ...stepFlags, ...passwordFlags, 'accept-new': { type: 'boolean' } } as const;

export const check = verb(flags, async ({ values, positionals: selectors, signal }) => {
  await needPrograms('ssh');
  const room = await openRoom(values);
  const machines = choose(room, selectors, { step: 'check', ...values });
  if (values['dry-run']) {
    const plan = machines.map(({ name }) => ({ name, step: 'what it is, and has', script: PROBE }));
    print(values, plan, formatPlan(plan));
    return EXIT.done;
  }
  const limits = limitsOf(values, '30s');
  const facts = new Map<Machine, Facts>();
  const beganAt = Date.now();
  const checked = await withPassword(values, { isAsked: false }, async (password) => {
    const connections = reach(room, values, { ...limits, acceptNew: values['accept-new'] ?? false, password });
    // A connection of before would say nothing about what is so now.
    await connections.close(machines.map(({ host }) => host));
    return await runStep(machines, {
      ...{ ...limits, step: 'check', args: selectors, connections, script: () => PROBE, signal },
      judge: (machine, { stdout }) => {
        const found = readProbe(stdout.text(), { from: beganAt, to: Date.now() });
        facts.set(machine, found);
        return judgeFacts(found).join('; ') || undefined;
      },
    });
  });
  const agent = await agentState();
  const data = checked.map(({ end, detail }, at) => {
    const machine = machines[at]!;
    return { name: machine.name, address: machine.host.address, end, detail, facts: facts.get(machine) ?? null };
  });
  print(values, { agent, machines: data }, formatReadiness({ machines, results: checked, facts, agent }));
  return agent.isReady || exitCodeOf(checked) !== EXIT.done ? exitCodeOf(checked) : EXIT.failed;
});

interface AgentState {
  readonly isReady: boolean;
  readonly said: string;
}

/** `ssh-add -l` ends with 1 for an agent without keys, with 2 where there is none. */
async function agentState(): Promise<AgentState> {
  const { code, stdout } = await run(['ssh-add', '-l'], { withinMs: 10_000 });
  if (code === 0) return { isReady: true, said: `The agent has ${stdout.trim().split('\n').length} of your keys` };
  const said = code === 1
    ? 'The agent has no keys: ssh-add adds yours'
    : 'There is no ssh agent: eval $(ssh-agent); ssh-add';
  return { isReady: false, said };
}

interface Readiness {
  readonly machines: readonly Machine[];
  readonly results: readonly Result[];
  readonly facts: ReadonlyMap<Machine, Facts>;
  readonly agent: AgentState;
}

/** A line a cluster, those that are not ready first. */
function formatReadiness({ machines, results, facts, agent }: Readiness): string {
  const pairs = machines.map((machine, at) => ({ machine, result: results[at]! }));
  const clusters = [...Map.groupBy(pairs, ({ machine }) => machine.cluster.name).values()].map((own) => ({
    own,
    bad: own.filter(({ result }) => result.end !== 'done'),
  }));
  const ordered = [...clusters.filter(({ bad }) => bad.length > 0), ...clusters.filter(({ bad }) => bad.length === 0)];
  const rows = ordered.map(({ own, bad }) => [
    ...[own[0]!.machine.cluster.name, own[0]!.machine.cluster.role],
    `${own.length - bad.length} of ${own.length}`,
    bad.length === 0 ? 'READY' : 'NOT READY',
    bad.length > 0 ? reasonsOf(bad) : inShort(own.flatMap(({ machine }) => facts.get(machine) ?? [])),
  ]);
  const ready = clusters.filter(({ bad }) => bad.length === 0).length;
  const unknown = results.some(({ end }) => end === 'key unknown');
  return [
    formatTable(['cluster', 'for', 'machines', 'state', 'what'], rows),
    `${ready} of ${clusters.length} clusters are ready. ${agent.said}`,
    ...(unknown ? ['Keys that nobody has recorded yet are recorded, once, by: prep.mjs check --accept-new'] : []),
  ].join('\n');
}

/** `c3:n2 c3:n4: no sudo for ubuntu; c3:n5: unreachable (…)`. */
function reasonsOf(bad: readonly { readonly machine: Machine; readonly result: Result }[]): string {
  const byReason = Map.groupBy(bad, ({ result: { end, detail } }) => end === 'failed' ? detail : `${end} (${detail})`);
  return [...byReason].map(([why, own]) => `${own.map(({ machine }) => machine.name).join(' ')}: ${why}`).join('; ');
}

/** `debian 12, x86_64, 2 cores, Docker 20.10.24`; where they differ, each kind. */
function inShort(facts: readonly Facts[]): string {
  const kinds = facts.map(({ os, architecture, cores, docker }) =>
    [os || 'unknown system', architecture, `${cores} cores`, docker ? `Docker ${docker}` : 'no Docker yet'].join(', ')
  );
  return [...new Set(kinds)].join(' | ');
}
