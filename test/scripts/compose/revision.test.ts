import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pinnedHead } from '../../../scripts/compose/pinned-file.ts';
import { revisionOf, versionOf } from '../../../scripts/compose/revision.ts';
import { output } from '../../../testkit/docker.ts';
import { type Scope, temporaryFolder, unlessInstalled } from '../../../testkit/machine.ts';

const skip = unlessInstalled('git', 'apt-get install git');

async function createRepository(t: Scope) {
  const folder = await temporaryFolder(t);
  const git = (...args: string[]) =>
    output(['git', '-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args]);
  await git('init', '--quiet');
  await writeFile(join(folder, 'compose.yml'), 'services: {}\n');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'first');
  return { folder, git, head: await git('rev-parse', 'HEAD') };
}

test('a clean tree is its commit; a changed file and a new one make it dirty', { skip }, async (t) => {
  const { folder, head } = await createRepository(t);
  assert.equal(await revisionOf(folder), head);
  await writeFile(join(folder, 'new.ts'), '');
  assert.equal(await revisionOf(folder), `${head}-dirty`);
});

test('the file that push has written makes nothing dirty', { skip }, async (t) => {
  const { folder, git, head } = await createRepository(t);
  await writeFile(join(folder, 'compose.2.yml'), `${pinnedHead('compose.yml', '2')}services: {}\n`);
  assert.equal(await revisionOf(folder), head);
  await git('add', '.');
  assert.equal(await revisionOf(folder), `${head}-dirty`, 'added, it is a change like any other');
});

test('a folder outside git, and a repository without a commit, have no revision', { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  assert.equal(await revisionOf(folder), undefined);
  await output(['git', 'init', '--quiet', folder]);
  assert.equal(await revisionOf(folder), undefined);
});

test('the version is the one given, else what git calls the commit', { skip }, async (t) => {
  const { folder, git, head } = await createRepository(t);
  assert.equal(await versionOf(folder, { revision: head, given: undefined }), head.slice(0, 7));
  await git('tag', 'v1.2');
  assert.equal(await versionOf(folder, { revision: head, given: undefined }), 'v1.2');
  assert.equal(await versionOf(folder, { revision: head, given: '2' }), '2');
  assert.equal(await versionOf(folder, { revision: head, given: 'feature/x+1' }), 'feature-x-1');
});

test('what was built from a dirty tree is never called clean, whatever is given and has been committed since', {
  skip,
}, async (t) => {
  const { folder, head } = await createRepository(t);
  const revision = `${head}-dirty`;
  assert.equal(await versionOf(folder, { revision, given: '2' }), '2-dirty');
  assert.equal(await versionOf(folder, { revision, given: '2-dirty' }), '2-dirty');
  assert.equal(await versionOf(folder, { revision, given: undefined }), `${head.slice(0, 7)}-dirty`);
});

test('without git and without a version there is none', { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(versionOf(folder, { revision: undefined, given: undefined }), {
    message: `Cannot tell the version: ${folder} is in no git repository with a commit; give --version`,
  });
});
