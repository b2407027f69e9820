/** audit.mjs on the wallet of a Compose project; on other wallets it is proven in test/launch.test.ts and the README. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { createProject } from '../../testkit/compose.ts';
import { docker, runContainer, uniqueName, unlessDocker } from '../../testkit/docker.ts';
import { eventually } from '../../testkit/eventually.ts';
import { temporaryFolder } from '../../testkit/machine.ts';
import { runProgram } from '../../testkit/program.ts';
import { runScript, scriptCommand } from '../../testkit/script.ts';

const skip = unlessDocker;

test('a wallet in a folder whose name has a blank is audited', async (t) => {
  const url = `sqlite:${join(await temporaryFolder(t), 'a wallet.db')}`;
  const store = await openStore(url, { timeoutMs: 5000 });
  await store.close();
  const { code, all } = await runProgram(t, scriptCommand('audit', [url]));
  assert.match(all, /^The audit holds\.$/m);
  assert.equal(code, 0);
});

test(
  '--compose audits a wallet that is not published, and ends as the audit ends',
  { skip, timeout: 300_000 },
  async (t) => {
    const folder = await temporaryFolder(t);
    const project = await createProject(t);
    await project.compose('up', '--detach', '--build');
    await eventually(async () => (await project.numbers()).coins! > 0, { what: 'a coin', withinMs: 60_000 });
    const audit = (...flags: string[]) => runScript('audit', ['--compose', '-p', project.name, ...flags], { cwd: '/' });

    const first = await audit('--strict', '--json');
    assert.equal(first.code, 0, first.output);
    const report = JSON.parse(first.stdout) as { ok: boolean; ledger: { hashes: number } };
    assert.equal(report.ok, true);

    // As somebody keeps it who lets nobody else read it.
    const before = join(folder, 'before.json');
    await writeFile(before, first.stdout, { mode: 0o600 });
    const since = await audit('--since', before);
    assert.match(since.output, /^The audit holds\.$/m);
    assert.equal(since.code, 0);
    report.ledger.hashes += 1e6;
    await writeFile(before, JSON.stringify(report));
    const less = await audit('--since', before);
    assert.match(less.output, /^WRONG: .*hashes/m);
    assert.equal(less.code, 1);

    const [redis] = await project.containers('redis');
    await docker('exec', redis!, 'redis-cli', 'hset', 'wallet', '0'.repeat(64), 'made up');
    const wrong = await audit();
    assert.match(wrong.output, /^THE AUDIT DOES NOT HOLD\.$/m);
    assert.equal(wrong.code, 1);

    await project.compose('stop', '--timeout', '5', 'worker', 'webui');
    const nobody = await audit();
    const start = 'start it with ./scripts/compose.mjs up';
    assert.equal(nobody.output, `No running container of ${project.name} has STORE_URL: ${start}\n`);
    assert.equal(nobody.code, 1);

    // A wallet in a file, with the same image.
    const alone = uniqueName('coinroom-test');
    const labels = Object.entries({ project: alone, service: 'all', oneoff: 'False' });
    const miner = await runContainer(t, [
      ...labels.flatMap(([name, value]) => ['--label', `com.docker.compose.${name}=${value}`]),
      ...['--env', 'STORE_URL=sqlite:/data/wallet.db', `coinroom:${project.name}`, 'all'],
    ]);
    await miner.healthy();
    const embedded = await runScript('audit', ['--compose', '-p', alone, '--strict']);
    assert.match(embedded.output, /^The audit holds\.$/m);
    assert.equal(embedded.code, 0);
  },
);

test('--compose refuses wrong usage by name', { skip }, async () => {
  const wrong: [string[], RegExp][] = [
    [
      ['redis://localhost:6379'],
      /^With --compose the project knows where its store is; got "redis:\/\/localhost:6379"$/m,
    ],
    [['--since', 'nowhere.json'], /^--since must be a file that --json of an earlier audit wrote: ENOENT/m],
    [['--sinse', 'x'], /'--sinse'/],
  ];
  for (const [args, message] of wrong) {
    const { code, output } = await runScript('audit', ['--compose', ...args]);
    assert.match(output, message);
    assert.equal(code, 2);
  }
});
