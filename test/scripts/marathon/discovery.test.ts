/** How apps find each other: what becomes of the names of a Compose network. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarathonApp } from '../../../scripts/marathon/api.ts';
import { type MarathonOptions, toMarathon } from '../../../scripts/marathon/generate.ts';
import { mentionsIn, replaceMentions } from '../../../scripts/marathon/mentions.ts';
import { application, dependsOn, exec, type ServiceGiven, shell } from '../../../testkit/application.ts';

const LB = 'marathon-lb.marathon.mesos';

function generated(services: Readonly<Record<string, ServiceGiven>>, options?: MarathonOptions) {
  const { group, losses, choices } = toMarathon(application({ services }), options);
  const apps = Object.fromEntries(group.apps.map((app) => [app.id.split('/').at(-1)!, app])) as Record<
    string,
    MarathonApp
  >;
  return { apps, losses, choices };
}

const NAMES = new Map([['rng', 'rng'], ['my_db', 'my_db'], ['queue', 'rabbit']]);

const PUT: readonly (readonly [text: string, expected: string])[] = [
  ['http://rng', 'http://<rng 80 http>'],
  ['http://rng/32?x=1', 'http://<rng 80 http>/32?x=1'],
  ['http://RNG:8001', 'http://<rng 8001 http>'],
  ['http://rng,http://rng:81', 'http://<rng 80 http>,http://<rng 81 http>'],
  ['redis://:secret@my_db:6379/0', 'redis://:secret@<my_db 6379 tcp>/0'],
  ['postgresql+psycopg://u:p@my_db/x', 'postgresql+psycopg://u:p@<my_db 5432 tcp>/x'],
  ['amqp://queue', 'amqp://<rabbit 5672 tcp>'],
  ['strange://rng', 'strange://<rng undefined tcp>'],
  ['my_db:5432', '<my_db 5432 tcp>'],
  ['a=rng:80,b=queue:5672', 'a=<rng 80 http>,b=<rabbit 5672 tcp>'],
  ['u:p@my_db:27017/x', 'u:p@<my_db 27017 tcp>/x'],
  ['http://rng.example.org', 'http://rng.example.org'],
  ['http://example.org/rng:80', 'http://example.org/rng:80'],
  ['rng', 'rng'],
  ['rng:7.4.2', 'rng:7.4.2'],
  ['other-rng:80', 'other-rng:80'],
  ['rng:123456', 'rng:123456'],
  ['http://rng:123456', 'http://rng:123456'],
];

for (const [text, expected] of PUT) {
  test(`in ${text} a service is ${text === expected ? 'not named' : 'named'}`, () => {
    assert.equal(replaceMentions(text, NAMES, ({ service, port, mode }) => `<${service} ${port} ${mode}>`), expected);
    assert.equal(replaceMentions(text, NAMES, () => undefined), text);
    assert.equal(mentionsIn(text, NAMES).length, expected.split('<').length - 1);
  });
}

test('marathon-lb has a port for each, also for one that nothing but a URL says', () => {
  const { apps } = generated({
    web: { environment: { DB: 'postgres://u:p@db/x', API: 'http://api:3000/v1' } },
    db: {},
    api: { ports: [{ target: 3000, published: 3000 }], labels: { 'ambassador.balance': 'leastconn' } },
  }, { balancer: 'lb.example.org', balancerGroup: 'internal', firstServicePort: 10_050 });
  assert.deepEqual(apps.web!.env, {
    DB: 'postgres://u:p@lb.example.org:10050/x',
    API: 'http://lb.example.org:10051/v1',
  });
  assert.deepEqual(apps.db!.labels, { HAPROXY_GROUP: 'internal', HAPROXY_0_MODE: 'tcp' });
  assert.deepEqual(apps.db!.env, { PORT: '5432' });
  assert.deepEqual(apps.api!.labels, {
    ...{ HAPROXY_GROUP: 'internal', HAPROXY_0_MODE: 'http', HAPROXY_0_BALANCE: 'leastconn' },
    HAPROXY_0_BACKEND_HTTP_HEALTHCHECK_OPTIONS:
      String.raw`  option httpchk GET {healthCheckPath} HTTP/1.1\r\nHost:\ api\r\nConnection:\ close` +
      '\n  timeout check 2s\n',
    HAPROXY_0_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS:
      '  check inter 500ms fastinter 100ms downinter 250ms fall 2 rise 1\n',
    'ambassador.balance': 'leastconn',
  });
});

test('marathon-lb has no more than 101 ports', () => {
  const ports = Array.from({ length: 102 }, (_, at) => ({ target: 1000 + at, published: 1000 + at }));
  assert.equal(generated({ a: { ports: ports.slice(1) } }).apps.a!.container.portMappings.at(-1)!.servicePort, 10_100);
  assert.throws(() => generated({ a: { ports } }), {
    name: 'RangeError',
    message: /^Cannot give a a port of the balancer/,
  });
});

test('a virtual host is at the first port of HTTP, and labels of the file are the last word', () => {
  const web = { ports: [{ target: 90, published: 90 }, { target: 80, published: 80 }] };
  const options = { virtualHosts: new Map([['web', 'coins.example.org']]) };
  assert.equal(generated({ web }, options).apps.web!.labels.HAPROXY_1_VHOST, 'coins.example.org');
  const inside = { ports: [{ target: 80, published: 80 }], exposed: [{ port: 8080, protocol: 'tcp' as const }] };
  const named = generated({ web: inside }, { ...options, discovery: 'vip' }).apps.web!;
  assert.deepEqual([named.labels.HAPROXY_0_VHOST, named.labels.HAPROXY_1_GROUP], ['coins.example.org', 'none']);
  assert.throws(() => generated({ web: { exposed: inside.exposed } }, { ...options, discovery: 'vip' }), {
    name: 'SyntaxError',
    message: 'Cannot call web coins.example.org: it has no port of HTTP at marathon-lb',
  });
  const { labels } = generated({ web: { ...web, labels: { HAPROXY_GROUP: 'mine' } } }, options).apps.web!;
  assert.equal(labels.HAPROXY_GROUP, 'mine');
});

test('Mesos-DNS tells addresses of tasks, and so needs a network where they have some', () => {
  const services = { web: { environment: { API: 'http://my_api' } }, my_api: { ports: [{ target: 80 }] } };
  assert.throws(() => generated(services, { discovery: 'mesos-dns' }), {
    name: 'SyntaxError',
    message: /^Cannot find apps by Mesos-DNS in a bridge: .* it takes --network NAME/,
  });
  const { apps } = generated(services, { discovery: 'mesos-dns', network: 'dcos' });
  assert.deepEqual(apps.web!.networks, [{ mode: 'container', name: 'dcos' }]);
  assert.deepEqual(apps.web!.env, { API: 'http://my-api-coinroom.marathon.mesos:80' });
  assert.deepEqual(apps['my-api']!.container.portMappings, [
    { containerPort: 80, hostPort: 0, servicePort: 10_000, protocol: 'tcp', name: 'http-80' },
  ]);
  const inside = generated({ ...services, my_api: {} }, { discovery: 'mesos-dns', network: 'dcos', domain: 'x.y' });
  assert.deepEqual(inside.apps.web!.env, { API: 'http://my-api-coinroom.x.y:80' });
  assert.deepEqual(inside.apps['my-api']!.container.portMappings, [
    { containerPort: 80, servicePort: 0, protocol: 'tcp', name: 'http-80' },
  ]);
  assert.deepEqual(inside.apps['my-api']!.labels, {});
});

test('a name that Mesos-DNS would cut off is refused', () => {
  const long = 'a'.repeat(50);
  const services = { web: { environment: { API: `http://${long}` } }, [long]: {} };
  assert.throws(() => generated(services, { discovery: 'mesos-dns', network: 'dcos' }), /has more than 54 characters/);
  assert.ok(generated(services));
});

test('a virtual address is said at the port, and has the port of the app', () => {
  const { apps, choices } = generated({
    web: { environment: { API: 'http://api' } },
    api: { exposed: [{ port: 80, protocol: 'tcp' }, { port: 53, protocol: 'udp' }] },
  }, { discovery: 'vip' });
  assert.deepEqual(apps.web!.env, { API: 'http://api.marathon.l4lb.thisdcos.directory:80' });
  assert.deepEqual(apps.api!.container.portMappings, [
    { containerPort: 80, hostPort: 0, servicePort: 0, protocol: 'tcp', name: 'http-80', labels: { VIP_0: '/api:80' } },
    { containerPort: 53, hostPort: 0, servicePort: 0, protocol: 'udp', name: 'udp-53' },
  ]);
  assert.match(choices[0]!.why, /DC\/OS alone/);
});

test('what a role of ours needs and the file does not set is set', () => {
  const { apps, losses } = generated({
    numbers: { environment: { ROLE: 'rng' } },
    more: { environment: { ROLE: 'rng', PORT: '80' } },
    worker: { environment: { ROLE: 'worker', RNG_URL: '' }, unsetVariables: ['STORE_URL'] },
    store: { image: `valkey:8@sha256:${'0'.repeat(64)}` },
  });
  assert.deepEqual(apps.worker!.env, {
    ROLE: 'worker',
    RNG_URL: `http://${LB}:10000,http://${LB}:10001`,
    STORE_URL: `redis://${LB}:10002`,
    PORT: '8003',
  });
  assert.deepEqual(losses.map(({ service, why }) => [service, why]), [
    ['worker', 'HASHER_URL is not set, and no service of the file is what it should name'],
  ]);
});

test('others are named in commands as well, by aliases of links, and not in images', () => {
  const { apps, losses } = generated({
    web: {
      command: exec('serve', '--db=postgres://database/x'),
      environment: { REDIS_IMAGE: 'db:7', DB: 'database:5432' },
      links: [{ service: 'db', alias: 'database' }],
    },
    line: { command: shell('serve db:5432') },
    db: {},
  });
  assert.deepEqual(apps.web!.args, ['serve', `--db=postgres://${LB}:10000/x`]);
  assert.deepEqual(apps.web!.env, { REDIS_IMAGE: 'db:7', DB: `${LB}:10000` });
  assert.deepEqual(apps.web!.dependencies, ['/coinroom/db']);
  assert.equal(apps.line!.cmd, `serve ${LB}:10000`);
  assert.deepEqual(losses.map(({ what }) => what), ['links']);
});

test('a name that nothing can stand for is a loss', () => {
  const { apps, losses } = generated({
    web: { environment: { DB_HOST: 'db', A: 'strange://db', B: 'statsd:8125', ROLE: 'db' }, unsetVariables: ['TOKEN'] },
    db: { ports: [{ target: 80 }, { target: 90 }] },
    statsd: { ports: [{ target: 8125, protocol: 'udp' }] },
  });
  assert.deepEqual(apps.web!.env, { DB_HOST: 'db', A: 'strange://db', B: 'statsd:8125', ROLE: 'db' });
  assert.deepEqual(losses.map(({ service, what, why }) => `${service}: ${what}: ${why.split(':')[0]}`), [
    'web: environment: TOKEN has no value, and an agent has none for it',
    'web: environment: DB_HOST',
    'web: environment: db is named with no port',
    'web: environment: statsd is named with port 8125, which is none of TCP',
    'statsd: ports: marathon-lb balances no UDP',
  ]);
});

test('a URL of a scheme without a known port means the only port that there is', () => {
  const { apps } = generated({ web: { environment: { A: 'strange://db/x' } }, db: { ports: [{ target: 90 }] } });
  assert.equal(apps.web!.env.A, `strange://${LB}:10000/x`);
});

test('a scheme says how a port is balanced, whoever else names it without one', () => {
  for (const texts of [['http://api:3000', 'api:3000'], ['api:3000', 'http://api:3000']]) {
    const { apps } = generated({
      web: { environment: { A: texts[0]!, B: texts[1]! } },
      api: { ports: [{ target: 3000 }] },
    });
    assert.equal(apps.api!.labels.HAPROXY_0_MODE, 'http');
  }
});

test('whoever names itself is put as others would name it, and does not wait for itself', () => {
  const { apps } = generated({ web: { environment: { URL: 'http://web' }, dependencies: dependsOn() } });
  assert.equal(apps.web!.env.URL, `http://${LB}:10000`);
  assert.deepEqual(apps.web!.dependencies, []);
});
