/** Containers of an engine, as `docker inspect` tells of them. */
import { waitFor } from './wait.ts';
import { output, run } from './process.ts';

export interface Container {
  readonly id: string;
  readonly name: string;
  /** Of its Compose project, where it has one. */
  readonly project: string | undefined;
  readonly service: string | undefined;
  readonly number: number;
  /** `running`, `exited`, `restarting` and so on. */
  readonly status: string;
  /** Undefined without a health check. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | undefined;
  readonly exitCode: number;
  readonly restarts: number;
  /** When it was started last, ms since 1970. */
  readonly startedAt: number;
  /** As it was asked for, and what it was then. */
  readonly image: string;
  readonly imageId: string;
  /** Bytes; 0 = no limit. */
  readonly memoryLimit: number;
  /** Cores; 0 = no limit. */
  readonly cpuLimit: number;
  readonly env: ReadonlyMap<string, string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly PublishedPort[];
}

export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: string;
  readonly hostPort: number;
}

export interface ContainerFilter {
  readonly project?: string;
  readonly service?: string;
  /** Those too that do not run; true. */
  readonly stopped?: boolean;
}

export async function listContainers({ project, service, stopped = true }: ContainerFilter = {}): Promise<Container[]> {
  const filters = [
    ...(project === undefined ? [] : [`label=com.docker.compose.project=${project}`]),
    ...(service === undefined ? [] : [`label=com.docker.compose.service=${service}`]),
    // Those of `compose run` are nobody's instance.
    ...(project === undefined ? [] : ['label=com.docker.compose.oneoff=False']),
  ];
  const args = [...(stopped ? ['--all'] : []), ...filters.flatMap((filter) => ['--filter', filter])];
  const ids = await output(['docker', 'ps', '--quiet', '--no-trunc', ...args]);
  const containers = await inspectContainers(ids.split('\n').filter((id) => id !== ''));
  return containers.sort((a, b) => (a.service ?? a.name).localeCompare(b.service ?? b.name) || a.number - b.number);
}

/** Those of these that are still there. */
export async function inspectContainers(ids: readonly string[]): Promise<Container[]> {
  if (ids.length === 0) return [];
  // It ends with 1 when one has gone meanwhile, and tells of the others.
  const { stdout, stderr } = await run(['docker', 'inspect', '--type', 'container', ...ids]);
  const list = JSON.parse(stdout.trim() || 'null') as Inspected[] | null;
  if (!Array.isArray(list)) throw new Error(`Cannot inspect containers: ${stderr.trim()}`);
  return list.map(toContainer);
}

/** The part of what `docker inspect` says that is read here. */
interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string } | null;
  };
  readonly Config: {
    readonly Image: string;
    readonly Env: readonly string[] | null;
    readonly Labels: Readonly<Record<string, string>> | null;
  };
  readonly HostConfig: {
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly CpuQuota: number;
    readonly CpuPeriod: number;
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>> | null;
  };
}

function toContainer(
  { Id, Name, Image, RestartCount, State, Config, HostConfig, NetworkSettings }: Inspected,
): Container {
  const labels = Config.Labels ?? {};
  const health = State.Health?.Status;
  const ports = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) => {
    const [containerPort, protocol] = port.split('/');
    // One for IPv4 and one for IPv6 are one port.
    return [...new Set((bindings ?? []).map(({ HostPort }) => Number(HostPort)))].map((hostPort) => ({
      containerPort: Number(containerPort),
      protocol: protocol!,
      hostPort,
    }));
  });
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    project: labels['com.docker.compose.project'],
    service: labels['com.docker.compose.service'],
    number: Number(labels['com.docker.compose.container-number'] ?? 1),
    status: State.Status,
    health: health === undefined || health === 'none' ? undefined : health as NonNullable<Container['health']>,
    exitCode: State.ExitCode,
    restarts: RestartCount,
    startedAt: Date.parse(State.StartedAt),
    image: Config.Image,
    imageId: Image,
    memoryLimit: HostConfig.Memory,
    cpuLimit: coresOf(HostConfig),
    env: new Map((Config.Env ?? []).map((entry) => [entry.split('=', 1)[0]!, entry.slice(entry.indexOf('=') + 1)])),
    labels,
    ports,
  };
}

/** `--cpus`, or the older `--cpu-quota`, whose period is 100 ms unless it is given. */
function coresOf({ NanoCpus, CpuQuota, CpuPeriod }: Inspected['HostConfig']): number {
  return NanoCpus > 0 ? NanoCpus / 1e9 : Math.max(0, CpuQuota) / (CpuPeriod || 100_000);
}

export interface HealthyOptions {
  readonly withinMs: number;
  /** Whether one that has ended with 0 counts as well: a job. False. */
  readonly mayEnd?: boolean;
  readonly signal?: AbortSignal;
}

/** Without a health check, one that has run for so long counts as well. */
const SETTLED_MS = 3000;

/**
 * Waits until a container is well: its health check passes, or, without one, it has run for three seconds.
 *
 * @throws Error with its last lines when it ends, restarts, is found unhealthy, or takes too long
 */
export async function untilHealthy(
  id: string,
  { withinMs, mayEnd = false, signal }: HealthyOptions,
): Promise<Container> {
  let first: Container | undefined;
  let startedAt = NaN;
  let seenAt = 0;
  const judge = async (): Promise<Container | undefined> => {
    const [now] = await inspectContainers([id]);
    if (!now) throw new Error(`container ${id.slice(0, 12)} has been removed`);
    first ??= now;
    if (mayEnd && now.status === 'exited' && now.exitCode === 0) return now;
    if (now.status === 'exited' || now.status === 'dead') throw new Error(`${now.name} ended with ${now.exitCode}`);
    if (now.restarts > first.restarts) throw new Error(`${now.name} ended and was started again`);
    if (now.health === 'unhealthy') throw new Error(`${now.name} is unhealthy`);
    // By this machine's clock: the engine may be on another.
    if (now.startedAt !== startedAt) [startedAt, seenAt] = [now.startedAt, performance.now()];
    const hasSettled = now.status === 'running' && performance.now() - seenAt > SETTLED_MS;
    return now.health === 'healthy' || (now.health === undefined && hasSettled) ? now : undefined;
  };
  try {
    const what = `container ${id.slice(0, 12)} to be healthy`;
    return await waitFor(judge, { what, withinMs, ...(signal ? { signal } : {}) });
  } catch (error) {
    signal?.throwIfAborted();
    const said = await lastLines(id);
    throw new Error(`${(error as Error).message}${said === '' ? '' : `\nIts last lines:\n${said}`}`, { cause: error });
  }
}

async function lastLines(id: string): Promise<string> {
  const { stdout, stderr } = await run(['docker', 'logs', '--tail', '5', id]).catch(() => ({ stdout: '', stderr: '' }));
  return (stdout + stderr).trimEnd();
}
