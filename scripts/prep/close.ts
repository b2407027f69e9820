/**
 * `close`: the day is over. Nobody is let in any more by what was let in here, the machines that vms.mjs has made are taken
 * away, and what is left is said, so that nothing is forgotten.
 */
import { confirm } from '../lib/ask.ts';
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import type { Result } from '../lib/fan-out/fan-out.ts';
import { formatResults } from '../lib/fan-out/report.ts';
import { needPrograms } from '../lib/process.ts';
import { readJournal, WORKSHOP_FOLDER, type Written } from '../lib/room/journal.ts';
import type { Machine } from '../lib/room/room.ts';
import { countInWords } from '../lib/words.ts';
import { common, parseLab } from '../vms/flags.ts';
import { findMade, machinesIn, takeAway, targetsInWords } from '../vms/take-away.ts';
import { countTargets, type Targets } from '../vms/targets.ts';
import { agentKeys } from './copykey.ts';
import { namesMade } from './dns/made.ts';
import { programsFor, takeAwayInWords, takeAwayNames } from './dns/take-away.ts';
import { limitsOf, stepFlags } from '../lib/room/flags.ts';
import { closeScript } from './keys-script.ts';
import { asRoot, findLogins } from '../lib/room/logins.ts';
import { assertNumbered, openRoom, type Room } from '../lib/room/open-room.ts';
import { formatPlan } from '../lib/room/plan.ts';
import { archive, closedBefore, forgetSecrets, listedMachines, unlist } from './put-aside.ts';
import { reach } from '../lib/room/reach.ts';
import { onMachines, openRun } from '../lib/room/step.ts';

const flags = {
  ...stepFlags,
  lab: common.lab,
  yes: { type: 'boolean' },
  'keep-machines': { type: 'boolean' },
} as const;

export const close = verb(flags, async ({ values, positionals, signal }) => {
  if (positionals.length > 0) {
    throw new UsageError(`close is for the whole room; got ${JSON.stringify(positionals[0])}`);
  }
  const names = namesMade(readJournal());
  await needPrograms('ssh', ...programsFor(names));
  const before = closedBefore();
  if (before !== undefined) {
    print(values, { closed: before }, `The room is closed already; what was done to it is in ${before}`);
    return EXIT.done;
  }
  const room = await openRoom(values);
  assertNumbered(room);
  const machines = listedMachines(room.machines);
  const open = machines.filter(({ host }) => !isClosed(room.entries, host.address));
  const lab = parseLab(values.lab);
  const targets = values['keep-machines'] ? NOTHING : await findMade(machines.map(({ host }) => host.address), lab);
  const what = [
    `lock ${countInWords(open.length, 'machine')} of ${machines.length}: keys and passwords off`,
    ...names.map(takeAwayInWords),
    ...(countTargets(targets) === 0 ? [] : [`destroy ${targetsInWords(targets)}`]),
  ].join(', and ');
  if (values['dry-run']) {
    const script = open.length === 0 ? '' : closeScript(await agentKeys(), room.settings.login || '…');
    const plan = open.map(({ name }) => ({ name, step: 'keys and passwords off', script }));
    const data = { lock: plan, names: names.map(({ name, records }) => ({ name, records })) };
    print(values, { ...data, destroy: machinesIn(targets) }, [formatPlan(plan), `Would ${what}`].join('\n').trim());
    return EXIT.done;
  }
  if (!(values.yes || await confirm(`${what[0]!.toUpperCase()}${what.slice(1)}?`))) {
    print(values, {}, 'Nothing was done');
    return EXIT.failed;
  }

  // First of all: an address that was given back is somebody else's a minute later.
  const zones = await takeAwayNames(names, signal);
  const results = await lock(open, { room, values, signal });
  if (signal.aborted) return EXIT.interrupted;
  const { trouble, left } = await takeAway(targets, { lab, signal });
  const gone = new Set(trouble.length + left.length === 0 ? machinesIn(targets).map(({ address }) => address) : []);
  const unlocked = results.filter(({ end, target }) => end !== 'done' && !gone.has(target.host.address));
  const running = machines.filter(({ host }) => !gone.has(host.address));
  unlist(machines.filter(({ host }) => gone.has(host.address)));
  if (unlocked.length === 0) forgetSecrets();
  const others = results.flatMap(({ target, stdout }) =>
    gone.has(target.host.address) ? [] : othersIn(target.name, stdout.text())
  );
  const lines = [
    ...(results.length === 0
      ? [machines.length === 0 ? 'No machine stands in a list any more' : 'All machines are locked already']
      : [formatResults(results)]),
    ...[...zones.done, ...[...zones.left, ...zones.trouble].map((one) => `LEFT: ${one}`)],
    ...trouble,
    ...(gone.size === 0 ? [] : [`Destroyed ${targetsInWords(targets)}; nothing of it is left`]),
    ...left.map((one) => `LEFT: ${one}`),
    ...unlocked.map(({ target }) =>
      `LEFT: ${target.name} (${target.host.address}) may let in whoever it did: run it again`
    ),
    ...others.map((one) => `LEFT: ${one}`),
    ...(running.length === 0 ? [] : [
      `LEFT: ${countInWords(running.length, 'machine')} that vms.mjs did not make, or was to keep: ` +
      `end them where they were made: ${running.map(({ host }) => host.address).join(' ')}`,
    ]),
    unlocked.length > 0
      ? `The secrets in ${WORKSHOP_FOLDER} are kept, for another run`
      : `The secrets are gone; what was done to the room stays in ${
        running.length + zones.trouble.length === 0 ? archive() : WORKSHOP_FOLDER
      }`,
  ];
  const data = {
    machines: results.map(({ target, end, detail }) => ({ name: target.name, end, detail })),
    ...{ destroyed: [...gone], left: [...left, ...others, ...zones.left], trouble: [...trouble, ...zones.trouble] },
    ...{ unlocked: unlocked.map(({ target }) => target.name), running: running.map(({ host }) => host.address) },
  };
  print(values, data, lines.join('\n'));
  return unlocked.length + trouble.length + left.length + zones.trouble.length === 0 ? EXIT.done : EXIT.failed;
});

const NOTHING: Targets = { machines: [], orphans: [], network: false, directories: [] };

/** Whether it was locked after it was opened last. */
function isClosed(entries: readonly Written[], address: string): boolean {
  const last = entries.findLast((entry) =>
    entry.kind === 'step' && entry.address === address && entry.end === 'done' &&
    (entry.step === 'close' || entry.step === 'copykey')
  );
  return last?.kind === 'step' && last.step === 'close';
}

interface LockOptions {
  readonly room: Room;
  readonly values: Parameters<typeof limitsOf>[0];
  readonly signal: AbortSignal;
}

async function lock(machines: readonly Machine[], { room, values, signal }: LockOptions): Promise<Result[]> {
  if (machines.length === 0) return [];
  const keys = await agentKeys();
  const limits = limitsOf(values, '2m');
  const connections = reach(room, values, limits);
  const options = { ...limits, step: 'close', connections, signal };
  const journal = openRun('close', []);
  const logins = await findLogins(machines, options);
  const results = await onMachines(asRoot(machines), {
    ...{ ...options, onJudged: journal.record, outputFolder: journal.outputFolder },
    script: ({ name }) => {
      const login = logins.get(name);
      return login === undefined ? `echo 'its user cannot log in' >&2; exit 1` : closeScript(keys, login);
    },
  });
  await connections.close([...machines, ...asRoot(machines)].map(({ host }) => host));
  journal.close();
  return results;
}

/** Keys that were there before, or that somebody else has added. */
function othersIn(name: string, said: string): string[] {
  return [...said.matchAll(/^others (\d+) (.+)$/gm)].map(([, count, file]) =>
    `${name} lets in ${countInWords(Number(count), 'other key')}: ${file}`
  );
}
