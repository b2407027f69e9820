/**
 * `repository`: this repository, with its history, on the first machine of each cluster. It comes from here, and from a network
 * only where one is named.
 */
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../launch.mjs';
import { EXIT, print, UsageError, type Verb, verb } from '../lib/command-line.ts';
import type { Result } from '../lib/fan-out/fan-out.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { needPrograms, output, run } from '../lib/process.ts';
import type { Machine } from '../lib/room/room.ts';
import { shWord } from '../lib/sh-word.ts';
import { limitsOf, stepFlags, type StepValues } from '../lib/room/flags.ts';
import { assertNumbered, choose, openRoom, type Room } from '../lib/room/open-room.ts';
import { reach } from '../lib/room/reach.ts';
import { onMachines, type OnMachinesOptions, openRun } from '../lib/room/step.ts';

/** In the home of the user there: what a student would have cloned. */
const FOLDER = 'coinroom';

const flags = { ...stepFlags, from: { type: 'string' } } as const;

export const repository: Verb = verb(flags, async ({ values, positionals: selectors, signal }) => {
  await needPrograms('ssh', 'git');
  const room = await openRoom(values);
  assertNumbered(room);
  const machines = choose(room, selectors, { step: 'repository', ...values }).filter(({ node }) => node === 1);
  if (values['dry-run']) {
    print(
      values,
      machines.map(({ name }) => name),
      machines.map(({ name }) => `${name}: a clone in ~/${FOLDER}`).join('\n'),
    );
    return EXIT.done;
  }
  const { results, sent } = await placeRepository(machines, { room, values, selectors, signal, from: values.from });
  const data = results.map(({ target: { name, host }, end, detail }) => ({ name, address: host.address, end, detail }));
  const isTold = sent > 0 || results.every(({ end }) => end === 'done');
  print(values, data, [formatResults(results), ...(isTold ? [toldOf(sent)] : [])].join('\n'));
  return exitCodeOf(results);
});

export interface PlaceOptions {
  readonly room: Room;
  readonly values: StepValues;
  readonly selectors: readonly string[];
  readonly signal: AbortSignal;
  /** Where it is cloned from; undefined: from here. */
  readonly from?: string | undefined;
}

export interface Placed {
  readonly results: Result[];
  /** On how many it was not there yet. */
  readonly sent: number;
  /** That they have now; with `from`, that of the first. */
  readonly commit: string;
}

/** Those that have it already are only asked. */
export async function placeRepository(
  machines: readonly Machine[],
  { room, values, selectors, signal, from }: PlaceOptions,
): Promise<Placed> {
  const limits = limitsOf(values, '10m');
  const script = from === undefined ? undefined : cloneScript(from);
  const commit = from === undefined ? await headCommit() : '';
  const journal = openRun('repository', selectors);
  const options = { ...limits, step: 'repository', connections: reach(room, values, limits), signal };
  const placed = script === undefined
    ? await sendRepository(machines, commit, options)
    : await cloneThere(machines, script, options);
  placed.results.forEach(journal.record);
  journal.close();
  return placed;
}

type Options = Omit<OnMachinesOptions, 'script'>;

async function cloneThere(machines: readonly Machine[], script: string, options: Options): Promise<Placed> {
  const results = await onMachines(machines, { ...options, script: () => script });
  const said = results.map(({ stdout }) => stdout.text().trim().split('\n').at(-1)!.split(' '));
  const sent = said.filter(([word]) => word === 'made').length;
  return { results, sent, commit: said[0]?.[1] ?? '' };
}

async function sendRepository(machines: readonly Machine[], commit: string, options: Options): Promise<Placed> {
  const asked = await onMachines(machines, {
    ...options,
    script: () => `[ "$(git -C ~/${FOLDER} rev-parse HEAD 2>/dev/null)" = ${commit} ] && echo there || echo missing`,
  });
  const lacking = machines.filter((_, at) =>
    asked[at]!.end === 'done' && asked[at]!.stdout.text().trim() === 'missing'
  );
  const script = lacking.length === 0 ? '' : receiveScript(await bundle());
  const sent = await onMachines(lacking, { ...options, script: () => script });
  const byName = new Map([...asked, ...sent].map((result) => [result.target.name, result]));
  return { results: machines.map(({ name }) => byName.get(name)!), sent: lacking.length, commit };
}

/** @throws Error when this project was not made by `git clone`, so that there is nothing to clone from it */
export async function headCommit(): Promise<string> {
  const { code, stdout, stderr } = await run(['git', '-C', ROOT, 'rev-parse', 'HEAD']);
  if (code !== 0) {
    throw new Error(`Cannot send this repository: ${ROOT} is no clone that git has made: ${stderr.trim()}`);
  }
  return stdout.trim();
}

export function toldOf(sent: number): string {
  return sent === 0 ? 'The repository was there already' : `The repository was sent to ${sent} of them`;
}

/** All that HEAD has, in base 64. */
async function bundle(): Promise<string> {
  const file = join(tmpdir(), `coinroom-${process.pid}.bundle`);
  try {
    const branch = await output(['git', '-C', ROOT, 'branch', '--show-current']);
    await output(['git', '-C', ROOT, 'bundle', 'create', '--quiet', file, 'HEAD', ...(branch === '' ? [] : [branch])]);
    return (await readFile(file)).toString('base64').replaceAll(/.{76}/g, '$&\n');
  } finally {
    await rm(file, { force: true });
  }
}

/** What somebody has changed in an earlier clone is not lost: then it fails. */
function receiveScript(bundleText: string): string {
  return `
set -e
file=$(mktemp)
trap 'rm -f "$file"' EXIT
base64 -d >"$file" <<'END_OF_BUNDLE'
${bundleText}
END_OF_BUNDLE
if [ -d ~/${FOLDER}/.git ]; then
  cd ~/${FOLDER}
  git fetch --quiet "$file" HEAD
  git merge --quiet --ff-only FETCH_HEAD
else
  git clone --quiet "$file" ~/${FOLDER}
  git -C ~/${FOLDER} remote remove origin
fi`;
}

/** What git takes for an address: never an option, never a program that it would run. */
const ADDRESS = /^((https?|ssh|git):\/\/[^\s-][^\s]*|[\w.-]+@[\w.-]+:[^\s-][^\s]*)$/;

/** Prints `made` or `kept`, and the commit. @throws UsageError for what is no address */
function cloneScript(from: string): string {
  if (!ADDRESS.test(from)) {
    throw new UsageError(
      `--from must be an address such as https://example.org/coinroom.git; got ${JSON.stringify(from)}`,
    );
  }
  return `
set -e
export GIT_TERMINAL_PROMPT=0
before=$(git -C ~/${FOLDER} rev-parse HEAD 2>/dev/null || true)
if [ -n "$before" ]; then
  cd ~/${FOLDER}
  git fetch --quiet ${shWord(from)} HEAD
  git merge --quiet --ff-only FETCH_HEAD
else
  git clone --quiet ${shWord(from)} ~/${FOLDER}
fi
after=$(git -C ~/${FOLDER} rev-parse HEAD)
[ "$before" = "$after" ] && echo "kept $after" || echo "made $after"`;
}
