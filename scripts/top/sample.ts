/** One look at an engine: what its containers use now. */
import { listContainers } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { output, type RunOptions } from '../lib/process.ts';
import { ANSWERS_WITHIN_MS, type Host, measureHere } from './host.ts';
import { type ContainerUse, cpuOf, type HostUse, usesOneCore } from './judge.ts';
import { belongsTo, nameOf, serviceOf } from '../lib/container-names.ts';
import { busiestThreadShare, parseProcesses, PROCESS_COLUMNS, THREAD_COLUMNS } from './processes.ts';
import { parseStats, type Usage } from './stats.ts';

/** `docker stats` looks twice, a second or two apart; on a machine with nothing left it takes longer. */
const WITHIN_MS = 30_000;

const AT_ONCE = 8;

export interface LookOptions {
  /** Undefined: every container of the engine. */
  readonly project: string | undefined;
  readonly host: Host;
  readonly signal: AbortSignal;
}

/**
 * Takes 2 to 3 s. All containers are asked for, not those wanted: `docker stats NAME…` gives nothing at all when one of
 * them is gone, as it is while a service is scaled down. And not its stream: that begins with zeros, and comes with
 * terminal codes that each version of docker writes in another way.
 */
export async function lookAt(engine: Engine, { project, host, signal }: LookOptions): Promise<HostUse> {
  const asked = { env: engine.env, withinMs: WITHIN_MS, signal };
  const all = await listContainers({ stopped: false }, engine, { withinMs: ANSWERS_WITHIN_MS, signal });
  const wanted = all.filter((container) => project === undefined || belongsTo(project, container));
  const usedHere = host.isHere ? measureHere() : undefined;
  const stats = ['docker', 'stats', '--no-stream', '--no-trunc', '--format', '{{json .}}'];
  const usages = parseStats(await output(stats, asked));
  const usedByAll = usedHere?.() ?? cpuOf(usages);
  const byId = new Map(usages.map((usage) => [usage.id, usage]));
  // What began or ended meanwhile is left out.
  const seen = wanted.flatMap((container) => {
    const usage = byId.get(container.id);
    return usage ? [{ container, usage }] : [];
  });
  const looks = await inParallel(seen, AT_ONCE, ({ usage }) => lookInside(usage, asked));
  signal.throwIfAborted();
  const containers = seen.map(({ container, usage }, at): ContainerUse => {
    const look = looks[at]!;
    return {
      id: container.id,
      name: nameOf(container),
      service: serviceOf(container, project === undefined),
      cpuPercent: usage.cpuPercent,
      cpuLimit: container.cpuLimit,
      memoryBytes: usage.memoryBytes,
      memoryLimitBytes: container.memoryLimit,
      ...(look.status === 'fulfilled' ? look.value : UNSEEN),
    };
  });
  const othersCpuPercent = Math.max(0, usedByAll - cpuOf(containers));
  return { node: engine.name, cores: host.cores, containers, othersCpuPercent };
}

type Inside = Pick<ContainerUse, 'processes' | 'threadShare'>;

const UNSEEN: Inside = { processes: undefined, threadShare: undefined };

async function lookInside({ id, cpuPercent }: Usage, asked: RunOptions): Promise<Inside> {
  const top = async (columns: readonly string[]): Promise<string> =>
    await output(['docker', 'top', id, ...columns], asked);
  const processes = await top(PROCESS_COLUMNS);
  const threadShare = usesOneCore(cpuPercent) ? busiestThreadShare(processes, await top(THREAD_COLUMNS)) : undefined;
  return { processes: parseProcesses(processes), threadShare };
}
