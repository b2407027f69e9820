import assert from 'node:assert/strict';
import { test } from 'node:test';
import { belongsTo, nameOf, serviceOf } from '../../../scripts/lib/container-names.ts';

const TASK = {
  name: 'coinroom_worker.3.m5ab1u5mqj9kzvj6cchvgvhq1',
  project: undefined,
  service: undefined,
  labels: {
    'com.docker.stack.namespace': 'coinroom',
    'com.docker.swarm.service.name': 'coinroom_worker',
    'com.docker.swarm.task.id': 'm5ab1u5mqj9kzvj6cchvgvhq1',
    'com.docker.swarm.node.id': 'jyeot60ytrm54b3wq9oh2jf8g',
  },
};

const COMPOSED = {
  name: 'coinroom_rng_1',
  project: 'coinroom',
  service: 'rng',
  labels: { 'com.docker.compose.oneoff': 'False' },
};

test('a stack of a Swarm is a project whose services have no name of a stack before their own', () => {
  assert.ok(belongsTo('coinroom', TASK));
  assert.ok(!belongsTo('coin', TASK));
  assert.equal(serviceOf(TASK, false), 'worker');
  assert.equal(serviceOf(TASK, true), 'coinroom/worker');
  assert.equal(nameOf(TASK), 'coinroom_worker.3');
  const onEachNode = 'coinroom-cadvisor.jyeot60ytrm54b3wq9oh2jf8g.m5ab1u5mqj9kzvj6cchvgvhq1';
  assert.equal(nameOf({ ...TASK, name: onEachNode }), 'coinroom-cadvisor');
});

test('a container of Compose belongs to its project, unless `compose run` has made it', () => {
  assert.ok(belongsTo('coinroom', COMPOSED));
  assert.ok(!belongsTo('shop', COMPOSED));
  assert.ok(!belongsTo('coinroom', { ...COMPOSED, labels: { 'com.docker.compose.oneoff': 'True' } }));
  assert.equal(serviceOf(COMPOSED, true), 'coinroom/rng');
  assert.equal(nameOf(COMPOSED), 'coinroom_rng_1');
});

test('a service of a Swarm that no stack has made keeps its whole name, and what has none its own', () => {
  const labels = { 'com.docker.swarm.service.name': 'coinroom-cadvisor' };
  assert.equal(serviceOf({ ...TASK, labels }, false), 'coinroom-cadvisor');
  assert.equal(serviceOf({ ...TASK, name: 'redis', labels: {} }, true), 'redis');
});
