/** From the command line to a bench and its figures. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Bench, printFigure } from './lib/figure.ts';
import { createScope } from './lib/scope.ts';

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  'kernel': async () => (await import('./kernel.ts')).benchKernel,
  'mining': async () => (await import('./mining.ts')).benchMining,
  'http': async () => (await import('./http.ts')).benchHttp,
  'store': async () => (await import('./store.ts')).benchStore,
  'page': async () => (await import('./page.ts')).benchPage,
  'deploy': async () => (await import('./deploy.ts')).benchDeploy,
  'ambassadors': async () => (await import('./ambassadors.ts')).benchAmbassadors,
  'fan-out': async () => (await import('./fan-out.ts')).benchFanOut,
  'swarm': async () => (await import('./swarm.ts')).benchSwarm,
  'chaos': async () => (await import('./chaos.ts')).benchChaos,
  'end-to-end': async () => (await import('./end-to-end.ts')).benchEndToEnd,
};

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const bench = benches[positionals[0] ?? ''];
  if (!values || !bench || positionals.length > 1) {
    process.stderr.write(`Cannot measure: the bench must be one of ${Object.keys(benches).join(', ')}; see --help\n`);
    return 2;
  }
  installRivals();
  const scope = createScope();
  const { quick = false, json = false, peer } = values;
  try {
    const run = await bench();
    await run({ scope, isQuick: quick, peer, report: (figure) => printFigure(figure, json), say: told(json) });
  } finally {
    await scope.close();
  }
  return 0;
}

type Values = { quick?: boolean; json?: boolean; peer?: string };

function parse(args: readonly string[]): { values?: Values; positionals: string[] } {
  const options = { quick: { type: 'boolean' }, json: { type: 'boolean' }, peer: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return { positionals: [] };
  }
}

/** What is under way, for people. */
function told(isJson: boolean): (text: string) => void {
  return (text) => isJson || process.stderr.write(`${text}\n`);
}

function installRivals(): void {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  if (existsSync(new URL('node_modules/.package-lock.json', import.meta.url))) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`Cannot install the packages of ${folder}: npm ci ended with ${status}`);
}
