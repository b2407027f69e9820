/** Compose files as people write them, one or several, and what becomes of them. */
import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { Service } from '../../../../scripts/lib/compose-model/model.ts';
import { readApplication } from '../../../../scripts/lib/compose-model/read-application.ts';
import { read, refusal } from '../../../../testkit/compose-texts.ts';
import { ROOT } from '../../../../testkit/machine.ts';

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

test('a variable that nobody has set is empty, and is told with its line', async (t) => {
  const { unset, services } = await read(t, {
    'compose.yml': 'services:\n  one:\n    image: a\n    hostname: ${HERE}\n',
  });
  assert.deepEqual(unset.map(({ key, at }) => [key, at.line]), [['HERE', 4]]);
  assert.equal(services[0]!.hostname, '');
});

test('a file that several services extend is read once: what is not set in it is told once', async (t) => {
  const { unset } = await read(t, {
    'compose.yml': `services:
  one: { extends: { file: base.yml, service: base } }
  two: { extends: { file: base.yml, service: base } }
`,
    'base.yml': 'services: { base: { image: a, hostname: "${HERE}" } }',
  });
  assert.deepEqual(unset.map(({ key }) => key), ['HERE']);
});
