/** The servers of peers/, which do next to nothing. */
import { join } from 'node:path';
import { ROOT, type Scope } from '../../testkit/machine.ts';
import { startProgram } from '../../testkit/program.ts';
import { freePort } from '../../testkit/ports.ts';
import { commandOn, type Runtime } from '../../testkit/role.ts';

export interface Server {
  readonly url: string;
  readonly pid: number;
}

/** Starts peers/NAME.mjs, with these arguments after its port, and waits until it listens. */
export async function startPeer(scope: Scope, runtime: Runtime, name: string, ...args: string[]): Promise<Server> {
  const port = await freePort();
  const file = join(ROOT, 'bench', 'peers', `${name}.mjs`);
  const program = startProgram(scope, commandOn(runtime, file, String(port), ...args));
  await program.line(/^listening$/);
  return { url: `http://127.0.0.1:${port}`, pid: program.pid };
}
