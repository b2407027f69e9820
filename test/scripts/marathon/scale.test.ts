/** What an app asks for, what it keeps, how many there are of it and where. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarathonApp } from '../../../scripts/marathon/api.ts';
import { type MarathonOptions, toMarathon } from '../../../scripts/marathon/generate.ts';
import { parseConstraint } from '../../../scripts/marathon/scale.ts';
import { application, type ServiceGiven } from '../../../testkit/application.ts';

function appOf(service: ServiceGiven, options?: MarathonOptions): MarathonApp {
  return toMarathon(application({ services: { one: service } }), options).group.apps[0]!;
}

/** `what: why`, of one service. */
function lossesOf(service: ServiceGiven): string[] {
  return toMarathon(application({ services: { one: service } })).losses.map(({ what, why }) => `${what}: ${why}`);
}

function choicesOf(service: ServiceGiven): string[] {
  return toMarathon(application({ services: { one: service } })).choices.map(({ what, why }) => `${what}: ${why}`);
}

function parametersOf(service: ServiceGiven): string[] {
  return (appOf(service).container.docker.parameters ?? []).map(({ key, value }) => `--${key}=${value}`);
}

test('resources: what is reserved is asked for, a limit of no less is a limit', () => {
  const of = (resources: NonNullable<ServiceGiven['resources']>) => {
    const { cpus, mem, resourceLimits } = appOf({ resources });
    return { cpus, mem, resourceLimits };
  };
  const MIB = 1024 ** 2;
  assert.deepEqual(of({}), { cpus: 0.1, mem: 128, resourceLimits: undefined });
  assert.deepEqual(of({ cpuLimit: 2, memoryLimitBytes: 256 * MIB }), {
    cpus: 0.1,
    mem: 256,
    resourceLimits: { cpus: 2 },
  });
  assert.deepEqual(of({ cpuLimit: 0.05 }), { cpus: 0.05, mem: 128, resourceLimits: { cpus: 0.05 } });
  assert.deepEqual(
    of({ cpuReservation: 0.5, cpuLimit: 0.5, memoryReservationBytes: 64 * MIB, memoryLimitBytes: 6 * MIB * 16 + 1 }),
    { cpus: 0.5, mem: 64, resourceLimits: { cpus: 0.5, mem: 97 } },
  );
  assert.equal(of({ cpuReservation: 0.0001 }).cpus, 0.001);
  assert.match(choicesOf({}).join(), /it asks for 0.1 of a core.*it gets 128 MiB/);
});

test('of more that is reserved than it may take, what it may take is asked for, and that is told', () => {
  const resources = {
    ...{ cpuReservation: 2, cpuLimit: 0.5 },
    ...{ memoryReservationBytes: 64 * 1024 ** 2, memoryLimitBytes: 32 * 1024 ** 2 },
  };
  const { cpus, mem, resourceLimits } = appOf({ resources });
  assert.deepEqual({ cpus, mem, resourceLimits }, { cpus: 0.5, mem: 32, resourceLimits: { cpus: 0.5 } });
  const why = 'more is reserved than it may take: what it may take is asked for';
  assert.deepEqual(lossesOf({ resources }), [
    `deploy.resources: of cores, ${why}`,
    `deploy.resources: of memory, ${why}`,
  ]);
});

test('what has a volume of its own is one, stays with it, and ends before the next begins', () => {
  const mounts = [{ kind: 'volume', name: 'data', target: '/var/lib/x' }] as const;
  const app = appOf({ mounts }, { volumeSizes: new Map([['data', 512]]) });
  assert.deepEqual(app.container.volumes, [
    { containerPath: 'data', mode: 'RW', persistent: { type: 'root', size: 512 } },
    { containerPath: '/var/lib/x', hostPath: 'data', mode: 'RW' },
  ]);
  assert.deepEqual(app.upgradeStrategy, { minimumHealthCapacity: 0, maximumOverCapacity: 0 });
  assert.equal(app.unreachableStrategy, 'disabled');
  assert.throws(() => appOf({ mounts, replicas: 2 }), {
    name: 'SyntaxError',
    message:
      'Cannot run 2 instances of one: each would have a volume of its own, and none the data of all (compose.yml, line 10)',
  });
  assert.throws(
    () => appOf({ mounts }, { instances: new Map([['one', 3]]) }),
    /^SyntaxError: Cannot run 3 instances of one/,
  );
  assert.equal(appOf({ mounts }, { instances: new Map([['one', 0]]) }).instances, 0);
});

test('other mounts: paths of agents, memory, and what is lost', () => {
  const mounts = [
    { kind: 'bind', source: '/var/run/docker.sock', target: '/docker.sock', isReadOnly: true },
    { kind: 'bind', source: './conf', target: '/etc/x' },
    { kind: 'anonymous', target: '/cache' },
    { kind: 'tmpfs', target: '/tmp', sizeBytes: 65_536, isReadOnly: false },
    { kind: 'tmpfs', target: '/run', sizeBytes: undefined },
  ] as const;
  const app = appOf({ mounts, replicas: 3 });
  assert.deepEqual(app.container.volumes, [
    { containerPath: '/docker.sock', hostPath: '/var/run/docker.sock', mode: 'RO' },
  ]);
  assert.deepEqual(parametersOf({ mounts }), ['--volume=/cache', '--tmpfs=/tmp:size=65536', '--tmpfs=/run']);
  assert.deepEqual(lossesOf({ mounts }), [
    'volumes: ./conf is a path of this machine: put it into the image',
    'volumes: /cache has no name: it is gone with each task',
  ]);
  assert.equal(app.unreachableStrategy, undefined);
});

test('what is written to the disk of an agent is not written by two at a time, and stays there', () => {
  const mounts = [{ kind: 'bind', source: '/srv/x', target: '/x' }] as const;
  assert.deepEqual(appOf({ mounts }).upgradeStrategy, { minimumHealthCapacity: 0, maximumOverCapacity: 0 });
  const three = { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 };
  assert.deepEqual(appOf({ mounts, replicas: 3 }).upgradeStrategy, three);
  assert.deepEqual(lossesOf({ mounts }), [
    'volumes: what is written to /srv/x stays on an agent when the task goes to another',
  ]);
  const socket = [{ kind: 'bind', source: '/var/run/docker.sock', target: '/x' }] as const;
  assert.equal(appOf({ mounts: socket }).upgradeStrategy.maximumOverCapacity, 0.2);
  assert.deepEqual(lossesOf({ mounts: socket }), []);
});

test('a volume of two services, and one that is there already, begin empty: both are losses', () => {
  const mounts = [{ kind: 'volume', name: 'data', target: '/data' }] as const;
  const { losses } = toMarathon(
    application({ services: { a: { mounts }, b: { mounts } }, volumes: [{ name: 'data', isExternal: true }] }),
  );
  assert.deepEqual(losses.map(({ service, why }) => `${service} ${why.split(':')[0]}`), [
    ...['a data begins empty', 'a data is another one in each app'],
    ...['b data begins empty', 'b data is another one in each app'],
  ]);
});

test('one on each machine: at most one on an agent, and room is made before others come', () => {
  const { instances, constraints, upgradeStrategy } = appOf({ isGlobal: true }, { instances: new Map([['one', 5]]) });
  assert.deepEqual({ instances, constraints, upgradeStrategy }, {
    instances: 5,
    constraints: [['hostname', 'UNIQUE']],
    upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 },
  });
  assert.equal(appOf({ isGlobal: true }).upgradeStrategy.minimumHealthCapacity, 0);
  const constraints2 = new Map([['one', [parseConstraint('rack:LIKE:a|b'), parseConstraint('hostname:UNIQUE')]]]);
  assert.deepEqual(appOf({ isGlobal: true }, { constraints: constraints2 }).constraints, constraints2.get('one'));
});

test('constraints are read as Marathon would check them', () => {
  const good = [
    'hostname:UNIQUE',
    'rack:GROUP_BY',
    'rack:GROUP_BY:3',
    'rack:MAX_PER:2',
    'a:LIKE:x:y',
    'a:CLUSTER',
    'a:IS:b',
  ];
  assert.deepEqual(good.map((text) => parseConstraint(text).join(':')), good);
  for (
    const bad of [
      '',
      'rack',
      ':UNIQUE',
      'a:unique',
      'a:UNIQUE:b',
      'a:MAX_PER',
      'a:MAX_PER:x',
      'a:GROUP_BY:x',
      'a:LIKE',
      'a:IS',
    ]
  ) {
    assert.throws(() => parseConstraint(bad), { name: 'SyntaxError' }, bad);
  }
});
