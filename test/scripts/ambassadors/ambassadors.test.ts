/** Ambassadors on a real engine: what they balance, what is made, and what is left alone. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  assertEven,
  callingFile,
  countAnswers,
  startWithAmbassadors,
  statusOf,
  UNTIL_IT_ANSWERS,
} from '../../../testkit/ambassadors.ts';
import { docker, output, run, unlessDocker } from '../../../testkit/docker.ts';
import { answersOf, underLoad } from '../../../testkit/load.ts';
import { writeProject } from '../../../testkit/other-project.ts';
import { ourImage } from '../../../testkit/our-image.ts';

const skip = unlessDocker;
const image = ourImage(skip);
const FILE = callingFile(image);

test('three instances get the same, whether connections are kept or not; apply twice changes nothing', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const project = await startWithAmbassadors(t, FILE, { api: 3 });
  const [caller] = await project.containers('caller');
  for (const keepAlive of [true, false]) assertEven(await countAnswers(t, caller!, { keepAlive }), 3);
  assertEven(await countAnswers(t, caller!, { keepAlive: true, connections: 1 }), 3);

  const created = await docker('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.CreatedAt}}');
  const again = await project.script('ambassadors', 'apply');
  assert.equal(again.code, 0, again.output);
  assert.match(again.output, /Nothing to do: all of it is there already/);
  assert.equal(await docker('ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.CreatedAt}}'), created);
  const [row] = await statusOf(project);
  assert.deepEqual([row!.link, row!.up, row!.backends, row!.state], ['api', 3, 3, 'ok']);
});

test('aliases and two ports, http and tcp, each has its own way; ports, volumes and networks of the user stay', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const two = `const { createServer } = require('http'), { hostname } = require('os');
const answer = (_, response) => response.setHeader('X-Instance', hostname()).end('ok');
createServer(answer).listen(80); createServer(answer).listen(9000);
process.on('SIGTERM', () => process.exit());`;
  const file = `
services:
  api:
    image: node:26-slim
    command: ${JSON.stringify(['node', '-e', two])}
    expose: ['80', '9000']
    networks: [back]
  caller:
    image: node:26-slim
    init: true
    command: node -e 'setInterval(() => {}, 1e6)'
    stop_grace_period: 1s
    links: ['api:database', 'api:shop']
    ports: ['0:4000']
    volumes: ['kept:/kept']
    networks: [front, back]
networks: { front: {}, back: {} }
volumes: { kept: {} }
`;
  const project = await startWithAmbassadors(t, file, { api: 2 });
  const [caller] = await project.containers('caller');
  for (const name of ['api', 'database', 'shop']) {
    const result = await underLoad(t, caller!, { url: `http://${name}/`, keepAlive: true }, () => sleep(1000));
    assert.deepEqual([answersOf(result).length, result.failed], [2, []], name);
  }
  // Port 9000 is tcp, so a kept connection stays where it began.
  const kept = { url: 'http://shop:9000/', keepAlive: true, connections: 1 };
  assert.equal(answersOf(await underLoad(t, caller!, kept, () => sleep(1000))).length, 1);
  const own = { ...kept, keepAlive: false };
  assert.equal(answersOf(await underLoad(t, caller!, own, () => sleep(1000))).length, 2);
  const rows = (await statusOf(project)).map(({ port, mode, state }) => `${port}/${mode} ${state}`);
  assert.deepEqual(rows, ['80/http ok', '9000/tcp ok']);

  const inspected = JSON.parse(await docker('inspect', caller!))[0];
  assert.deepEqual(Object.keys(inspected.HostConfig.PortBindings), ['4000/tcp']);
  assert.match(inspected.HostConfig.Binds.join(), /kept:\/kept/);
  assert.equal(Object.keys(inspected.NetworkSettings.Networks).length, 2);
  const hosts = ['api:127.127.0.2', 'database:127.127.0.2', 'shop:127.127.0.2'];
  assert.deepEqual(inspected.HostConfig.ExtraHosts, hosts);
});

test('a container of somebody else that has the name of an ambassador is left alone, and told', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const project = await writeProject(t, FILE);
  await project.compose('up', '--detach');
  const [caller] = await project.containers('caller');
  t.after(() => run(['docker', 'rm', '--force', `${caller}-to-api`]));
  await docker('run', '--detach', '--name', `${caller}-to-api`, 'redis:7.4.2');
  const { code, output: said } = await project.script('ambassadors', 'apply');
  assert.equal(code, 1);
  assert.match(said, new RegExp(`^Cannot make ${caller}-to-api: a container of that name is there which`, 'm'));
  assert.equal(await docker('inspect', '--format', '{{.State.Status}}', `${caller}-to-api`), 'running');
});

test(
  'remove leaves nothing, and the consumers call their services as before',
  { skip, timeout: 180_000 },
  async (t) => {
    const project = await startWithAmbassadors(t, FILE, { api: 2, caller: 2 });
    const balanced = await project.script('ambassadors', 'balance', 'api');
    assert.equal(balanced.code, 0, balanced.output);
    const shown = await project.script('ambassadors', 'remove', '--dry-run');
    assert.match(shown.output, /^Would remove 2 ambassadors and 1 balancer of \w+, after .* would be made anew/m);
    const { code, output: said } = await project.script('ambassadors', 'remove');
    assert.equal(code, 0, said);
    const left = await docker(
      'ps',
      '--all',
      '--format',
      '{{.Names}}',
      '--filter',
      `label=coinroom.project=${project.name}`,
    );
    assert.equal(left, '');
    assert.equal(existsSync(join(project.folder, 'compose.ambassadors.yml')), false);
    const callers = await project.containers('caller');
    assert.equal(callers.length, 2, 'as many as there were');
    const hosts = await docker('inspect', '--format', '{{.HostConfig.ExtraHosts}}', ...callers);
    assert.equal(hosts, '[]\n[]');
    await output(['docker', 'exec', callers[0]!, 'node', '-e', UNTIL_IT_ANSWERS]);
    const again = await project.script('ambassadors', 'remove');
    assert.deepEqual([again.code, again.stdout.trim()], [
      0,
      `Removed 0 ambassadors and 0 balancers of ${project.name}`,
    ]);
  },
);

test('whoever takes the project away takes its ambassadors along', { skip, timeout: 180_000 }, async (t) => {
  const project = await startWithAmbassadors(t, FILE);
  const own = async (): Promise<string> => {
    const filter = ['--filter', `label=coinroom.project=${project.name}`];
    return await docker('ps', '--all', '--quiet', ...filter) + await docker('volume', 'ls', '--quiet', ...filter);
  };
  assert.notEqual(await own(), '');
  const down = await project.script('compose', 'down');
  assert.equal(down.code, 0, down.output);
  assert.match(down.output, /^Removed what stood between them: \S+-to-api$/m);
  assert.equal(await own(), '');

  await project.compose('up', '--detach');
  await project.script('ambassadors', 'apply');
  assert.notEqual(await own(), '');
  const cleaned = await project.script('clean', '--yes');
  assert.equal(cleaned.code, 0, cleaned.output);
  assert.equal(await own(), '');
});

test(
  'plan says what would be made and refuses what cannot be, and changes nothing',
  { skip, timeout: 120_000 },
  async (t) => {
    const project = await writeProject(t, FILE);
    await project.compose('up', '--detach');
    const [caller] = await project.containers('caller');
    const shown = await project.script('ambassadors', 'plan');
    assert.equal(shown.code, 0, shown.output);
    assert.match(shown.output, /^caller +api +api +127\.127\.0\.2 +80\/http +roundrobin +\/readyz$/m);
    assert.match(shown.output, new RegExp(`^${caller} would be made anew, with the names of their ambassadors$`, 'm'));
    assert.match(shown.output, new RegExp(`^${caller}-to-api would be made$`, 'm'));
    assert.equal(existsSync(join(project.folder, 'compose.ambassadors.yml')), false);

    const refusing = await writeProject(
      t,
      FILE.replace('environment: { API_URL', "expose: ['80']\n    environment: { API_URL"),
    );
    for (const verb of ['plan', 'apply', 'watch']) {
      const refused = await refusing.script('ambassadors', verb);
      assert.equal(refused.code, 1);
      assert.match(
        refused.output,
        /^caller -> api: caller itself listens on 80, where it is to reach api; let it listen/m,
      );
    }
    const nothing = await refusing.script('ambassadors', 'apply', '--image');
    assert.equal(nothing.code, 2);
    const strange = await refusing.script('ambassadors', 'balance', 'nobody');
    assert.deepEqual([strange.code, /one of (api, caller|caller, api); got "nobody"/.test(strange.output)], [2, true]);
  },
);
