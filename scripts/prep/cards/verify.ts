/** Is it true what the cards say? Each machine is logged in to with what stands on its card, and with nothing else. */
import { existsSync, readFileSync } from 'node:fs';
import { EXIT, print, UsageError } from '../../lib/command-line.ts';
import { type Connections, connectionsOfEach } from '../../lib/fan-out/connections.ts';
import { type Result, withoutTrying } from '../../lib/fan-out/fan-out.ts';
import { offerPassword, type Password } from '../../lib/fan-out/password.ts';
import { exitCodeOf, formatResults } from '../../lib/fan-out/report.ts';
import { needPrograms } from '../../lib/process.ts';
import { readKnownHosts } from '../../lib/room/journal.ts';
import type { Machine } from '../../lib/room/room.ts';
import { countInWords } from '../../lib/words.ts';
import type { limitsOf, StepValues } from '../../lib/room/flags.ts';
import type { Room } from '../../lib/room/open-room.ts';
import { formatPlan } from '../../lib/room/plan.ts';
import { reach } from '../../lib/room/reach.ts';
import { onMachines, openRun } from '../../lib/room/step.ts';
import { type CardRow, parseCsv } from './exports.ts';
import { CSV_PATH } from './files.ts';
import { readHostKeys } from './host-key.ts';

export interface VerifyOptions {
  readonly room: Room;
  readonly values: StepValues;
  readonly limits: ReturnType<typeof limitsOf>;
  readonly selectors: readonly string[];
  readonly signal: AbortSignal;
}

/** Gives the exit code: 0 when every one of these machines lets in who holds its card. */
export async function verifyCards(machines: readonly Machine[], options: VerifyOptions): Promise<number> {
  const { room, values, limits, selectors, signal } = options;
  await needPrograms('ssh');
  if (!existsSync(CSV_PATH)) throw new UsageError(`There are no cards to verify: prep.mjs cards makes ${CSV_PATH}`);
  const rows = new Map(
    parseCsv(readFileSync(CSV_PATH, 'utf8'), CSV_PATH).map((row) => [`${row.cluster}:${row.node}`, row]),
  );
  const rowOf = ({ cluster, node }: Machine): CardRow | undefined => rows.get(`${cluster.name}:node${node}`);
  if (values['dry-run']) {
    const plan = machines.map((machine) => {
      const { login, address } = rowOf(machine) ?? { login: '…', address: 'no card' };
      return { name: machine.name, step: `log in as ${login}@${address}, by the password on its card`, script: 'true' };
    });
    print(values, plan, formatPlan(plan));
    return EXIT.done;
  }

  const complaintOf = createComplaints(values);
  const complaints = new Map(machines.map((machine) => [machine, complaintOf(machine, rowOf(machine))]));
  const tried = machines.filter((machine) => complaints.get(machine) === undefined)
    .map((machine) => ({ ...machine, host: { address: machine.host.address, login: rowOf(machine)!.login } }));
  const passwords = await offerPasswords(tried.map((machine) => rowOf(machine)!));
  const journal = openRun('verify', selectors);
  try {
    const connections = connectionsFor(tried, { room, values, rowOf, passwords, ...limits });
    // One that is open already asks for nothing.
    await connections.close(tried.map(({ host }) => host));
    const results = await onMachines(tried, { ...limits, step: 'verify', connections, script: () => 'true', signal });
    await connections.close(tried.map(({ host }) => host));
    const byName = new Map(results.map((result) => [result.target.name, result]));
    const all = machines.map((machine) =>
      byName.get(machine.name) ?? withoutTrying(machine, 'failed', complaints.get(machine)!)
    );
    all.forEach(journal.record);
    journal.close();
    return report(all, values);
  } finally {
    await Promise.all([...passwords.values()].map((password) => password.close()));
  }
}

/** What is wrong with a card without that anybody logs in. */
function createComplaints(values: StepValues): (machine: Machine, row: CardRow | undefined) => string | undefined {
  const port = values.port === undefined ? undefined : Number(values.port);
  const keys = readHostKeys(readKnownHosts(), port);
  return ({ cluster, node, host }, row) => {
    const again = `prep.mjs cards ${cluster.name} prints it again`;
    if (!row) return `it is on no card: ${again}`;
    if (row.address !== host.address) return `its card says ${row.address}: ${again}`;
    const recorded = keys.get(host.address)?.fingerprint;
    if (node === 1 && row.fingerprint !== recorded) {
      return `its card says ${row.fingerprint}, and ${recorded ?? 'no key'} is recorded: ${again}`;
    }
    return undefined;
  };
}

/** One for each that is printed. */
async function offerPasswords(rows: readonly CardRow[]): Promise<Map<string, Password>> {
  const texts = [...new Set(rows.map(({ password }) => password))].filter((text) => text !== '');
  return new Map(await Promise.all(texts.map(async (text) => [text, await offerPassword(text)] as const)));
}

interface ConnectOptions {
  readonly room: Room;
  readonly values: StepValues;
  readonly rowOf: (machine: Machine) => CardRow | undefined;
  readonly passwords: ReadonlyMap<string, Password>;
  readonly connectWithinMs: number;
}

function connectionsFor(
  machines: readonly Machine[],
  { room, values, rowOf, passwords, connectWithinMs }: ConnectOptions,
): Connections {
  const kinds = new Map<string, Connections>();
  const byAddress = new Map(machines.map((machine) => {
    const { password, port } = rowOf(machine)!;
    const kind = JSON.stringify([password, port]);
    const own = kinds.get(kind) ?? reach(room, { ...values, ...(port !== '' && { port }) }, {
      ...{ connectWithinMs, password: passwords.get(password) },
    });
    kinds.set(kind, own);
    return [machine.host.address, own];
  }));
  return connectionsOfEach(({ address }) => byAddress.get(address)!, connectWithinMs);
}

function report(results: readonly Result[], values: StepValues): number {
  const count = results.filter(({ end }) => end === 'done').length;
  const told = `${count} of ${countInWords(results.length, 'machine')} let in who holds the card`;
  const isReady = count === results.length;
  const data = results.map(({ target: { name, host }, end, detail }) => ({ name, address: host.address, end, detail }));
  const word = isReady ? 'The cards are true' : 'The room is NOT ready';
  print(values, { ready: isReady, machines: data }, `${formatResults(results)}\n${word}: ${told}`);
  return exitCodeOf(results);
}
