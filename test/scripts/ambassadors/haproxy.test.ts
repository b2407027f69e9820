/** The configurations that are written, by the judgement of HAProxy itself. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Configuration, renderConfiguration } from '../../../scripts/ambassadors/haproxy.ts';
import { parseStatistics } from '../../../scripts/ambassadors/statistics.ts';
import { run } from '../../../testkit/docker.ts';
import { type Scope, temporaryFolder, unlessInstalled } from '../../../testkit/machine.ts';

const skip = unlessInstalled('haproxy', 'apt-get install haproxy');

const RNG: Configuration = {
  service: 'rng',
  title: 'The way to rng',
  address: '127.127.0.2',
  balance: 'roundrobin',
  checkPath: '/readyz',
  listeners: [{
    port: 80,
    mode: 'http',
    servers: [{ name: 'rng_1', at: '10.0.0.7:80' }, { name: 'rng_2', at: '[fd00::8]:80' }],
  }],
};

async function check(t: Scope, text: string): Promise<{ code: number; output: string }> {
  const file = join(await temporaryFolder(t), 'haproxy.cfg');
  await writeFile(file, text);
  return await run(['haproxy', '-c', '-f', file], { env: { FOLDER: '/tmp' } });
}

const configurations: Readonly<Record<string, Configuration>> = {
  'http with a check': RNG,
  'least connections, without a check': { ...RNG, balance: 'leastconn', checkPath: undefined },
  'tcp': { ...RNG, listeners: [{ port: 6379, mode: 'tcp', servers: [{ name: 'redis-1', at: '10.0.0.9:6379' }] }] },
  'two ports, one of each kind': {
    ...RNG,
    listeners: [...RNG.listeners, { port: 9000, mode: 'tcp', servers: [{ name: 'rng_1', at: '10.0.0.7:9000' }] }],
  },
  'nobody is there': { ...RNG, listeners: [{ port: 80, mode: 'http', servers: [] }] },
  'a balancer, on every address': { ...RNG, address: '' },
  'a path with a question': { ...RNG, checkPath: '/health?deep=%20yes&x=~1' },
};

for (const [name, configuration] of Object.entries(configurations)) {
  test(`HAProxy takes it without a warning: ${name}`, { skip }, async (t) => {
    const { code, output } = await check(t, renderConfiguration(configuration));
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /WARNING|ALERT/);
  });
}

test('a server whose name makes no sense to HAProxy would be found out', { skip }, async (t) => {
  const listeners = [{ port: 80, mode: 'http' as const, servers: [{ name: 'rng 1', at: 'x' }] }];
  assert.equal((await check(t, renderConfiguration({ ...RNG, listeners }))).code, 1);
});

test('it says what the link says', () => {
  const text = renderConfiguration(RNG);
  for (
    const line of [
      '# The way to rng. Written by ambassadors.mjs, anew when containers come and go.',
      '  bind 127.127.0.2:80',
      '  mode http',
      '  balance roundrobin',
      '  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host rng hdr Connection close',
      '  server rng_1 10.0.0.7:80',
      '  server rng_2 [fd00::8]:80',
    ]
  ) assert.ok(text.split('\n').includes(line), `${line} is missing in:\n${text}`);
  assert.equal(renderConfiguration(RNG), text, 'the same link gives the same bytes');
  const tcp = renderConfiguration(configurations.tcp!);
  assert.doesNotMatch(tcp, /httpchk|hard-stop-after|mode http\n {2}balance/);
});

test('parseStatistics() reads what HAProxy says, by the names of its columns', () => {
  const csv = [
    '# pxname,svname,scur,stot,status,check_status,mode,',
    'port-80,FRONTEND,1,9,OPEN,,http,',
    'port-80,rng_1,1,5,UP,L7OK,http,',
    'port-80,rng_2,0,4,UP 1/2,L7OK,http,',
    'port-80,rng_3,0,0,DOWN,L4CON,http,',
    'port-80,rng_4,0,0,UP,INI,http,',
    'port-80,rng_5,0,7,MAINT,,http,',
    'port-80,BACKEND,1,9,UP,,http,',
    'port-6379,FRONTEND,0,0,OPEN,,tcp,',
    'port-6379,BACKEND,0,0,DOWN,,tcp,',
    'statistics,FRONTEND,0,0,OPEN,,http,',
    'statistics,BACKEND,0,0,UP,,http,',
  ].join('\n');
  const server = (name: string, status: string, total: number, current = 0, isChecked = true) => ({
    ...{ name, status, isChecked, total, current },
  });
  assert.deepEqual(parseStatistics(csv), [
    {
      ...{ port: 80, mode: 'http', current: 1, total: 9 },
      servers: [
        server('rng_1', 'UP', 5, 1),
        server('rng_2', 'UP 1/2', 4),
        server('rng_3', 'DOWN', 0),
        server('rng_4', 'UP', 0, 0, false),
      ],
    },
    { port: 6379, mode: 'tcp', current: 0, total: 0, servers: [] },
  ]);
  assert.throws(() => parseStatistics('Unknown command\n'), {
    name: 'SyntaxError',
    message: 'Cannot read what HAProxy says: pxname is missing in Unknown command',
  });
});
