/** The program as a process: roles, settings, help, signals. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Identity } from '../src/service/identity.ts';
import { eventually } from '../testkit/eventually.ts';
import { temporaryFolder } from '../testkit/machine.ts';
import { runProgram, startProgram } from '../testkit/program.ts';
import { mainCommand, startRole } from '../testkit/role.ts';
import { startServer } from '../testkit/server.ts';

async function readJson<T>(url: string): Promise<T> {
  return await (await fetch(url)).json() as T;
}

const noRole = { env: { ROLE: undefined } };

test('a wrong start is one line that names the variable, the rule and the value, and exit code 2', async (t) => {
  const cases: [string[], Record<string, string>, string][] = [
    [['miner'], {}, 'ROLE must be one of rng, hasher, worker, webui, all, audit, www; got "miner"'],
    [[], { ROLE: 'Worker' }, 'ROLE must be one of rng, hasher, worker, webui, all, audit, www; got "Worker"'],
    [['worker', '--hardness', '2'], {}, 'Unknown flag --hardness: worker has no such setting; see --help'],
    [['rng', '--difficulty', '2'], {}, 'Unknown flag --difficulty: rng has no such setting; see --help'],
    [['worker'], { DIFFICULTY: '0' }, 'DIFFICULTY must be a whole number from 1 to 64; got "0"'],
    [['worker', '--difficulty', '2.5'], {}, '--difficulty must be a whole number from 1 to 64; got "2.5"'],
    [
      ['webui'],
      { STORE_URL: 'mysql://x' },
      'STORE_URL must be redis://host:port, rediss://host:port or sqlite:<file>; got "mysql://x"',
    ],
    [
      ['all'],
      { STORE_URL: 'sqlite:/proc/no/wallet.db', PORT: '0' },
      'STORE_URL cannot be used: it must be a file that can be opened and written: ',
    ],
    [['rng', 'hasher'], {}, 'Arguments must be a role and --flags; got "hasher"'],
    [['rng', '--host', '203.0.113.1'], {}, 'HOST must be an address of this machine; got "203.0.113.1"'],
  ];
  await Promise.all(cases.map(async ([args, env, message]) => {
    const { code, all } = await runProgram(t, mainCommand(...args), { env: { ROLE: undefined, ...env } });
    const lines = all.split('\n').filter((line) => !line.startsWith('{'));
    assert.deepEqual([code, lines.length], [2, 1], all);
    assert.ok(lines[0]!.startsWith(message), `${lines[0]} is not ${message}`);
  }));
});

test('a taken port is named with the way out', async (t) => {
  const { port } = await startServer(t, () => {});
  const { code, all } = await runProgram(t, mainCommand('rng', '--host', '127.0.0.1', '--port', String(port)), noRole);
  assert.equal(code, 2);
  assert.match(
    all,
    new RegExp(
      `PORT must be a free port; ${port} is taken by another program: stop that one, or choose another, such as --port 9000`,
    ),
  );
});

test('--help lists every setting of a role, of all roles without one', async (t) => {
  const worker = await runProgram(t, mainCommand('worker', '--help'), noRole);
  assert.equal(worker.code, 0);
  assert.match(
    worker.output,
    /^ {2}DIFFICULTY, --difficulty {2}\(default: 1, at full pace 6\)\n {6}leading zero hex digits/m,
  );
  assert.doesNotMatch(worker.output, /CONCURRENCY/);
  const all = await runProgram(t, mainCommand('--help'), noRole);
  for (const word of ['rng:', 'hasher:', 'worker:', 'webui:', 'all:', 'audit:', 'CONCURRENCY', 'TITLE', 'STRICT']) {
    assert.ok(all.output.includes(word), word);
  }
});

test('ROLE and same-named flags say the same', async (t) => {
  const folder = await temporaryFolder(t);
  const env = {
    ROLE: 'worker',
    PORT: '0',
    DIFFICULTY: '2',
    STORE_URL: `sqlite:${join(folder, 'a.db')}`,
    RNG_URL: 'http://127.0.0.1:1',
    HASHER_URL: 'http://127.0.0.1:1',
  };
  const byEnv = startProgram(t, mainCommand(), { env });
  const byFlags = startProgram(t, mainCommand('worker', '--difficulty', '2'), { env: { ...env, DIFFICULTY: '3' } });
  for (const program of [byEnv, byFlags]) {
    assert.equal(JSON.parse(await program.line(/"mining"/)).difficulty, 2);
  }
});

test('without ROLE all roles run, and the first line says so and names the others', async (t) => {
  const folder = await temporaryFolder(t);
  const command = mainCommand('--port', '0', '--store-url', `sqlite:${join(folder, 'wallet.db')}`, '--log', 'json');
  const program = startProgram(t, command, noRole);
  const first = JSON.parse(await program.line(/./));
  assert.equal(first.event, 'starting');
  assert.match(first.unset, /^ROLE is not set, so all roles run in this process; the others are rng, hasher/);
  assert.match(first.note, /^3\.33 hashes\/s a worker is on purpose; full speed: --pace full/);
  await program.line(/"page"/);
});

test('all roles in one process mine; a signal stops them in time with exit code 0, and the wallet goes on', async (t) => {
  const store = `sqlite:${join(await temporaryFolder(t), 'wallet.db')}`;
  const hashes = async (url: string): Promise<number> => (await readJson<{ hashes: number }>(`${url}/json`)).hashes;
  const first = await startRole(t, 'all', ['--store-url', store]);
  await eventually(async () => await hashes(first.url) >= 6, { what: 'six hashes' });
  const stoppedAt = performance.now();
  assert.deepEqual(await first.stop('SIGINT'), { code: 0, signal: null });
  assert.ok(performance.now() - stoppedAt < 2000, 'Ctrl-C stops it in under 2 s');
  const second = await startRole(t, 'all', ['--store-url', store]);
  const before = await eventually(async () => await hashes(second.url) || undefined, { what: 'the numbers' });
  assert.ok(before >= 6);
  await eventually(async () => await hashes(second.url) > before, { what: 'the mining to go on' });
  await second.stop();
  const audit = await runProgram(t, mainCommand('audit', '--store-url', store, '--strict'), noRole);
  assert.equal(audit.code, 0, audit.all);
  assert.match(audit.output, /^The audit holds\.$/m);
});

test('SIGTERM: not ready at once, still serving while it drains, then exit 0', async (t) => {
  const rng = await startRole(t, 'rng', ['--drain-ms', '600']);
  assert.equal((await fetch(`${rng.url}/readyz`)).status, 200);
  rng.kill('SIGTERM');
  await rng.event('stopping');
  const ready = await fetch(`${rng.url}/readyz`);
  assert.deepEqual([ready.status, await ready.text()], [503, 'not ready: stopping\n']);
  assert.equal((await fetch(`${rng.url}/healthz`)).status, 200);
  assert.equal((await (await fetch(`${rng.url}/32`)).arrayBuffer()).byteLength, 32);
  assert.deepEqual(await rng.exited, { code: 0, signal: null });
});

test('a second signal ends it at once', async (t) => {
  const rng = await startRole(t, 'rng', ['--drain-ms', '30000']);
  rng.kill('SIGTERM');
  await rng.event('stopping');
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual(await rng.stop('SIGTERM'), { code: 1, signal: null });
});

test('a signal that comes while it starts stops it cleanly too', async (t) => {
  for (let n = 0; n < 5; n++) {
    const rng = startProgram(t, mainCommand('rng', '--port', '0', '--drain-ms', '0'), noRole);
    await rng.line(/"starting"/);
    assert.deepEqual(await rng.stop('SIGTERM'), { code: 0, signal: null });
  }
});

test('GET / of every role says who it is; GET /version names role and runtime', async (t) => {
  const store = `sqlite:${join(await temporaryFolder(t), 'wallet.db')}`;
  const all = await startRole(t, 'all', ['--store-url', store], {
    env: { VERSION: '9.9.9', COLOUR: '#123456' },
  });
  for (const role of ['rng', 'hasher', 'worker']) {
    assert.match(
      await (await fetch(`${all.urlOf(role)}/`)).text(),
      new RegExp(`^${role.toUpperCase()} running on \\S+\n$`),
    );
  }
  for (const role of ['rng', 'hasher', 'worker', 'webui']) {
    const version = await readJson<Identity>(`${all.urlOf(role)}/version`);
    assert.deepEqual([version.role, version.version, version.colour], [role, '9.9.9', '#123456']);
    assert.match(version.runtime, /^(node|deno) \d/);
    assert.equal((await fetch(`${all.urlOf(role)}/healthz`)).status, 200);
    assert.match(await (await fetch(`${all.urlOf(role)}/metrics`)).text(), /^coinroom_info\{/m);
  }
  assert.match(await (await fetch(`${all.url}/`)).text(), /^<!doctype html>/);
});

test('a role whose speed no pace changes says nothing about it', async (t) => {
  const [www, rng] = [await startRole(t, 'www'), await startRole(t, 'rng')];
  assert.equal('note' in (await www.event('starting')), false);
  assert.match((await rng.event('starting')).note as string, /on purpose/);
});

test('the audit refuses a file that is not there, and says when a store cannot be reached', async (t) => {
  const file = join(await temporaryFolder(t), 'none.db');
  const missing = await runProgram(t, mainCommand('audit', '--store-url', `sqlite:${file}`), noRole);
  assert.deepEqual([missing.code, missing.all], [2, 'STORE_URL cannot be used: it must be a file that exists']);
  const dead = await runProgram(t, mainCommand('audit', '--store-url', 'redis://127.0.0.1:1'), noRole);
  assert.equal(dead.code, 1);
  assert.match(dead.all, /^Cannot audit the store: Cannot reach Redis: .*ECONNREFUSED/);
});
