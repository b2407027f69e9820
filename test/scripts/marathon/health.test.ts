/** How an app is asked whether it is well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HealthCheck, MarathonApp } from '../../../scripts/marathon/api.ts';
import { type MarathonOptions, toMarathon } from '../../../scripts/marathon/generate.ts';
import { run } from '../../../testkit/docker.ts';
import { application, exec, type ServiceGiven, shell } from '../../../testkit/application.ts';

function appOf(service: ServiceGiven, options?: MarathonOptions): MarathonApp {
  return toMarathon(application({ services: { one: service } }), options).group.apps[0]!;
}

/** `what: why`, of one service. */
function lossesOf(service: ServiceGiven): string[] {
  return toMarathon(application({ services: { one: service } })).losses.map(({ what, why }) => `${what}: ${why}`);
}

const FAST = {
  ...{ gracePeriodSeconds: 10, intervalSeconds: 2, timeoutSeconds: 3, maxConsecutiveFailures: 3, delaySeconds: 1 },
};
const CHECK = {
  ...{ test: exec('true'), intervalMs: undefined, timeoutMs: undefined, startPeriodMs: undefined, retries: undefined },
};
const COMMAND = { protocol: 'COMMAND', command: { value: 'true' } };

const CHECKS: Readonly<Record<string, readonly [service: ServiceGiven, check: object | undefined]>> = {
  'a role of ours by what says that it is alive': [
    { environment: { ROLE: 'hasher' }, labels: { 'ambassador.check': '/readyz' }, healthcheck: CHECK },
    { protocol: 'MESOS_HTTP', path: '/healthz', portIndex: 0 },
  ],
  'a label by the path that it says, at the first port of HTTP': [
    { ports: [{ target: 90 }, { target: 80 }], labels: { 'ambassador.check': '/well' }, healthcheck: CHECK },
    { protocol: 'MESOS_HTTP', path: '/well', portIndex: 1 },
  ],
  'a label without a port of HTTP by the own check': [
    { labels: { 'ambassador.check': '/well' }, healthcheck: CHECK },
    COMMAND,
  ],
  'a port that is guessed to be of HTTP by /': [
    { ports: [{ target: 8080 }] },
    { protocol: 'MESOS_HTTP', path: '/', portIndex: 0 },
  ],
  'a port that is guessed to be of HTTP by the own check, if there is one': [
    { ports: [{ target: 8080 }], healthcheck: CHECK },
    COMMAND,
  ],
  'any other port by a connection': [
    { ports: [{ target: 53, protocol: 'udp' }, { target: 9000 }] },
    { protocol: 'MESOS_TCP', portIndex: 1 },
  ],
  'a Redis never by HTTP': [
    { image: 'registry:5000/redis:7', ports: [{ target: 80 }], labels: { 'ambassador.check': '/well' } },
    { protocol: 'MESOS_TCP', portIndex: 0 },
  ],
  'UDP alone not at all': [{ ports: [{ target: 53, protocol: 'udp' }] }, undefined],
  'what is not to be asked not at all': [{ ports: [{ target: 80 }], isHealthcheckOff: true }, undefined],
};

for (const [what, [service, check]] of Object.entries(CHECKS)) {
  test(`health: ${what}`, () => {
    assert.deepEqual(appOf(service).healthChecks, check === undefined ? [] : [{ ...check, ...FAST }]);
  });
}

test('the times of a check are those of the file, in whole seconds; it never ends a task at its first failure', () => {
  const healthcheck = { test: exec('true'), intervalMs: 1500, timeoutMs: 100, startPeriodMs: 0, retries: 0 };
  assert.deepEqual(appOf({ healthcheck }).healthChecks, [{
    ...COMMAND,
    ...{ gracePeriodSeconds: 0, intervalSeconds: 2, timeoutSeconds: 1, maxConsecutiveFailures: 1, delaySeconds: 1 },
  }]);
  assert.deepEqual(lossesOf({ healthcheck }), [
    'healthcheck.interval: Marathon counts whole seconds: 2',
    'healthcheck.timeout: Marathon counts whole seconds: 1',
  ]);
});

test('the line of a check means the same to the shell of the container as to that of Mesos before it', async () => {
  const lines = [
    'x=1; test "$x" = 1',
    `test "$(printf '%s' "a b")" = 'a b' && test "\\$HOME" = '$HOME'`,
    'test "`echo \\\\`" = \'\\\'',
    `x=it\\'s\ntest "$x" = "it's"`,
  ];
  assert.notEqual(
    (await run(['sh', '-c', `sh -c "${lines[0]}"`])).code,
    0,
    'as it stands it would mean something else',
  );
  for (const line of lines) {
    for (const test of [shell(line), exec('sh', '-c', line)]) {
      const [check] = appOf({ healthcheck: { ...CHECK, test } }).healthChecks as [
        HealthCheck & { protocol: 'COMMAND' },
      ];
      const { value } = check.command;
      assert.doesNotMatch(value, /["$`]/);
      const outer = `sh -c "${value}"`;
      for (const command of [value, outer]) {
        const { code, output } = await run(['sh', '-c', command]);
        assert.equal(code, 0, `${command}\n${output}`);
      }
    }
  }
});
