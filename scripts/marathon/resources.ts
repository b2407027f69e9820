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

const MORE_RESERVED = 'more is reserved than it may take: what it may take is asked for';

export function resourcesOf(
  service: Service,
  report: Report,
): Pick<MarathonApp, 'cpus' | 'mem' | 'resourceLimits'> {
  const { choose, lose } = tellers(report, service);
  const { cpuLimit, cpuReservation, memoryLimitBytes, memoryReservationBytes } = service.resources;
  // A limit of cores says what it may take, not what it needs: asking for all of it would keep it from small agents.
  const cpus = Math.max(LEAST_CPUS, Math.min(cpuReservation ?? CPUS, cpuLimit ?? Infinity));
  const memory = memoryReservationBytes === undefined
    ? memoryLimitBytes
    : Math.min(memoryReservationBytes, memoryLimitBytes ?? Infinity);
  // Marathon refuses a limit below what is asked for.
  if ((cpuReservation ?? 0) > (cpuLimit ?? Infinity)) lose('deploy.resources', `of cores, ${MORE_RESERVED}`);
  if ((memoryReservationBytes ?? 0) > (memoryLimitBytes ?? Infinity)) {
    lose('deploy.resources', `of memory, ${MORE_RESERVED}`);
  }
  const mem = memory === undefined ? MEMORY_MIB : toMib(memory);
  if (cpuReservation === undefined) {
    choose('deploy.resources', `it asks for ${cpus} of a core, since nothing is reserved`);
  }
  if (memory === undefined) choose('deploy.resources', `it gets ${mem} MiB and no more, since nothing is said`);
  const limits = {
    // Said even where it is what is asked for: of cores, that alone is no limit unless agents have --cgroups_enable_cfs.
    ...(cpuLimit !== undefined && cpuLimit >= cpus ? { cpus: cpuLimit } : {}),
    ...(memoryLimitBytes !== undefined && toMib(memoryLimitBytes) > mem ? { mem: toMib(memoryLimitBytes) } : {}),
  };
  return { cpus, mem, ...(Object.keys(limits).length > 0 ? { resourceLimits: limits } : {}) };
}

function toMib(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / MIB));
}
