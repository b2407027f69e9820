/** Roles as processes of their own, on the runtime that runs the tests. */
import { join } from 'node:path';
import { isDeno, ROOT, type Scope } from './machine.ts';
import { type Program, startProgram } from './program.ts';

export interface Runtime {
  readonly name: 'node' | 'deno';
  /** Its program. */
  readonly path: string;
}

export const thisRuntime: Runtime = { name: isDeno ? 'deno' : 'node', path: process.execPath };

/** The command line of a TypeScript program of this project. */
export function commandOn({ name, path }: Runtime, file: string, ...args: readonly string[]): string[] {
  if (name === 'node') return [path, '--disable-warning=ExperimentalWarning', file, ...args];
  const permissions = ['--allow-net', '--allow-env', '--allow-sys', '--allow-read', '--allow-write'];
  return [path, 'run', '--no-prompt', '--quiet', '--config', join(ROOT, 'deno.json'), ...permissions, file, ...args];
}

/** The command line of src/main.ts on this runtime. */
export function mainCommand(...args: readonly string[]): string[] {
  return commandOn(thisRuntime, join(ROOT, 'src', 'main.ts'), ...args);
}

export interface RoleProcess extends Program {
  /** Where it answers. */
  readonly url: string;
  /** Where the role `name` of a ROLE=all answers. */
  readonly urlOf: (name: string) => string;
  /** Log lines of an event so far. */
  readonly events: (event: string) => Record<string, unknown>[];
  /** The first log line of an event, now or later. */
  readonly event: (event: string, withinMs?: number) => Promise<Record<string, unknown>>;
}

export interface RoleOptions {
  /** Added to the environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly runtime?: Runtime;
  /** A free one if not given. */
  readonly port?: number;
  /** The program; src/main.ts if not given. */
  readonly main?: string;
}

/** Starts a role on a free port and waits until it listens. */
export async function startRole(
  t: Scope,
  role: string,
  flags: readonly string[] = [],
  { env = {}, runtime = thisRuntime, port = 0, main = join(ROOT, 'src', 'main.ts') }: RoleOptions = {},
): Promise<RoleProcess> {
  const program = startProgram(t, commandOn(runtime, main, role, '--port', String(port), '--log', 'json', ...flags), {
    env: { ROLE: undefined, ...env },
  });
  const events = (event: string): Record<string, unknown>[] =>
    program.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)).filter((log) =>
      log.event === event
    );
  const urlOf = (name: string): string => {
    const log = events('listening').find((log) => log.role === name);
    if (!log) throw new Error(`The role ${name} does not listen; it said:\n${program.lines.join('\n')}`);
    return `http://127.0.0.1:${log.port}`;
  };
  const event = async (name: string, withinMs = 30_000): Promise<Record<string, unknown>> => {
    await program.line(new RegExp(`^\\{.*"event":"${name}"`), withinMs);
    return events(name)[0]!;
  };
  await event(role === 'all' ? 'page' : 'listening');
  return { ...program, url: urlOf(role === 'all' ? 'webui' : role), urlOf, events, event };
}
