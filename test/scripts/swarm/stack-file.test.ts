/** A Compose file as a stack: what is carried over, what is not, and that it is said. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { toStack } from '../../../scripts/swarm/stack-file.ts';
import { run } from '../../../testkit/docker.ts';
import { ROOT, temporaryFolder, unlessInstalled } from '../../../testkit/machine.ts';

type Services = Record<string, { deploy: Record<string, unknown> } & Record<string, unknown>>;

const DIGEST = `example.org/coinroom@sha256:${'0'.repeat(64)}`;
const OPTIONS = { dataLabel: 'data', frontImage: 'haproxy:3.2.21' };

function stackOf(service: object, endpoint: 'vip' | 'dnsrr' = 'vip') {
  const { file, losses } = toStack({ services: { one: { image: DIGEST, ...service } } }, { endpoint, ...OPTIONS });
  return { one: (file.services as Services).one!, losses };
}

test('our own file: every service, limits, updates that go back, a place for the wallet', () => {
  const config = parse(readFileSync(join(ROOT, 'compose.yml'), 'utf8').replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1'), {
    merge: true,
  });
  for (const endpoint of ['vip', 'dnsrr'] as const) {
    const { file, losses } = toStack(config, { endpoint, ...OPTIONS });
    const services = file.services as Services;
    const front = endpoint === 'dnsrr' ? ['balancer'] : [];
    assert.deepEqual(Object.keys(services), ['rng', 'hasher', 'worker', 'webui', 'redis', ...front]);
    assert.deepEqual(services.worker!.deploy, {
      endpoint_mode: endpoint,
      restart_policy: { condition: 'any' },
      update_config: { parallelism: 2, order: 'start-first', failure_action: 'rollback', monitor: '5s' },
      rollback_config: { parallelism: 2, order: 'start-first' },
      resources: { limits: { memory: '256m' } },
    });
    assert.deepEqual(services.redis!.deploy.placement, { constraints: ['node.labels.data == true'] });
    assert.equal((services.redis!.deploy.update_config as { order: string }).order, 'stop-first');
    assert.deepEqual(services.rng!.labels, { chaos: 'on', 'ambassador.check': '/readyz' });
    assert.deepEqual(services.webui!.labels, { 'coinroom.published': '8000' });
    if (endpoint === 'vip') {
      assert.deepEqual(services.webui!.ports, [{ target: 80, published: 8000, protocol: 'tcp', mode: 'ingress' }]);
    } else {
      assert.equal(services.webui!.ports, undefined);
      assert.deepEqual(services.balancer!.ports, [{ target: 8000, published: 8000, protocol: 'tcp', mode: 'host' }]);
      assert.equal(services.balancer!.deploy.mode, 'global');
    }
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

test('where the kernel does not balance, HAProxy has the ports of TCP, and what is of UDP stays with its tasks', () => {
  const labels = { 'ambassador.ports': '90/tcp', 'ambassador.check': '/readyz', 'ambassador.balance': 'leastconn' };
  const { file } = toStack({
    services: {
      web: { image: DIGEST, ports: ['8000:80', '9000:90', '53:53/udp'], labels },
      quiet: { image: DIGEST },
    },
  }, { endpoint: 'dnsrr', ...OPTIONS });
  const { web, quiet, balancer } = file.services as Services;
  assert.deepEqual(web!.ports, [{ target: 53, published: 53, protocol: 'udp', mode: 'host' }]);
  assert.equal((web!.deploy.update_config as { order: string }).order, 'stop-first');
  assert.deepEqual(web!.labels, { ...labels, 'coinroom.published': '8000 9000' });
  assert.equal(quiet!.labels, undefined);
  const { CONFIGURATION: text } = balancer!.environment as { CONFIGURATION: string };
  assert.match(text, /^listen web-8000\n {2}bind :8000\n {2}mode http\n {2}balance leastconn\n[^]*uri \/readyz /m);
  assert.match(text, /^listen web-9000\n {2}bind :9000\n {2}mode tcp\n/m);
  assert.match(text, /^ {2}server-template web \d+ web:90 resolvers docker init-addr none$/m);
  assert.doesNotMatch(text, /quiet| web:53/);
  assert.equal(balancer!.image, 'haproxy:3.2.21');
});

test('HAProxy takes what is rendered', { skip: unlessInstalled('haproxy', 'apt-get install haproxy') }, async (t) => {
  const services = {
    web: { image: DIGEST, ports: ['8000:80', '9000:6379'], labels: { 'ambassador.check': '/readyz' } },
  };
  const { file } = toStack({ services }, { endpoint: 'dnsrr', ...OPTIONS });
  const { CONFIGURATION } = (file.services as Services).balancer!.environment as { CONFIGURATION: string };
  const path = join(await temporaryFolder(t), 'haproxy.cfg');
  await writeFile(path, `${CONFIGURATION}\n`);
  const { code, output } = await run(['haproxy', '-c', '-f', path]);
  assert.equal(code, 0, output);
});

test('nothing is in front where nothing is published; a service that has its name is refused', () => {
  const only = toStack({ services: { one: { image: DIGEST } } }, { endpoint: 'dnsrr', ...OPTIONS });
  assert.deepEqual(Object.keys(only.file.services as Services), ['one']);
  const taken = { services: { balancer: { image: DIGEST, ports: ['80:80'] } } };
  assert.throws(
    () => toStack(taken, { endpoint: 'dnsrr', ...OPTIONS }),
    /it is called balancer, as a service of the file/,
  );
  assert.ok(toStack(taken, { endpoint: 'vip', ...OPTIONS }));
});

test('what is only in memory is carried over, with its size', () => {
  const { one, losses } = stackOf({ tmpfs: ['/tmp', '/run:size=64m,mode=1777'] });
  assert.deepEqual(one.volumes, [
    { type: 'tmpfs', target: '/tmp' },
    { type: 'tmpfs', target: '/run', tmpfs: { size: 67_108_864 } },
  ]);
  assert.deepEqual(losses, ['one: tmpfs: mode=1777 of /run is not known to a stack']);
});

test('a secret that the Swarm has is carried over, and one that is a file here is a loss', () => {
  const { file, losses } = toStack({
    services: { one: { image: DIGEST, secrets: ['there', { source: 'here', target: 'x' }] } },
    secrets: { there: { external: true }, here: { file: './secret.txt' } },
  }, { endpoint: 'vip', ...OPTIONS });
  assert.deepEqual((file.services as Services).one!.secrets, ['there']);
  assert.deepEqual(file.secrets, { there: { external: true } });
  assert.deepEqual(losses, [
    'one: secrets: here is made of a file here: make it by docker secret create, and call it external',
  ]);
});

test('networks of its own are a loss, and the one that all have is none', () => {
  assert.deepEqual(stackOf({ networks: { default: null } }).losses, []);
  assert.match(stackOf({ networks: { back: null, default: null } }).losses[0]!, /^one: networks: all services /);
});
