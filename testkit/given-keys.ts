/** The keys under which a file would have said what a service of the model says. */
import type { Port } from '../scripts/lib/compose-model/model.ts';
import type { ServiceGiven } from './application.ts';

type Drawn = Omit<ServiceGiven, 'given' | 'ports'> & { readonly ports?: readonly Partial<Port>[] };

/** Each once, and none that says nothing. */
export function keysOf(service: Drawn): string[] {
  const { resources = {}, healthcheck, capabilities } = service;
  const keys: Readonly<Record<string, unknown>> = {
    ...{ image: service.image, build: service.isBuilt || undefined },
    ...{ entrypoint: service.entrypoint, command: service.command, environment: service.environment },
    ...{ labels: service.labels, ports: service.ports, expose: service.exposed, volumes: service.mounts },
    ...{ depends_on: service.dependencies, links: service.links },
    ...{
      'healthcheck.test': healthcheck?.test,
      'healthcheck.interval': healthcheck?.intervalMs,
      'healthcheck.timeout': healthcheck?.timeoutMs,
      'healthcheck.start_period': healthcheck?.startPeriodMs,
      'healthcheck.retries': healthcheck?.retries,
      'healthcheck.disable': service.isHealthcheckOff || undefined,
    },
    ...{ 'deploy.replicas': service.replicas, 'deploy.mode': service.isGlobal || undefined },
    ...{
      'deploy.resources.limits.cpus': resources.cpuLimit,
      'deploy.resources.limits.memory': resources.memoryLimitBytes,
      'deploy.resources.limits.pids': resources.pidsLimit,
      'deploy.resources.reservations.cpus': resources.cpuReservation,
      'deploy.resources.reservations.memory': resources.memoryReservationBytes,
    },
    ...{ restart: service.restart, stop_grace_period: service.stopGraceMs, stop_signal: service.stopSignal },
    ...{ user: service.user, working_dir: service.workingDirectory, hostname: service.hostname, init: service.hasInit },
    ...{ read_only: service.isReadOnly || undefined, privileged: service.isPrivileged || undefined },
    ...{ cap_add: capabilities?.add, cap_drop: capabilities?.drop, security_opt: service.securityOptions },
    ...{ network_mode: service.networkMode, extra_hosts: [...service.extraHosts ?? []] },
  };
  return Object.entries(keys).filter(([, value]) => value !== undefined && !isEmpty(value)).map(([key]) => key);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
