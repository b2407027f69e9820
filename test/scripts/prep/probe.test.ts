/** What a machine says of itself, and what that means. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeFacts, PROBE, readProbe } from '../../../scripts/prep/probe.ts';
import { output } from '../../../testkit/docker.ts';

const ANSWER = `clock=1000
user=ubuntu
sudo=yes
architecture=x86_64
os=debian 12
cores=2
memoryKiB=1024
disk=4000000 /
disk=3000000 /var/lib/docker
docker=20.10.24+dfsg1
`;

const window = { from: 1_000_500, to: 1_003_000 };

test('its facts are read; the disk is the place with the least', () => {
  assert.deepEqual(readProbe(ANSWER, window), {
    ...{ user: 'ubuntu', sudo: 'yes', skewS: 0, architecture: 'x86_64', os: 'debian 12', cores: 2 },
    ...{
      memoryBytes: 1_048_576,
      disk: { freeBytes: 3_072_000_000, place: '/var/lib/docker' },
      docker: '20.10.24+dfsg1',
    },
  });
  assert.throws(() => readProbe('user=x', window), { message: 'Cannot read its answer: it has no clock' });
});

test('a clock is off by at least what the way there cannot explain', () => {
  const skew = (clock: number): number => readProbe(`clock=${clock}\n`, window).skewS;
  assert.deepEqual([skew(1000), skew(1003), skew(1033), skew(960)], [0, 0, 30, -39]);
});

test('what is wrong is said in words', () => {
  const judge = (changes: string): string[] => judgeFacts(readProbe(`${changes}\n${ANSWER}`, window));
  assert.deepEqual(judge(''), []);
  assert.deepEqual(judge('sudo=none'), ['no sudo for ubuntu']);
  assert.deepEqual(judge('sudo=password'), ['sudo asks ubuntu for a password']);
  assert.deepEqual(judge('clock=1103'), ['its clock is 100 seconds ahead']);
  assert.deepEqual(judge('clock=900'), ['its clock is 99 seconds behind']);
  assert.deepEqual(judge('disk=1024 /tmp'), ['only 1 MiB free on /tmp']);
});

test('this machine answers the questions', async () => {
  const from = Date.now();
  const facts = readProbe(await output(['sh', '-c', PROBE]), { from, to: Date.now() });
  assert.equal(facts.skewS, 0);
  assert.ok(facts.cores > 0 && facts.memoryBytes > 2 ** 20 && facts.disk!.freeBytes > 0, JSON.stringify(facts));
  assert.equal(facts.user, await output(['id', '-un']));
});
