/** Who uses the CPU: a table of containers, again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cadvisorImage } from '../lib/cadvisor.ts';
import { asUsage, endingWell, EXIT, parseCount, UsageError, verb } from '../lib/command-line.ts';
import { defaultEngine, type Engine } from '../lib/engine.ts';
import { parseDuration } from '../lib/marked-commands.ts';
import { needPrograms } from '../lib/process.ts';
import { engineFlags, namedEngines } from '../lib/room/engines.ts';
import { namesProject, projectFlags, projectName } from '../lib/project-name.ts';
import { startCadvisor } from './cadvisor.ts';
import { watchEngines } from './engines.ts';
import { isOneHost, type Sample } from './judge.ts';
import { createScreen, type Screen } from './screen.ts';
import { formatSample, formatSilence, sampleAsData } from './show.ts';

const flags = {
  ...projectFlags,
  ...engineFlags,
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
  if (values.all && namesProject(values)) {
    throw new UsageError('--all is every container of the engine: it goes with neither -p nor -f');
  }
  const everyMs = asUsage(() => parseDuration(values.every));
  const port = parseCount('--cadvisor-port', values['cadvisor-port'], { least: 1, most: 65_535 });
  const named = await namedEngines(values);
  if (values.cadvisor && named.length > 0) {
    const there = 'on every node of a Swarm ./scripts/swarm.mjs cadvisor starts it';
    throw new UsageError(`--cadvisor is for the engine here: it goes with neither --engine nor --on; ${there}`);
  }
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
  const engines = named.length > 0 ? named : [defaultEngine()];
  return await watch({ engines, project, everyMs, once, json, heading, signal });
});

interface WatchOptions {
  readonly engines: readonly Engine[];
  readonly project: string | undefined;
  readonly everyMs: number;
  readonly once: boolean;
  readonly json: boolean;
  /** Above each table. */
  readonly heading: readonly string[];
  readonly signal: AbortSignal;
}

async function watch({ engines, project, everyMs, once, json, heading, signal }: WatchOptions): Promise<number> {
  const take = watchEngines(engines, { project, signal });
  let screen: Screen | undefined;
  try {
    for (;;) {
      const from = performance.now();
      const sample = await take();
      assertAnswers(sample);
      if (!screen) assertRuns(sample, project);
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

/** One that answers is enough. @throws Error with what each has said */
function assertAnswers({ hosts, silent }: Sample): void {
  if (hosts.length > 0) return;
  throw new Error(silent.length === 1 ? silent[0]!.why : silent.map(formatSilence).join('\n'));
}

function assertRuns(sample: Sample, project: string | undefined): void {
  const { hosts, silent } = sample;
  if (hosts.some(({ containers }) => containers.length > 0)) return;
  const isOne = isOneHost(sample);
  const whose = project === undefined ? `on ${isOne ? 'this engine' : 'these engines'}` : `in the project ${project}`;
  const how = `./scripts/compose.mjs up${isOne ? '' : ', or ./scripts/swarm.mjs deploy'}`;
  throw new Error([...silent.map(formatSilence), `No container runs ${whose}: start it with ${how}`].join('\n'));
}
