/** A Docker engine, and what tests start on it. */
import { randomBytes } from 'node:crypto';
import { delimiter } from 'node:path';
import { run as runCommand, type RunOptions } from '../scripts/lib/process.ts';
import { eventually } from './eventually.ts';
import { type Scope, unlessInstalled } from './machine.ts';

const needed = unlessInstalled('docker', 'https://docs.docker.com/engine/install/');

/** For the option `skip`: false where an engine answers, or has to (CI=true). */
export const unlessDocker = needed || (
  process.env.CI === 'true' || await answers('docker') ? false : 'no Docker engine answers: start it'
);

async function answers(client: string): Promise<boolean> {
  return await runCommand([client, 'version'], { withinMs: 10_000 }).then(({ code }) => code === 0, () => false);
}

export interface Run {
  readonly code: number;
  readonly stdout: string;
  /** Both streams, stdout first. */
  readonly output: string;
}

/** Runs a program to its end, whatever its exit code. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { code, stdout, stderr } = await runCommand(command, options);
  return { code, stdout, output: stdout + stderr };
}

/** The same, and what it printed; an exit code is an error. */
export async function output(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output } = await run(command, options);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${output.slice(-3000)}`);
  return output.trim();
}

/** What `docker ARGS` prints. */
export async function docker(...args: string[]): Promise<string> {
  return await output(['docker', ...args]);
}

/** A name that no other test has. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** The command of a client with BuildKit: with the plugin, or one so old that it has it built in. */
export async function buildKitCommand(): Promise<string[] | undefined> {
  if ((await run(['docker', 'buildx', 'version'])).code === 0) return ['docker', 'buildx', 'build', '--load'];
  for (const folder of process.env.PATH!.split(delimiter)) {
    const client = `${folder}/docker`;
    const version = await run([client, 'version', '--format', '{{.Client.Version}}']).catch(() => undefined);
    if (version?.code === 0 && parseInt(version.output) < 23) return [client, 'build'];
  }
  return undefined;
}

export interface Container {
  readonly id: string;
  readonly inspect: (format: string) => Promise<string>;
  readonly logs: () => Promise<string>;
  /** Resolves when its health check has passed. */
  readonly healthy: () => Promise<void>;
  /** Stops it; gives its exit code and how long that took, in ms. */
  readonly stop: () => Promise<{ code: number; ms: number }>;
}

/** `docker run -d ARGS`; the container and its volumes are removed after the test. Its health is looked at each second. */
export async function runContainer(
  t: Scope,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Container> {
  const name = uniqueName('coinroom-test');
  t.after(() => run(['docker', 'rm', '--force', '--volumes', name]));
  const id = await output(['docker', 'run', '--detach', '--name', name, '--health-interval=1s', ...args], { env });
  const inspect = (format: string): Promise<string> => docker('inspect', '--format', format, id);
  return {
    id,
    inspect,
    logs: async () => (await run(['docker', 'logs', id])).output,
    healthy: async () => {
      await eventually(async () => await inspect('{{.State.Health.Status}}') === 'healthy', {
        what: `${args.join(' ')} to be healthy`,
        withinMs: 30_000,
      });
    },
    stop: async () => {
      const from = performance.now();
      await docker('stop', '--time', '20', id);
      return { ms: performance.now() - from, code: Number(await inspect('{{.State.ExitCode}}')) };
    },
  };
}
