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

/** A machine with an engine. */
export interface HostUse {
  /** The name of its engine. */
  readonly node: string;
  readonly cores: number;
  readonly containers: readonly ContainerUse[];
  /** What all else on it uses, or, where only the engine can be asked, all its other containers. 100 is one core. */
  readonly othersCpuPercent: number;
}

/** An engine that does not answer. */
export interface Silence {
  readonly node: string;
  readonly why: string;
}

export interface Sample {
  /** ISO 8601, by this machine's clock. */
  readonly at: string;
  readonly hosts: readonly HostUse[];
  readonly silent: readonly Silence[];
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

/** Whether only one engine was asked: then nobody has to be told which it is. */
export function isOneHost({ hosts, silent }: Sample): boolean {
  return hosts.length + silent.length <= 1;
}

/** What a service has on one host. */
interface Part {
  readonly host: HostUse;
  readonly own: readonly ContainerUse[];
}

/** The services that are saturated, each with the first reason that holds; on one host of several is enough. */
export function findSaturated(sample: Sample): Saturation[] {
  const parts = sample.hosts.flatMap((host) =>
    [...Map.groupBy(host.containers, ({ service }) => service)].map(([service, own]) => ({ service, host, own }))
  );
  const groups = [...Map.groupBy(parts, ({ service }) => service)].sort(([a], [b]) => a.localeCompare(b));
  return groups.flatMap(([service, own]) => {
    const why = whySaturated(own, isOneHost(sample));
    return why === undefined ? [] : [{ service, why }];
  });
}

function whySaturated(parts: readonly Part[], isAlone: boolean): string | undefined {
  const full = parts.flatMap((part) => whatIsFull(part, isAlone));
  if (full.length > 0) return `it uses ${full.join(', ')}`;
  const named = (isMeant: (container: ContainerUse) => boolean): string =>
    parts.flatMap(({ host, own }) =>
      own.filter(isMeant).map(({ name, cpuPercent }) => `${name}${on(host, isAlone)} (${percent(cpuPercent)})`)
    ).join(', ');
  const atLimit = named(({ cpuPercent, cpuLimit }) => cpuLimit > 0 && cpuPercent >= cpuLimit * 100 * SATURATED_SHARE);
  if (atLimit !== '') return `at the limit of ${atLimit}`;
  const oneCore = named(hasOneCoreFull);
  return oneCore === '' ? undefined : `one core full in ${oneCore}`;
}

/** Of what a service may use on a host, in words; none where it has some left. */
function whatIsFull({ host, own }: Part, isAlone: boolean): string[] {
  const { cores } = host;
  const limit = own.every(({ cpuLimit }) => cpuLimit > 0)
    ? Math.min(cores, own.reduce((sum, { cpuLimit }) => sum + cpuLimit, 0))
    : cores;
  const share = cpuOf(own) / (limit * 100);
  if (share < SATURATED_SHARE) return [];
  const whole = isAlone ? `the host's ${coresInWords(cores)}` : `the ${coresInWords(cores)} of ${host.node}`;
  const part = `the ${coresInWords(limit)} that it may use${on(host, isAlone)}`;
  return [`${percent(share * 100)} of ${limit === cores ? whole : part}`];
}

function on({ node }: HostUse, isAlone: boolean): string {
  return isAlone ? '' : ` on ${node}`;
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
  const { hosts } = sample;
  const isAlone = isOneHost(sample);
  const services = findSaturated(sample).map(({ service, why }) => `${service} is saturated: ${why}`);
  // The only host is known when a service is; of several each is named, since it slows down whatever else it has.
  const full = isAlone && services.length > 0 ? [] : hosts.flatMap((host) => whyHostSaturated(host, isAlone));
  if (services.length + full.length > 0) return [...services, ...full];
  const cores = hosts.reduce((sum, host) => sum + host.cores, 0);
  const used = hosts.reduce((sum, host) => sum + usedOn(host), 0) / (cores * 100);
  const idle = used <= 0.5 ? 'the CPU is idle' : `${percent((1 - used) * 100)} of the CPU is idle`;
  return [`nothing is saturated: ${idle}; what is slow waits for something else`];
}

function whyHostSaturated(host: HostUse, isAlone: boolean): string[] {
  const used = usedOn(host) / (host.cores * 100);
  if (used < SATURATED_SHARE) return [];
  const most = sumByService(host.containers).toSorted((a, b) => b.cpuPercent - a.cpuPercent)[0];
  const who = most === undefined ? '' : `; of these services ${most.service} uses most, ${percent(most.cpuPercent)}`;
  const name = isAlone ? 'the host' : host.node;
  return [`${name} is saturated: ${percent(used * 100)} of its CPU is used by all that runs there${who}`];
}

function usedOn({ containers, othersCpuPercent }: HostUse): number {
  return cpuOf(containers) + othersCpuPercent;
}

/** Of these together; 100 is one core. */
export function cpuOf(containers: readonly { readonly cpuPercent: number }[]): number {
  return containers.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0);
}

export function coresInWords(cores: number): string {
  return `${Number(cores.toFixed(2))} core${cores === 1 ? '' : 's'}`;
}

/** With a digit behind the point where there is none before it that counts. */
export function percent(value: number): string {
  return `${value.toFixed(value < 9.95 ? 1 : 0)} %`;
}
