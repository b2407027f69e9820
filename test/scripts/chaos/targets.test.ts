/** Which containers may be broken: opt-in, opt-out, selectors, names that stay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerTargets } from '../../../scripts/chaos/targets/containers.ts';
import { defaultEngine } from '../../../scripts/lib/engine.ts';
import { docker, run, uniqueName, unlessDocker } from '../../../testkit/docker.ts';

test('containers opt in, and opting out wins; ours are never taken; names stay', {
  skip: unlessDocker,
  timeout: 120_000,
}, async (t) => {
  const project = uniqueName('coinroom-test');
  const signal = AbortSignal.timeout(100_000);
  t.after(async () => {
    const ids = await docker('ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${project}`);
    await run(['docker', 'rm', '--force', ...ids.split('\n')]);
  });
  const start = (service: string, number: number, ...labels: string[]): Promise<string> => {
    const all = [
      ...[`project=${project}`, `service=${service}`, `container-number=${number}`, 'oneoff=False'].map((label) =>
        `com.docker.compose.${label}`
      ),
      ...labels,
    ];
    return docker(
      ...['run', '--detach', '--name', `${project}_${service}_${number}`, ...all.flatMap((one) => ['--label', one])],
      ...['--env', 'FAULTS=on', '--memory', '64m', 'node:26-slim', 'node', '-e', 'setInterval(() => {}, 1e6)'],
    );
  };
  await Promise.all([
    ...[1, 2, 10].map((number) => start('api', number, 'chaos=on', 'tier=front')),
    ...[start('db', 1, 'chaos=off'), start('cache', 1), start('tool', 1, 'chaos=on', 'coinroom=ambassador')],
  ]);
  const choose = async (selectors: readonly string[] = [], unlabelled = false) => {
    const chosen = await containerTargets({ engines: [defaultEngine()], project, selectors, unlabelled, signal });
    return {
      names: chosen.targets.map(({ name }) => name),
      leftOut: chosen.leftOut.map(({ name, why }) => `${name}: ${why}`),
      targets: chosen.targets,
    };
  };
  const all = await choose();
  assert.deepEqual(all.names, ['api:1', 'api:2', 'api:3']);
  assert.deepEqual(all.leftOut, [
    'cache:1: it has no label chaos=on (--unlabelled takes such, too)',
    'db:1: its label chaos=off keeps it out',
    'tool:1: it is one of our own tools',
  ]);
  assert.deepEqual(all.targets[2]!.offers, ['faults', 'memory limit']);
  assert.ok(all.targets.every(({ isWell, isReplaced }) => isWell && !isReplaced));
  assert.deepEqual((await choose([], true)).names, ['api:1', 'api:2', 'api:3', 'cache:1']);
  assert.deepEqual((await choose(['api:2'])).names, ['api:2']);
  assert.deepEqual((await choose(['label=tier=front'])).names, ['api:1', 'api:2', 'api:3']);
  assert.deepEqual((await choose(['name=_10$'])).names, ['api:3']);
  await assert.rejects(choose(['api', 'nobody']), {
    name: 'NobodyError',
    message: `Nobody in ${project} answers to "nobody": there is api, cache, db, tool`,
  });
  await assert.rejects(choose(['name=(']), { name: 'UsageError', message: /takes a regular expression; got "\("/ });
  await docker('pause', `${project}_api_1`);
  assert.deepEqual((await choose()).targets.map(({ isWell }) => isWell), [false, true, true]);
  await docker('unpause', `${project}_api_1`);
});
