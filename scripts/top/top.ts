/** Who uses the CPU: a table of containers, again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cadvisorImage } from '../lib/cadvisor.ts';
import { asUsage, endingWell, EXIT, parseCount, UsageError, verb } from '../lib/command-line.ts';
import { parseDuration } from '../lib/marked-commands.ts';
import { needPrograms } from '../lib/process.ts';
import { projectFlags, projectName } from '../lib/project-name.ts';
import { startCadvisor } from './cadvisor.ts';
import { findHost } from './host.ts';
import { takeSample } from './sample.ts';
import { createScreen, type Screen } from './screen.ts';
import { formatSample, sampleAsData } from './show.ts';

const flags = {
  ...projectFlags,
  all: { type: 'boolean' },
  every: { type: 'string', default: '2s' },
  once: { type: 'boolean' },
  json: { type: 'boolean' },
  cadvisor: { type: 'boolean' },
  'cadvisor-image': { type: 'string' },
  'cadvisor-port': { type: 'string', default: '8080' },
} as const;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await endingWell((signal) => top(args, signal));
}

const top = verb(flags, async ({ values, positionals, signal }) => {
  if (positionals.length > 0) throw new UsageError(`top.mjs takes flags only; got ${JSON.stringify(positionals[0])}`);
  if (values.all && (values.project !== undefined || values.file)) {
    throw new UsageError('--all is every container of the engine: it goes with neither -p nor -f');
  }
  const everyMs = asUsage(() => parseDuration(values.every));
  const port = parseCount('--cadvisor-port', values['cadvisor-port'], { least: 1, most: 65_535 });
  await needPrograms('docker');
  const project = values.all ? undefined : await projectName(values, signal);

  const heading: string[] = [];
  if (values.cadvisor) {
    const image = cadvisorImage(values['cadvisor-image']);
    // With --json only samples stand on stdout.
    const say = (line: string): void => void (values.json ? process.stderr : process.stdout).write(`${line}\n`);
    const url = await startCadvisor({ image, port, project, signal, say });
    // On a terminal what has been said is wiped away.
    if (process.stdout.isTTY && !values.once) heading.push(`cAdvisor: ${url}`, '');
  }
  const { once = false, json = false } = values;
  return await watch({ project, everyMs, once, json, heading, signal });
});

interface WatchOptions {
  readonly project: string | undefined;
  readonly everyMs: number;
  readonly once: boolean;
  readonly json: boolean;
  /** Above each table. */
  readonly heading: readonly string[];
  readonly signal: AbortSignal;
}

async function watch({ project, everyMs, once, json, heading, signal }: WatchOptions): Promise<number> {
  const host = await findHost(signal);
  let screen: Screen | undefined;
  try {
    for (;;) {
      const from = performance.now();
      const sample = await takeSample({ project, host, signal });
      if (sample.containers.length === 0 && !screen) {
        const whose = project === undefined ? 'on this engine' : `in the project ${project}`;
        throw new Error(`No container runs ${whose}: start it with ./scripts/compose.mjs up`);
      }
      screen ??= createScreen(process.stdout, { live: !once && !json });
      const text = json
        ? [JSON.stringify(sampleAsData(sample, project))]
        : [...heading, ...formatSample(sample, { maxLines: screen.height() - heading.length })];
      screen.show(text);
      if (once) return EXIT.done;
      await sleep(Math.max(0, everyMs - (performance.now() - from)), undefined, { signal });
    }
  } catch (error) {
    // Ctrl-C is how a live table ends.
    if (signal.aborted && !once) return EXIT.done;
    throw error;
  } finally {
    screen?.close();
  }
}
