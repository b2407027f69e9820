/** Roles as processes of their own, on the runtime that runs the tests. */
import { join } from 'node:path';
import { isDeno, ROOT, type Scope } from './machine.ts';
import { type Program, startProgram } from './program.ts';

/** The command line of src/main.ts on this runtime. */
export function mainCommand(...args: readonly string[]): string[] {
  const main = join(ROOT, 'src', 'main.ts');
  if (!isDeno) return [process.execPath, '--disable-warning=ExperimentalWarning', main, ...args];
  const permissions = ['--allow-net', '--allow-env', '--allow-sys', '--allow-read', '--allow-write'];
  const config = ['--config', join(ROOT, 'deno.json')];
  return [process.execPath, 'run', '--no-prompt', '--quiet', ...config, ...permissions, main, ...args];
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

/** Starts a role on a free port and waits until it listens. */
export async function startRole(
  t: Scope,
  role: string,
  flags: readonly string[] = [],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<RoleProcess> {
  const program = startProgram(t, mainCommand(role, '--port', '0', '--log', 'json', ...flags), {
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
