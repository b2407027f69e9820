/** Which machines of a room are meant: `c3`, `c3:n1`, `n1`, `first`, `last`, `instructor`, `spare`, `failed`, an address. */
import { UsageError } from '../command-line.ts';
import type { Machine } from './room.ts';

const RULE = 'a selector is c3, c3:n1, n1 (of every cluster), first, last, instructor, spare, failed, or an address; ' +
  'first:n1 and so on are possible too';

export interface SelectOptions {
  /** Whether the last word on it is a bad one; for `failed`. */
  readonly hasFailed: (machine: Machine) => boolean;
}

/**
 * In the order of the machines, each once; all of them where nothing is said.
 *
 * @throws UsageError for what is no selector, and for one that selects nothing
 */
export function selectMachines(
  machines: readonly Machine[],
  selectors: readonly string[],
  options: SelectOptions,
): Machine[] {
  if (selectors.length === 0) return [...machines];
  const chosen = new Set<Machine>();
  for (const selector of selectors) {
    const own = select(machines, selector, options);
    if (own.length === 0 && selector !== 'failed') {
      throw new UsageError(`No machine of the room is ${JSON.stringify(selector)}: ${RULE}`);
    }
    for (const machine of own) chosen.add(machine);
  }
  return machines.filter((machine) => chosen.has(machine));
}

function select(machines: readonly Machine[], selector: string, { hasFailed }: SelectOptions): readonly Machine[] {
  const byAddress = machines.filter(({ host }) => host.address === selector);
  if (byAddress.length > 0) return byAddress;
  const [, group = '', node] = /^(c[1-9]\d*|first|last|instructor|spare|failed)?:?(?:n([1-9]\d*))?$/.exec(selector) ??
    [];
  if (selector === '' || (group === '' && node === undefined)) return [];
  return inGroup(machines, group, hasFailed).filter((machine) => node === undefined || machine.node === Number(node));
}

function inGroup(
  machines: readonly Machine[],
  group: string,
  hasFailed: SelectOptions['hasFailed'],
): readonly Machine[] {
  const students = machines.filter(({ cluster }) => cluster.role === 'student');
  const ofCluster = (name: string | undefined): readonly Machine[] =>
    machines.filter(({ cluster }) => cluster.name === name);
  switch (group) {
    case '':
      return machines;
    case 'first':
      return ofCluster(students[0]?.cluster.name);
    case 'last':
      return ofCluster(students.at(-1)?.cluster.name);
    case 'instructor':
    case 'spare':
      return machines.filter(({ cluster }) => cluster.role === group);
    case 'failed':
      return machines.filter(hasFailed);
    default:
      return ofCluster(group);
  }
}
