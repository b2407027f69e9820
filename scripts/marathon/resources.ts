/** What each task asks for. Mesos places tasks by this, so everything asks for something; what was not said is told. */
import type { Service } from '../lib/compose-model/model.ts';
import type { MarathonApp } from './api.ts';
import { type Report, tellers } from './report.ts';

/** Cores: an idle service needs next to none, and a share of a busy agent it gets by this. */
const CPUS = 0.1;
/** app.raml. */
const LEAST_CPUS = 0.001;
/** Marathon's own default. */
const MEMORY_MIB = 128;
const MIB = 1024 ** 2;

export function resourcesOf(
  service: Service,
  report: Report,
): Pick<MarathonApp, 'cpus' | 'mem' | 'resourceLimits'> {
  const { choose } = tellers(report, service);
  const { cpuLimit, cpuReservation, memoryLimitBytes, memoryReservationBytes } = service.resources;
  // A limit of cores says what it may take, not what it needs: asking for all of it would keep it from small agents.
  const cpus = Math.max(LEAST_CPUS, cpuReservation ?? Math.min(CPUS, cpuLimit ?? CPUS));
  const memory = memoryReservationBytes ?? memoryLimitBytes;
  const mem = memory === undefined ? MEMORY_MIB : toMib(memory);
  if (cpuReservation === undefined) {
    choose('deploy.resources', `it asks for ${cpus} of a core, since nothing is reserved`);
  }
  if (memory === undefined) choose('deploy.resources', `it gets ${mem} MiB and no more, since nothing is said`);
  const limits = {
    ...(cpuLimit !== undefined && cpuLimit > cpus ? { cpus: cpuLimit } : {}),
    ...(memoryLimitBytes !== undefined && toMib(memoryLimitBytes) > mem ? { mem: toMib(memoryLimitBytes) } : {}),
  };
  return { cpus, mem, ...(Object.keys(limits).length > 0 ? { resourceLimits: limits } : {}) };
}

function toMib(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / MIB));
}
