/** The project as somebody else would get it by `git clone`, if all that is here were committed. */
import { join } from 'node:path';
import { cloneWithChanges } from '../scripts/lib/working-copy.ts';
import { type Scope, temporaryFolder } from './machine.ts';

/** Clones the project into a folder whose path has a space and an accent; it is removed after the test. */
export async function cloneProject(t: Scope): Promise<string> {
  const clone = join(await temporaryFolder(t), 'un café');
  await cloneWithChanges(clone);
  return clone;
}

/** The environment of a user: nothing of the npm or the test runner that runs this. */
export function userEnvironment(changes: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const inherited = Object.keys(process.env).filter((name) =>
    /^(npm_|NODE_TEST_CONTEXT$|NODE_OPTIONS$|ROLE$)/.test(name)
  );
  return { ...Object.fromEntries(inherited.map((name) => [name, undefined])), ...changes };
}
