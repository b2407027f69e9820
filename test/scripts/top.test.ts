import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { composeClient } from '../../scripts/lib/compose-project.ts';
import { docker, output, run, runContainer, uniqueName, unlessDocker } from '../../testkit/docker.ts';
import { eventually } from '../../testkit/eventually.ts';
import { type Scope, temporaryFolder } from '../../testkit/machine.ts';
import { startProgram } from '../../testkit/program.ts';
import { runScript, scriptCommand } from '../../testkit/script.ts';
import { startOnTerminal, unlessTerminal } from '../../testkit/terminal.ts';

const skip = unlessDocker;

/** A container of a Compose project without a Compose file. */
async function startService(t: Scope, project: string, service: string, ...args: string[]): Promise<string> {
  const labels = { project, service, oneoff: 'False' };
  const flags = Object.entries(labels).flatMap(([name, value]) => ['--label', `com.docker.compose.${name}=${value}`]);
  return (await runContainer(t, [...flags, ...args])).id;
}

const IDLE = ['redis:7.4.2'];
const BURNS = ['node:26-slim', 'node', '-e', 'for(;;);'];

interface Data {
  readonly containers: readonly { readonly id: string; readonly service: string; readonly cpuPercent: number }[];
  readonly saturated: readonly { readonly service: string; readonly why: string }[];
  readonly verdict: readonly string[];
}

async function takeOnce(project: string): Promise<Data> {
  const { code, stdout, output } = await runScript('top', ['--project', project, '--once', '--json']);
  assert.equal(code, 0, output);
  return JSON.parse(stdout) as Data;
}

test('top.mjs names the service that burns a core, and not the idle one', { skip, timeout: 240_000 }, async (t) => {
  const project = uniqueName('coinroom-test');
  await startService(t, project, 'idle', ...IDLE);
  await startService(t, project, 'burner', ...BURNS);
  // On a busy machine it gets less than a core at times: then the host is named, and that it is burner who uses most.
  const data = await eventually(async () => {
    const taken = await takeOnce(project);
    return taken.verdict.some((line) => line.includes('burner')) && taken;
  }, { what: 'burner to be named', withinMs: 120_000 });
  t.diagnostic(data.verdict.join());
  assert.deepEqual(data.containers.map(({ service }) => service), ['burner', 'idle']);
  assert.ok(data.saturated.every(({ service, why }) => service === 'burner' && /core/.test(why)), data.verdict.join());
  const { output } = await runScript('top', ['-p', project, '--once']);
  assert.match(output, /^container +service +CPU +memory +of limit +processes +busiest$/m);
  assert.match(output, /^coinroom-test-\w+ +idle +[\d.]+ % +[\d.]+ MiB +- +1 +redis-server$/m);
  assert.match(output, /^service +containers +CPU +memory\nburner +1 .*\nidle +1 /m);
  assert.match(output, /^the host has \d+ cores?: these containers use \d+(\.\d)? % of its CPU/m);
});

test('top.mjs names a service that is at its limit', { skip, timeout: 120_000 }, async (t) => {
  const project = uniqueName('coinroom-test');
  await startService(t, project, 'small', '--cpus', '0.25', ...BURNS);
  await startService(t, project, 'old', '--cpu-quota', '20000', ...BURNS);
  await eventually(async () => {
    const { saturated } = await takeOnce(project);
    assert.deepEqual(saturated.map(({ service }) => service), ['old', 'small']);
    assert.match(saturated[0]!.why, /^it uses [\d.]+ % of the 0.2 cores that it may use$/);
    assert.match(saturated[1]!.why, /^it uses [\d.]+ % of the 0.25 cores that it may use$/);
    return true;
  }, { what: 'both to be at their limit', withinMs: 60_000 });
});

test(
  'top.mjs goes on while containers come and go, and ends well with Ctrl-C',
  { skip, timeout: 120_000 },
  async (t) => {
    const project = uniqueName('coinroom-test');
    const first = await startService(t, project, 'one', ...IDLE);
    const top = startProgram(t, scriptCommand('top', ['-p', project, '--json', '--every', '100ms']));
    const shows = (...services: string[]) =>
      eventually(() => {
        const last = JSON.parse(top.output.at(-1) ?? '{}') as Partial<Data>;
        return last.containers?.map(({ service }) => service).join() === services.join();
      }, { what: `a sample of ${services.join() || 'nothing'}`, withinMs: 30_000 });
    await shows('one');
    const second = await startService(t, project, 'two', ...IDLE);
    await shows('one', 'two');
    await docker('rm', '--force', '--volumes', first);
    await shows('two');
    await docker('rm', '--force', '--volumes', second);
    await shows();
    assert.equal((await top.stop('SIGINT')).code, 0, top.lines.join('\n'));
  },
);

test('on a terminal the table changes in place, and Ctrl-C gives the cursor back', {
  skip: skip || unlessTerminal,
  timeout: 120_000,
}, async (t) => {
  const project = uniqueName('coinroom-test');
  await startService(t, project, 'one', ...IDLE);
  await startService(t, project, 'one', ...IDLE);
  const terminal = startOnTerminal(t, scriptCommand('top', ['-p', project]), { rows: 9 });
  const [hide, show, home] = ['\x1b[?25l', '\x1b[?25h', '\x1b[H'];
  await eventually(() => terminal.text().split(home).length > 2, { what: 'a second table', withinMs: 60_000 });
  terminal.type('\x03');
  assert.equal(await terminal.exited, 0);
  const text = terminal.text();
  assert.ok(text.includes(hide) && text.indexOf(hide) < text.indexOf(home));
  assert.ok(text.lastIndexOf(show) > text.lastIndexOf(home));
  const table = text.split(home)[1]!.split('\x1b[J')[0]!;
  assert.equal(table.split('\r\n').length - 1, 8, 'it fits, with a line for the prompt');
  assert.match(table, /… and 2 more/);
});

test('a reader that has seen enough ends top.mjs', { skip, timeout: 60_000 }, async (t) => {
  const project = uniqueName('coinroom-test');
  await startService(t, project, 'one', ...IDLE);
  const line = scriptCommand('top', ['-p', project, '--json']).map((word) => `'${word}'`).join(' ');
  const { code, output } = await run(['sh', '-c', `{ ${line}; echo "ended with $?" >&2; } | head -n 1`]);
  assert.equal(code, 0);
  assert.match(output, /^\{"at":.*\}\nended with 0\n$/);
});

test('top.mjs takes the project of the Compose file here', { skip, timeout: 120_000 }, async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'compose.yml'), 'services:\n  idle:\n    image: redis:7.4.2\n');
  const compose = [...(await composeClient()).command, '--project-name', basename(folder).toLowerCase()];
  const start = await runScript('top', ['--once'], { cwd: folder });
  assert.equal(start.code, 1);
  assert.match(start.output, /^No container runs in the project \S+: start it with \.\/scripts\/compose\.mjs up$/m);
  // Not after the test: then the folder has gone.
  try {
    await output([...compose, 'up', '--detach'], { cwd: folder });
    const { code, output: table } = await runScript('top', ['--once'], { cwd: folder });
    assert.equal(code, 0, table);
    assert.match(table, / idle +[\d.]+ % /);
    const all = await runScript('top', ['--all', '--once'], { cwd: folder });
    assert.match(all.output, new RegExp(` ${basename(folder).toLowerCase()}/idle `));
  } finally {
    await run([...compose, 'down', '--volumes', '--timeout', '1'], { cwd: folder });
  }
});

test('top.mjs refuses wrong usage by name', { skip }, async () => {
  const wrong: [string[], RegExp][] = [
    [['--every', '2'], /^A time is a number with ms, s, m or h; got "2"$/m],
    [['--cadvisor-port', '0'], /^--cadvisor-port must be a whole number from 1 to 65535; got "0"$/m],
    [['--all', '-p', 'x'], /^--all is every container of the engine: it goes with neither -p nor -f$/m],
    [['rng'], /^top\.mjs takes flags only; got "rng"$/m],
    [['--engine', 'node1'], /^An engine is tcp:.*; got "node1"$/m],
    [
      ['--cadvisor', '--engine', 'tcp://10.0.0.1:2376'],
      /^--cadvisor is for the engine here: .*; on every node of a Swarm \.\/scripts\/swarm\.mjs cadvisor starts it$/m,
    ],
    [['-f', 'nowhere.yml'], /^There is no Compose file nowhere\.yml$/m],
  ];
  for (const [args, message] of wrong) {
    const { code, output } = await runScript('top', args);
    assert.match(output, message);
    assert.equal(code, 2);
  }
});
