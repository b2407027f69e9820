/**
 * Asks the workers of an engine for their metrics: over the network where it leads to containers, which costs next to
 * nothing, else by a program inside each. Who cannot be asked is not seen.
 */
import type { Container } from '../../lib/containers.ts';
import { bracketed, type Engine } from '../../lib/engine.ts';
import { inParallel } from '../../lib/in-parallel.ts';
import { run } from '../../lib/process.ts';
import { DEFAULT_PORTS } from '../../lib/roles.ts';
import { parseWorkerMetrics, type WorkerMetrics } from './worker-metrics.ts';

export interface Answer {
  /** Its id. */
  readonly container: string;
  readonly metrics: WorkerMetrics;
}

export type AskWorkers = (containers: readonly Container[], signal: AbortSignal) => Promise<Answer[]>;

/** How far a worker is from the page where one process has all roles. */
const AFTER_PAGE = DEFAULT_PORTS.worker - DEFAULT_PORTS.webui;

const REACH_WITHIN_MS = 1000;
const ASK_WITHIN_MS = 8000;

/** Starting a program in a container costs the machine that is under test. */
const AT_ONCE = 4;

/** Inside the container: prints the metrics of the port that follows. */
const ASK = `fetch('http://127.0.0.1:' + process.argv[1] + '/metrics', { signal: AbortSignal.timeout(3000) })
  .then(async (answer) => process.stdout.write(await answer.text()))
  .catch(() => process.exitCode = 1)`;

export function createAskWorkers(engine: Engine): AskWorkers {
  // Addresses of containers lead somewhere else from another machine.
  let isReachable = isOnThisMachine(engine);
  return async (containers, signal) => {
    const workers = containers.filter(mayBeWorker);
    let reached = 0;
    const answers = await inParallel(workers, AT_ONCE, async (container): Promise<Answer> => {
      const direct = isReachable ? await askDirectly(container, signal) : undefined;
      if (direct) reached++;
      return { container: container.id, metrics: direct ?? await askInside(container, engine, signal) };
    });
    signal.throwIfAborted();
    // Docker Desktop has its containers in a machine of its own: one try is enough.
    if (workers.length > 0 && reached === 0) isReachable = false;
    return answers.flatMap((answer) =>
      answer.status === 'fulfilled' && answer.value.metrics.ids.length > 0 ? [answer.value] : []
    );
  };
}

function isOnThisMachine({ env }: Engine): boolean {
  const { DOCKER_HOST = 'unix://', DOCKER_CONTEXT } = { ...process.env, ...env };
  return process.platform === 'linux' && DOCKER_HOST.startsWith('unix://') && DOCKER_CONTEXT === undefined;
}

function mayBeWorker({ status, env }: Container): boolean {
  const role = env.get('ROLE');
  return status === 'running' && (role === 'worker' || role === 'all' || (role === undefined && env.has('STORE_URL')));
}

function portOf({ env }: Container): number {
  const port = Number(env.get('PORT'));
  if (!(port > 0)) return DEFAULT_PORTS.worker;
  return env.get('ROLE') === 'all' ? port + AFTER_PAGE : port;
}

/** Undefined unless it is this container that answers: its worker bears the container's name. */
async function askDirectly(container: Container, signal: AbortSignal): Promise<WorkerMetrics | undefined> {
  const [address] = container.networks.values();
  if (address === undefined) return undefined;
  const within = AbortSignal.any([signal, AbortSignal.timeout(REACH_WITHIN_MS)]);
  const text = await fetch(`http://${bracketed(address)}:${portOf(container)}/metrics`, { signal: within })
    .then((answer) => answer.text(), () => '').catch(() => '');
  const metrics = parseWorkerMetrics(text);
  return metrics.ids.at(-1)?.id.startsWith(container.id.slice(0, 12)) ? metrics : undefined;
}

async function askInside(container: Container, { env }: Engine, signal: AbortSignal): Promise<WorkerMetrics> {
  const command = ['docker', 'exec', container.id, 'node', '-e', ASK, String(portOf(container))];
  const { stdout } = await run(command, { env, withinMs: ASK_WITHIN_MS, signal });
  return parseWorkerMetrics(stdout);
}
