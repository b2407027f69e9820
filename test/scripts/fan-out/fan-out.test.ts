/** One script on many hosts, by the real ssh and sshd: what comes back, and what is said when nothing does. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createConnections } from '../../../scripts/lib/fan-out/connections.ts';
import { fanOut, type FanOutOptions, type Result, type Target } from '../../../scripts/lib/fan-out/fan-out.ts';
import { output } from '../../../testkit/docker.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';
import { type Sshd, startSshd, unlessSshd } from '../../../testkit/sshd.ts';

const skip = unlessSshd;

function targetsNamed(...names: readonly string[]): Target[] {
  return names.map((name) => ({ name, host: { address: name } }));
}

/** Runs it, and closes what it has opened: sshd goes on until then. */
async function runOn(
  t: TestContext,
  { configFile }: Pick<Sshd, 'configFile'>,
  targets: readonly Target[],
  options: Partial<FanOutOptions> & { readonly text: string; readonly connectWithinMs?: number },
): Promise<Result[]> {
  const { text, connectWithinMs = 20_000, ...more } = options;
  const connections = createConnections({ configFile, connectWithinMs });
  try {
    return await fanOut(targets, { connections, script: () => text, withinMs: 20_000, signal: t.signal, ...more });
  } finally {
    await connections.close(targets.map(({ host }) => host));
  }
}

const ends = (results: readonly Result[]): string[] => results.map(({ target, end }) => `${target.name} ${end}`);

test('each host runs the script, and gives what it said on both streams, and its exit code', { skip }, async (t) => {
  const sshd = await startSshd(t);
  const targets = targetsNamed('one', 'two', 'three');
  const results = await runOn(t, sshd, targets, {
    text: '',
    script: ({ name }) => `echo I am ${name}; cat; echo also >&2; [ ${name} != two ] || exit 7`,
  });
  assert.deepEqual(ends(results), ['one done', 'two failed', 'three done']);
  assert.deepEqual(results.map(({ stdout }) => stdout.text()), ['I am one\n', 'I am two\n', 'I am three\n']);
  assert.deepEqual(results.map(({ stderr }) => stderr.text()), ['also\n', 'also\n', 'also\n']);
  assert.deepEqual(results.map(({ code }) => code), [0, 7, 0]);
  assert.equal(results[1]!.detail, 'exit code 7: also');
});

test('a script that ends its shell, with 255 or by a signal, is told from a lost way', { skip }, async (t) => {
  const sshd = await startSshd(t);
  const [exits, killed, lost] = await runOn(t, sshd, targetsNamed('exits', 'killed', 'lost'), {
    text: '',
    script: ({ name }) => ({ exits: 'exit 255', killed: 'kill -9 $$', lost: 'kill -9 $PPID' })[name]!,
  });
  assert.deepEqual([exits!.end, exits!.code], ['failed', 255]);
  assert.equal(killed!.end, 'lost');
  assert.equal(lost!.end, 'lost');
});

test('bytes are kept as they are, and the last line needs no end', { skip }, async (t) => {
  const sshd = await startSshd(t);
  const [result] = await runOn(t, sshd, targetsNamed('one'), { text: String.raw`printf '\377\000\n'; printf 'x'` });
  assert.equal(result!.stdout.bytes, 4);
  assert.equal(result!.stdout.text(), '\uFFFD\0\nx');
});

test('100 MB are counted and hashed; 8 MiB of them are kept', { skip, timeout: 60_000 }, async (t) => {
  const sshd = await startSshd(t);
  const outputFolder = await temporaryFolder(t);
  const results = await runOn(t, sshd, targetsNamed('one', 'two'), {
    text: 'head -c 100000000 /dev/zero',
    outputFolder,
  });
  for (const { stdout } of results) {
    assert.equal(stdout.bytes, 100_000_000);
    assert.equal(stdout.lostBytes, 100_000_000 - (8 << 20));
    assert.equal((await readFile(stdout.file!)).length, 8 << 20);
  }
  assert.equal(results[0]!.stdout.hash, results[1]!.stdout.hash);
  assert.equal(results[0]!.stdout.file, join(outputFolder, 'one.out'));
});

test(
  'who refuses, hangs, does not let us in or has another key is told apart',
  { skip, timeout: 60_000 },
  async (t) => {
    const sshd = await startSshd(t);
    const results = await runOn(
      t,
      sshd,
      targetsNamed('well', 'gone', 'mute', 'stranger', 'changed', 'unknown', 'nowhere'),
      {
        ...{ text: 'echo well', tries: 1, connectWithinMs: 4000 },
      },
    );
    assert.deepEqual(ends(results), [
      'well done',
      'gone refused',
      'mute hangs',
      'stranger denied',
      'changed key changed',
      'unknown key unknown',
      'nowhere unreachable',
    ]);
  },
);

test('a script that takes too long is ended, and one that cannot begin is tried again', { skip }, async (t) => {
  const sshd = await startSshd(t);
  const [slow, gone] = await runOn(t, sshd, targetsNamed('slow', 'gone'), {
    text: 'echo begun; sleep 30',
    withinMs: 700,
    tries: 2,
  });
  assert.equal(slow!.end, 'timed out');
  assert.equal(slow!.detail, 'it took longer than 0.7 s; it may go on there');
  assert.equal(slow!.stdout.text(), 'begun\n');
  assert.equal(slow!.tries, 1);
  assert.deepEqual([gone!.end, gone!.tries], ['refused', 2]);
});

test('after too many failures, or a bad canary, no other is begun', { skip }, async (t) => {
  const sshd = await startSshd(t);
  const targets = targetsNamed('a', 'b', 'c', 'd');
  const options = { text: 'exit 1', atOnce: 1 };
  assert.deepEqual(ends(await runOn(t, sshd, targets, { ...options, maxFail: 1 })), [
    ...['a failed', 'b failed', 'c not tried', 'd not tried'],
  ]);
  const begun: string[] = [];
  const results = await runOn(t, sshd, targets, {
    ...{ ...options, atOnce: 4, canary: 1, onBegin: ({ name }: Target) => void begun.push(name) },
  });
  assert.deepEqual(begun, ['a']);
  assert.equal(results[3]!.detail, 'a, which went first, is failed');
  const well = await runOn(t, sshd, targets, { text: 'true', canary: 2 });
  assert.deepEqual(ends(well), ['a done', 'b done', 'c done', 'd done']);
});

test('a stop ends what runs, begins nothing else, and leaves no process', { skip }, async (t) => {
  const sshd = await startSshd(t);
  const controller = new AbortController();
  const { configFile } = sshd;
  const connections = createConnections({ configFile });
  const targets = targetsNamed('a', 'b', 'c');
  const results = await fanOut(targets, {
    ...{ connections, script: () => 'sleep 60', withinMs: 60_000, signal: controller.signal, atOnce: 2 },
    onBegin: ({ name }) => name === 'b' && setTimeout(() => controller.abort(), 700),
  });
  assert.deepEqual(ends(results), ['a stopped', 'b stopped', 'c not tried']);
  assert.deepEqual(await processesWith(configFile), []);
});

test('a second run uses the connections of the first; one that has died is made anew', { skip }, async (t) => {
  const sshd = await startSshd(t);
  const targets = targetsNamed('one', 'two');
  const connections = createConnections({ configFile: sshd.configFile });
  const whoServes = async (): Promise<string[]> => {
    const options = { connections, script: () => 'echo $PPID', withinMs: 20_000, signal: t.signal };
    return (await fanOut(targets, options)).map(({ end, stdout }) => `${end} ${stdout.text()}`);
  };
  const first = await whoServes();
  const sockets = targets.flatMap(({ host }) => connections.command(host).filter((word) => /^ControlPath=/.test(word)));
  const masters = await Promise.all(sockets.map((word) => processesWith(`${word.replace('ControlPath=', '')} [mux]`)));
  assert.deepEqual(masters.map((pids) => pids.length), [1, 1]);
  assert.deepEqual(await whoServes(), first);
  for (const pid of masters.flat()) process.kill(pid, 'SIGKILL');
  const third = await whoServes();
  assert.deepEqual(third.map((one) => one.split(' ')[0]), ['done', 'done']);
  assert.notDeepEqual(third, first);
  await connections.close(targets.map(({ host }) => host));
});

/** The ssh processes of this machine whose command line has this text. */
async function processesWith(text: string): Promise<number[]> {
  const lines = (await output(['ps', '-eo', 'pid=,args='])).split('\n').map((line) => line.trim());
  return lines.filter((line) => /^\d+ ssh\b/.test(line) && line.includes(text)).map((line) => parseInt(line));
}
