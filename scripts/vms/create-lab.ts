/** create in the lab: plans, says what rights the machines get, makes one, and then the others. */
import { randomInt } from 'node:crypto';
import { EXIT, print, UsageError } from '../lib/command-line.ts';
import { addHosts, changeHostsFile } from '../lib/hosts-file.ts';
import { needPrograms } from '../lib/process.ts';
import { createProgress, type Progress } from '../lib/progress.ts';
import { countInWords } from '../lib/words.ts';
import { NotReachedError } from './container.ts';
import { describePlan, report } from './create-words.ts';
import { labImage, type Stage } from './image.ts';
import { machineName, type NewMachine, numbersInUse } from './labels.ts';
import { makeAll } from './make-all.ts';
import { makeNetwork, planNetwork } from './network.ts';
import { findRights } from './rights.ts';
import { addressOf, capacityOf, freeNumbers, type Subnet } from './subnet.ts';

export interface CreateLabOptions {
  readonly lab: string;
  readonly count: number;
  /** So many of them, the last. */
  readonly withoutDocker: number;
  readonly login: string;
  /** Undefined: one is made, and shown. */
  readonly givenPassword: string | undefined;
  readonly subnet: Subnet | undefined;
  /** In place of those that are built. */
  readonly image: string | undefined;
  readonly withinMs: number;
  readonly hostsFile: string;
  readonly ttlMs: number | undefined;
  readonly price: number | undefined;
  readonly json: boolean | undefined;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

export interface Planned extends NewMachine {
  readonly stage: Stage;
}

/** Gives the exit code. */
export async function createLab(options: CreateLabOptions): Promise<number> {
  const { lab, json, hostsFile, signal } = options;
  // A list that cannot be read is found before anything is made.
  changeHostsFile(hostsFile, (text) => text);
  await needPrograms('docker');
  const network = await planNetwork(lab, options.subnet);
  const [subnet] = network.candidates;
  const numbers = await chooseNumbers(lab, options.count, subnet!);
  if (options.isDryRun) {
    const machines = plan(options, subnet!, numbers);
    print({ json }, { dryRun: true, lab, network: subnet!.text, machines }, describePlan(options, network, machines));
    return EXIT.done;
  }
  const progress = createProgress();
  const images = await imagesFor(options, progress);
  const allowed = await findRights([...images.values()][0]!, signal);
  const what = `${countInWords(numbers.length, 'container')} ${allowed.rights.words}`;
  progress.done(`Making ${what}: whoever is root in one can be root on the host of this engine`);
  const machines = plan(options, await makeNetwork(lab, network, signal), numbers);
  const login = { name: options.login, password: options.givenPassword ?? generatePassword() };
  const { withinMs } = options;
  const outcomes = await makeAll(machines, { images, allowed, login, withinMs, progress, signal });
  const ready = outcomes.filter(({ error }) => error === undefined).map(({ machine }) => machine.address);
  changeHostsFile(hostsFile, (text) => addHosts(text, ready));
  report(outcomes, options, login);
  if (signal.aborted) return EXIT.interrupted;
  const errors = outcomes.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return EXIT.done;
  return errors.every((error) => error instanceof NotReachedError) ? EXIT.unreachable : EXIT.failed;
}

async function chooseNumbers(lab: string, count: number, subnet: Subnet): Promise<number[]> {
  const taken = await numbersInUse(lab);
  const capacity = capacityOf(subnet);
  const numbers = freeNumbers(taken, count, capacity);
  if (numbers) return numbers;
  throw new UsageError(
    `Cannot make ${
      countInWords(count, 'machine')
    }: a bridge on ${subnet.text} has room for ${capacity}, and ${taken.length} ` +
      'are there; another lab beside it: --lab NAME',
  );
}

function plan(options: CreateLabOptions, subnet: Subnet, numbers: readonly number[]): Planned[] {
  const { lab, withoutDocker, ttlMs, price, hostsFile } = options;
  const createdAt = Date.now();
  return numbers.map((number, at) => ({
    origin: lab,
    name: machineName(number),
    address: addressOf(subnet, number),
    number,
    containerName: `${lab}-${machineName(number)}`,
    stage: at < numbers.length - withoutDocker ? 'docker' : 'plain',
    ...{ createdAt, ttlMs, price, hostsFile },
  }));
}

/** Which image the machines of each stage have. */
async function imagesFor(options: CreateLabOptions, progress: Progress): Promise<Map<Stage, string>> {
  const { image, count, withoutDocker, signal } = options;
  const images = new Map<Stage, string>();
  if (withoutDocker < count) images.set('docker', image ?? await labImage('docker', { progress, signal }));
  if (withoutDocker > 0) images.set('plain', await labImage('plain', { progress, signal }));
  return images;
}

/** Easy to type from a card: no two characters that look alike. 70 bits. */
function generatePassword(): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  return Array.from({ length: 14 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
