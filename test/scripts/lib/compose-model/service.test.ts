/** What may be said of a service, in each of its forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { one, read, refusal } from '../../../../testkit/compose-texts.ts';

test('both forms of environment, with and without a value', async (t) => {
  const env = { FROM_HERE: 'here' };
  const list = await one(t, 'environment: [A=1, B=, FROM_HERE, NOWHERE, "C=x=y"]', { env });
  assert.deepEqual(Object.fromEntries(list.environment), { A: '1', B: '', FROM_HERE: 'here', C: 'x=y' });
  assert.deepEqual(list.unsetVariables, ['NOWHERE']);
  const mapping = await one(t, 'environment: { A: 1, T: true, BIG: 12345678901234567890, V: 1.10, NONE: }', { env });
  assert.deepEqual(Object.fromEntries(mapping.environment), {
    A: '1',
    T: 'true',
    BIG: '12345678901234567890',
    V: '1.1',
  });
  assert.deepEqual(mapping.unsetVariables, ['NONE']);
});

const PORTS = {
  '80': '80<-undefined/tcp',
  '"8000:80"': '80<-8000/tcp',
  '"8000:80/udp"': '80<-8000/udp',
  '"127.0.0.1:8000:80"': '80<-8000/tcp@127.0.0.1',
  '"[::1]:8000:80"': '80<-8000/tcp@::1',
  '"127.0.0.1::80"': '80<-undefined/tcp@127.0.0.1',
  '"8000-8001:80-81"': '80<-8000/tcp 81<-8001/tcp',
  '"8000-8009:80"': '80<-8000/tcp range',
  '"3000-3001"': '3000<-undefined/tcp 3001<-undefined/tcp',
  '{ target: 80, published: "8000", host_ip: 0.0.0.0, protocol: tcp }': '80<-8000/tcp@0.0.0.0',
};

for (const [written, result] of Object.entries(PORTS)) {
  test(`the port ${written}`, async (t) => {
    const { ports } = await one(t, `ports: [${written}]`);
    const words = ports.map(({ target, published, protocol, hostIp, isOfRange }) =>
      `${target}<-${published}/${protocol}${hostIp === undefined ? '' : `@${hostIp}`}${isOfRange ? ' range' : ''}`
    );
    assert.equal(words.join(' '), result);
  });
}

for (
  const written of [
    '"a:80"',
    '"80:"',
    '"8000-8001:80-82"',
    '"70000:80"',
    '"256.1.1.1:80:80"',
    '"80/sctp"',
    '{ published: 80 }',
  ]
) {
  test(`the port ${written} is refused with its line`, async (t) => {
    assert.match(
      await refusal(t, { 'compose.yml': `services:\n  one:\n    image: a\n    ports:\n      - ${written}\n` }),
      /^compose\.yml, line 5: /,
    );
  });
}

test('mounts in their forms', async (t) => {
  const { mounts } = await one(
    t,
    `volumes: [/scratch, 'data:/data:ro', './page:/page', '~/x:/x', { type: tmpfs, target: /tmp, tmpfs: { size: 64m } }, { type: bind, source: /etc, target: /etc, read_only: true }]
tmpfs: '/run:size=1m'`,
  );
  assert.deepEqual(mounts.map(({ at: _, ...mount }) => mount), [
    { kind: 'anonymous', target: '/scratch', isReadOnly: false },
    { kind: 'volume', name: 'data', target: '/data', isReadOnly: true },
    { kind: 'bind', source: './page', target: '/page', isReadOnly: false },
    { kind: 'bind', source: '~/x', target: '/x', isReadOnly: false },
    { kind: 'tmpfs', target: '/tmp', isReadOnly: false, sizeBytes: 67_108_864 },
    { kind: 'bind', source: '/etc', target: '/etc', isReadOnly: true },
    { kind: 'tmpfs', target: '/run', isReadOnly: false, sizeBytes: 1_048_576 },
  ]);
});

test('a command as text is words that no shell reads', async (t) => {
  const { command, entrypoint } = await one(
    t,
    `command: run --name "a b" 'c d' e\\ f ""\nentrypoint: [sh, -c, 'echo $$HOME']`,
  );
  assert.deepEqual(command, { kind: 'exec', words: ['run', '--name', 'a b', 'c d', 'e f', ''] });
  assert.deepEqual(entrypoint, { kind: 'exec', words: ['sh', '-c', 'echo $HOME'] });
});

test('health checks: of a shell, of a program, none', async (t) => {
  const shell = await one(t, 'healthcheck: { test: curl -f http://localhost, interval: 1m30s }');
  assert.deepEqual(shell.healthcheck?.test, { kind: 'shell', line: 'curl -f http://localhost' });
  assert.equal(shell.healthcheck?.intervalMs, 90_000);
  assert.ok((await one(t, 'healthcheck: { test: [NONE] }')).isHealthcheckOff);
  assert.ok((await one(t, 'healthcheck: { disable: true }')).isHealthcheckOff);
  const own = await one(t, 'healthcheck: { start_interval: 1s }');
  assert.deepEqual([own.healthcheck, own.isHealthcheckOff], [undefined, false]);
  assert.deepEqual(own.given.map(({ key }) => key), ['image', 'healthcheck.start_interval']);
});

test('what is not kept of a key is given as a key of its own', async (t) => {
  const own = await one(
    t,
    [
      'ports: [{ target: 80, mode: host, app_protocol: http }, { target: 81, mode: ingress }, "82:82"]',
      'volumes: ["data:/a:ro,z", { type: bind, source: ./b, target: /b, bind: { propagation: shared } }]',
      'tmpfs: /tmp:size=1m,mode=700',
      'deploy: { replicas: 1, resources: { limits: { cpus: "1" }, reservations: { devices: [] } } }',
    ].join('\n'),
  );
  assert.deepEqual(own.given.map(({ key }) => key), [
    ...['image', 'ports', 'volumes', 'tmpfs', 'deploy.replicas', 'deploy.resources.limits.cpus'],
    ...['deploy.resources.reservations.devices', 'ports[].mode', 'ports[].app_protocol', 'volumes[].z'],
    ...['volumes[].bind.propagation', 'tmpfs[].mode'],
  ]);
  const { others } = await read(t, {
    'compose.yml': `services: { a: { image: a } }
networks: { default: , back: }
volumes: { old: { external: true }, plain: { driver: local }, far: { driver: nfs } }
`,
  });
  assert.deepEqual(others.map(({ key }) => key), ['networks.back', 'volumes.far.driver']);
});

test('a health check with 0 has what Docker takes for it', async (t) => {
  const { healthcheck } = await one(t, 'healthcheck: { test: a, interval: 0s, timeout: 0s, retries: 0 }');
  assert.deepEqual([healthcheck!.intervalMs, healthcheck!.timeoutMs, healthcheck!.retries], [
    undefined,
    undefined,
    undefined,
  ]);
});

test('0 is no limit and no time: it is what Docker does when nothing is said', async (t) => {
  const { resources, healthcheck } = await one(
    t,
    'cpus: 0\nmem_limit: 0\npids_limit: 0\nhealthcheck: { test: x, interval: 0s, timeout: 0s, retries: 0 }',
  );
  assert.deepEqual(Object.values(resources).filter((value) => value !== undefined), []);
  const { intervalMs, timeoutMs, retries } = healthcheck!;
  assert.deepEqual([intervalMs, timeoutMs, retries], [undefined, undefined, undefined]);
});

test('images are those that Docker takes: with a registry, a port, a tag, a digest', async (t) => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const good = [
    'a',
    'redis:7.4.2',
    'a/b_c/d--e.f',
    'localhost:5000/a',
    'Example.ORG/a:V1',
    '[::1]:5000/a',
    `a:1@${digest}`,
  ];
  for (const image of good) {
    const { services } = await read(t, { 'compose.yml': `services: { one: { image: '${image}' } }` });
    assert.equal(services[0]!.image, image);
  }
  for (
    const image of [
      'A',
      'a:',
      'a@',
      'a b',
      '/a',
      'a/',
      'a//b',
      'a..b',
      '-a',
      'http://a/b',
      `a@sha256:x`,
      '--privileged',
    ]
  ) {
    const message = await refusal(t, { 'compose.yml': `services: { one: { image: '${image}' } }` });
    assert.match(message, /^compose\.yml, line 1: an image is such as redis:7\.4\.2 .*; got /, image);
  }
});

test('a limit of 0 or -1 is none', async (t) => {
  const { resources } = await one(t, 'mem_limit: -1\npids_limit: -1\ncpus: 0');
  assert.deepEqual(Object.values(resources).filter((value) => value !== undefined), []);
});
