/** list: the machines of all providers, those overdue first. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import { output } from '../lib/process.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { common, parseLab } from './flags.ts';
import { LAB_LABEL, listLab } from './labels.ts';
import { costOf, formatSpan, inOrder, isOverdue, type Machine, timeLeft } from './machine.ts';
import { machinesOf, readRecord } from './record.ts';

export interface Found {
  readonly machines: readonly Machine[];
  /** What could not be asked, or was made by half, as lines for people. */
  readonly trouble: readonly string[];
}

/** Those of a lab, and those that terraform has made from here. */
export async function findMachines({ lab }: { readonly lab: string }): Promise<Found> {
  const { directories } = await readRecord();
  const ofTerraform = directories.flatMap(machinesOf);
  // Something failed between what was made and what was told.
  const halfMade = directories.filter(({ machines }) => machines.length === 0).map(({ directory }) =>
    `terraform may have made something in ${directory}: create again, or destroy --provider terraform ${directory}`
  );
  try {
    return { machines: [...await listLab(lab), ...ofTerraform], trouble: halfMade };
  } catch (error) {
    // Without an engine there is no lab, but terraform's machines cost money all the same.
    const why = (error as Error).message.split('\n', 1)[0];
    return { machines: ofTerraform, trouble: [`The lab cannot be asked: ${why}`, ...halfMade] };
  }
}

export const list = verb(common, async ({ values }) => {
  const lab = parseLab(values.lab);
  const { machines: found, trouble } = await findMachines({ lab });
  const now = Date.now();
  const machines = inOrder(found, now);
  const overdue = machines.filter((one) => isOverdue(one, now)).length;
  const cost = machines.reduce((sum, one) => sum + costOf(one, now), 0);
  const hasPrice = machines.some(({ price }) => price !== undefined);
  const others = await otherLabs(lab).catch(() => []);
  const words = [
    ...(machines.length === 0 ? [] : [formatMachines(machines, now), '']),
    countInWords(machines.length, 'machine') + (overdue === 0 ? '' : `, ${overdue} OVERDUE`) +
    (hasPrice ? `; ${cost.toFixed(2)} so far` : ''),
    ...others.map(({ name, count }) => `${countInWords(count, 'machine')} of another lab: --lab ${name}`),
    ...trouble,
    ...(overdue === 0 ? [] : ['Next: ./scripts/vms.mjs destroy --overdue']),
  ];
  const data = { machines: machines.map((one) => asData(one, now)), overdue, cost, otherLabs: others, trouble };
  print(values, data, words.join('\n'));
  return overdue > 0 || trouble.length > 0 ? EXIT.failed : EXIT.done;
});

export function formatMachines(machines: readonly Machine[], now = Date.now()): string {
  const rows = machines.map((machine) => [
    leftInWords(timeLeft(machine, now)),
    machine.name,
    machine.address,
    `${machine.provider} ${machine.origin}`,
    machine.state,
    formatSpan(now - machine.createdAt),
    machine.price === undefined ? '-' : costOf(machine, now).toFixed(2),
  ]);
  return formatTable(['time left', 'name', 'address', 'provider', 'state', 'age', 'cost'], rows);
}

function leftInWords(ms: number): string {
  if (ms === Infinity) return '-';
  return ms > 0 ? formatSpan(ms) : `OVERDUE ${formatSpan(-ms)}`;
}

export function asData(machine: Machine, now = Date.now()) {
  const { provider, origin, name, address, state, createdAt, ttlMs, price } = machine;
  const left = timeLeft(machine, now);
  return {
    ...{ provider, origin, name, address, state },
    created: new Date(createdAt).toISOString(),
    ttlMs: ttlMs ?? null,
    leftMs: left === Infinity ? null : left,
    overdue: left <= 0,
    price: price ?? null,
    cost: costOf(machine, now),
  };
}

/** That are not listed, so that none is forgotten. */
async function otherLabs(lab: string): Promise<{ name: string; count: number }[]> {
  const format = `{{.Label "${LAB_LABEL}"}}`;
  const names = (await output(['docker', 'ps', '--all', '--filter', `label=${LAB_LABEL}`, '--format', format])).split(
    '\n',
  );
  const others = Map.groupBy(names.filter((name) => name !== '' && name !== lab), (name) => name);
  return [...others].map(([name, all]) => ({ name, count: all.length }));
}
