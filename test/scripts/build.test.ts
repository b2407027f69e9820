/** What `build.mjs program` makes runs alone. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../../scripts/build/program.ts';
import { audit } from '../../src/store/audit.ts';
import { openStore } from '../../src/store/open-store.ts';
import { eventually } from '../../testkit/eventually.ts';
import { ROOT, temporaryFolder } from '../../testkit/machine.ts';
import { startProgram } from '../../testkit/program.ts';
import { commandOn, startRole, thisRuntime } from '../../testkit/role.ts';

test('the built program mines with its threads, shows its page, and keeps its wallet', async (t) => {
  const folder = await temporaryFolder(t);
  await buildProgram(folder);
  const url = `sqlite:${join(folder, 'wallet.db')}`;
  const flags = ['--pace', 'full', '--difficulty', '3', '--store-url', url, '--threads', '2'];
  const rng = await startRole(t, 'rng', ['--pace', 'full'], { main: join(folder, 'main.mjs') });
  const hasher = await startRole(t, 'hasher', ['--pace', 'full'], { main: join(folder, 'main.mjs') });
  const upstreams = ['--rng-url', rng.url, '--hasher-url', hasher.url];
  const worker = await startRole(t, 'worker', [...flags, ...upstreams], { main: join(folder, 'main.mjs') });
  const webui = await startRole(t, 'webui', ['--store-url', url], { main: join(folder, 'main.mjs') });

  const page = await (await fetch(webui.url)).text();
  assert.equal(page, await readFile(join(ROOT, 'src', 'webui', 'page', 'index.html'), 'utf8'));
  await eventually(
    async () => (await (await fetch(`${webui.url}/json`)).json() as { coins: number }).coins > 100,
    { what: 'a hundred coins' },
  );
  assert.equal((await worker.stop()).code, 0);
  const store = await openStore(url, { timeoutMs: 5000 });
  t.after(() => store.close());
  assert.equal((await audit(store)).ok, true);
});

test('the built program has the chapters as pages, and neither their Markdown nor what renders it', async (t) => {
  const folder = await temporaryFolder(t);
  await buildProgram(folder);
  const program = await readFile(join(folder, 'main.mjs'), 'utf8');
  // A message that only marked has.
  const message = 'Infinite loop on byte: ';
  assert.ok((await readFile(fileURLToPath(import.meta.resolve('marked')), 'utf8')).includes(message));
  assert.ok(!program.includes(message) && !program.includes('```sh'));

  const built = await startRole(t, 'www', [], { main: join(folder, 'main.mjs') });
  const fromSources = await startRole(t, 'www');
  const chapters = (await (await fetch(fromSources.url)).text()).match(/\/chapters\/[\w-]+/g)!;
  for (const path of ['/', ...chapters, '/www.js', '/www.css', '/www.svg']) {
    const [page, expected] = await Promise.all([built, fromSources].map(({ url }) => fetch(url + path)));
    assert.equal(page!.status, 200, path);
    assert.equal(await page!.text(), await expected!.text(), path);
  }
});

test('build.mjs names what it builds', async (t) => {
  const program = startProgram(t, commandOn(thisRuntime, join(ROOT, 'scripts', 'build.mjs'), 'cathedral'));
  await program.line(/^build\.mjs builds page or program; got "cathedral"$/);
  assert.equal((await program.exited).code, 2);
});
