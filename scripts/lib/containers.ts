/** Containers of an engine, as `docker inspect` tells of them. */
import type { Engine } from './engine.ts';
import { output, run, type RunOptions } from './process.ts';
import { waitFor } from './wait.ts';

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
  /** What its health check runs inside it; undefined without one. */
  readonly healthCommand: readonly string[] | undefined;
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
  /** Its address in each of its networks; empty while it does not run. */
  readonly networks: ReadonlyMap<string, string>;
  /** `bridge`, `host`, `container:ID`, or the name of its first network. */
  readonly networkMode: string;
  /** What stands in its /etc/hosts besides, as `name:address`. */
  readonly extraHosts: readonly string[];
  /** What `docker stop` sends it first. */
  readonly stopSignal: string;
}

export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: string;
  readonly hostPort: number;
  /** The address of the engine's machine that it listens on; `0.0.0.0` is all. */
  readonly hostIp: string;
}

/** On the machine that it is on alone. */
export function isLoopback({ hostIp }: PublishedPort): boolean {
  return /^(127\.|::1$)/.test(hostIp);
}

/** Where others reach it: at the one address that it listens on, or at any of its machine. */
export function addressOf<T>({ hostIp }: PublishedPort, ofMachine: T): string | T {
  return hostIp === '' || hostIp === '0.0.0.0' || hostIp === '::' ? ofMachine : hostIp;
}

export interface ContainerFilter {
  readonly project?: string;
  readonly service?: string;
  /** Those with this label, `name=value`, whatever their project. */
  readonly label?: string;
  /** Those too that do not run; true. */
  readonly stopped?: boolean;
}

/** How long an engine is waited for. */
export type AskOptions = Pick<RunOptions, 'withinMs' | 'signal'>;

/** In the order of their services and numbers. */
export async function listContainers(
  filter: ContainerFilter = {},
  engine?: Engine,
  options: AskOptions = {},
): Promise<Container[]> {
  return await inspectContainers(await listIds(filter, engine, options), engine, options);
}

/** Their ids alone, which is quicker. */
export async function listIds(
  { project, service, label, stopped = true }: ContainerFilter = {},
  engine?: Engine,
  options: AskOptions = {},
): Promise<string[]> {
  const filters = [
    ...(project === undefined ? [] : [`label=com.docker.compose.project=${project}`]),
    ...(service === undefined ? [] : [`label=com.docker.compose.service=${service}`]),
    // Those of `compose run` are nobody's instance.
    ...(project === undefined ? [] : ['label=com.docker.compose.oneoff=False']),
    ...(label === undefined ? [] : [`label=${label}`]),
  ];
  const args = [...(stopped ? ['--all'] : []), ...filters.flatMap((filter) => ['--filter', filter])];
  const ids = await output(['docker', 'ps', '--quiet', '--no-trunc', ...args], { ...options, env: engine?.env ?? {} });
  return ids.split('\n').filter((id) => id !== '');
}

/** Those of these that are still there, in the order of their services and numbers. */
export async function inspectContainers(
  ids: readonly string[],
  engine?: Engine,
  options: AskOptions = {},
): Promise<Container[]> {
  if (ids.length === 0) return [];
  // It ends with 1 when one has gone meanwhile, and tells of the others.
  const { stdout, stderr } = await run(['docker', 'inspect', '--type', 'container', ...ids], {
    ...{ ...options, env: engine?.env ?? {} },
  });
  const list = JSON.parse(stdout.trim() || 'null') as Inspected[] | null;
  if (!Array.isArray(list)) throw new Error(`Cannot inspect containers: ${stderr.trim()}`);
  return list.map(toContainer)
    .sort((a, b) => (a.service ?? a.name).localeCompare(b.service ?? b.name) || a.number - b.number);
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
    readonly StopSignal?: string;
    readonly Healthcheck?: { readonly Test?: readonly string[] } | null;
  };
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly ExtraHosts: readonly string[] | null;
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly CpuQuota: number;
    readonly CpuPeriod: number;
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly Binding[] | null>> | null;
    readonly Networks:
      | Readonly<Record<string, { readonly IPAddress: string; readonly GlobalIPv6Address: string }>>
      | null;
  };
}

interface Binding {
  readonly HostIp: string;
  readonly HostPort: string;
}

function toContainer(
  { Id, Name, Image, RestartCount, State, Config, HostConfig, NetworkSettings }: Inspected,
): Container {
  const labels = Config.Labels ?? {};
  const health = State.Health?.Status;
  const ports = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) => {
    const [containerPort, protocol] = port.split('/');
    return withoutTwins(bindings ?? []).map(({ HostPort, HostIp }) => ({
      containerPort: Number(containerPort),
      protocol: protocol!,
      hostPort: Number(HostPort),
      hostIp: HostIp,
    }));
  });
  const networks = Object.entries(NetworkSettings.Networks ?? {}).flatMap(([name, { IPAddress, GlobalIPv6Address }]) =>
    IPAddress || GlobalIPv6Address ? [[name, IPAddress || GlobalIPv6Address] as const] : []
  );
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    project: labels['com.docker.compose.project'],
    service: labels['com.docker.compose.service'],
    number: Number(labels['com.docker.compose.container-number'] ?? 1),
    status: State.Status,
    health: health === undefined || health === 'none' ? undefined : health as NonNullable<Container['health']>,
    healthCommand: healthCommandOf(Config.Healthcheck?.Test),
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
    networks: new Map(networks),
    networkMode: HostConfig.NetworkMode,
    extraHosts: HostConfig.ExtraHosts ?? [],
    stopSignal: Config.StopSignal || 'SIGTERM',
  };
}

function healthCommandOf([kind, ...words]: readonly string[] = []): string[] | undefined {
  if (kind === 'CMD') return words;
  return kind === 'CMD-SHELL' ? ['sh', '-c', ...words] : undefined;
}

/** A port for IPv4 has another for IPv6 beside it, which older engines may give another number. */
function withoutTwins(bindings: readonly Binding[]): Binding[] {
  const hasIpv4 = bindings.some(({ HostIp }) => HostIp === '0.0.0.0');
  const others = hasIpv4 ? bindings.filter(({ HostIp }) => HostIp !== '::') : bindings;
  return [...new Map(others.map((binding) => [binding.HostPort, binding])).values()];
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

/** Each look costs the machine that is busy starting them. */
const LOOK_EVERY_MS = 500;

/** Without a health check, one that has run for so long counts as well. */
const SETTLED_MS = 3000;

/**
 * Waits until a container is well: its health check passes, or, without one, it has run for three seconds. An engine
 * looks for the first time when a whole interval is over, so the check is also made from here, at once.
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
    if (now.health === 'healthy' || (now.health === undefined && hasSettled)) return now;
    return now.health === 'starting' && await passesCheck(now, signal) ? { ...now, health: 'healthy' } : undefined;
  };
  try {
    const what = `container ${id.slice(0, 12)} to be healthy`;
    return await waitFor(judge, { what, withinMs, everyMs: LOOK_EVERY_MS, ...(signal ? { signal } : {}) });
  } catch (error) {
    signal?.throwIfAborted();
    const said = await lastLines(id);
    throw new Error(`${(error as Error).message}${said === '' ? '' : `\nIts last lines:\n${said}`}`, { cause: error });
  }
}

/** As long as an engine lets a check run that says nothing else. */
const CHECK_WITHIN_MS = 30_000;

async function passesCheck({ id, status, healthCommand }: Container, signal?: AbortSignal): Promise<boolean> {
  if (status !== 'running' || !healthCommand) return false;
  const options = { withinMs: CHECK_WITHIN_MS, ...(signal ? { signal } : {}) };
  return await run(['docker', 'exec', id, ...healthCommand], options).then(({ code }) => code === 0, () => false);
}

/** What a container has said last; empty when it cannot be asked. */
export async function lastLines(id: string, engine?: Engine): Promise<string> {
  const { stdout, stderr } = await run(['docker', 'logs', '--tail', '5', id], { env: engine?.env ?? {} })
    .catch(() => ({ stdout: '', stderr: '' }));
  return (stdout + stderr).trimEnd();
}
