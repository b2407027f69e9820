/** The flags of `generate`, and its report. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertLossless } from '../../../scripts/lib/compose-model/losses.ts';
import { formatReport, readOptions } from '../../../scripts/marathon/generate-verb.ts';
import { toMarathon } from '../../../scripts/marathon/generate.ts';
import { application } from '../../../testkit/application.ts';

test('flags become options', () => {
  const options = readOptions({
    group: '/rooms/c1',
    discovery: 'mesos-dns',
    network: 'dcos',
    domain: 'x.mesos',
    'marathon-lb': 'lb',
    'lb-group': 'internal',
    'first-service-port': '10050',
    vhost: ['webui=coins.example.org'],
    instances: ['worker=10', 'rng=2'],
    constraint: ['rng=hostname:UNIQUE', 'rng=rack:LIKE:a=b'],
    'volume-size': ['wallet=2048'],
  });
  assert.deepEqual(options, {
    ...{ group: '/rooms/c1', discovery: 'mesos-dns', network: 'dcos', domain: 'x.mesos', balancer: 'lb' },
    ...{ balancerGroup: 'internal', firstServicePort: 10_050 },
    virtualHosts: new Map([['webui', 'coins.example.org']]),
    instances: new Map([['worker', 10], ['rng', 2]]),
    constraints: new Map([['rng', [['hostname', 'UNIQUE'], ['rack', 'LIKE', 'a=b']]]]),
    volumeSizes: new Map([['wallet', 2048]]),
  });
});

test('without flags everything is as it is by itself', () => {
  const model = application({ services: { a: { ports: [{ target: 80, published: 80 }] } } });
  assert.deepEqual(toMarathon(model, readOptions({})), toMarathon(model));
});

const WRONG: readonly (readonly [values: Parameters<typeof readOptions>[0], message: RegExp])[] = [
  [{ discovery: 'consul' }, /^--discovery takes one of marathon-lb, mesos-dns, vip; got "consul"$/],
  [{ instances: ['worker'] }, /^--instances takes NAME=VALUE, such as worker=10; got "worker"$/],
  [{ instances: ['=1'] }, /^--instances takes/],
  [{ instances: ['worker='] }, /^--instances takes/],
  [{ instances: ['worker=-1'] }, /^--instances must be a whole number from 0 to 10000; got "-1"$/],
  [{ 'volume-size': ['wallet=0'] }, /^--volume-size must be a whole number from 1 /],
  [{ 'first-service-port': '10101' }, /^--first-service-port must be a whole number from 1 to 10100/],
  [{ constraint: ['rng=UNIQUE'] }, /^Cannot place by this: /],
];

for (const [values, message] of WRONG) {
  test(`${JSON.stringify(values)} is wrong usage`, () => assert.throws(() => readOptions(values), { message }));
}

test('the report has losses first, a line each with its place; --strict names them all', () => {
  const generated = toMarathon(application({ services: { a: { image: 'a', given: ['image', 'pid'] } } }));
  assert.equal(
    formatReport({ ...generated, choices: generated.choices.slice(1) }),
    [
      'NOT CARRIED OVER: a: pid: Marathon has no field for it (compose.yml, line 12)',
      'NOT CARRIED OVER: a: image: a has no digest: each agent may have another (compose.yml, line 11)',
      'CHOSEN: a: deploy.resources: it asks for 0.1 of a core, since nothing is reserved (compose.yml, line 10)',
      'CHOSEN: a: deploy.resources: it gets 128 MiB and no more, since nothing is said (compose.yml, line 10)',
      '',
    ].join('\n'),
  );
  assert.throws(() => assertLossless(generated.losses), { name: 'UsageError', message: /\na: pid: .*\na: image: / });
});
