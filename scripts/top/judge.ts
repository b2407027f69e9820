/**
 * Where the CPU goes, and who has none left. A service is saturated when it uses nearly all that it may use. With less
 * than that it can be at its end as well: a thread runs on one core at a time, so a container in which one thread does
 * all the work has one core and no more.
 */
import type { Processes } from './processes.ts';

export interface ContainerUse {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** 100 is one core. */
  readonly cpuPercent: number;
  /** Cores; 0 = no limit. */
  readonly cpuLimit: number;
  readonly memoryBytes: number;
  /** 0 = no limit. */
  readonly memoryLimitBytes: number;
  /** Undefined when the engine's host cannot tell. */
  readonly processes: Processes | undefined;
  /** How much of its CPU the busiest thread has, 0 to 1; only asked for where one core may be full. */
  readonly threadShare: number | undefined;
}

export interface Sample {
  /** ISO 8601, by this machine's clock. */
  readonly at: string;
  /** Of the engine's host. */
  readonly cores: number;
  readonly containers: readonly ContainerUse[];
  /** What all else on that host uses, or, where only the engine can be asked, all its other containers. 100 is a core. */
  readonly othersCpuPercent: number;
}

export interface ServiceUse {
  readonly service: string;
  readonly containers: number;
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}

export interface Saturation {
  readonly service: string;
  readonly why: string;
}

/** Of what a service may use. */
const SATURATED_SHARE = 0.9;

/** Of one core: what is measured over a second or so is a little more or less than it is. */
const ONE_CORE_PERCENT = { least: 90, most: 110 } as const;

/** Of a container's CPU: the rest is what its runtime does beside the work. */
const ONE_THREAD_SHARE = 0.8;

/** In the order of their names. */
export function sumByService(containers: readonly ContainerUse[]): ServiceUse[] {
  const groups = [...Map.groupBy(containers, ({ service }) => service)];
  return groups.sort(([a], [b]) => a.localeCompare(b)).map(([service, own]) => ({
    service,
    containers: own.length,
    cpuPercent: cpuOf(own),
    memoryBytes: own.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
  }));
}

/** The services that are saturated, each with the first reason that holds. */
export function findSaturated({ containers, cores }: Pick<Sample, 'containers' | 'cores'>): Saturation[] {
  const groups = [...Map.groupBy(containers, ({ service }) => service)].sort(([a], [b]) => a.localeCompare(b));
  return groups.flatMap(([service, own]) => {
    const why = whySaturated(own, cores);
    return why === undefined ? [] : [{ service, why }];
  });
}

function whySaturated(own: readonly ContainerUse[], cores: number): string | undefined {
  const limit = own.every(({ cpuLimit }) => cpuLimit > 0)
    ? Math.min(cores, own.reduce((sum, { cpuLimit }) => sum + cpuLimit, 0))
    : cores;
  const share = cpuOf(own) / (limit * 100);
  const whose = limit === cores ? `the host's ${coresInWords(cores)}` : `the ${coresInWords(limit)} that it may use`;
  if (share >= SATURATED_SHARE) return `it uses ${percent(share * 100)} of ${whose}`;
  const atLimit = own.filter(({ cpuPercent, cpuLimit }) =>
    cpuLimit > 0 && cpuPercent >= cpuLimit * 100 * SATURATED_SHARE
  );
  if (atLimit.length > 0) return `at the limit of ${atLimit.map(nameWithCpu).join(', ')}`;
  const full = own.filter(hasOneCoreFull);
  return full.length === 0 ? undefined : `one core full in ${full.map(nameWithCpu).join(', ')}`;
}

/** Whether it uses about one core: then its threads are to be asked for. */
export function usesOneCore(cpuPercent: number): boolean {
  return cpuPercent >= ONE_CORE_PERCENT.least && cpuPercent <= ONE_CORE_PERCENT.most;
}

/** Where nobody can tell of the threads, one core is taken for what it looks like. */
function hasOneCoreFull({ cpuPercent, threadShare = 1 }: ContainerUse): boolean {
  return usesOneCore(cpuPercent) && threadShare >= ONE_THREAD_SHARE;
}

/** What the figures mean, in a line or more. */
export function judge(sample: Sample): string[] {
  const saturated = findSaturated(sample);
  if (saturated.length > 0) return saturated.map(({ service, why }) => `${service} is saturated: ${why}`);
  const used = (cpuOf(sample.containers) + sample.othersCpuPercent) / (sample.cores * 100);
  if (used >= SATURATED_SHARE) {
    const most = sumByService(sample.containers).toSorted((a, b) => b.cpuPercent - a.cpuPercent)[0];
    const who = most === undefined ? '' : `; of these services ${most.service} uses most, ${percent(most.cpuPercent)}`;
    return [`the host is saturated: ${percent(used * 100)} of its CPU is used by all that runs there${who}`];
  }
  const idle = used <= 0.5 ? 'the CPU is idle' : `${percent((1 - used) * 100)} of the CPU is idle`;
  return [`nothing is saturated: ${idle}; what is slow waits for something else`];
}

/** Of these together; 100 is one core. */
export function cpuOf(containers: readonly { readonly cpuPercent: number }[]): number {
  return containers.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0);
}

function nameWithCpu({ name, cpuPercent }: ContainerUse): string {
  return `${name} (${percent(cpuPercent)})`;
}

export function coresInWords(cores: number): string {
  return `${Number(cores.toFixed(2))} core${cores === 1 ? '' : 's'}`;
}

/** With a digit behind the point where there is none before it that counts. */
export function percent(value: number): string {
  return `${value.toFixed(value < 9.95 ? 1 : 0)} %`;
}
