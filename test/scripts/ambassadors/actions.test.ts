/** What is to be made, told and removed, computed from what there is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Action, decide } from '../../../scripts/ambassadors/actions.ts';
import { renderConfiguration } from '../../../scripts/ambassadors/haproxy.ts';
import type { Link } from '../../../scripts/ambassadors/links.ts';
import { missingNames, namesFile } from '../../../scripts/ambassadors/names-file.ts';
import type { Placed, Sight } from '../../../scripts/ambassadors/sight.ts';
import { wantedAmbassadors } from '../../../scripts/ambassadors/wanted.ts';
import type { Project } from '../../../scripts/lib/compose-project.ts';
import type { Container } from '../../../scripts/lib/containers.ts';
import { defaultEngine, type Engine, parseEngine } from '../../../scripts/lib/engine.ts';

const HERE = defaultEngine({});
const IMAGE = 'haproxy:1';

const LINK: Link = {
  consumer: 'worker',
  service: 'rng',
  names: ['rng', 'random'],
  address: '127.127.0.2',
  ports: [{ port: 80, mode: 'http' }],
  balance: 'roundrobin',
  checkPath: undefined,
};

function placed(name: string, changes: Partial<Container> = {}, engine: Engine = HERE): Placed {
  const [service, number = '1'] = name.split('_');
  const container: Container = {
    ...{ id: `id-${name}`, name, project: 'shop', service, number: Number(number), status: 'running', exitCode: 0 },
    ...{
      health: undefined,
      healthCommand: undefined,
      restarts: 0,
      startedAt: 1000,
      image: 'coinroom',
      imageId: 'sha256:1',
      memoryLimit: 0,
    },
    ...{ cpuLimit: 0, env: new Map(), labels: {}, ports: [], networks: new Map([['net', `10.0.0.${number}`]]) },
    ...{ networkMode: 'net', extraHosts: ['rng:127.127.0.2', 'random:127.127.0.2'], stopSignal: 'SIGTERM' },
    ...changes,
  };
  return { engine, container };
}

function ambassador(name: string, consumer: string, changes: Partial<Container> = {}): Placed {
  return placed(name, { image: IMAGE, networkMode: `container:id-${consumer}`, startedAt: 2000, ...changes });
}

function sightOf(members: readonly Placed[], ambassadors: readonly Placed[] = []): Sight {
  return { members, ambassadors, balancers: [] };
}

interface Known {
  readonly leaving?: readonly string[];
  readonly known?: boolean;
}

/** What would be done, in words. */
function actionsFor(sight: Sight, { leaving = [], known = false }: Known = {}): string[] {
  const wanted = wantedAmbassadors(sight, [LINK], { leaving: new Set(leaving) });
  const configurations = new Map(wanted.map(({ name, configuration }) => [name, configuration]));
  const options = { image: IMAGE, known: ({ name }: Container) => known ? configurations.get(name) : undefined };
  return decide(sight, wanted, options).map(({ kind, name }: Action) => `${kind} ${name}`);
}

/** The servers of the only ambassador that is wanted. */
function serversFor(members: readonly Placed[], leaving: readonly string[] = []): string[] {
  const [one] = wantedAmbassadors(sightOf(members), [LINK], { leaving: new Set(leaving) });
  return [...renderConfiguration(one!.configuration).matchAll(/^ {2}server (.*)$/gm)].map(([, server]) => server!);
}

test('each running consumer gets one, one that does not run none', () => {
  const members = [placed('worker_1'), placed('worker_2'), placed('worker_3', { status: 'exited' }), placed('rng_1')];
  assert.deepEqual(actionsFor(sightOf(members)), ['create worker_1-to-rng', 'create worker_2-to-rng']);
});

test('one that has not the names would not call an ambassador, and gets none', () => {
  const members = [placed('worker_1', { extraHosts: ['rng:10.0.0.1'] }), placed('rng_1')];
  assert.deepEqual(actionsFor(sightOf(members)), []);
  assert.equal(wantedAmbassadors(sightOf(members), [LINK], { nameless: true }).length, 1, 'but for a plan');
});

test('one that is as it should be is left alone, one of which nobody knows is asked', () => {
  const sight = sightOf([placed('worker_1'), placed('rng_1')], [ambassador('worker_1-to-rng', 'worker_1')]);
  assert.deepEqual(actionsFor(sight, { known: true }), []);
  assert.deepEqual(actionsFor(sight), ['configure worker_1-to-rng']);
});

test('one whose consumer was started after it stands in a network that is gone', () => {
  const members = [placed('worker_1', { startedAt: 3000 }), placed('rng_1')];
  const there = [ambassador('worker_1-to-rng', 'worker_1')];
  assert.deepEqual(actionsFor(sightOf(members, there), { known: true }), ['restart worker_1-to-rng']);
});

test('one that has ended is started again, one that is on its way up is waited for', () => {
  const members = [placed('worker_1'), placed('rng_1')];
  const there = (status: string): Placed[] => [ambassador('worker_1-to-rng', 'worker_1', { status })];
  assert.deepEqual(actionsFor(sightOf(members, there('exited'))), ['restart worker_1-to-rng']);
  assert.deepEqual(actionsFor(sightOf(members, there('restarting'))), []);
});

test('one of a container that was made anew under the same name, or of another image, is made again', () => {
  const members = [placed('worker_1'), placed('rng_1')];
  const old = ambassador('worker_1-to-rng', 'another');
  assert.deepEqual(actionsFor(sightOf(members, [old]), { known: true }), ['replace worker_1-to-rng']);
  const other = ambassador('worker_1-to-rng', 'worker_1', { image: 'haproxy:0' });
  assert.deepEqual(actionsFor(sightOf(members, [other]), { known: true }), ['replace worker_1-to-rng']);
});

test('one of a consumer that is gone is removed, one of a consumer that only stopped is kept', () => {
  const there = [ambassador('worker_1-to-rng', 'worker_1')];
  assert.deepEqual(actionsFor(sightOf([placed('rng_1')], there)), ['remove worker_1-to-rng']);
  assert.deepEqual(actionsFor(sightOf([placed('worker_1', { status: 'exited' })], there)), []);
});

test('one of a link that there is no more is removed', () => {
  const there = [ambassador('worker_1-to-redis', 'worker_1'), ambassador('worker_1-to-rng', 'worker_1')];
  const sight = sightOf([placed('worker_1'), placed('rng_1')], there);
  assert.deepEqual(actionsFor(sight, { known: true }), ['remove worker_1-to-redis']);
});

test('instances are those that run and have not been told to end, by their address in a network of the consumer', () => {
  const members = [
    placed('worker_1', { networks: new Map([['back', '10.1.0.9'], ['front', '10.2.0.9']]) }),
    placed('rng_1', { networks: new Map([['other', '10.3.0.1'], ['front', '10.2.0.1']]) }),
    placed('rng_2', { networks: new Map([['front', '10.2.0.2'], ['back', '10.1.0.2']]) }),
    placed('rng_3', { networks: new Map([['front', 'fd00::3']]) }),
    placed('rng_4', { status: 'exited' }),
    placed('rng_5', { networks: new Map([['front', '10.2.0.5']]) }),
  ];
  assert.deepEqual(serversFor(members, ['id-rng_5']), ['rng_1 10.2.0.1:80', 'rng_2 10.1.0.2:80', 'rng_3 [fd00::3]:80']);
});

test('instances on another engine are reached where they are published', () => {
  const [one, two] = [parseEngine('tcp://10.9.0.1:2376'), parseEngine('node2=unix:///run/two.sock')];
  const port = { containerPort: 80, protocol: 'tcp', hostPort: 8010, hostIp: '0.0.0.0' };
  const members = [
    placed('worker_1', {}, two),
    placed('rng_1', { ports: [{ ...port, protocol: 'udp', hostPort: 1 }, port] }, one),
    placed('rng_1', { id: 'other', networks: new Map(), ports: [{ ...port, hostPort: 8011 }] }, two),
    placed('rng_2', { ports: [{ ...port, hostIp: '127.0.0.1' }] }, one),
    placed('rng_3', {}, one),
  ];
  assert.deepEqual(serversFor(members), ['10.9.0.1.rng_1 10.9.0.1:8010', 'node2.rng_1 node2:8011']);
  const [wanted] = wantedAmbassadors(sightOf(members), [LINK]);
  assert.equal(wanted!.backends, 2);
  assert.deepEqual(wanted!.unreachable, [
    'worker_1 cannot reach rng_2 on 10.9.0.1: it publishes 80 on that machine alone',
    'worker_1 cannot reach rng_3 on 10.9.0.1: they have no network in common, and it publishes no port for 80',
  ]);
});

test('an instance that is published on one address of its machine is reached there, and nowhere else', () => {
  const port = { containerPort: 80, protocol: 'tcp', hostPort: 8010, hostIp: '192.168.7.2' };
  const one: Engine = { name: '10.1.1.1', env: {}, address: '10.1.1.1' };
  const two: Engine = { name: '10.1.1.2', env: {}, address: '10.1.1.2' };
  const servers = serversFor([placed('worker_1', {}, one), placed('rng_1', { ports: [port] }, two)]);
  assert.deepEqual(servers.map((server) => server.split(' ')[1]), ['192.168.7.2:8010']);
});

test('the file of names has all of them, stands beside the others, and keeps their version', () => {
  const project = { directory: '/shop', files: ['/shop/a.yml', '/shop/compose.ambassadors.yml'], version: '3.9' };
  const { path, text, others } = namesFile(project as unknown as Project, [LINK, {
    ...LINK,
    service: 'x',
    names: ['x'],
  }]);
  assert.equal(path, '/shop/compose.ambassadors.yml');
  assert.deepEqual(others, ['/shop/a.yml']);
  assert.equal(
    text,
    `# Written by ambassadors.mjs: under which addresses these services find their ambassadors.
# It stands beside the others: -f a.yml -f compose.ambassadors.yml
version: "3.9"
services:
  worker:
    extra_hosts:
      - rng:127.127.0.2
      - random:127.127.0.2
      - x:127.127.0.2
`,
  );
  const { container } = placed('worker_1', { extraHosts: ['rng:127.127.0.2', 'random:10.0.0.1'] });
  assert.deepEqual(missingNames(container, [LINK]), ['random']);
});

test('parseEngine() takes what DOCKER_HOST takes, with an address where that has none', () => {
  assert.deepEqual(parseEngine('tcp://[fd00::1]:2376'), {
    name: 'fd00::1',
    env: { DOCKER_HOST: 'tcp://[fd00::1]:2376' },
    address: 'fd00::1',
  });
  assert.equal(parseEngine('ssh://ubuntu@node1').address, 'node1');
  assert.equal(parseEngine('10.0.0.1=unix:///run/docker.sock').address, '10.0.0.1');
  for (const text of ['unix:///run/docker.sock', 'node1', '10.0.0.1=', 'http://node1', '=tcp://node1']) {
    assert.throws(() => parseEngine(text), { name: 'UsageError' }, text);
  }
});
