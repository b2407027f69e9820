/** Compose files as people write them, and what becomes of them. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Application, Service } from '../../../../scripts/lib/compose-model/model.ts';
import { readApplication, type ReadOptions } from '../../../../scripts/lib/compose-model/read-application.ts';
import { ROOT, type Scope, temporaryFolder } from '../../../../testkit/machine.ts';

/** Writes files, and reads those that are named `compose*.yml`, in their order. */
async function read(
  t: Scope,
  files: Readonly<Record<string, string>>,
  options: ReadOptions = {},
): Promise<Application> {
  const folder = await temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const main = Object.keys(files).filter((name) => /^compose[^/]*\.yml$/.test(name)).map((name) => join(folder, name));
  return await readApplication({ env: {}, files: main, ...options });
}

async function one(t: Scope, lines: string, options?: ReadOptions): Promise<Service> {
  const text = `services:\n  one:\n    image: a\n${lines.replaceAll(/^/gm, '    ')}\nvolumes: { data: {} }\n`;
  return (await read(t, { 'compose.yml': text }, options)).services[0]!;
}

/** The message without the folder. */
async function refusal(t: Scope, files: Readonly<Record<string, string>>, options?: ReadOptions): Promise<string> {
  try {
    await read(t, files, options);
  } catch (error) {
    return (error as Error).message.replaceAll(/\S*coinroom-[^/\s]*\//g, '');
  }
  assert.fail('it was read');
}

test('our own file: five services, as they are', async () => {
  const { services, volumes } = await readApplication({ files: [join(ROOT, 'compose.yml')], env: {} });
  assert.deepEqual(services.map(({ name }) => name), ['rng', 'hasher', 'worker', 'webui', 'redis']);
  const [rng, , worker, , redis] = services as [Service, Service, Service, Service, Service];
  assert.equal(rng.image, 'coinroom:1');
  assert.ok(rng.isBuilt && rng.isReadOnly);
  assert.deepEqual(rng.ports.map(({ target, published, isOfRange }) => [target, published, isOfRange]), [[
    80,
    8010,
    true,
  ]]);
  assert.equal(rng.labels.get('ambassador.check'), '/readyz');
  assert.equal(worker.environment.get('STORE_URL'), 'redis://redis:6379');
  assert.deepEqual(worker.dependencies.map(({ service, condition }) => `${service} ${condition}`), [
    ...['rng started', 'hasher started', 'redis healthy'],
  ]);
  assert.deepEqual(redis.command, {
    kind: 'exec',
    words: [
      ...['redis-server', '--protected-mode', 'no', '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
    ],
  });
  assert.deepEqual(redis.healthcheck, {
    test: { kind: 'exec', words: ['redis-cli', 'ping'] },
    ...{ intervalMs: 2000, timeoutMs: 3000, startPeriodMs: undefined, retries: 15 },
  });
  assert.deepEqual(redis.mounts.map((mount) => ({ ...mount, at: undefined })), [
    { kind: 'volume', name: 'wallet', target: '/data', isReadOnly: false, at: undefined },
  ]);
  assert.deepEqual([...volumes.keys()], ['wallet']);
});

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

test('files under env_file, the last one first, and the environment over all', async (t) => {
  const { services } = await read(t, {
    'compose.yml':
      'services: { one: { image: a, env_file: [a.env, { path: b.env, required: false }, { path: no.env, required: false }], environment: { C: own } } }',
    'a.env': '# comment\nA=1\nexport B="two # no\\n"\nC=3 # comment\n\nD=\'$A\'\n',
    'b.env': 'A=${X:-x}\n',
  });
  assert.deepEqual(Object.fromEntries(services[0]!.environment), { A: 'x', B: 'two # no\n', C: 'own', D: '$A' });
  assert.equal(
    await refusal(t, { 'compose.yml': 'services:\n  one: { image: a,\n   env_file: none.env }' }),
    'compose.yml, line 3: there is no file none.env',
  );
  assert.match(
    await refusal(t, { 'compose.yml': 'services: { one: { image: a, env_file: a.env } }', 'a.env': 'A=1\n=2\n' }),
    /^a\.env, line 2: a line is NAME=value/,
  );
});

test('a .env beside the file, and the process over it', async (t) => {
  const files = { 'compose.yml': 'services: { one: { image: "a:${V}-${W}" } }', '.env': 'V=1\nW=2\n' };
  assert.equal((await read(t, files, { env: { W: '3' } })).services[0]!.image, 'a:1-3');
});

test('anchors, merge keys and fields of x- that nobody sees', async (t) => {
  const { services } = await read(t, {
    'compose.yml': `
x-common: &common { restart: always, environment: &env { A: '1' } }
x-more: &more { labels: [x=y], restart: 'no' }
services:
  one: { <<: [*common, *more], image: a }
  two: { <<: *common, image: b, environment: { <<: *env, B: '2' }, x-note: mine }
`,
  });
  const [one, two] = services as [Service, Service];
  assert.deepEqual([one.restart, one.labels.get('x')], ['always', 'y']);
  assert.deepEqual(Object.fromEntries(two.environment), { A: '1', B: '2' });
  assert.ok(two.given.every(({ key }) => !key.startsWith('x-')));
});

test('several files: mappings and lists grow, other things are replaced, marks are followed', async (t) => {
  const { services } = await read(t, {
    'compose.yml': `services:
  one:
    image: a
    command: [old, words]
    environment: [A=1, B=2]
    ports: ['80:80']
    volumes: ['data:/data', 'data:/more']
    cap_add: [NET_ADMIN]
    labels: { x: '1' }
    depends_on: [two]
  two: { image: b }
volumes: { data: {}, other: {} }
`,
    'compose.more.yml': `services:
  one:
    command: new
    environment: { B: '3' }
    ports: ['81:81', '80:80']
    volumes: ['other:/data']
    cap_add: !override [CHOWN]
    labels: !reset null
    depends_on: { two: { condition: service_healthy } }
`,
  });
  const [one] = services as [Service];
  assert.deepEqual(one.command, { kind: 'exec', words: ['new'] });
  assert.deepEqual(Object.fromEntries(one.environment), { A: '1', B: '3' });
  assert.deepEqual(one.ports.map(({ target }) => target), [80, 81]);
  assert.deepEqual(one.mounts.map((mount) => mount.kind === 'volume' && `${mount.name}:${mount.target}`), [
    ...['other:/data', 'data:/more'],
  ]);
  assert.deepEqual(one.capabilities.add, ['CHOWN']);
  assert.deepEqual([...one.labels], []);
  assert.deepEqual(one.dependencies.map(({ condition }) => condition), ['healthy']);
  assert.equal(basename(one.given.find(({ key }) => key === 'command')!.at.file), 'compose.more.yml');
});

test('extends: in the same file, in another one, and in a ring', async (t) => {
  const { services } = await read(t, {
    'compose.yml': `services:
  base: { image: a, environment: [A=1] }
  one: { extends: base, environment: [B=2] }
  far: { extends: { file: more/far.yml, service: far }, command: x }
`,
    'more/far.yml': 'services: { far: { extends: near, env_file: far.env }, near: { image: n, labels: [l=1] } }',
    'more/far.env': 'F=1\n',
  });
  const [, one, far] = services as [Service, Service, Service];
  assert.deepEqual(Object.fromEntries(one.environment), { A: '1', B: '2' });
  assert.deepEqual([far.image, far.labels.get('l'), far.environment.get('F')], ['n', '1', '1']);
  assert.match(
    await refusal(t, { 'compose.yml': 'services:\n  a: { extends: b }\n  b: { extends: a }\n' }),
    /^compose\.yml, line \d: \w extends itself, by way of \w$/,
  );
  assert.equal(
    await refusal(t, { 'compose.yml': 'services:\n  a:\n    extends: c\n' }),
    'compose.yml, line 3: a extends c, which is no service of compose.yml',
  );
});

test('include brings the services of other files in, once around', async (t) => {
  const { services } = await read(t, {
    'compose.yml': 'include: [more/other.yml]\nservices: { one: { image: a, depends_on: [two] } }',
    'more/other.yml': 'services: { two: { image: b } }',
  });
  assert.deepEqual(services.map(({ name }) => name), ['two', 'one']);
  assert.match(
    await refusal(t, { 'compose.yml': 'include: [more/other.yml]', 'more/other.yml': 'include: [../compose.yml]' }),
    /other\.yml, line 1: compose\.yml includes itself$/,
  );
});

test('profiles: off unless they are asked for', async (t) => {
  const files = { 'compose.yml': 'services: { one: { image: a }, two: { image: b, profiles: [debug] } }' };
  assert.deepEqual((await read(t, files)).services.map(({ name }) => name), ['one']);
  assert.equal((await read(t, files, { profiles: ['debug'] })).services.length, 2);
  assert.equal((await read(t, files, { env: { COMPOSE_PROFILES: 'x,debug' } })).services.length, 2);
});

test('version 1: services at the top, links with another name, volumes that nobody declares', async (t) => {
  const { services } = await read(t, {
    'compose.yml': `web:
  image: web
  links: ['db:database', cache]
  volumes: ['data:/data']
  mem_limit: 64m
  net: bridge
db: { image: postgres }
cache: { image: redis }
`,
  });
  const [web] = services as [Service];
  assert.deepEqual(web.links, [{ service: 'db', alias: 'database' }, { service: 'cache', alias: 'cache' }]);
  assert.equal(web.resources.memoryLimitBytes, 67_108_864);
  assert.equal(web.networkMode, undefined);
});

test('the name: said, of the file, or of the folder', async (t) => {
  const text = 'services: { one: { image: a } }';
  assert.equal((await read(t, { 'compose.yml': `name: shop\n${text}` })).name, 'shop');
  assert.equal((await read(t, { 'compose.yml': `name: shop\n${text}` }, { name: 'mine' })).name, 'mine');
  assert.equal((await read(t, { 'compose.yml': text }, { env: { COMPOSE_PROJECT_NAME: 'His.Shop' } })).name, 'hisshop');
});

const REFUSED: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  'no YAML': ['services:\n  a: [\n', /^compose\.yml, line \d: /],
  'a list': ['- a\n', /^compose\.yml, line 1: a Compose file is a mapping/],
  'a service that is a text': ['services:\n  a: b\n', /^compose\.yml, line 2: the service a is a mapping/],
  'a key with a slip': [
    'services:\n  a:\n    image: b\n    enviroment: {}\n',
    /^compose\.yml, line 4: .*; is environment meant\?$/,
  ],
  'neither image nor build': ['services:\n  a:\n    command: x\n', /^compose\.yml, line 3: the service a has neither/],
  'a dependency that is not there': [
    'services:\n  a:\n    image: b\n    depends_on:\n    - c\n',
    /^compose\.yml, line \d: depends_on: a needs c, which is no service/,
  ],
  'a ring': [
    'services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, links: [a] }\n',
    /^compose\.yml, line 2: services depend on each other in a ring: a -> b -> a$/,
  ],
  'a volume that nobody declares': [
    'services:\n  a:\n    image: x\n    volumes:\n    - data:/data\n',
    /^compose\.yml, line 5: a mounts data, which is not among the volumes/,
  ],
  'a time': [
    'services:\n  a:\n    image: x\n    stop_grace_period: soon\n',
    /^compose\.yml, line 4: stop_grace_period is a time .*"soon"$/,
  ],
  'a size': ['services:\n  a:\n    image: x\n    mem_limit: much\n', /^compose\.yml, line 4: mem_limit is a size/],
  'a boolean': [
    'services:\n  a:\n    image: x\n    read_only: maybe\n',
    /^compose\.yml, line 4: read_only is true or false/,
  ],
  'a variable that is not closed': ['services:\n  a:\n    image: ${x\n', /^compose\.yml, line 3: .*not closed$/],
  'a variable that has to be set': [
    'services:\n  a:\n    image: ${x:?which one}\n',
    /^compose\.yml, line 3: x has to be set: which one$/,
  ],
  'an anchor that nothing has': ['services:\n  a: *none\n', /^compose\.yml, line 2: .*none/],
  'a key twice': ['services:\n  a: { image: x }\n  a: { image: y }\n', /^compose\.yml, line 3: /],
  'no services': ['version: "3"\n', /compose\.yml: there is no service$/],
};

for (const [what, [text, message]] of Object.entries(REFUSED)) {
  test(`${what} is refused, with file and line`, async (t) => {
    assert.match(await refusal(t, { 'compose.yml': text }), message);
  });
}

test('aliases of aliases end at a limit', async (t) => {
  const lines = ['x-a: &a [b, b, b, b, b, b, b, b, b, b]'];
  for (let at = 1; at < 9; at++) {
    lines.push(`x-${at}: &${'abcdefghi'[at]} [${Array(10).fill(`*${'abcdefghi'[at - 1]}`).join(', ')}]`);
  }
  assert.match(
    await refusal(t, { 'compose.yml': `${lines.join('\n')}\nservices: { one: { image: a } }` }),
    /at most 100000 values/,
  );
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

test('a variable that nobody has set is empty, and is told with its line', async (t) => {
  const { unset, services } = await read(t, {
    'compose.yml': 'services:\n  one:\n    image: a\n    hostname: ${HERE}\n',
  });
  assert.deepEqual(unset.map(({ key, at }) => [key, at.line]), [['HERE', 4]]);
  assert.equal(services[0]!.hostname, '');
});

test('a limit of 0 or -1 is none', async (t) => {
  const { resources } = await one(t, 'mem_limit: -1\npids_limit: -1\ncpus: 0');
  assert.deepEqual(Object.values(resources).filter((value) => value !== undefined), []);
});
