/** What is told of a group, well or not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccess } from '../../../scripts/marathon/access.ts';
import { createMarathon, type Marathon } from '../../../scripts/marathon/client.ts';
import { lookAtGroup } from '../../../scripts/marathon/status.ts';
import type { Scope } from '../../../testkit/machine.ts';
import { startMarathon, type TestMarathon } from '../../../testkit/marathon.ts';

const GROUP = {
  id: '/coinroom',
  apps: [{ id: 'rng', cmd: 'sleep 9', env: { KEY: 's3cret' } }, { id: 'worker', cmd: 'sleep 9', instances: 2 }],
};

async function start(t: Scope): Promise<{ server: TestMarathon; marathon: Marathon }> {
  const server = await startMarathon(t, { ticksPerLook: 0 });
  const marathon = createMarathon(readAccess(server.url, {}, {}), new AbortController().signal);
  t.after(() => marathon.close());
  await marathon.putGroup('/coinroom', GROUP);
  return { server, marathon };
}

test('a group that is well is its apps, and nothing else', async (t) => {
  const { server, marathon } = await start(t);
  await marathon.putApp('/other', { id: '/other', cmd: 'sleep 9' });
  for (let i = 0; i < 3; i++) server.tick();
  const { told, isAllWell, data } = await lookAtGroup(marathon, '/coinroom');
  assert.equal(isAllWell, true);
  assert.equal(
    told,
    `app               running  healthy      version                   where
/coinroom/rng     1 of 1   not checked  2026-01-01T00:00:01.000Z  10.0.0.1:31000
/coinroom/worker  2 of 2   not checked  2026-01-01T00:00:01.000Z  10.0.0.1:31000, 10.0.0.2:31001

2 of 2 apps well`,
  );
  assert.doesNotMatch(JSON.stringify(data), /s3cret/);
  const all = await lookAtGroup(marathon, '/');
  assert.match(all.told, /^\/other /m);
  assert.match(all.told, /\n3 of 3 apps well$/);
});

test('what is not well has its reasons, and the deployment that works on it is told', async (t) => {
  const { server, marathon } = await start(t);
  const rejectSummaryLastOffers = [{ reason: 'InsufficientMemory', declined: 2, processed: 2 }];
  const queue = {
    ...{ count: 1, delay: { timeLeftSeconds: 0, overdue: true } },
    processedOffersSummary: { processedOffersCount: 9, unusedOffersCount: 9, rejectSummaryLastOffers },
  };
  server.hold('/coinroom/rng', { kind: 'waiting', queue });
  server.tick();
  const { told, isAllWell } = await lookAtGroup(marathon, '/coinroom');
  assert.equal(isAllWell, false);
  assert.equal(
    told,
    `app               running  healthy      version                   where
/coinroom/rng     0 of 1   not checked  2026-01-01T00:00:01.000Z
/coinroom/worker  0 of 2   not checked  2026-01-01T00:00:01.000Z

deployment    since                     step    now
deployment-1  2026-01-01T00:00:01.000Z  2 of 3  ScaleApplication /coinroom/rng

/coinroom/rng: 0 of 1 running
  1 instance waits for an offer; of the last 2, they have too little mem (2)
/coinroom/worker: 0 of 2 running

0 of 2 apps well`,
  );
  assert.equal((await lookAtGroup(marathon, '/')).told, told);
});

test('that the queue cannot be read is told, and what else is known all the same', async (t) => {
  const { server, marathon } = await start(t);
  server.instead('GET /v2/queue', (response) => void response.writeHead(403).end('{"message":"no"}'));
  assert.match(
    (await lookAtGroup(marathon, '/coinroom')).told,
    /\n\/coinroom\/worker: 0 of 2 running\nWhat waits is not known: .* forbids GET \/v2\/queue \(403\): no\n/,
  );
});

test('a group that is not there is an error, and one without apps is well', async (t) => {
  const { server, marathon } = await start(t);
  await assert.rejects(lookAtGroup(marathon, '/nowhere'), { message: `${server.url} has no group /nowhere` });
  server.apps.clear();
  server.deployments.length = 0;
  const { told, isAllWell } = await lookAtGroup(marathon, '/');
  assert.deepEqual({ told, isAllWell }, { told: '/ has no apps', isAllWell: true });
});
