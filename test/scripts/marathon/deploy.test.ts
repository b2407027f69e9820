/** Deploying, against a Marathon in memory: a second passes there whenever its deployments are looked at. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../../../scripts/lib/progress.ts';
import { readAccess } from '../../../scripts/marathon/access.ts';
import { createMarathon } from '../../../scripts/marathon/client.ts';
import { deployWanted, foresee, type Told } from '../../../scripts/marathon/deploy.ts';
import { DeploymentError } from '../../../scripts/marathon/deployment.ts';
import { MarathonError } from '../../../scripts/marathon/troubles.ts';
import { readWanted } from '../../../scripts/marathon/wanted.ts';
import type { Scope } from '../../../testkit/machine.ts';
import { startMarathon, type TestMarathon } from '../../../testkit/marathon.ts';

const CHECK = { protocol: 'MESOS_HTTP', path: '/health' };
const RNG = { id: 'rng', cmd: 'sleep 99', cpus: 0.1, mem: 32, healthChecks: [CHECK] };
const WORKER = { id: 'worker', cmd: 'sleep 99', cpus: 0.1, mem: 64, instances: 2, env: { DELAY_MS: '100' } };
const GROUP = { id: '/coinroom', apps: [RNG, WORKER] };

/** What a test does not wait for comes to its end within this. */
const LONG_MS = 60_000;

interface Kit extends TestMarathon {
  /** What was told on the way and stays. */
  readonly done: string[];
  readonly now: Set<string>;
  readonly deploy: (wanted: object, options?: { isForced?: boolean; withinMs?: number }) => Promise<Told>;
  readonly foresee: (wanted: object) => Promise<Told>;
}

async function startKit(t: Scope, { urls = (url: string) => url, env = {} } = {}): Promise<Kit> {
  const server = await startMarathon(t);
  const { signal } = new AbortController();
  const marathon = createMarathon(readAccess(urls(server.url), {}, env), signal);
  t.after(() => marathon.close());
  const done: string[] = [];
  const now = new Set<string>();
  const progress: Progress = { now: (text) => void now.add(text), done: (text) => void done.push(text) };
  const read = (wanted: object) => readWanted(JSON.stringify(wanted), 'group.json');
  return {
    ...{ ...server, done, now },
    deploy: (wanted, { isForced = false, withinMs = LONG_MS } = {}) =>
      deployWanted(marathon, { wanted: read(wanted), isForced, withinMs, everyMs: 1, signal, progress }),
    foresee: (wanted) => foresee(marathon, read(wanted)),
  };
}

async function errorOf(asking: Promise<unknown>): Promise<Error> {
  return await asking.then(() => assert.fail('It came to its end'), (error: Error) => error);
}

const puts = ({ requests }: TestMarathon): string[] => requests.filter((one) => one.startsWith('PUT'));

test('a group is put, followed step by step, and told with where its tasks are', async (t) => {
  const kit = await startKit(t);
  const { told, data } = await kit.deploy(GROUP);
  assert.deepEqual(puts(kit), ['PUT /v2/groups/coinroom']);
  assert.deepEqual(kit.lastBody(), GROUP);
  assert.deepEqual(kit.done, [
    'deployment deployment-1: step 1 of 3, StartApplication /coinroom/rng, StartApplication /coinroom/worker',
    'deployment deployment-1: step 2 of 3, ScaleApplication /coinroom/rng',
    'deployment deployment-1: step 3 of 3, ScaleApplication /coinroom/worker',
  ]);
  assert.deepEqual([...kit.now], ['rng 0/1, worker 0/2', 'rng 1/1, worker 0/2', 'rng 1/1, worker 2/2']);
  assert.equal(
    told,
    `app               is       differs in
/coinroom/rng     created
/coinroom/worker  created

app               running  healthy      version                   where
/coinroom/rng     1 of 1   1 of 1       2026-01-01T00:00:01.000Z  10.0.0.1:31000
/coinroom/worker  2 of 2   not checked  2026-01-01T00:00:01.000Z  10.0.0.1:31000, 10.0.0.2:31001
Deployment deployment-1 is done`,
  );
  assert.ok(!JSON.stringify(data).includes('DELAY_MS'), 'no environment in the data');
});

test('a single app is put as a whole', async (t) => {
  const kit = await startKit(t);
  await kit.deploy({ ...WORKER, id: '/coinroom/worker' });
  assert.deepEqual(puts(kit), ['PUT /v2/apps/coinroom/worker?partialUpdate=false']);
  assert.deepEqual([...kit.apps.keys()], ['/coinroom/worker']);
});

test('the same again changes nothing, sends nothing, and says so', async (t) => {
  const kit = await startKit(t);
  await kit.deploy(GROUP);
  const { told, data } = await kit.deploy(GROUP);
  assert.equal(puts(kit).length, 1);
  assert.match(told, /^app .*\nNothing was changed$/s);
  assert.equal((data as { deploymentId: unknown }).deploymentId, null);
});

test('what only seems to be another is put, and Marathon, which knows better, is believed', async (t) => {
  const kit = await startKit(t);
  // What is told of an app need not be as it was put: here a constraint in another form.
  const one = { ...RNG, id: '/coinroom/rng', constraints: [['hostname', 'UNIQUE']] };
  await kit.deploy(one);
  kit.instead('GET /v2/apps', (response) => {
    const { definition, version, tasks } = kit.apps.get('/coinroom/rng')!;
    response.end(JSON.stringify({ app: { ...definition, constraints: [['@hostname', 'UNIQUE']], version, tasks } }));
  });
  const { told } = await kit.deploy(one);
  assert.equal(puts(kit).length, 2);
  assert.match(told, /\nNothing was changed$/);
});

test('an interrupted deployment is followed by the next try, and nothing is ordered twice', async (t) => {
  const kit = await startKit(t);
  kit.hold('/coinroom/rng', { kind: 'unhealthy', result: { alive: false } });
  await errorOf(kit.deploy(GROUP, { withinMs: 1 }));
  kit.hold('/coinroom/rng', undefined);
  assert.match((await kit.deploy(GROUP)).told, /\nNothing was changed$/);
  assert.equal(puts(kit).length, 1);
});

test('a change is told by the places that differ, and what the file does not have any more is stopped', async (t) => {
  const kit = await startKit(t);
  await kit.deploy({ ...GROUP, apps: [RNG, WORKER, { ...RNG, id: 'old' }] });
  const { told } = await kit.deploy({ ...GROUP, apps: [RNG, { ...WORKER, instances: 3, env: { DELAY_MS: '5' } }] });
  assert.equal(
    told.split('\n\n')[0],
    `app               is       differs in
/coinroom/worker  changed  instances, env.DELAY_MS
/coinroom/old     removed`,
  );
  assert.deepEqual([...kit.apps.keys()], ['/coinroom/rng', '/coinroom/worker']);
  assert.deepEqual(kit.done.slice(-2), [
    'deployment deployment-2: step 1 of 2, StopApplication /coinroom/old',
    'deployment deployment-2: step 2 of 2, RestartApplication /coinroom/worker',
  ]);
});

test('tasks of before do not count as those of a change', async (t) => {
  const kit = await startKit(t);
  await kit.deploy(GROUP);
  kit.hold('/coinroom/rng', { kind: 'waiting', queue: { count: 1, delay: { timeLeftSeconds: 0, overdue: true } } });
  const { message } = await errorOf(kit.deploy({ ...GROUP, apps: [{ ...RNG, mem: 48 }, WORKER] }, { withinMs: 20 }));
  assert.equal(
    message,
    `Deployment deployment-2 of /coinroom is not done after 0.02 s
Now at deployment deployment-2: step 1 of 1, RestartApplication /coinroom/rng
/coinroom/rng: 0 of 1 running, 0 healthy
  1 instance waits for an offer
  1 task of the version before is still there
Marathon goes on trying; what is to replace this needs --force`,
  );
});

test('an app whose tasks fail again and again ends the waiting, with what the last has said', async (t) => {
  const kit = await startKit(t);
  const queue = { count: 2, delay: { timeLeftSeconds: 12, overdue: false } };
  kit.hold('/coinroom/worker', { kind: 'failing', message: 'no such image', queue });
  const error = await errorOf(kit.deploy(GROUP));
  assert.ok(error instanceof DeploymentError);
  assert.equal(
    error.message,
    `Deployment deployment-1 of /coinroom is stuck: /coinroom/worker has failed 3 times
Now at deployment deployment-1: step 3 of 3, ScaleApplication /coinroom/worker
/coinroom/worker: 0 of 2 running
  it has failed too often: the next try is in 12 s
  its last failure: TASK_FAILED on 10.0.0.1 at 2026-01-01T00:00:06.000Z: no such image
Marathon goes on trying; what is to replace this needs --force`,
  );
});

test('a failure of before the deployment is none of it', async (t) => {
  const kit = await startKit(t);
  await kit.deploy(GROUP);
  const queue = { count: 2, delay: { timeLeftSeconds: 1, overdue: false } };
  kit.hold('/coinroom/worker', { kind: 'failing', message: 'no', queue });
  const old = { taskId: 'x', host: 'a', state: 'TASK_FAILED', message: 'old', timestamp: '2026-01-01T00:00:00.000Z' };
  kit.apps.set('/coinroom/worker', { ...kit.apps.get('/coinroom/worker')!, failure: old });
  // The old one is seen at a first look; if it counted, this would end a look earlier.
  kit.instead('GET /v2/deployments', (response) => void response.end('[]'), 1);
  const { message } = await errorOf(kit.deploy({ ...GROUP, apps: [RNG, { ...WORKER, instances: 3 }] }));
  assert.equal(
    message.split('\n')[0],
    'Deployment deployment-2 of /coinroom is stuck: /coinroom/worker has failed 3 times',
  );
  assert.equal(kit.requests.filter((one) => one === 'GET /v2/deployments').length, 4 + 4);
});

test('an app that does not get healthy is named, with its task and the reason', async (t) => {
  const kit = await startKit(t);
  const result = { alive: false, consecutiveFailures: 3, lastFailureCause: 'HTTP 503' };
  kit.hold('/coinroom/rng', { kind: 'unhealthy', result });
  await errorOf(kit.deploy(GROUP, { withinMs: 1 }));
  // Whatever has passed by then, now it is at the second step for sure.
  for (let i = 0; i < 2; i++) kit.tick();
  const { message } = await errorOf(kit.deploy(GROUP, { withinMs: 1 }));
  assert.equal(
    message,
    `/coinroom is not done after 0.001 s
Now at deployment deployment-1: step 2 of 3, ScaleApplication /coinroom/rng
/coinroom/rng: 1 of 1 running, 0 healthy
  task coinroom_rng.0 on 10.0.0.1 fails its health check, 3 times in a row: HTTP 503
/coinroom/worker: 0 of 2 running
Marathon goes on trying; what is to replace this needs --force`,
  );
});

test('a deployment that was given up is not one that is done', async (t) => {
  const kit = await startKit(t);
  kit.hold('/coinroom/worker', { kind: 'waiting', queue: { count: 2, delay: { timeLeftSeconds: 0, overdue: true } } });
  kit.instead('GET /v2/deployments', (response) => {
    kit.deployments.length = 0;
    response.end('[]');
  });
  assert.equal(
    (await errorOf(kit.deploy({ ...GROUP, apps: [WORKER] }, { withinMs: 20 }))).message,
    `Deployment deployment-1 of /coinroom is not done after 0.02 s
/coinroom/worker: 0 of 2 running
  2 instances wait for an offer
Marathon has it no more: it was given up, or is over`,
  );
});

test('a deployment that another has replaced is told as such at once', async (t) => {
  const kit = await startKit(t);
  kit.instead('GET /v2/deployments', (response) => {
    const own = kit.apps.get('/coinroom/rng')!;
    kit.apps.set('/coinroom/rng', { ...own, version: '2026-01-01T01:00:00.000Z' });
    response.end('[]');
  }, 1);
  const { message } = await errorOf(kit.deploy(GROUP));
  assert.equal(
    message.split('\n')[0],
    'Deployment deployment-1 of /coinroom was replaced by another: /coinroom/rng is of 2026-01-01T01:00:00.000Z, this of 2026-01-01T00:00:01.000Z',
  );
});

test('a deployment of which an app is gone is told as such at once', async (t) => {
  const kit = await startKit(t);
  kit.instead('GET /v2/deployments', (response) => {
    kit.apps.delete('/coinroom/rng');
    response.end('[]');
  }, 1);
  assert.equal(
    (await errorOf(kit.deploy(GROUP))).message.split('\n')[0],
    'Deployment deployment-1 of /coinroom was replaced by another: /coinroom/rng is not there any more',
  );
});

/** Another deployment of these apps, which does not get on until it is let. */
async function startLocked(t: Scope): Promise<Kit> {
  const kit = await startKit(t);
  kit.hold('/coinroom/rng', { kind: 'waiting', queue: { count: 1, delay: { timeLeftSeconds: 0, overdue: true } } });
  await errorOf(kit.deploy(GROUP, { withinMs: 20 }));
  kit.done.length = kit.requests.length = 0;
  return kit;
}

const OTHER_GROUP = { ...GROUP, apps: [{ ...RNG, mem: 48 }, WORKER] };

test('an app that another deployment has locked is waited for, without ordering again and again', async (t) => {
  const kit = await startLocked(t);
  let looks = 0;
  kit.instead('GET /v2/deployments', (response) => {
    if (++looks === 5) kit.hold('/coinroom/rng', undefined);
    kit.tick();
    const steps = { affectedApps: ['/coinroom/rng'], currentStep: 2, totalSteps: 3, currentActions: [] };
    response.end(JSON.stringify(kit.deployments.map(({ id, version }) => ({ id, version, ...steps }))));
  });
  const { told } = await kit.deploy(OTHER_GROUP);
  assert.equal(kit.done[0], '/coinroom is locked; waits for deployment deployment-1: step 2 of 3');
  assert.deepEqual(puts(kit), ['PUT /v2/groups/coinroom', 'PUT /v2/groups/coinroom']);
  assert.match(told, /\nDeployment deployment-2 is done$/);
});

test('a lock without a deployment in the list is looked at once more before the next order', async (t) => {
  const kit = await startKit(t);
  const locked = JSON.stringify({ message: 'App is locked', deployments: [{ id: 'young' }] });
  kit.instead('PUT', (response) => void response.writeHead(409).end(locked), 1);
  await kit.deploy(GROUP);
  const [look, ...orders] = kit.requests.slice(0, 5);
  assert.match(look!, /^GET \/v2\/groups\/coinroom\?embed=/);
  assert.deepEqual(orders, [
    ...['PUT /v2/groups/coinroom', 'GET /v2/deployments', 'GET /v2/deployments', 'PUT /v2/groups/coinroom'],
  ]);
});

test('an app that stays locked is told, with by what', async (t) => {
  const kit = await startLocked(t);
  const error = await errorOf(kit.deploy(OTHER_GROUP, { withinMs: 20 }));
  assert.ok(error instanceof DeploymentError);
  assert.equal(
    error.message,
    '/coinroom is still locked after 0.02 s, by deployment deployment-1: step 2 of 3, ScaleApplication /coinroom/rng: ' +
      '--force replaces that',
  );
});

test('--force replaces the deployment that has locked an app', async (t) => {
  const kit = await startLocked(t);
  kit.hold('/coinroom/rng', undefined);
  await kit.deploy(OTHER_GROUP, { isForced: true });
  assert.deepEqual(puts(kit), ['PUT /v2/groups/coinroom?force=true']);
  assert.equal(
    kit.done[0],
    '--force replaces deployment deployment-1: step 2 of 3, ScaleApplication /coinroom/rng',
  );
});

test('what is not valid is told by every place and all that is wrong there', async (t) => {
  const kit = await startKit(t);
  const upgradeStrategy = { minimumHealthCapacity: 2 };
  const error = await errorOf(
    kit.deploy({ ...GROUP, apps: [{ ...RNG, id: 'my_rng' }, { ...WORKER, upgradeStrategy }] }),
  );
  assert.ok(error instanceof MarathonError);
  assert.equal(
    error.message,
    `${kit.url} refuses PUT /v2/groups/coinroom (422): Object is not valid
  /apps(0)/id: must be lower case; must have no underscore
  /apps(1)/upgradeStrategy/minimumHealthCapacity: is greater than 1`,
  );
});

test('while another master becomes the leader the deployment is still followed', async (t) => {
  const kit = await startKit(t);
  kit.instead('GET /v2/deployments', (response) => void response.writeHead(502).end(), 2);
  assert.match((await kit.deploy(GROUP)).told, /is done$/);
  assert.ok(kit.now.has(`${kit.url} cannot answer now (502)`));
  kit.instead('GET /v2/deployments', (response) => void response.writeHead(502).end());
  assert.equal(
    (await errorOf(kit.deploy(OTHER_GROUP, { withinMs: 20 }))).message,
    `Deployment deployment-2 of /coinroom is not done after 0.02 s\n${kit.url} cannot answer now (502)`,
  );
});

test('a dry run shows what would be sent, and sends nothing', async (t) => {
  const kit = await startLocked(t);
  const { told } = await kit.foresee(OTHER_GROUP);
  assert.equal(
    told,
    `PUT /v2/groups/coinroom to ${kit.url}:
${JSON.stringify(OTHER_GROUP, null, 2)}
app               is         differs in
/coinroom/rng     changed    mem
/coinroom/worker  unchanged
Would wait for deployment deployment-1: step 2 of 3, ScaleApplication /coinroom/rng; --force would replace it`,
  );
  assert.match(
    (await kit.foresee(GROUP)).told,
    new RegExp(`^Nothing would be sent to ${kit.url}: all is as it is wanted\n`),
  );
  assert.ok(kit.requests.every((one) => one.startsWith('GET ')));
});
