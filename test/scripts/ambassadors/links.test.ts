/** Who calls whom, as a Compose file says it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { findLinks, type Link, type Links } from '../../../scripts/ambassadors/links.ts';
import { parsePorts } from '../../../scripts/lib/haproxy/ports.ts';
import type { ServiceConfig } from '../../../scripts/lib/compose-project.ts';

function linksIn(services: string, exposed: Record<string, string[]> = {}): Links {
  const config = parse(services, { merge: true }) as Record<string, ServiceConfig | null>;
  return findLinks(
    new Map(Object.entries(config).map(([name, one]) => [name, one ?? {}])),
    new Map(Object.entries(exposed)),
  );
}

/** What a link says, without what it says by default. */
function inShort({ consumer, service, names, address, ports, balance, checkPath }: Link): string {
  const words = [
    `${consumer}->${service}`,
    names.join(),
    address.replace('127.127.0.', '.'),
    ports.map(({ port, mode }) => `${port}/${mode}`).join(),
    ...(balance === 'roundrobin' ? [] : [balance]),
    ...(checkPath === undefined ? [] : [checkPath]),
  ];
  return words.join(' ');
}

function shortLinks(services: string, exposed: Record<string, string[]> = {}): string[] {
  const { links, refusals } = linksIn(services, exposed);
  assert.deepEqual(refusals, []);
  return links.map(inShort);
}

test('a depends_on that the environment names in a URL is a link; one that it does not name is none', () => {
  const services = `
rng: { labels: { ambassador.check: /readyz } }
hasher: { labels: [ambassador.balance=leastconn] }
redis: {}
migrate: {}
worker:
  environment: { RNG_URL: http://rng, HASHER_URL: 'http://hasher:8080', STORE_URL: 'redis://:p@ss@redis/0' }
  depends_on: { rng: { condition: service_started }, hasher: {}, redis: {}, migrate: {} }
webui: { environment: [STORE_URL=redis://redis:7000], depends_on: [redis] }
`;
  assert.deepEqual(shortLinks(services), [
    'worker->rng rng .2 80/http /readyz',
    'worker->hasher hasher .3 8080/http leastconn',
    'worker->redis redis .4 6379/tcp',
    'webui->redis redis .4 7000/tcp',
  ]);
});

test('links count more than depends_on, and their aliases are names', () => {
  const services = `
db: { expose: ['5432'] }
cache: { ports: ['0:6379', '53:53/udp'] }
vote:
  links: ['db:database', 'db:pg', cache]
  depends_on: [mail]
  environment: { MAIL: smtp://mail }
mail: {}
`;
  assert.deepEqual(shortLinks(services), [
    'vote->db db,database,pg .2 5432/tcp',
    'vote->cache cache .3 6379/tcp',
  ]);
});

test('a service is known by its network aliases and its container name too', () => {
  const services = `
store: { networks: { front: null, back: { aliases: [database] } }, container_name: the-store }
one: { depends_on: [store], environment: { A: 'postgres://database' } }
two: { depends_on: [store], environment: { A: 'postgres://the-store:5433' } }
`;
  assert.deepEqual(shortLinks(services), [
    'one->store store,database .2 5432/tcp',
    'two->store store,the-store .2 5433/tcp',
  ]);
});

test('the ports of a link: the label, else what the URLs name, else all that the service has; udp is none', () => {
  const consumer = (environment: string): string => `
web: { depends_on: [api], environment: { ${environment} }, links: [api] }
`;
  const api = 'api: { expose: [9000], ports: ["8080-8081", "127.0.0.1:7000:7000", "5353:53/udp"] }';
  const image = { api: ['80/tcp', '53/udp'] };
  assert.deepEqual(shortLinks(`${api}${consumer('')}`, image), [
    'web->api api .2 80/http,7000/tcp,8080/http,8081/tcp,9000/tcp',
  ]);
  assert.deepEqual(shortLinks(`${api}${consumer('A: "http://api:9000/x,http://api:8081"')}`, image), [
    'web->api api .2 8081/http,9000/http',
  ]);
  const labelled = 'api: { labels: { ambassador.ports: "6379/tcp, 9000/http" }, expose: [1] }';
  assert.deepEqual(shortLinks(`${labelled}${consumer('A: "http://api:80"')}`), ['web->api api .2 6379/tcp,9000/http']);
});

test('https and unknown protocols are passed on as they are', () => {
  const environment = 'A: "https://api", B: "wss://api:8443", C: "ws://api:8081", D: "strange://api:99"';
  const services = `{ api: {}, web: { depends_on: [api], environment: { ${environment} } } }`;
  assert.deepEqual(shortLinks(services), ['web->api api .2 99/tcp,443/tcp,8081/http,8443/tcp']);
});

test('ambassador=off takes out a consumer, or a service that others call', () => {
  const services = `
a: { labels: { ambassador: 'off' }, expose: [80] }
b: { expose: [80], labels: [ambassador=on] }
c: { links: [a, b] }
d: { links: [b], labels: { ambassador: false } }
`;
  assert.deepEqual(shortLinks(services), ['c->b b .2 80/http']);
});

test('a link that cannot be is refused, with the way out', () => {
  const refused = (services: string, exposed?: Record<string, string[]>): string => {
    const { refusals } = linksIn(services, exposed);
    assert.equal(refusals.length, 1);
    return refusals[0]!;
  };
  const own = "label web with ambassador: 'off' to leave its links as they are";
  const listens = (port: number): string =>
    `web -> api: web itself listens on ${port}, where it is to reach api; let it listen on another port, or ${own}`;
  const consumer = 'links: [api]';
  assert.equal(refused(`{ api: { expose: [80] }, web: { ${consumer}, ports: ['8000:80'] } }`), listens(80));
  assert.equal(refused(`{ api: { expose: [80] }, web: { ${consumer}, environment: { PORT: 80 } } }`), listens(80));
  assert.equal(refused(`{ api: { expose: [80] }, web: { ${consumer} } }`, { web: ['80/tcp'] }), listens(80));
  assert.equal(
    refused(`{ api: {}, web: { ${consumer} } }`),
    "web -> api: nothing says which port api has; label api with ambassador.ports, such as '80/http'",
  );
  assert.equal(
    refused(`{ api: { expose: [80] }, web: { ${consumer}, network_mode: host } }`),
    `web -> api: web has no network of its own (network_mode: host); ${own}`,
  );
  assert.equal(
    refused(`{ api: { expose: [80], network_mode: 'service:x' }, web: { ${consumer} } }`),
    `web -> api: api has no network of its own (network_mode: service:x); ${own}`,
  );
});

test('a label that cannot be read is an error that names it', () => {
  const labelled = (label: string) => () =>
    linksIn(`{ api: { labels: { ${label} }, expose: [80] }, web: { links: [api] } }`);
  assert.throws(labelled('ambassador.ports: 80'), {
    name: 'SyntaxError',
    message: 'Cannot read the labels of api: a port is NUMBER/http or NUMBER/tcp; got "80"',
  });
  assert.throws(labelled('ambassador.balance: random'), {
    message: 'Cannot read the labels of api: ambassador.balance is one of roundrobin, leastconn; got "random"',
  });
  assert.throws(labelled('ambassador.check: "/a b"'), {
    message: 'Cannot read the labels of api: ambassador.check is a path, such as /readyz; got "/a b"',
  });
});

test('a name that many link to has one address, and the 300th service has one of its own', () => {
  const services = Array.from({ length: 300 }, (_, at) => `s${at}: { expose: [80] }`).join('\n');
  const links = Array.from({ length: 300 }, (_, at) => `s${at}`).join();
  const { links: found } = linksIn(`${services}\na: { links: [${links}] }\nb: { links: [s299, s0] }`);
  assert.equal(found.find(({ service }) => service === 's299')!.address, '127.127.1.45');
  assert.deepEqual(found.slice(-2).map(({ address }) => address), ['127.127.1.45', '127.127.0.2']);
  assert.equal(new Set(found.map(({ address }) => address)).size, 300);
});

test('parsePorts() takes numbers with a mode, and nothing else', () => {
  assert.deepEqual(parsePorts(' 80/http,443/tcp  9/tcp '), [
    { port: 80, mode: 'http' },
    { port: 443, mode: 'tcp' },
    { port: 9, mode: 'tcp' },
  ]);
  for (const text of ['0/tcp', '65536/tcp', '80/udp', '80-90/tcp', 'http']) {
    assert.throws(() => parsePorts(text), { name: 'SyntaxError' }, text);
  }
});
