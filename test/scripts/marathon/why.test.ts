/** The reasons why an app is not well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppInfo, QueueItem, Task } from '../../../scripts/marathon/answers.ts';
import { formatApps, isWell, stateOf } from '../../../scripts/marathon/apps.ts';
import { reasonsOf } from '../../../scripts/marathon/why.ts';

const NOW = '2026-01-02T00:00:00.000Z';
const APP: AppInfo = {
  ...{ id: '/g/one', instances: 2, cpus: 4, mem: 64, version: NOW, versionInfo: { lastConfigChangeAt: NOW } },
  constraints: [['hostname', 'UNIQUE']],
};
const TASK: Task = { id: 'one.0', host: '10.0.0.1', state: 'TASK_RUNNING', ports: [31000], version: NOW };
const ITEM: QueueItem = { count: 2, delay: { timeLeftSeconds: 0, overdue: true } };

function reasons(app: Partial<AppInfo>, item?: QueueItem): string[] {
  return reasonsOf(stateOf({ ...APP, ...app }), item);
}

test('an app is well when as many tasks as wished run, are of now, and are healthy where that is checked', () => {
  const tasks = [TASK, { ...TASK, id: 'one.1' }];
  const wellWith = (app: Partial<AppInfo>): boolean => isWell(stateOf({ ...APP, ...app }));
  assert.equal(wellWith({ tasks }), true);
  assert.equal(wellWith({ tasks: [TASK] }), false);
  assert.equal(wellWith({ tasks: [TASK, { ...TASK, state: 'TASK_STAGING' }] }), false);
  assert.equal(wellWith({ tasks: [...tasks, { ...TASK, version: '2026-01-01T00:00:00Z' }] }), false);
  assert.equal(wellWith({ tasks, healthChecks: [{}] }), false);
  const healthy = tasks.map((task) => ({ ...task, healthCheckResults: [{ alive: true }] }));
  assert.equal(wellWith({ tasks: healthy, healthChecks: [{}] }), true);
  // Scaled since then: tasks of the configuration of now have a version of before.
  assert.equal(wellWith({ tasks, version: '2026-01-03T00:00:00.000Z' }), true);
  assert.equal(wellWith({ tasks: tasks.map((task) => ({ ...task, version: '2026-01-02T00:00:00Z' })) }), true);
});

test('formatApps() tells where tasks are: the ports of one, how many of several', () => {
  const elsewhere = { ...TASK, host: '10.0.0.2', ports: [31001, 31002] };
  assert.equal(
    formatApps([stateOf({ ...APP, tasks: [TASK, elsewhere, { ...TASK, id: 'one.2' }] })]),
    `app     running  healthy      version                   where
/g/one  3 of 2   not checked  ${NOW}  10.0.0.1 (2), 10.0.0.2:31001,31002`,
  );
});

test('resources that no offer has are named, with what was wanted and the most that was offered', () => {
  const offer = (cpus: number): NonNullable<QueueItem['lastUnusedOffers']>[number] => ({
    offer: {
      hostname: 'a',
      resources: [{ name: 'cpus', role: '*', scalar: cpus }, { name: 'mem', role: '*', scalar: 32 }],
    },
    reason: ['InsufficientCpus'],
  });
  const rejectSummaryLastOffers = [
    { reason: 'UnfulfilledRole', declined: 1, processed: 6 },
    { reason: 'UnfulfilledConstraint', declined: 1, processed: 5 },
    { reason: 'InsufficientCpus', declined: 2, processed: 4 },
    { reason: 'InsufficientMemory', declined: 1, processed: 2 },
    { reason: 'InsufficientDisk', declined: 0, processed: 1 },
    { reason: 'InsufficientPorts', declined: 1, processed: 1 },
  ];
  const summary = { processedOffersCount: 40, unusedOffersCount: 40, rejectSummaryLastOffers };
  assert.deepEqual(
    reasons({}, { ...ITEM, processedOffersSummary: summary, lastUnusedOffers: [offer(0.5), offer(1.5)] }),
    [
      '/g/one: 0 of 2 running',
      '  2 instances wait for an offer; of the last 6, they have a role that it does not take (1), nothing that its ' +
      'constraints allow (1), too few cpus (2; it wants 4, the most offered is 1.5), too little mem (1; it wants 64, the ' +
      'most offered is 32), not the ports it wants (1); its constraints: hostname UNIQUE',
    ],
  );
});

test('a queue that has seen no offer, one that has refused none, and one of an older Marathon are told as they are', () => {
  const summary = { processedOffersCount: 0, unusedOffersCount: 0 };
  assert.equal(
    reasons({}, { ...ITEM, count: 1, processedOffersSummary: summary })[1],
    '  1 instance waits for an offer; none has come: no agent has anything left, or Mesos offers nothing to the role of /g/one',
  );
  assert.equal(
    reasons({}, { ...ITEM, processedOffersSummary: { processedOffersCount: 3, unusedOffersCount: 0 } })[1],
    '  2 instances wait for an offer; 3 offers looked at so far',
  );
  assert.equal(reasons({}, ITEM)[1], '  2 instances wait for an offer');
});

test('a delay and the last failure are told, the failure in one line', () => {
  const lastTaskFailure = {
    ...{ taskId: 'one.0', host: '10.0.0.1', state: 'TASK_FAILED', timestamp: NOW },
    message: 'Container exited\nwith status 137\n',
  };
  assert.deepEqual(reasons({ lastTaskFailure }, { ...ITEM, delay: { timeLeftSeconds: 42, overdue: false } }), [
    '/g/one: 0 of 2 running',
    '  it has failed too often: the next try is in 42 s',
    `  its last failure: TASK_FAILED on 10.0.0.1 at ${NOW}: Container exited with status 137`,
  ]);
});

test('tasks that are sick are told with their health check, three at most', () => {
  const bad = { alive: false, consecutiveFailures: 2, lastFailureCause: 'HTTP 500' };
  const tasks: Task[] = [
    { ...TASK, state: 'TASK_STAGING' },
    { ...TASK, id: 'one.1', healthCheckResults: [bad] },
    { ...TASK, id: 'one.2' },
    { ...TASK, id: 'one.3' },
    { ...TASK, id: 'one.4', healthCheckResults: [{ alive: true }] },
    { ...TASK, id: 'one.5', version: '2026-01-01T00:00:00.000Z' },
  ];
  assert.deepEqual(reasons({ tasks, healthChecks: [{}] }, undefined), [
    '/g/one: 4 of 2 running, 1 healthy',
    '  task one.0 on 10.0.0.1 is TASK_STAGING',
    '  task one.1 on 10.0.0.1 fails its health check, 2 times in a row: HTTP 500',
    '  task one.2 on 10.0.0.1 has passed no health check yet',
    '  and 1 task more',
    '  1 task of the version before is still there',
  ]);
});
