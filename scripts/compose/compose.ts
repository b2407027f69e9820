/** A Compose project from build to update: which verb is run, and where you are when none is. */
import { basename } from 'node:path';
import { EXIT, runVerb, verb } from '../lib/command-line.ts';
import { openNamed } from './flags.ts';
import { build, pull, push, tag } from './image-verbs.ts';
import { down, scale, up, update, url } from './run-verbs.ts';
import { describeProject, formatProject } from './up.ts';

/** Where you are, and what comes next. */
const bare = verb({}, async ({ signal }) => {
  const project = await openNamed({}, signal);
  const rows = await describeProject(project);
  const files = project.files.map((file) => basename(file)).join(', ');
  process.stdout.write(`Project ${project.name}, from ${files}: ${[...project.services.keys()].join(', ')}\n`);
  process.stdout.write(rows.length === 0 ? 'Nothing of it runs.\n' : `${formatProject(rows)}\n`);
  process.stdout.write(`Next: ./scripts/compose.mjs ${rows.length === 0 ? 'up' : 'scale worker=2, update or down'}\n`);
  return EXIT.done;
});

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runVerb({ build, up, url, scale, tag, push, pull, update, down }, args, { bare });
}
