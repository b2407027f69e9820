/** What is to be deployed, and what of it is another than what is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppInfo, GroupInfo } from '../../../scripts/marathon/answers.ts';
import { type AppChange, compareApps } from '../../../scripts/marathon/compare.ts';
import { readWanted } from '../../../scripts/marathon/wanted.ts';

const DEFAULTS = {
  ...{ acceptedResourceRoles: ['*'], backoffFactor: 1.15, backoffSeconds: 1, cpus: 1, disk: 0, executor: '', gpus: 0 },
  ...{ instances: 1, mem: 128, maxLaunchDelaySeconds: 300, killSelection: 'YOUNGEST_FIRST', requirePorts: false },
  ...{ role: '*', networks: [{ mode: 'host' }], env: {}, labels: {}, constraints: [], version: '2026-01-01T00:00:00Z' },
  ...{ unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 }, tasks: [], deployments: [] },
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
};

function wantedOf(group: object) {
  return readWanted(JSON.stringify(group), 'group.json');
}

function changesOf(app: object, there: object): readonly AppChange[] {
  const group: GroupInfo = { id: '/g', apps: [{ ...DEFAULTS, id: '/g/one', ...there } as AppInfo] };
  return compareApps(wantedOf({ id: '/g', apps: [{ id: 'one', ...app }] }), group);
}

const UNCHANGED: readonly AppChange[] = [{ id: '/g/one', change: 'unchanged', fields: [] }];

test('readWanted() finds the apps of a group and of those below it, and takes a single app', () => {
  const group = { id: 'g', apps: [{ id: 'one' }], groups: [{ id: 'h', apps: [{ id: 'two' }, { id: '/g/h/three' }] }] };
  const { kind, id, apps, body } = wantedOf(group);
  assert.deepEqual({ kind, id, apps: [...apps.keys()] }, {
    ...{ kind: 'group', id: '/g', apps: ['/g/one', '/g/h/two', '/g/h/three'] },
  });
  assert.deepEqual(body, group);
  const app = wantedOf({ id: '/g/one', cmd: 'sleep 1' });
  assert.deepEqual([app.kind, app.id, [...app.apps.keys()]], ['app', '/g/one', ['/g/one']]);
});

test('readWanted() says what is wrong with a file, and quotes nothing of it', () => {
  const wrong: readonly (readonly [text: string, message: RegExp])[] = [
    ['{"id": hunter2}', /^Cannot read f\.json: it is no JSON(?!.*hunter2)/],
    ['[]', /^Cannot deploy f\.json: it must be the object of a group or of an app$/],
    ['{"apps": []}', /^Cannot deploy f\.json: it has no id$/],
    ['{"id": "/g", "apps": []}', /^Cannot deploy f\.json: it has no apps$/],
    ['{"id": "/g", "apps": {}}', /^Cannot deploy f\.json: apps of \/g is no list$/],
    ['{"id": "/g", "apps": [{}]}', /^Cannot deploy f\.json: one of the apps of \/g has no id$/],
    ['{"id": "/g", "scaleBy": 2}', /^Cannot deploy f\.json: scaleBy, or a version alone, is an order; this takes/],
    ['{"id": "/g", "version": "x"}', /^Cannot deploy f\.json: scaleBy, or a version alone, is an order; this takes/],
    ['{"id": "/", "apps": [{"id": "a"}]}', /^Cannot deploy f\.json: id must be a group of its own; got "\/", which is/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => readWanted(text, 'f.json'), (error: Error) => {
      assert.match(error.message, message);
      return true;
    });
  }
});

test('compareApps() takes a default for what is not said, and a port that was assigned for 0', () => {
  const bridge = [{ mode: 'container/bridge' }];
  assert.deepEqual(changesOf({ instances: 1, mem: 128, gpus: 0, env: {} }, {}), UNCHANGED);
  assert.deepEqual(changesOf({ upgradeStrategy: { minimumHealthCapacity: 1 } }, {}), UNCHANGED);
  assert.deepEqual(
    changesOf(
      { networks: bridge, container: { portMappings: [{ containerPort: 80, servicePort: 0 }] } },
      {
        networks: bridge,
        container: {
          type: 'DOCKER',
          portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp', servicePort: 10001, labels: {} }],
        },
      },
    ),
    UNCHANGED,
  );
  assert.deepEqual(
    changesOf({ portDefinitions: [{ port: 0 }] }, { portDefinitions: [{ port: 10000, protocol: 'tcp' }] }),
    UNCHANGED,
  );
});

test('compareApps() takes dependencies for the same in any order, and by any of their names', () => {
  const there = { dependencies: ['/g/redis', '/other/rng'] };
  assert.deepEqual(changesOf({ dependencies: ['/other/rng', 'redis'] }, there), UNCHANGED);
  assert.deepEqual(changesOf({ dependencies: ['../other/rng', '../g/redis'] }, there), UNCHANGED);
  assert.deepEqual(changesOf({ dependencies: ['redis'] }, there)[0]!.fields, ['dependencies']);
});

test('compareApps() names every place that differs, and no value', () => {
  const changes = changesOf(
    { instances: 3, env: { A: 's3cret', B: '' }, healthChecks: [{ path: '/', protocol: 'MESOS_HTTP' }], cmd: 'a' },
    { env: { A: 'other', C: '' }, healthChecks: [{ path: '/health', protocol: 'MESOS_HTTP', timeoutSeconds: 5 }] },
  );
  assert.deepEqual(changes, [{
    ...{ id: '/g/one', change: 'changed' },
    fields: ['instances', 'env.A', 'env.B', 'env.C', 'healthChecks(0).path', 'healthChecks(0).timeoutSeconds', 'cmd'],
  }]);
});

test('compareApps() sees what is there and is not said any more', () => {
  assert.deepEqual(changesOf({}, { constraints: [['hostname', 'UNIQUE']] })[0]!.fields, ['constraints']);
  assert.deepEqual(changesOf({}, { mem: 64 })[0]!.fields, ['mem']);
  assert.deepEqual(changesOf({}, { fetch: [{ uri: 'http://a', extract: false }] })[0]!.fields, ['fetch']);
  assert.deepEqual(changesOf({ healthChecks: [{ path: '/' }] }, {})[0]!.fields, ['healthChecks']);
});

test('compareApps() tells what is new, and what of a list that is given would be stopped', () => {
  const app = (id: string): AppInfo => ({ ...DEFAULTS, id });
  const there: GroupInfo = {
    ...{ id: '/g', apps: [app('/g/one'), app('/g/old')] },
    groups: [{ id: '/g/h', apps: [app('/g/h/two'), app('/g/h/old')] }, { id: '/g/i', apps: [app('/g/i/three')] }],
  };
  const tell = (group: object): string[] =>
    compareApps(wantedOf({ id: '/g', ...group }), there).map(({ id, change }) => `${change} ${id}`);
  assert.deepEqual(tell({ apps: [{ id: 'one' }, { id: 'new' }] }), [
    'unchanged /g/one',
    'created /g/new',
    'removed /g/old',
  ]);
  assert.deepEqual(tell({ groups: [{ id: 'h', apps: [{ id: 'two' }] }] }), [
    ...['unchanged /g/h/two', 'removed /g/h/old', 'removed /g/i/three'],
  ]);
  assert.deepEqual(compareApps(wantedOf({ id: '/g', apps: [{ id: 'one' }] }), undefined), [
    { id: '/g/one', change: 'created', fields: [] },
  ]);
});
