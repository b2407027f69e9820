/** Runs ROLE=audit on a wallet, by default on the one that `npm start` fills, or on that of a Compose project. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../launch.mjs';
import { endingWell, EXIT } from '../lib/command-line.ts';
import { auditProject } from './compose-audit.ts';

const OWN_WALLET = join(ROOT, 'data', 'wallet.db');

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--compose')) return await endingWell((signal) => auditProject(args, signal));
  const [first, ...rest] = args;
  const isNamed = first !== undefined && !first.startsWith('-');
  if (!isNamed && !existsSync(OWN_WALLET)) {
    process.stderr.write(`There is no wallet at ${OWN_WALLET} yet. Mine first: npm start\n`);
    return 2;
  }
  const storeUrl = isNamed ? first : `sqlite:${OWN_WALLET}`;
  const flags = ['--store-url', storeUrl, ...(isNamed ? rest : args)];
  const runtime = 'Deno' in globalThis ? ['run', '--quiet', '--allow-all'] : ['--disable-warning=ExperimentalWarning'];
  const program = [...runtime, join(ROOT, 'src', 'main.ts'), 'audit', ...flags];
  // Not by a shell: Deno writes command lines anew that begin with itself, and takes words apart that have blanks.
  const [code] = await once(spawn(process.execPath, program, { stdio: 'inherit' }), 'close');
  return code ?? EXIT.failed;
}
