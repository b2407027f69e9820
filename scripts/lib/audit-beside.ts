/**
 * The wallet of a project is where only its own containers reach it. So the audit runs beside one of them: in its
 * network, with its image, which has the role `audit` as every image of ours has.
 */
import type { Container } from './containers.ts';
import type { Engine } from './engine.ts';
import { type Finished, run } from './process.ts';

const STORE_URL = 'STORE_URL';

/** A container that runs and knows where the store is. */
export function isWitness({ status, env }: Container): boolean {
  return status === 'running' && (env.get(STORE_URL) ?? '') !== '';
}

/** What there is to be said where there is none. */
export function noWitness(project: string): Error {
  return new Error(`No running container of ${project} has ${STORE_URL}: start it with ./scripts/compose.mjs up`);
}

export interface AuditBesideOptions {
  /** `--strict`, `--json`. */
  readonly switches: readonly string[];
  /** What `--json` of an earlier audit said. */
  readonly since?: string | undefined;
  /** That of the witness. */
  readonly engine?: Engine;
  readonly signal: AbortSignal;
}

/** Its exit code is the audit's own, or, from 125 to 127, that of `docker run` which could not run it. */
export async function auditBeside(
  witness: Container,
  { switches, since, engine, signal }: AuditBesideOptions,
): Promise<Finished> {
  const storeUrl = witness.env.get(STORE_URL)!;
  return await run([
    ...['docker', 'run', '--rm', '--interactive', '--network', `container:${witness.id}`],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    // A wallet in a file is in a volume of that container.
    ...(storeUrl.startsWith('sqlite:') ? ['--volumes-from', witness.id] : []),
    // Not as an argument: it may hold a password.
    ...['--env', STORE_URL, witness.imageId, 'audit', ...switches],
    // Through standard input: the engine may be on another machine, and the file one's own alone.
    ...(since === undefined ? [] : ['--since', '/dev/stdin']),
  ], { env: { ...engine?.env, [STORE_URL]: storeUrl }, input: since ?? '', signal });
}
