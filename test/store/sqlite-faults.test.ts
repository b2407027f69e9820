/** The embedded store among other processes, sudden deaths, and disks that take no more. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../../src/store/audit.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { eventually } from '../../testkit/eventually.ts';
import { ROOT, type Scope, temporaryFolder } from '../../testkit/machine.ts';
import { runProgram, startProgram } from '../../testkit/program.ts';
import { commandOn, mainCommand, thisRuntime } from '../../testkit/role.ts';
import { type Account, closeAccount, metric, startMine } from '../../testkit/worker.ts';

const unlessRoot = process.getuid?.() === 0 || process.env.CI === 'true'
  ? false
  : 'mounting a small file system needs root';

async function assertHolds(file: string, accounts?: readonly Account[]): Promise<void> {
  const store = openSqliteStore(file);
  try {
    const { ok, problems, ledger } = await audit(store, { strict: true });
    assert.deepEqual([ok, problems], [true, []]);
    if (accounts) assert.equal(ledger.hashes, accounts.reduce((sum, { hashes }) => sum + hashes, 0));
  } finally {
    await store.close();
  }
}

/** A file system of its own, as small as wanted. */
async function mountSmall(t: Scope, megabytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  t.after(async () => {
    execFileSync('umount', ['-l', folder]);
    await rmdir(folder);
  });
  return folder;
}

test('two worker processes record into one file, and nothing is lost', async (t) => {
  const file = join(await temporaryFolder(t), 'wallet.db');
  const mines = await Promise.all([1, 2].map(() => startMine(t, `sqlite:${file}`, { candidates: '50' })));
  for (const { worker } of mines) {
    await eventually(async () => await metric(worker, 'worker_hashes_total') > 5000, {
      what: 'hashes',
      withinMs: 60_000,
    });
  }
  const accounts = await Promise.all(mines.map(({ worker }) => closeAccount(worker)));
  assert.deepEqual(accounts.map(({ code }) => code), [0, 0]);
  await assertHolds(file, accounts);
});

test('kill -9 in the middle of a transaction, 20 times: each batch is there as a whole, or not at all', async (t) => {
  const file = join(await temporaryFolder(t), 'wallet.db');
  const script = join(ROOT, 'testkit', 'record-large-batches.ts');
  const coins = 5000;
  let interrupted = 0;
  for (let n = 1; n <= 20; n++) {
    const program = startProgram(t, commandOn(thisRuntime, script, file, `w${n}`, String(coins)));
    await program.line(/^begin 3$/);
    await sleep(n % 10);
    await program.stop('SIGKILL');
    const [begun, ended] = ['begin', 'end'].map((word) =>
      program.output.filter((line) => line.startsWith(word)).length
    );
    const store = openSqliteStore(file);
    const { ok, problems } = await audit(store, { strict: true });
    assert.deepEqual([ok, problems], [true, []]);
    // Which number is next tells how many of its batches are there.
    const answer = await store.record({ worker: `w${n}`, sequence: 1000, hashes: 1, coins: [] });
    await store.close();
    assert.ok(answer.last === ended || answer.last === begun, `${answer.last} of ${ended} ended and ${begun} begun`);
    if (answer.last < begun!) interrupted++;
  }
  assert.ok(interrupted >= 5, `only ${interrupted} were interrupted in mid-transaction`);
});

test(
  'a full disk stops the mining, loses nothing, and lets it go on when there is room',
  { skip: unlessRoot },
  async (t) => {
    const folder = await mountSmall(t, 12);
    const file = join(folder, 'wallet.db');
    const { worker } = await startMine(t, `sqlite:${file}`, { candidates: '1000' });
    await eventually(async () => await metric(worker, 'worker_hashes_total') > 2000, { what: 'hashes' });
    const ballast = join(folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(16 << 20)).catch((error) => assert.equal(error.code, 'ENOSPC'));
    const down = await worker.event('upstream_down');
    assert.match(String(down.error), /disk is full|disk I\/O error/);
    assert.match(await (await fetch(`${worker.url}/readyz`)).text(), /^not ready: the store takes no batches/);
    const stopped = await metric(worker, 'worker_hashes_total');
    await sleep(1500);
    assert.equal(await metric(worker, 'worker_hashes_total'), stopped);
    await rm(ballast);
    await eventually(async () => await metric(worker, 'worker_hashes_total') > stopped, {
      what: 'the mining to go on',
    });
    const { code, ...account } = await closeAccount(worker);
    assert.equal(code, 0);
    await assertHolds(file, [account]);
  },
);

test('a file on a read-only file system is refused at the start', { skip: unlessRoot }, async (t) => {
  const folder = await mountSmall(t, 4);
  const file = join(folder, 'wallet.db');
  await openSqliteStore(file).close();
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  const { code, all } = await runProgram(t, mainCommand('webui', '--port', '0', '--store-url', `sqlite:${file}`));
  assert.equal(code, 2);
  assert.match(
    all,
    /^STORE_URL cannot be used: it must be a file that can be opened and written: .*(readonly|unable to open)/m,
  );
});
