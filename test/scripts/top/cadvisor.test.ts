import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CadvisorOptions, startCadvisor } from '../../../scripts/top/cadvisor.ts';
import { buildCadvisorStandIn } from '../../../testkit/cadvisor.ts';
import { docker, run, uniqueName, unlessDocker } from '../../../testkit/docker.ts';
import { freePort } from '../../../testkit/ports.ts';

const skip = unlessDocker;

test('cAdvisor is started once, with the mounts that it needs and none to write', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const name = uniqueName('coinroom-test');
  const foreign = uniqueName('coinroom-test');
  // First of all: an image in use is not removed.
  t.after(() => run(['docker', 'rm', '--force', '--volumes', name, foreign]));
  const image = await buildCadvisorStandIn(t);
  const port = await freePort();
  const start = async (options: Partial<CadvisorOptions> = {}) => {
    const said: string[] = [];
    const { signal } = new AbortController();
    const say = (line: string): void => void said.push(line);
    const url = await startCadvisor({ image, port, project: 'shop', name, signal, say, ...options });
    return { url, said };
  };
  const url = `http://127.0.0.1:${port}`;

  assert.deepEqual(await start(), { url, said: [`Starting cAdvisor (${image}) …`, `cAdvisor answers: ${url}`] });
  const seen = await (await fetch(url)).json() as { args: string[]; mounts: string };
  assert.deepEqual(seen.args, []);
  const root = await docker('info', '--format', '{{.DockerRootDir}}');
  for (const target of ['/rootfs', '/var/run', '/sys', root, '/dev/disk']) {
    assert.match(seen.mounts, new RegExp(`^\\S+ ${target} \\S+ ro\\b`, 'm'), target);
  }
  const labels = '{{index .Config.Labels "coinroom"}} {{index .Config.Labels "coinroom.project"}}';
  assert.equal(await docker('inspect', '--format', labels, name), 'cadvisor shop');

  assert.deepEqual(await start({ port: port + 1 }), { url, said: [`cAdvisor runs already: ${url}`] });
  await docker('stop', '--time', '1', name);
  assert.equal((await start()).said.at(-1), `cAdvisor answers: ${url}`, 'one that was stopped');
  await docker('rm', '--force', name);

  await docker('run', '--detach', '--name', foreign, '--publish', `127.0.0.1:${port}:80`, 'redis:7.4.2');
  await assert.rejects(
    start(),
    /^Error: Cannot start cAdvisor: [^]*(allocated|in use)[^]*\nAnother port: --cadvisor-port$/,
  );
  assert.notEqual((await run(['docker', 'inspect', name])).code, 0, 'nothing is left of it');
  await assert.rejects(
    start({ image: 'localhost:1/nowhere:1' }),
    /^Error: Cannot start cAdvisor: [^]*\nAnother image: --cadvisor-image, or the variable CADVISOR_IMAGE$/,
  );
  await assert.rejects(start({ name: foreign }), {
    message: `Cannot start cAdvisor: a container ${foreign} that top.mjs has not made is in its place`,
  });
});

test('a cAdvisor that ends at once is told with its last words', { skip, timeout: 60_000 }, async (t) => {
  const name = uniqueName('coinroom-test');
  t.after(() => run(['docker', 'rm', '--force', '--volumes', name]));
  const image = await buildCadvisorStandIn(t, 'console.error("no cgroups here"); process.exit(7)');
  const { signal } = new AbortController();
  await assert.rejects(
    startCadvisor({ image, port: await freePort(), project: undefined, name, signal, say: () => {} }),
    {
      message: 'Cannot start cAdvisor: it ended with 7: no cgroups here',
    },
  );
});
