/** A Compose file as a stack: what is carried over, what is not, and that it is said. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { toStack } from '../../../scripts/swarm/stack-file.ts';
import { ROOT } from '../../../testkit/machine.ts';

type Services = Record<string, { deploy: Record<string, unknown> } & Record<string, unknown>>;

const DIGEST = `example.org/coinroom@sha256:${'0'.repeat(64)}`;
const dataLabel = 'data';

function stackOf(service: object, endpoint: 'vip' | 'dnsrr' = 'vip') {
  const { file, losses } = toStack({ services: { one: { image: DIGEST, ...service } } }, { endpoint, dataLabel });
  return { one: (file.services as Services).one!, losses };
}

test('our own file: every service, limits, updates that go back, a place for the wallet', () => {
  const config = parse(readFileSync(join(ROOT, 'compose.yml'), 'utf8').replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1'), {
    merge: true,
  });
  for (const endpoint of ['vip', 'dnsrr'] as const) {
    const { file, losses } = toStack(config, { endpoint, dataLabel });
    const services = file.services as Services;
    assert.deepEqual(Object.keys(services), ['rng', 'hasher', 'worker', 'webui', 'redis']);
    assert.deepEqual(services.worker!.deploy, {
      endpoint_mode: endpoint,
      restart_policy: { condition: 'any' },
      update_config: { parallelism: 2, order: 'start-first', failure_action: 'rollback', monitor: '5s' },
      rollback_config: { parallelism: 2, order: 'start-first' },
      resources: { limits: { memory: '256m' } },
    });
    assert.deepEqual(services.redis!.deploy.placement, { constraints: ['node.labels.data == true'] });
    assert.equal((services.redis!.deploy.update_config as { order: string }).order, 'stop-first');
    assert.deepEqual(services.webui!.ports, [
      { target: 80, published: 8000, protocol: 'tcp', mode: endpoint === 'vip' ? 'ingress' : 'host' },
    ]);
    assert.equal(services.rng!.ports, undefined);
    assert.equal(services.worker!.build ?? services.worker!.depends_on ?? services.worker!.security_opt, undefined);
    for (
      const loss of [
        /^rng: ports: .* no single port/,
        /^worker: depends_on: /,
        /^rng: security_opt: /,
        /^redis: volumes: wallet /,
      ]
    ) {
      assert.ok(losses.some((one) => loss.test(one)), String(loss));
    }
  }
});

test('what is not known is a loss by name, and so is an image that may be another on each node', () => {
  const { losses, one } = stackOf({ image: 'redis:7.4.2', privileged: true, container_name: 'x', pid: 'host' });
  assert.deepEqual(losses, [
    'one: privileged: a stack does not know it',
    'one: container_name: each task has a name of its own',
    'one: pid: a stack does not know it',
    'one: image: redis:7.4.2 has no digest: each node may have another',
  ]);
  assert.deepEqual(Object.keys(one), ['image', 'deploy']);
  assert.deepEqual(stackOf({}).losses, []);
});

const RESTARTS = {
  no: 'none',
  always: 'any',
  'unless-stopped': 'any',
  'on-failure': 'on-failure',
  'on-failure:3': 'on-failure',
};

for (const [restart, condition] of Object.entries(RESTARTS)) {
  test(`restart: ${restart} becomes ${condition}`, () => {
    assert.deepEqual(stackOf({ restart }).one.deploy.restart_policy, { condition });
  });
}

test('what the file itself says of its deployment counts', () => {
  const { one } = stackOf({
    deploy: { replicas: 4, endpoint_mode: 'dnsrr', update_config: { parallelism: 2 } },
    mem_limit: '268435456',
  });
  assert.equal(one.deploy.replicas, 4);
  assert.equal(one.deploy.endpoint_mode, 'dnsrr');
  assert.deepEqual(one.deploy.update_config, { parallelism: 2 });
  assert.deepEqual(one.deploy.resources, { limits: { memory: '268435456b' } });
});

test('ports as text and as objects, with an address and a protocol; a range is none', () => {
  const ports = [
    '8000:80',
    '127.0.0.1:53:53/udp',
    { published: '9000', target: 90, protocol: 'tcp' },
    '8010-8029:80',
    '80',
  ];
  const { one, losses } = stackOf({ ports });
  assert.deepEqual(one.ports, [
    { target: 80, published: 8000, protocol: 'tcp', mode: 'ingress' },
    { target: 53, published: 53, protocol: 'udp', mode: 'ingress' },
    { target: 90, published: 9000, protocol: 'tcp', mode: 'ingress' },
  ]);
  assert.equal(losses.length, 2);
});
