/** Engines that are looked at again and again, all at the same time. One that does not answer takes no other away. */
import type { Engine } from '../lib/engine.ts';
import { CommandError } from '../lib/process.ts';
import { findHost, type Host } from './host.ts';
import type { HostUse, Sample, Silence } from './judge.ts';
import { lookAt } from './sample.ts';

export interface WatchOptions {
  /** Undefined: every container of the engines. */
  readonly project: string | undefined;
  readonly signal: AbortSignal;
}

/** Gives what takes a sample, 2 to 3 s each. */
export function watchEngines(engines: readonly Engine[], options: WatchOptions): () => Promise<Sample> {
  const looks = engines.map((engine) => watchEngine(engine, options));
  return async () => {
    const seen = await Promise.all(looks.map((look) => look()));
    options.signal.throwIfAborted();
    return {
      at: new Date().toISOString(),
      hosts: seen.filter((one) => 'cores' in one),
      silent: seen.filter((one) => 'why' in one),
    };
  };
}

function watchEngine(engine: Engine, { project, signal }: WatchOptions): () => Promise<HostUse | Silence> {
  let host: Host | undefined;
  let why: string | undefined;
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    host = await findHost(engine, signal).catch((error: Error) => {
      why = lastWord(error);
      return undefined;
    });
    asking = undefined;
  };
  return async () => {
    if (!host) {
      asking ??= ask();
      // One that has gone keeps its asker waiting; the table of the others does not wait for it a second time.
      if (why === undefined) await asking;
    }
    if (!host) return { node: engine.name, why: why! };
    try {
      return await lookAt(engine, { project, host, signal });
    } catch (error) {
      host = undefined;
      why = lastWord(error as Error);
      return { node: engine.name, why };
    }
  };
}

/** What the docker client itself has said, in a line. */
function lastWord(error: Error): string {
  const said = error instanceof CommandError ? error.finished.stderr.trim() : '';
  return (said || error.message).split('\n').at(-1)!;
}
