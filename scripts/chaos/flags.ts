/** What the verbs of chaos.mjs take. */
import { parseCount, UsageError } from '../lib/command-line.ts';
import { projectFlags } from '../lib/project-name.ts';
import { parseTime } from '../lib/parse-time.ts';
import { engineFlags } from '../lib/room/engines.ts';
import { roomFlags } from '../lib/room/flags.ts';
import { faultNamed } from './faults/all.ts';
import { DEFAULT_SETTINGS, type Fault, type FaultSettings } from './faults/fault.ts';
import { type Interval, parseInterval } from './plan/interval.ts';
import type { Limits } from './plan/limits.ts';
import type { PlanOptions } from './plan/plan.ts';

/** Where: on engines, or, with --hosts, on machines of a room. */
export const placeFlags = {
  ...roomFlags,
  ...projectFlags,
  engine: engineFlags.engine,
  on: engineFlags.on,
  // Without a default: it says that machines are meant, and not containers.
  hosts: { type: 'string' },
  image: { type: 'string' },
} as const;

export const planFlags = {
  ...placeFlags,
  unlabelled: { type: 'boolean' },
  seed: { type: 'string' },
  for: { type: 'string', default: '10m' },
  every: { type: 'string', default: '20s±50%' },
  mtbf: { type: 'string' },
  lasting: { type: 'string', default: '10s±50%' },
  faults: { type: 'string' },
  most: { type: 'string' },
  max: { type: 'string', default: '1' },
  keep: { type: 'string', default: '1' },
  loss: { type: 'string' },
  delay: { type: 'string' },
  rate: { type: 'string' },
  errors: { type: 'string' },
  memory: { type: 'string' },
  'disk-path': { type: 'string' },
  'disk-most': { type: 'string' },
} as const;

type Values<Flags> = { readonly [Name in keyof Flags]?: string | undefined };

/** Where nothing is said of faults: those that any engine and kernel can do, and any service should bear. */
const USUAL_FAULTS = 'kill,pause,stop,restart,isolate';

/** On machines. */
const USUAL_MACHINE_FAULTS = 'isolate,docker,reboot';

export function parseFaults(text: string | undefined, kind: 'container' | 'machine'): Fault[] {
  const usual = kind === 'container' ? USUAL_FAULTS : USUAL_MACHINE_FAULTS;
  const faults = [...new Set((text ?? usual).split(/[\s,]+/).filter((name) => name !== ''))].map(faultNamed);
  if (faults.length === 0) throw new UsageError('--faults names no fault');
  const wrong = faults.find((fault) => !fault.on.includes(kind));
  if (wrong) throw new UsageError(`${wrong.name} is no fault of a ${kind}: it is one of ${wrong.on.join(', ')}`);
  return faults;
}

type TimeValues = Values<Pick<typeof planFlags, 'for' | 'every' | 'mtbf' | 'lasting' | 'max' | 'keep' | 'most'>>;

export function parsePlanOptions(values: TimeValues, seed: number): PlanOptions {
  const every: Interval = values.mtbf === undefined
    ? parseInterval('--every', values.every!)
    : { meanMs: parseTime('--mtbf', values.mtbf), jitter: 'exponential' };
  return {
    ...{ seed, every, forMs: parseTime('--for', values.for!), lasting: parseInterval('--lasting', values.lasting!) },
    limits: parseLimits(values),
    ...(values.most === undefined ? {} : { most: parseCount('--most', values.most, { least: 1 }) }),
  };
}

function parseLimits({ max = '', keep = '' }: TimeValues): Limits {
  const share = /^(\d{1,3})%$/.exec(max)?.[1];
  if (share !== undefined && Number(share) >= 1 && Number(share) <= 100) {
    return { max: { share: Number(share) / 100 }, keep: parseCount('--keep', keep) };
  }
  return { max: parseCount('--max', max, { least: 1, or: 'a share such as 20%' }), keep: parseCount('--keep', keep) };
}

export function parseSeed(text: string): number {
  return parseCount('--seed', text, { most: 2 ** 32 - 1 });
}

type SettingValues = Values<
  Pick<typeof planFlags, 'loss' | 'delay' | 'rate' | 'errors' | 'memory' | 'disk-path' | 'disk-most'>
>;

/** What a plan is made by. */
export type PlanValues = TimeValues & SettingValues & Values<Pick<typeof planFlags, 'faults' | 'seed'>>;

/** @throws UsageError naming the flag */
export function parseSettings(values: SettingValues): FaultSettings {
  const { loss, delay, rate, errors, memory, 'disk-path': diskPath, 'disk-most': diskMost } = values;
  if (diskPath !== undefined && !/^\/[\w./-]*$/.test(diskPath)) {
    throw new UsageError(`--disk-path must be a folder such as /data; got ${JSON.stringify(diskPath)}`);
  }
  return {
    ...DEFAULT_SETTINGS,
    ...(loss === undefined ? {} : { loss: parseShare('--loss', loss) }),
    ...(errors === undefined ? {} : { errorRate: parseShare('--errors', errors) }),
    ...(memory === undefined ? {} : { memoryShare: parseShare('--memory', memory) }),
    ...(delay === undefined ? {} : { delayMs: parseTime('--delay', delay) }),
    ...(rate === undefined ? {} : { rateKbit: parseRate(rate) }),
    ...(diskPath === undefined ? {} : { diskPath }),
    ...(diskMost === undefined ? {} : { diskMostBytes: parseSize('--disk-most', diskMost) }),
  };
}

function parseShare(name: string, text: string): number {
  const percent = Number(/^(\d{1,3})%$/.exec(text)?.[1]);
  if (percent >= 1 && percent <= 100) return percent / 100;
  throw new UsageError(`${name} must be a share from 1% to 100%; got ${JSON.stringify(text)}`);
}

function parseRate(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,6})(kbit|mbit)$/.exec(text) ?? [];
  if (number === undefined) {
    throw new UsageError(`--rate must be such as 256kbit or 5mbit; got ${JSON.stringify(text)}`);
  }
  return Number(number) * (unit === 'mbit' ? 1000 : 1);
}

const SIZES: Readonly<Record<string, number>> = { m: 2 ** 20, g: 2 ** 30 };

function parseSize(name: string, text: string): number {
  const [, number, unit = ''] = /^([1-9]\d{0,6})([mg])$/.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`${name} must be such as 500m or 20g; got ${JSON.stringify(text)}`);
  return Number(number) * SIZES[unit]!;
}
