/** A copy of the project as somebody else would get it: what git tracks or would track, and nothing else. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type Scope, temporaryFolder } from './machine.ts';

/** The files that belong to the project, as paths from its root. */
export function projectFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const list = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return list.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

/** Copies the project into a folder whose path has a space and an accent; it is removed after the test. */
export async function cloneProject(t: Scope): Promise<string> {
  const clone = join(await temporaryFolder(t), 'un café');
  for (const path of projectFiles()) cpSync(join(ROOT, path), join(clone, path));
  return clone;
}

/** The environment of a user: nothing of the npm or the test runner that runs this. */
export function userEnvironment(changes: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const inherited = Object.keys(process.env).filter((name) =>
    /^(npm_|NODE_TEST_CONTEXT$|NODE_OPTIONS$|ROLE$)/.test(name)
  );
  return { ...Object.fromEntries(inherited.map((name) => [name, undefined])), ...changes };
}
