/** A sample as text. */
import { formatTable } from '../lib/table.ts';
import {
  type ContainerUse,
  coresInWords,
  cpuOf,
  findSaturated,
  judge,
  percent,
  type Sample,
  sumByService,
} from './judge.ts';

export interface ShowOptions {
  /** How many lines there is room for; containers that do not fit are only counted. */
  readonly maxLines?: number;
}

/** Lines: the containers, the sums of the services, the host, the verdict. */
export function formatSample(sample: Sample, { maxLines = Infinity }: ShowOptions = {}): string[] {
  const { containers, cores, othersCpuPercent } = sample;
  const services = formatTable(
    ['service', 'containers', 'CPU', 'memory'],
    sumByService(containers).map((
      sum,
    ) => [sum.service, `${sum.containers}`, percent(sum.cpuPercent), size(sum.memoryBytes)]),
  );
  const used = cpuOf(containers);
  const host = [
    `the host has ${coresInWords(cores)}: these containers use ${percent(used / cores)} of its CPU`,
    ...(othersCpuPercent >= 1 ? [`others ${percent(othersCpuPercent / cores)}`] : []),
  ].join(', ');
  const below = ['', ...services.split('\n'), '', host, ...judge(sample)];
  const [head, ...rows] = formatContainers(containers).split('\n');
  const room = Math.max(1, maxLines - below.length - 1);
  const shown = rows.length <= room ? rows : [...rows.slice(0, room - 1), `… and ${rows.length - room + 1} more`];
  return [head!, ...shown, ...below];
}

function formatContainers(containers: readonly ContainerUse[]): string {
  const rows = containers.map(({ name, service, cpuPercent, memoryBytes, memoryLimitBytes, processes }) => [
    name,
    service,
    percent(cpuPercent),
    size(memoryBytes),
    memoryLimitBytes > 0 ? percent(memoryBytes / memoryLimitBytes * 100) : '-',
    processes ? `${processes.count}` : '-',
    processes?.busiest ?? '-',
  ]);
  return formatTable(['container', 'service', 'CPU', 'memory', 'of limit', 'processes', 'busiest'], rows);
}

/** As docker writes it. */
function size(bytes: number): string {
  return bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MiB` : `${(bytes / 1024 ** 3).toFixed(2)} GiB`;
}

/** For --json. Limits that are none are null. */
export function sampleAsData(sample: Sample, project: string | undefined) {
  return {
    at: sample.at,
    project: project ?? null,
    cores: sample.cores,
    cpuPercent: round(cpuOf(sample.containers)),
    othersCpuPercent: round(sample.othersCpuPercent),
    containers: sample.containers.map(({ id, name, service, processes, ...use }) => ({
      id,
      name,
      service,
      cpuPercent: use.cpuPercent,
      cpuLimit: use.cpuLimit || null,
      memoryBytes: use.memoryBytes,
      memoryLimitBytes: use.memoryLimitBytes || null,
      processes: processes?.count ?? null,
      busiest: processes?.busiest ?? null,
    })),
    services: sumByService(sample.containers).map((sum) => ({ ...sum, cpuPercent: round(sum.cpuPercent) })),
    saturated: findSaturated(sample),
    verdict: judge(sample),
  };
}

/** Sums of hundredths without the dust of binary fractions. */
function round(value: number): number {
  return Number(value.toFixed(2));
}
