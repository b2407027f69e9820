import { after, before } from 'node:test';
import { output, run, uniqueName } from './docker.ts';
import { ROOT } from './machine.ts';

/** The name of our image, which is built before the tests of the file that asks for it, and removed after them. */
export function ourImage(skip: string | false): string {
  const image = uniqueName('coinroom-test-image');
  before(async () => {
    if (!skip) await output(['docker', 'build', '--tag', image, ROOT], { env: { DOCKER_BUILDKIT: '0' } });
  });
  after(() => skip || run(['docker', 'rmi', '--force', image]));
  return image;
}
