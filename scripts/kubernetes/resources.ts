/** What a pod may take (limits), and what is kept free for it (requests). */
import { type Fields, filled, type Part, placeOf } from './objects.ts';

/** Of a core, where the file says nothing: or a scheduler would put everything onto one node. */
const LEAST_CPU = 0.05;

export function resourcesOf({ service, lose }: Part): Fields {
  const { cpuLimit, cpuReservation, memoryLimitBytes, memoryReservationBytes, pidsLimit } = service.resources;
  const place = placeOf(service, 'deploy.resources', 'deploy');
  const within = (what: string, reserved: number, limit: number | undefined): number => {
    if (limit === undefined || reserved <= limit) return reserved;
    lose(what, 'more is reserved than it may take: what it may take is reserved', place);
    return limit;
  };
  if (pidsLimit !== undefined) {
    const at = placeOf(service, 'pids_limit', 'deploy.resources.limits.pids', 'deploy.resources');
    lose('pids_limit', 'that is for nodes to say, for all pods: podPidsLimit of the kubelet', at);
  }
  const cpu = cpuReservation ?? Math.min(LEAST_CPU, cpuLimit ?? LEAST_CPU);
  const memory = memoryReservationBytes ?? memoryLimitBytes;
  return filled({
    limits: filled({ cpu: cores(cpuLimit), memory: bytes(memoryLimitBytes) }),
    requests: filled({
      cpu: cores(within('cpus', cpu, cpuLimit)),
      memory: memory === undefined ? undefined : bytes(within('mem_reservation', memory, memoryLimitBytes)),
    }),
  });
}

/** `2`, or thousandths: `500m`. */
function cores(count: number | undefined): string | undefined {
  if (count === undefined) return undefined;
  const thousandths = Math.max(1, Math.ceil(count * 1000 - 1e-6));
  return thousandths % 1000 === 0 ? `${thousandths / 1000}` : `${thousandths}m`;
}

/** `256Mi`, where it is a whole number of them. */
export function bytes(count: number | undefined): string | undefined {
  if (count === undefined) return undefined;
  const unit = [[2 ** 30, 'Gi'], [2 ** 20, 'Mi'], [2 ** 10, 'Ki']] as const;
  const [size, suffix] = unit.find(([each]) => count >= each && count % each === 0) ?? [1, ''];
  return `${Math.ceil(count / size)}${suffix}`;
}
