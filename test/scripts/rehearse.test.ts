import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { parseMarkedCommands } from '../../scripts/lib/marked-commands.ts';
import { cloneWithChanges } from '../../scripts/lib/working-copy.ts';
import { describeFailure, runSteps, type RunStepsOptions, type StepResult } from '../../scripts/rehearse/run-steps.ts';
import { userEnvironment } from '../../testkit/clone.ts';
import { eventually } from '../../testkit/eventually.ts';
import { ROOT, type Scope, temporaryFolder, unlessInstalled } from '../../testkit/machine.ts';
import { startProgram } from '../../testkit/program.ts';
import { runScript, scriptCommand } from '../../testkit/script.ts';
import { startSshd, unlessSshd } from '../../testkit/sshd.ts';
import { startOnTerminal, unlessTerminal } from '../../testkit/terminal.ts';

const skip = unlessInstalled('bash', 'apt-get install bash') || unlessInstalled('git', 'apt-get install git');

/** A fence: its marks, and what stands in it. */
const block = (marks: string, ...lines: string[]): string => ['```sh ' + marks, ...lines, '```', ''].join('\n');

interface Rehearsal {
  readonly folder: string;
  readonly run: (blocks: string, options?: RunStepsOptions) => Promise<StepResult[]>;
}

/** One node, whose shell begins in an empty folder. */
async function rehearsal(t: Scope): Promise<Rehearsal> {
  const folder = await temporaryFolder(t);
  const stateFolder = await temporaryFolder(t);
  const shell = { command: ['bash', '-s'], folder, stateFolder };
  return {
    folder,
    run: (text, options) =>
      runSteps(parseMarkedCommands(text).map((command) => ({ command, node: 'node1' })), () => shell, options),
  };
}

const states = (results: readonly StepResult[]): string[] => results.map(({ state }) => state);
const reasons = (results: readonly StepResult[]): string[] => results.flatMap(({ failure }) => failure?.message ?? []);

/** Whether a process is there; a zombie that nobody has fetched yet is not. */
function isAlive(pid: string): boolean {
  try {
    return !/^Z/.test(execFileSync('ps', ['-o', 'stat=', '-p', pid.trim()], { encoding: 'utf8' }));
  } catch {
    return false;
  }
}

test('a command has to end with its exit code, and to say what is expected on one of its streams', {
  skip,
}, async (t) => {
  const { run } = await rehearsal(t);
  const good = block('expect="/out.*err/s"', 'echo out', 'echo err >&2') + block('node1 exit=3', 'exit 3') +
    block('exit=254', 'exit 255');
  assert.deepEqual(states(await run(good)), ['done', 'done', 'done']);
  assert.deepEqual(reasons(await run(block('exit=0', 'exit 4'))), ['ended with 4; expected exit code 0']);
  assert.deepEqual(reasons(await run(block('expect="/b/"', 'echo a'))), [
    'did not say it; expected exit code 0 and to hear /b/',
  ]);
  assert.deepEqual(reasons(await run(block('exit=0', 'echo "('))), ['ended with 2; expected exit code 0']);
});

test('a line that fails fails its block, and the first block that fails ends the rehearsal', { skip }, async (t) => {
  const { run, folder } = await rehearsal(t);
  const results = await run(block('exit=0', 'false', 'touch one') + block('exit=0', 'touch two'));
  assert.deepEqual(states(results), ['failed', 'not run']);
  assert.deepEqual(await readdir(folder), []);
});

test('folder and exported variables go from block to block, as in one shell', { skip }, async (t) => {
  const { run } = await rehearsal(t);
  const text =
    block('exit=0', 'mkdir "a b"', 'cd "a b"', `export ODD="it's", MORE='$x`, `y'`, 'unset HOME', 'local=1') +
    block(`expect="/a b it's, .x\\ny none none/"`, 'echo "${PWD##*/} $ODD $MORE ${HOME-none} ${local-none}"') +
    block('exit=3', 'cd ..', 'exit 3') +
    block('expect="/^a b$/"', 'ls');
  const results = await run(text);
  assert.deepEqual(reasons(results), []);
  assert.deepEqual(states(results), ['done', 'done', 'done', 'done']);
});

test('a command that asks something finds nobody there', { skip }, async (t) => {
  const { run } = await rehearsal(t);
  const text = block('expect="/nobody/"', 'read -r answer || echo nobody', '! true </dev/tty');
  assert.deepEqual(reasons(await run(text)), []);
});

test('a block that is late is killed with all that it has started, whatever it ignores', { skip }, async (t) => {
  const { run, folder } = await rehearsal(t);
  const [result] = await run(block('within=500ms', `trap '' TERM INT HUP`, 'sleep 300 & echo $! >pid', 'sleep 301'));
  assert.equal(result!.failure!.message, 'took longer than 0.5 s; expected exit code 0');
  const pid = await readFile(join(folder, 'pid'), 'utf8');
  await eventually(() => !isAlive(pid), { what: 'the sleep in the background to end' });
});

test('what a block leaves in the background ends with it', { skip }, async (t) => {
  const { run, folder } = await rehearsal(t);
  assert.deepEqual(states(await run(block('exit=0', 'sleep 300 &', 'echo $! >pid'))), ['done']);
  assert.equal(isAlive(await readFile(join(folder, 'pid'), 'utf8')), false);
});

test('until= runs a program until that is said, and ends it as Ctrl-C does', { skip }, async (t) => {
  const { run, folder } = await rehearsal(t);
  const polite = [`trap 'echo bye >said; exit 0' INT`, 'echo ready', 'while true; do sleep 0.1; done'];
  assert.deepEqual(states(await run(block('until="/^ready$/"', ...polite))), ['done']);
  assert.equal(await readFile(join(folder, 'said'), 'utf8'), 'bye\n');
  assert.deepEqual(reasons(await run(block('until="/ready/"', 'echo steady'))), [
    'ended with 0; expected a line like /ready/',
  ]);
  assert.deepEqual(reasons(await run(block('until="/ready/" within=300ms', 'sleep 300'))), [
    'took longer than 0.3 s; expected a line like /ready/',
  ]);
});

test('keep= lets a program go on beside the others, until the end', { skip }, async (t) => {
  const { run, folder } = await rehearsal(t);
  const text = block('keep="/on/"', 'echo $BASHPID >pid', 'cd /', 'echo on', 'exec sleep 300') +
    block('exit=0', 'kill -0 "$(cat pid)"') + block('exit=0', 'false');
  assert.deepEqual(states(await run(text)), ['done', 'done', 'failed']);
  assert.equal(isAlive(await readFile(join(folder, 'pid'), 'utf8')), false);
});

test('what is kept has a shell of its own: its end changes nothing for the next block', { skip }, async (t) => {
  const { run } = await rehearsal(t);
  const kept = block('keep="/on/"', 'cd /', 'echo on', 'while true; do sleep 0.1; done');
  assert.deepEqual(reasons(await run(kept + block('exit=0', 'export OWN=1'))), []);
  assert.deepEqual(reasons(await run(block('expect="/^1$/"', 'test "$PWD" != /', 'echo $OWN'))), []);
});

test('retry= runs a command again until it does what it should, or that time is over', { skip }, async (t) => {
  const { run } = await rehearsal(t);
  const counting = ['echo x >>runs', 'test "$(wc -l <runs)" -ge 3'];
  assert.deepEqual(states(await run(block('retry=30s', ...counting))), ['done']);
  const [never] = await run(block('retry=1s expect="/b/"', 'echo a'));
  assert.equal(never!.state, 'failed');
  assert.ok(never!.seconds >= 1, `${never!.seconds} s`);
});

test('a signal ends the rehearsal, and what was kept', { skip }, async (t) => {
  const { run, folder } = await rehearsal(t);
  const stop = new AbortController();
  const text = block('keep="/on/"', 'echo $BASHPID >pid', 'echo on', 'exec sleep 300') + block('exit=0', 'sleep 301');
  const running = run(text, {
    signal: stop.signal,
    onBegin: ({ command: { marks } }) => void (marks.keep || stop.abort(new Error('enough'))),
  });
  await assert.rejects(running, { message: 'enough' });
  assert.equal(isAlive(await readFile(join(folder, 'pid'), 'utf8')), false);
});

test('a failure is told with its place, its command, what was expected, and its last lines', { skip }, async (t) => {
  const { run } = await rehearsal(t);
  const [result] = await run('Text\n\n' + block('node1 expect="/31/"', 'seq 30'));
  assert.equal(
    describeFailure('1-x.md', result!),
    [
      '1-x.md, line 3, on node1: did not say it; expected exit code 0 and to hear /31/',
      '  $ seq 30',
      ...Array.from({ length: 20 }, (_, at) => `  | ${at + 11}`),
    ].join('\n'),
  );
});

test(
  'cloneWithChanges() gives the history, and what is changed, new, deleted or staged as one more commit; no way out',
  {
    skip,
  },
  async (t) => {
    const root = await temporaryFolder(t);
    const git = (cwd: string, ...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd, encoding: 'utf8' });
    const files = { same: 'same', changed: 'old', deleted: 'x', '.gitignore': '*ignored\n', 'tracked.ignored': 'x' };
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
    git(root, 'init', '--quiet', '--initial-branch=main');
    git(root, 'add', '--force', '.');
    git(root, 'commit', '--quiet', '--message=first');
    await writeFile(join(root, 'changed'), 'new');
    await rm(join(root, 'deleted'));
    await mkdir(join(root, 'folder'));
    for (const name of ['folder/fresh', 'staged', 'ignored']) await writeFile(join(root, name), name, { mode: 0o755 });
    git(root, 'add', 'staged');
    const outside = await temporaryFolder(t);
    const links = {
      link: 'same',
      'folder/up': '../same',
      'leads-out': outside,
      'folder/leads-up': join('../..', basename(outside)),
    };
    for (const [name, target] of Object.entries(links)) await symlink(target, join(root, name));

    const clone = join(await temporaryFolder(t), 'clone');
    await cloneWithChanges(clone, { root });
    assert.equal(
      git(clone, 'ls-files'),
      '.gitignore\nchanged\nfolder/fresh\nfolder/up\nlink\nsame\nstaged\ntracked.ignored\n',
    );
    assert.equal(git(clone, 'status', '--porcelain'), '');
    assert.equal(git(clone, 'log', '--format=%an %s'), 'coinroom What is not committed yet\nt first\n');
    assert.equal(await readFile(join(clone, 'changed'), 'utf8'), 'new');
    assert.match(git(clone, 'ls-files', '--stage', 'staged'), /^100755/);
    assert.equal(git(clone, 'remote'), '');

    const again = join(await temporaryFolder(t), 'clone');
    await cloneWithChanges(again, { root: clone });
    assert.equal(git(again, 'rev-parse', 'HEAD'), git(clone, 'rev-parse', 'HEAD'), 'nothing to add');
  },
);

/** A chapter of these blocks in a file of its own. */
async function chapterFile(t: Scope, ...blocks: string[]): Promise<string> {
  const file = join(await temporaryFolder(t), '1-small.md');
  await writeFile(file, `# A small one (3 minutes)\n\n${blocks.join('')}`);
  return file;
}

const rehearse = async (t: Scope, ...args: string[]): Promise<{ code: number; output: string }> =>
  await runScript('rehearse', args, { env: userEnvironment({ TMPDIR: await temporaryFolder(t) }) });

test('rehearse.mjs runs a chapter in a fresh clone, which is removed; the tree of the user is not touched', {
  skip,
}, async (t) => {
  const file = await chapterFile(
    t,
    block('expect="/nothing to commit/"', 'git status'),
    block('node1 expect="/coinroom$/"', 'pwd', 'touch made-by-a-rehearsal', 'echo >README.md'),
    block('node2', 'git add made-by-a-rehearsal', 'git -c user.name=x -c user.email=x@x commit --quiet -m made'),
  );
  const TMPDIR = await temporaryFolder(t);
  const { code, output } = await runScript('rehearse', [file], { env: userEnvironment({ TMPDIR }) });
  assert.equal(code, 0, output);
  assert.match(output, /^state +seconds +line +node +command\ndone +[\d.]+ +3 +node1 +git status$/m);
  assert.match(output, /^A small one: 3 of 3 commands did what the text says, \d+ s$/m);
  assert.doesNotMatch(output, /nothing to commit/, 'what commands print is not shown');
  assert.deepEqual(await readdir(TMPDIR), []);
  assert.equal(existsSync(join(ROOT, 'made-by-a-rehearsal')), false);
  assert.ok((await readFile(join(ROOT, 'README.md'), 'utf8')).length > 100);
});

test('rehearse.mjs names what failed first, shows what it said, and ends with 1', { skip }, async (t) => {
  const file = await chapterFile(
    t,
    block('node1', 'true'),
    block('node1 expect="/good/"', 'echo bad'),
    block('node1', 'true'),
  );
  const { code, output } = await rehearse(t, file);
  assert.equal(code, 1);
  assert.match(output, /command\nfailed .* 6 .*echo bad\ndone .* 3 .*true\nnot run .* 9 .*true$/m);
  assert.ok(output.includes(
    `${file}, line 6, on node1: did not say it; expected exit code 0 and to hear /good/\n  $ echo bad\n  | bad\n`,
  ));
});

test('rehearse.mjs --json gives each command, --keep-folder the clone', { skip }, async (t) => {
  const file = await chapterFile(t, block('node1', 'touch kept'));
  const { code, output } = await rehearse(t, file, '--json', '--keep-folder');
  assert.equal(code, 0, output);
  const { chapter, commands } = JSON.parse(/^\{.*\}$/m.exec(output)![0]);
  assert.equal(chapter, 'small');
  assert.deepEqual(commands.map(({ seconds, ...rest }: { seconds: number }) => (assert.ok(seconds > 0), rest)), [
    { line: 3, node: 'node1', command: 'touch kept', state: 'done' },
  ]);
  assert.ok(existsSync(join(/^The clone is in (.*)$/m.exec(output)![1]!, 'kept')));
});

test('rehearse.mjs stopped by Ctrl-C ends what it has started, and removes the clone', { skip }, async (t) => {
  const TMPDIR = await temporaryFolder(t);
  const pidFile = join(await temporaryFolder(t), 'pid');
  const file = await chapterFile(t, block('node1', `echo $BASHPID >${pidFile}`, 'echo "now"', 'sleep 300'));
  const program = startProgram(t, scriptCommand('rehearse', [file, '--verbose']), { env: userEnvironment({ TMPDIR }) });
  await program.line(/\| now$/);
  const { code } = await program.stop('SIGINT');
  assert.equal(code, 130);
  assert.equal(isAlive(await readFile(pidFile, 'utf8')), false);
  assert.deepEqual(await readdir(TMPDIR), []);
});

test('on a terminal, too, a command finds nobody to ask, and Ctrl-C ends all', {
  skip: skip || unlessTerminal,
}, async (t) => {
  const pidFile = join(await temporaryFolder(t), 'pid');
  const file = await chapterFile(
    t,
    block('node1 expect="/nobody/"', 'read -r answer </dev/tty || echo nobody'),
    block('node1', `echo $BASHPID >${pidFile}`, 'echo begun', 'sleep 300'),
  );
  const terminal = startOnTerminal(t, scriptCommand('rehearse', [file, '--verbose']));
  await terminal.shows(/\| begun/);
  terminal.type('\x03');
  assert.equal(await terminal.exited, 130);
  assert.equal(isAlive(await readFile(pidFile, 'utf8')), false);
});

test('rehearse.mjs without a chapter lists them, and --dry-run what would be run', { skip }, async (t) => {
  const list = await rehearse(t);
  assert.equal(list.code, 0);
  assert.match(list.output, /^1 +the-application +The application +\d+ +\d+$/m);
  assert.match(list.output, /^2 +one-machine +One machine +\d+ +\d+$/m);
  assert.match(list.output, /^Next: \.\/scripts\/rehearse\.mjs the-application$/m);
  for (const name of ['one-machine', '2']) {
    const { code, output } = await rehearse(t, name, '--dry-run');
    assert.equal(code, 0);
    assert.match(output, /^ *\d+ +node1 +this machine +\.\/scripts\/compose\.mjs up$/m);
  }
});

test('rehearse.mjs refuses what it cannot run, with 2', { skip }, async (t) => {
  const hosts = join(await temporaryFolder(t), 'ips.txt');
  await writeFile(hosts, '10.0.0.1\n10.0.0.2\n10.0.0.3\n');
  const bad = await chapterFile(t, block('node1 wihtin=3s', 'true'));
  const elsewhere = await chapterFile(t, block('nodeX', 'true'));
  const third = await chapterFile(t, block('node3', 'true'));
  const wrong = [
    [
      ['nothing'],
      /^A chapter is one of the-application, one-machine, .*its number, or a path of a \.md file; got "nothing"$/m,
    ],
    [[bad], /1-small\.md, line 3: a mark is one of .*; got wihtin$/m],
    [[elsewhere], /1-small\.md, line 3: a word names a node, such as node1; got nodeX$/m],
    [['nothing.md'], /^ENOENT: .*nothing\.md/m],
    [[third, 'c1'], /^c1 needs --hosts FILE$/m],
    [[third, '--hosts', hosts, 'c2'], /^A cluster is one of c1 to c1, 5 hosts each; got "c2"$/m],
    [[third, '--hosts', hosts, 'c1', '--size', '2'], /1-small\.md runs on node3; the cluster has 2 hosts$/m],
    [[third, '--hosts', `${hosts}x`], /^Cannot read .*ips\.txtx: ENOENT/m],
  ] as const;
  for (const [args, message] of wrong) {
    const { code, output } = await rehearse(t, ...args);
    assert.match(output, message);
    assert.equal(code, 2, output);
  }
});

test('rehearse.mjs --hosts runs each command on its node of the cluster, over ssh', {
  skip: skip || unlessSshd,
}, async (t) => {
  const { configFile } = await startSshd(t);
  const folder = await temporaryFolder(t);
  const hosts = join(await temporaryFolder(t), 'ips.txt');
  await writeFile(hosts, 'gone\na1\nb1 # the second cluster\nb2\n');
  const file = await chapterFile(
    t,
    block('node1 node2 expect="/SSH_/"', 'env', 'echo x >>both'),
    block('node1', 'export WHO=first', 'mkdir one', 'cd one'),
    block('node2 expect="/^nobody in coinroom/"', 'echo "${WHO-nobody} in $(basename "$PWD")"'),
    block('keep="/on/"', 'echo $BASHPID >pid', 'echo on', 'exec sleep 300'),
    block('expect="/^first in one$/m"', 'echo "$WHO in $(basename "$PWD")"', 'kill -0 "$(cat pid)"'),
  );
  const flags = ['--hosts', hosts, '--size', '2', '--ssh-config', configFile, '--folder', folder];
  const plan = await rehearse(t, file, 'c2', ...flags, '--dry-run');
  assert.match(plan.output, /^ *3 +node1 +b1 +env …\n *3 +node2 +b2 +env …$/m);
  const { code, output } = await rehearse(t, file, 'c2', ...flags);
  assert.equal(code, 0, output);
  assert.equal(await readFile(join(folder, 'both'), 'utf8'), 'x\nx\n');
  assert.equal(isAlive(await readFile(join(folder, 'one', 'pid'), 'utf8')), false, 'what was kept there is ended');

  const late = await chapterFile(t, block('node1 within=1s', 'echo $BASHPID >pid', 'sleep 300'));
  assert.equal((await rehearse(t, late, 'c2', ...flags)).code, 1);
  const pid = await readFile(join(folder, 'pid'), 'utf8');
  await eventually(() => !isAlive(pid), { what: 'what was late there to be killed' });

  const missing = await rehearse(t, file, 'c2', ...flags.slice(0, -1), 'no-such-folder');
  assert.equal(missing.code, 1);
  assert.match(missing.output, /^Cannot use b1 as node1: .*no-such-folder/m);
});

test('rehearse.mjs ends with 3 where a host is not reached, before anything is run', {
  skip: skip || unlessSshd,
}, async (t) => {
  const { configFile } = await startSshd(t);
  const folder = await temporaryFolder(t);
  const hosts = join(await temporaryFolder(t), 'ips.txt');
  await writeFile(hosts, 'a1\ngone\n');
  const flags = ['--hosts', hosts, '--ssh-config', configFile, '--folder', folder];
  const file = await chapterFile(t, block('node1', 'touch begun'), block('node2', 'true'));
  const { code, output } = await rehearse(t, file, ...flags);
  assert.equal(code, 3);
  assert.match(output, /^Cannot reach gone: .*Connection refused$/m);
  assert.deepEqual(await readdir(folder), []);

  const cut = await chapterFile(t, block('node1', '# sshd', 'kill -9 "$PPID"', 'sleep 9'));
  const lost = await rehearse(t, cut, ...flags);
  assert.match(lost.output, /line 3, on node1: lost the way to its machine$/m);
  assert.equal(lost.code, 3, 'also in the middle');
});
