/** The wallet of a Compose project, wherever it is: the audit runs beside one of its containers. */
import { readFile } from 'node:fs/promises';
import { auditBeside, isWitness, noWitness } from '../lib/audit-beside.ts';
import { EXIT, UsageError, verb } from '../lib/command-line.ts';
import { listContainers } from '../lib/containers.ts';
import { needPrograms } from '../lib/process.ts';
import { projectFlags, projectName } from '../lib/project-name.ts';

const flags = {
  ...projectFlags,
  compose: { type: 'boolean' },
  strict: { type: 'boolean' },
  json: { type: 'boolean' },
  since: { type: 'string' },
} as const;

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
  const witness = (await listContainers({ project, stopped: false })).find(isWitness);
  if (!witness) throw noWitness(project);
  const switches = [...(values.strict ? ['--strict'] : []), ...(values.json ? ['--json'] : [])];
  const { code, stdout, stderr } = await auditBeside(witness, { switches, since, signal });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return DOCKER_FAILED.has(code) ? EXIT.failed : code;
});

async function readSince(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--since must be a file that --json of an earlier audit wrote: ${error.message}`);
  });
}
