/** Ambassadors follow what happens to the containers, to the tool, and to themselves. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { linksOf, open } from '../../../scripts/ambassadors/flags.ts';
import type { Configuration } from '../../../scripts/ambassadors/haproxy.ts';
import { createKeeper } from '../../../scripts/ambassadors/keeper.ts';
import { configureProxies } from '../../../scripts/ambassadors/shared-folder.ts';
import { inspectContainers } from '../../../scripts/lib/containers.ts';
import { defaultEngine } from '../../../scripts/lib/engine.ts';
import {
  assertEven,
  callingFile,
  countAnswers,
  scale,
  startWatch,
  startWithAmbassadors,
  statusOf,
  UNTIL_IT_ANSWERS,
} from '../../../testkit/ambassadors.ts';
import { docker, output, unlessDocker } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { answersOf, startLoad, underLoad } from '../../../testkit/load.ts';
import { ourImage } from '../../../testkit/our-image.ts';

const skip = unlessDocker;
const image = ourImage(skip);
const FILE = callingFile(image);

test('from 1 to 10 and back to 1 under load: no request is lost, and each new one gets its share', {
  skip,
  timeout: 300_000,
}, async (t) => {
  const project = await startWithAmbassadors(t, FILE);
  const [caller] = await project.containers('caller');
  const watch = await startWatch(t, project);
  const loads = [
    startLoad(t, caller!, { url: 'http://api/16', keepAlive: true, pauseMs: 10 }),
    startLoad(t, caller!, { url: 'http://api/16', keepAlive: false, pauseMs: 10 }),
  ];
  await scale(project, 'api', 10);
  await eventually(async () => (await statusOf(project))[0]?.up === 10, {
    what: 'ten instances to be found well',
    withinMs: 30_000,
  });
  await scale(project, 'api', 1);
  await eventually(async () => (await statusOf(project))[0]?.backends === 1, {
    what: 'one to be left',
    withinMs: 30_000,
  });
  for (const load of loads) {
    const result = await load.stop();
    assert.deepEqual(result.failed, []);
    assert.equal(answersOf(result).length, 10, 'each of them has answered');
  }
  const changes = watch.output.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'configure');
  t.diagnostic(`${changes.length} changes, each ${changes.map(({ ms }) => ms).join(' ')} ms after its first event`);
});

test('an instance that is shot takes no request of others with it that may be asked twice', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await startWithAmbassadors(t, FILE, { api: 3 });
  const [caller] = await project.containers('caller');
  await startWatch(t, project);
  const { failed } = await underLoad(t, caller!, { url: 'http://api/16', keepAlive: true, pauseMs: 10 }, async () => {
    const [first] = await project.containers('api');
    await docker('kill', first!);
    await eventually(async () => (await statusOf(project))[0]?.backends === 2, {
      what: 'it to be out',
      withinMs: 20_000,
    });
    await docker('start', first!);
    await eventually(async () => (await statusOf(project))[0]?.up === 3, { what: 'it to be back', withinMs: 20_000 });
  });
  assert.deepEqual(failed, []);
});

test('an instance that comes back while others are told that it has gone is told of, too', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const project = await startWithAmbassadors(t, FILE, { api: 2 });
  const opened = await open({ file: [join(project.folder, 'compose.yml')], project: project.name }, t.signal);
  const { links } = await linksOf(opened);
  const keeper = createKeeper({ ...opened, project: project.name, links });
  await keeper.act((await keeper.survey()).actions);
  const { sight } = await keeper.survey();
  const leaving = new Set([sight.members.find(({ container }) => container.service === 'api')!.container.id]);
  const telling = keeper.act((await keeper.survey({ leaving })).actions);
  const { isWorkLeft } = await keeper.survey();
  const [step] = await telling;
  assert.match(step!.done!, /has 1 api now/);
  assert.equal(isWorkLeft, true);
  const [again] = await keeper.act((await keeper.survey()).actions);
  assert.match(again!.done!, /has 2 api now/);
});

test('a consumer that is restarted has its ambassador back within 2 s; one more consumer gets one', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await startWithAmbassadors(t, FILE);
  const [caller] = await project.containers('caller');
  const watch = await startWatch(t, project);
  await docker('restart', '--time', '0', caller!);
  const from = performance.now();
  await output(['docker', 'exec', caller!, 'node', '-e', UNTIL_IT_ANSWERS]);
  const tookMs = performance.now() - from;
  t.diagnostic(`${tookMs.toFixed(0)} ms after the restart`);
  assert.ok(tookMs < 2000, `${tookMs} ms`);
  await watch.line(/"kind":"restart"/);

  await scale(project, 'caller', 2);
  const [, second] = await project.containers('caller');
  await output(['docker', 'exec', second!, 'node', '-e', UNTIL_IT_ANSWERS]);
  await scale(project, 'caller', 1);
  await watch.line(/"kind":"remove"/);
  assert.deepEqual((await statusOf(project)).map(({ consumer }) => consumer), [caller]);
});

test('the tool is shot and started again: what has happened meanwhile is made good', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await startWithAmbassadors(t, FILE);
  const first = await startWatch(t, project);
  await first.stop('SIGKILL');
  await scale(project, 'api', 3);
  await scale(project, 'caller', 2);
  const before = await project.script('ambassadors', 'status');
  assert.equal(before.code, 1);
  assert.match(before.output, /not made yet/);
  assert.match(before.output, /does not know all instances: apply or watch/);
  await startWatch(t, project);
  await eventually(async () => {
    const rows = await statusOf(project);
    return rows.length === 2 && rows.every(({ up, state }) => up === 3 && state === 'ok');
  }, { what: 'both consumers to have three instances', withinMs: 30_000 });
});

test('HAProxy is killed: it comes back as it was, also when somebody has broken its file', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await startWithAmbassadors(t, FILE, { api: 2 });
  const [caller] = await project.containers('caller');
  const ambassador = `${caller}-to-api`;
  const startedAt = (): Promise<string> => docker('inspect', '--format', '{{.State.StartedAt}}', ambassador);
  const crash = async (): Promise<void> => {
    const before = await startedAt();
    process.kill(Number(await docker('inspect', '--format', '{{.State.Pid}}', ambassador)), 'SIGKILL');
    await eventually(async () => await startedAt() !== before, { what: 'Docker to start it again' });
    await output(['docker', 'exec', caller!, 'node', '-e', UNTIL_IT_ANSWERS]);
    assertEven(await countAnswers(t, caller!, { keepAlive: true }), 2);
  };
  const breakFile = (): Promise<string> => docker('exec', ambassador, 'sh', '-c', 'echo rubbish > $FOLDER/haproxy.cfg');
  const assertGood = async (): Promise<void> =>
    assert.match(await docker('exec', ambassador, 'sh', '-c', 'cat $FOLDER/haproxy.cfg'), /^# The way to /);
  await crash();
  await breakFile();
  await crash();
  await assertGood();
  await breakFile();
  const { code, output: said } = await project.script('ambassadors', 'apply');
  assert.equal(code, 0, said);
  await assertGood();

  // After this Docker leaves it as it is.
  await startWatch(t, project);
  await docker('kill', ambassador);
  await output(['docker', 'exec', caller!, 'node', '-e', UNTIL_IT_ANSWERS]);
});

test(
  'a configuration that HAProxy refuses never takes the place of a good one',
  { skip, timeout: 120_000 },
  async (t) => {
    const project = await startWithAmbassadors(t, FILE);
    const [caller] = await project.containers('caller');
    const [container] = await inspectContainers([`${caller}-to-api`]);
    const list = (): Promise<string> => docker('exec', container!.id, 'sh', '-c', 'cat $FOLDER/*.cfg; ls $FOLDER /tmp');
    const before = await list();
    const configuration: Configuration = {
      ...{ title: 'Rubbish', service: 'api', address: '127.127.0.2', balance: 'roundrobin', checkPath: undefined },
      listeners: [{ port: 80, mode: 'http', servers: [{ name: 'nobody', at: 'nowhere' }] }],
    };
    const order = { container: container!, configuration, commands: undefined };
    const [told] = await configureProxies(defaultEngine(), [order]);
    const what = `${container!.name} goes on as before: HAProxy refuses its new configuration:`;
    assert.ok((told as Error).message.startsWith(what), String(told));
    assert.match((told as Error).message, /could not resolve address 'nowhere'/);
    assert.equal(await list(), before, 'nothing is left of it');
    assert.equal((await countAnswers(t, caller!)).length, 1);
  },
);
