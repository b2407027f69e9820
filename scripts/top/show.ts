/** A sample as text. */
import { formatTable } from '../lib/table.ts';
import {
  type ContainerUse,
  coresInWords,
  cpuOf,
  findSaturated,
  type HostUse,
  isOneHost,
  judge,
  percent,
  type Sample,
  type Silence,
  sumByService,
} from './judge.ts';

export interface ShowOptions {
  /** How many lines there is room for; containers that do not fit are only counted. */
  readonly maxLines?: number;
}

/** Lines: the containers, the sums of the services, the hosts, the verdict. */
export function formatSample(sample: Sample, { maxLines = Infinity }: ShowOptions = {}): string[] {
  const services = formatTable(
    ['service', 'containers', 'CPU', 'memory'],
    sumByService(containersOf(sample)).map((
      sum,
    ) => [sum.service, `${sum.containers}`, percent(sum.cpuPercent), size(sum.memoryBytes)]),
  );
  const hosts = sample.hosts.map((host) => formatHost(host, isOneHost(sample) ? 'the host' : host.node));
  const silent = sample.silent.map(formatSilence);
  const below = ['', ...services.split('\n'), '', ...hosts, ...silent, ...judge(sample)];
  const [head, ...rows] = formatContainers(sample).split('\n');
  const room = Math.max(1, maxLines - below.length - 1);
  const shown = rows.length <= room ? rows : [...rows.slice(0, room - 1), `… and ${rows.length - room + 1} more`];
  return [head!, ...shown, ...below];
}

function formatHost({ cores, containers, othersCpuPercent }: HostUse, name: string): string {
  return [
    `${name} has ${coresInWords(cores)}: these containers use ${percent(cpuOf(containers) / cores)} of its CPU`,
    ...(othersCpuPercent >= 1 ? [`others ${percent(othersCpuPercent / cores)}`] : []),
  ].join(', ');
}

export function formatSilence({ node, why }: Silence): string {
  return `${node} does not answer: ${why}`;
}

/** On one host there is no column for it. */
function formatContainers(sample: Sample): string {
  const rows = sample.hosts.flatMap(({ node, containers }) => containers.map((use) => [node, ...rowOf(use)]));
  const head = ['node', 'container', 'service', 'CPU', 'memory', 'of limit', 'processes', 'busiest'];
  const from = isOneHost(sample) ? 1 : 0;
  return formatTable(head.slice(from), rows.map((row) => row.slice(from)));
}

function rowOf({ name, service, cpuPercent, memoryBytes, memoryLimitBytes, processes }: ContainerUse): string[] {
  return [
    name,
    service,
    percent(cpuPercent),
    size(memoryBytes),
    memoryLimitBytes > 0 ? percent(memoryBytes / memoryLimitBytes * 100) : '-',
    processes ? `${processes.count}` : '-',
    processes?.busiest ?? '-',
  ];
}

/** As docker writes it. */
function size(bytes: number): string {
  return bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MiB` : `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}

/** For --json. Limits that are none are null; `cores` and so on above are those of all hosts together. */
export function sampleAsData(sample: Sample, project: string | undefined) {
  const { at, hosts, silent } = sample;
  const containers = containersOf(sample);
  return {
    at,
    project: project ?? null,
    cores: hosts.reduce((sum, { cores }) => sum + cores, 0),
    cpuPercent: round(cpuOf(containers)),
    othersCpuPercent: round(hosts.reduce((sum, { othersCpuPercent }) => sum + othersCpuPercent, 0)),
    hosts: hosts.map(({ node, cores, othersCpuPercent, containers: own }) => ({
      node,
      cores,
      cpuPercent: round(cpuOf(own)),
      othersCpuPercent: round(othersCpuPercent),
    })),
    silent,
    containers: hosts.flatMap(({ node, containers: own }) => own.map((use) => containerAsData(use, node))),
    services: sumByService(containers).map((sum) => ({ ...sum, cpuPercent: round(sum.cpuPercent) })),
    saturated: findSaturated(sample),
    verdict: judge(sample),
  };
}

function containerAsData({ id, name, service, processes, ...use }: ContainerUse, node: string) {
  return {
    node,
    id,
    name,
    service,
    cpuPercent: use.cpuPercent,
    cpuLimit: use.cpuLimit || null,
    memoryBytes: use.memoryBytes,
    memoryLimitBytes: use.memoryLimitBytes || null,
    processes: processes?.count ?? null,
    busiest: processes?.busiest ?? null,
  };
}

function containersOf({ hosts }: Sample): ContainerUse[] {
  return hosts.flatMap(({ containers }) => containers);
}

/** Sums of hundredths without the dust of binary fractions. */
function round(value: number): number {
  return Number(value.toFixed(2));
}
