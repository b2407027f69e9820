import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { selectContainers } from '../../scripts/clean/belongings.ts';
import { confirmTwice } from '../../scripts/clean/clean.ts';
import { composeClient } from '../../scripts/lib/compose-project.ts';
import { docker, output, type Run, run, runContainer, uniqueName, unlessDocker } from '../../testkit/docker.ts';
import { type Scope, temporaryFolder } from '../../testkit/machine.ts';
import { runScript, scriptCommand } from '../../testkit/script.ts';
import { startOnTerminal, unlessTerminal } from '../../testkit/terminal.ts';

const skip = unlessDocker;

/** For tests that say --all: an engine that nobody has, so that no mistake can remove anybody's containers. */
const NO_ENGINE = { DOCKER_HOST: 'tcp://127.0.0.1:1' };

const FILE = `
services:
  store:
    image: redis:7.4.2
    volumes: ['wallet:/data']
  writer:
    image: redis:7.4.2
volumes:
  wallet: {}
`;

interface Shop {
  readonly name: string;
  readonly volume: string;
  readonly container: (service: string, number: number) => string;
}

/** A running Compose project, whose Compose file is gone. */
async function startShop(t: Scope): Promise<Shop> {
  const name = uniqueName('coinroomtest').replace('-', '');
  const file = join(await temporaryFolder(t), 'shop.yml');
  const volumes: string[] = [];
  t.after(async () => {
    const ids = await docker('ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${name}`);
    if (ids !== '') await run(['docker', 'rm', '--force', '--volumes', ...ids.split('\n')]);
    await run(['docker', 'network', 'rm', `${name}_default`]);
    await run(['docker', 'volume', 'rm', '--force', ...volumes]);
  });
  await writeFile(file, FILE);
  const { command, separator } = await composeClient();
  const compose = [...command, '--project-name', name, '--file', file];
  await output([...compose, 'up', '--detach', '--scale', 'writer=2']);
  // What it leaves is of the project too.
  await output([...compose, 'run', '--name', `${name}_oneoff`, 'writer', 'redis-server', '--version']);
  await rm(file);
  // Those without a name that stay when their containers go are this test's to remove.
  const format = '{{range .Mounts}}{{.Name}} {{end}}';
  const mounted = await docker('inspect', '--format', format, ...await containersOf(name));
  volumes.push(...new Set(mounted.split(/\s+/).filter((volume) => volume !== '')));
  const container = (service: string, number: number): string => [name, service, number].join(separator);
  return { name, volume: `${name}_wallet`, container };
}

const clean = (...args: string[]): Promise<Run> => runScript('clean', args, { cwd: '/' });

const isThere = async (kind: 'container' | 'network' | 'volume', name: string): Promise<boolean> =>
  (await run(['docker', kind, 'inspect', name])).code === 0;

const containersOf = async (project: string): Promise<string[]> => {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  return (await docker('ps', '--all', ...filter, '--format', '{{.Names}}')).split('\n').filter((name) => name !== '');
};

test('selectContainers() takes what is of the project, and the cAdvisor started for it or for nobody', () => {
  const one = (name: string, project?: string, labels: Record<string, string> = {}) => ({ name, project, labels });
  const containers = [
    one('mine', 'shop'),
    one('run', 'shop', { 'com.docker.compose.oneoff': 'True' }),
    one('other', 'shopping'),
    one('nobodys'),
    one('my-cadvisor', undefined, { coinroom: 'cadvisor', 'coinroom.project': 'shop' }),
    one('any-cadvisor', undefined, { coinroom: 'cadvisor' }),
    one('what-all-run-on', undefined, { coinroom: 'classic-swarm' }),
    one('their-cadvisor', undefined, { coinroom: 'cadvisor', 'coinroom.project': 'shopping' }),
  ];
  const names = (scope: Parameters<typeof selectContainers>[1]): string[] =>
    selectContainers(containers, scope).map(({ name }) => name);
  assert.deepEqual(names({ kind: 'project', name: 'shop' }), ['mine', 'run', 'my-cadvisor', 'any-cadvisor']);
  assert.deepEqual(names({ kind: 'project', name: 'nobodys' }), ['any-cadvisor']);
  assert.deepEqual(names({ kind: 'all' }), containers.map(({ name }) => name));
});

test('confirmTwice() asks two questions, the second about whose they are, and takes one no for a no', async () => {
  const containers = [{ project: 'shop' }, { project: 'shop' }, { project: undefined }];
  const questions = [
    'Stop and remove all 3 containers of this engine, whoever made them?',
    'They are of shop (2), no project (1). Will nobody miss them?',
  ];
  for (
    const { answers, asked, isYes } of [
      { answers: [false], asked: 1, isYes: false },
      { answers: [true, false], asked: 2, isYes: false },
      { answers: [true, true], asked: 2, isYes: true },
    ]
  ) {
    const heard: string[] = [];
    const ask = (question: string): Promise<boolean> => Promise.resolve(answers[heard.push(question) - 1]!);
    assert.equal(await confirmTwice(containers, ask), isYes);
    assert.deepEqual(heard, questions.slice(0, asked));
  }
});

test('clean.mjs removes a project whose file is gone, keeps its volume, and leaves others alone', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const foreign = await runContainer(t, ['redis:7.4.2']);
  const shop = await startShop(t);
  await docker('pause', shop.container('writer', 1));
  const services = [['store', 1], ['writer', 1], ['writer', 2]] as const;
  const names = [`${shop.name}_oneoff`, ...services.map(([service, number]) => shop.container(service, number))];

  const shown = await clean('-p', shop.name, '--dry-run', '--json');
  assert.equal(shown.code, 0, shown.output);
  const plan = JSON.parse(shown.stdout) as { containers: string[]; kept: string[] };
  assert.deepEqual({
    ...plan,
    containers: plan.containers.toSorted(),
    kept: plan.kept.filter((name) => name === shop.volume),
  }, {
    project: shop.name,
    dryRun: true,
    containers: names.toSorted(),
    networks: [`${shop.name}_default`],
    volumes: [],
    kept: [shop.volume],
    failed: [],
  });
  assert.equal((await containersOf(shop.name)).length, 4);

  const since = Math.floor(Date.now() / 1000);
  const { code, output } = await clean('-p', shop.name, '--yes');
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`^container +${shop.container('store', 1)} +${shop.name} +store +running$`, 'm'));
  assert.match(
    output,
    new RegExp(`^Removed 4 containers, 1 network of ${shop.name}; volumes kept: ${shop.volume}, `, 'm'),
  );
  assert.deepEqual(await containersOf(shop.name), []);
  assert.equal(await isThere('network', `${shop.name}_default`), false);
  assert.equal(await isThere('volume', shop.volume), true);
  assert.equal(await foreign.inspect('{{.State.Status}}'), 'running');

  // Whoever writes has to end before the store does.
  const labels = [`project=${shop.name}`, 'oneoff=False'].map((label) => `label=com.docker.compose.${label}`);
  const filters = ['event=die', ...labels].flatMap((one) => ['--filter', one]);
  const until = Math.ceil(Date.now() / 1000);
  const died = (await docker(
    ...['events', '--since', `${since}`, '--until', `${until}`, ...filters],
    ...['--format', '{{index .Actor.Attributes "com.docker.compose.service"}}'],
  )).split('\n');
  assert.deepEqual(died, ['writer', 'writer', 'store']);

  const again = await clean('-p', shop.name);
  assert.equal(again.code, 0);
  assert.equal(
    again.output,
    `There is nothing of ${shop.name} to remove; volumes kept: ${shop.volume} (--volumes removes it too)\n`,
  );
  const volumes = await clean('-p', shop.name, '--volumes', '--yes', '--json');
  assert.equal(volumes.code, 0, volumes.output);
  assert.deepEqual((JSON.parse(volumes.stdout) as { volumes: string[] }).volumes, [shop.volume]);
  assert.equal(await isThere('volume', shop.volume), false);
  assert.match((await clean('-p', shop.name, '--volumes')).output, /^There is nothing of \w+ to remove$/m);
});

test('--volumes takes also the volumes without a name', { skip, timeout: 180_000 }, async (t) => {
  const shop = await startShop(t);
  const format = '{{range .Mounts}}{{.Name}} {{end}}';
  const unnamed = (await docker('inspect', '--format', format, shop.container('writer', 1))).trim();
  assert.match(unnamed, /^[0-9a-f]{64}$/);
  const { code, output } = await clean('-p', shop.name, '--volumes', '--yes');
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`^volume +${unnamed} +without a name$`, 'm'));
  assert.equal(await isThere('volume', unnamed), false);
  assert.equal(await isThere('volume', shop.volume), false);
});

test('clean.mjs asks on a terminal, and without one it wants --yes', {
  skip: skip || unlessTerminal,
  timeout: 180_000,
}, async (t) => {
  const shop = await startShop(t);
  const unasked = await clean('-p', shop.name);
  assert.equal(unasked.code, 1);
  assert.match(unasked.output, /There is no terminal to ask on: say --yes$/m);

  const terminal = startOnTerminal(t, scriptCommand('clean', ['-p', shop.name]));
  await terminal.shows(new RegExp(`Stop and remove 4 containers, 1 network of ${shop.name}\\? \\[y/N\\] `));
  terminal.type('\r');
  assert.equal(await terminal.exited, 1);
  assert.match(terminal.text(), /Nothing was removed/);
  assert.equal((await containersOf(shop.name)).length, 4);

  const willing = startOnTerminal(t, scriptCommand('clean', ['-p', shop.name]));
  await willing.shows(/\[y\/N\] /);
  willing.type('y\r');
  assert.equal(await willing.exited, 0);
  assert.deepEqual(await containersOf(shop.name), []);
});

test('what cannot be removed is named, and stops nothing else', { skip, timeout: 180_000 }, async (t) => {
  const shop = await startShop(t);
  const guest = await runContainer(t, ['--network', `${shop.name}_default`, 'redis:7.4.2']);
  const { code, output } = await clean('-p', shop.name, '--yes');
  assert.equal(code, 1);
  assert.match(output, new RegExp(`^Cannot remove the network ${shop.name}_default: .*active endpoints`, 'm'));
  assert.match(output, new RegExp(`^Removed 4 containers of ${shop.name};`, 'm'));
  assert.equal(await guest.inspect('{{.State.Status}}'), 'running');
  await guest.stop();
  const again = await clean('-p', shop.name, '--yes');
  assert.equal(again.code, 0, again.output);
  assert.match(again.output, new RegExp(`^Removed 1 network of ${shop.name};`, 'm'));
});

test(
  'the cAdvisor that was started for a project goes with it, that of another stays',
  { skip, timeout: 60_000 },
  async (t) => {
    const [mine, theirs] = [uniqueName('coinroom-test'), uniqueName('coinroom-test')];
    const start = (project: string) =>
      runContainer(t, ['--label', 'coinroom=cadvisor', '--label', `coinroom.project=${project}`, 'redis:7.4.2']);
    const [own, other] = [await start(mine), await start(theirs)];
    const { code, output } = await clean('-p', mine, '--volumes', '--yes');
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`^Removed 1 container, 1 volume of ${mine}`, 'm'));
    assert.equal(await isThere('container', own.id), false);
    assert.equal(await other.inspect('{{.State.Status}}'), 'running');
  },
);

test('--all shows the containers of everybody, and removes none without being told twice', { skip }, async (t) => {
  const foreign = await runContainer(t, ['redis:7.4.2']);
  const name = (await foreign.inspect('{{.Name}}')).slice(1);
  const shown = await clean('--all', '--dry-run', '--json');
  assert.equal(shown.code, 0, shown.output);
  const plan = JSON.parse(shown.stdout) as { project: null; containers: string[] };
  assert.ok(plan.containers.includes(name));
  assert.match(shown.output, /^--dry-run: \d+ containers? of this engine would be removed$/m);
  assert.equal(await foreign.inspect('{{.State.Status}}'), 'running');

  const refusals: [string[], RegExp][] = [
    [['--all', '--yes'], /^--all removes the containers of everybody: one --yes is not enough, say --yes --yes$/m],
    [['--all'], /^--all removes the containers of everybody: there is no terminal to ask on, say --yes --yes$/m],
    [['--all', '--yes', '--yes', '-p', 'shop'], /^--all is every container of the engine and nothing else: not with/m],
    [['--all', '--yes', '--yes', '--volumes'], /^--all is every container of the engine and nothing else: not with/m],
    [['--yes', 'shop'], /^clean\.mjs takes flags only; got "shop"$/m],
  ];
  for (const [args, message] of refusals) {
    const { code, output } = await runScript('clean', args, { env: NO_ENGINE });
    assert.match(output, message);
    assert.equal(code, 2);
  }
  const twice = await runScript('clean', ['--all', '--yes', '--yes'], { env: NO_ENGINE });
  assert.match(twice.output, /Cannot connect to the Docker daemon at tcp:\/\/127\.0\.0\.1:1/, 'it is not refused');
  assert.equal(twice.code, 1);
});
