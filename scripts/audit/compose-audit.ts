/**
 * The wallet of a Compose project is where only its own containers reach it. So the audit runs beside one of them: in
 * its network, with its image, which has the role `audit` as every image of ours has.
 */
import { readFile } from 'node:fs/promises';
import { EXIT, UsageError, verb } from '../lib/command-line.ts';
import { type Container, listContainers } from '../lib/containers.ts';
import { needPrograms, run } from '../lib/process.ts';
import { projectFlags, projectName } from '../lib/project-name.ts';

const flags = {
  ...projectFlags,
  compose: { type: 'boolean' },
  strict: { type: 'boolean' },
  json: { type: 'boolean' },
  since: { type: 'string' },
} as const;

const STORE_URL = 'STORE_URL';

/** What `docker run` itself ends with when it could not run what it was to run. */
const DOCKER_FAILED = new Set([125, 126, 127]);

/** Gives the exit code: the audit's own. */
export const auditProject = verb(flags, async ({ values, positionals, signal }) => {
  if (positionals.length > 0) {
    throw new UsageError(`With --compose the project knows where its store is; got ${JSON.stringify(positionals[0])}`);
  }
  await needPrograms('docker');
  const since = values.since === undefined ? undefined : await readSince(values.since);
  const project = await projectName(values, signal);
  const witness = findWitness(await listContainers({ project, stopped: false }));
  if (!witness) {
    throw new Error(`No running container of ${project} has ${STORE_URL}: start it with ./scripts/compose.mjs up`);
  }
  const switches = [
    ...(values.strict ? ['--strict'] : []),
    ...(values.json ? ['--json'] : []),
    // Through standard input: the engine may be on another machine, and the file one's own alone.
    ...(since === undefined ? [] : ['--since', '/dev/stdin']),
  ];
  const storeUrl = witness.env.get(STORE_URL)!;
  const { code, stdout, stderr } = await run([
    ...['docker', 'run', '--rm', '--interactive', '--network', `container:${witness.id}`],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    // A wallet in a file is in a volume of that container.
    ...(storeUrl.startsWith('sqlite:') ? ['--volumes-from', witness.id] : []),
    // Not as an argument: it may hold a password.
    ...['--env', STORE_URL, witness.imageId, 'audit', ...switches],
  ], { env: { [STORE_URL]: storeUrl }, input: since ?? '', signal });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return DOCKER_FAILED.has(code) ? EXIT.failed : code;
});

/** A container that runs and knows where the store is. */
export function findWitness(containers: readonly Container[]): Container | undefined {
  return containers.find(({ status, env }) => status === 'running' && (env.get(STORE_URL) ?? '') !== '');
}

async function readSince(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--since must be a file that --json of an earlier audit wrote: ${error.message}`);
  });
}
