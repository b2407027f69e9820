/**
 * Stands in for the image of the classic Swarm, which cannot be had everywhere: it takes the arguments of `swarm manage`,
 * lets in who has a certificate of its authority, asks the engines behind it with its own, and tells of them as that does.
 * It hands nothing on to them.
 */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output, run, uniqueName } from './docker.ts';
import { ROOT, type Scope } from './machine.ts';

const PROGRAM = 'classic-manager.ts';

/** The name of its image, which is removed after the test. */
export async function buildClassicStandIn(t: Scope): Promise<string> {
  const image = `${uniqueName('coinroom-test-stand-in')}:1`;
  t.after(() => run(['docker', 'rmi', '--force', image]));
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-'));
  try {
    await copyFile(join(ROOT, 'testkit', PROGRAM), join(folder, PROGRAM));
    await writeFile(
      join(folder, 'Dockerfile'),
      `FROM node:26-slim\nCOPY ${PROGRAM} /\nENTRYPOINT ["node", "/${PROGRAM}"]\n`,
    );
    await output(['docker', 'build', '--quiet', '--tag', image, folder], { env: { DOCKER_BUILDKIT: '0' } });
  } finally {
    await rm(folder, { recursive: true });
  }
  return image;
}
