/** An application of somebody else, in the style of the voting sample. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { docker, run, uniqueName, unlessDocker } from '../../../testkit/docker.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';
import { startRegistry, unlessRegistry } from '../../../testkit/registry.ts';
import { runScript } from '../../../testkit/script.ts';

const skip = unlessDocker || unlessRegistry;

const VOTING = `version: "3.9"
# Who votes for what
services:
  vote:   # the front
    build: { context: ., dockerfile: Dockerfile.vote }
    depends_on: [store]
    ports: ["0:80"]
    networks: [front, back]
    stop_grace_period: 1m30s
  result:
    build:
      context: .
      dockerfile: Dockerfile.result
      args: { COLOUR: blue }
    ports: ["0:5353/udp"]
    volumes: ["./shown:/shown:ro"]
    networks:
      back: { aliases: [shown, results] }
  # once, before anybody votes
  seed: { image: redis:7.4.2, command: redis-server --version, networks: [back] }
  store:
    image: redis:7.4.2
    volumes: [votes:/data]
    networks:
      back: { aliases: [database] }
networks: { front: {}, back: {} }
volumes:
  votes: {}
`;

test('a voting application of somebody else goes the whole way: build, up, tag, push, pull, update, down', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const registry = await startRegistry(t);
  const folder = await temporaryFolder(t);
  const name = uniqueName('coinroom-test').replace(/\W/g, '');
  const write = (file: string, text: string) => writeFile(join(folder, file), text);
  const env = { REGISTRY: registry.address, VERSION: '1', DOCKER_BUILDKIT: '0' };
  const compose = async (...args: string[]) => {
    const finished = await runScript('compose', [...args, '-p', name], { cwd: folder, env });
    assert.equal(finished.code, 0, finished.output);
    return finished.stdout;
  };
  t.after(async () => {
    await runScript('compose', ['down', '--volumes', '--yes', '-p', name], { cwd: folder });
    const ids = (await docker('images', '--format', '{{.ID}} {{.Repository}}')).split('\n').filter((line) =>
      line.includes(name)
    );
    if (ids.length > 0) await run(['docker', 'rmi', '--force', ...ids.map((line) => line.split(' ')[0]!)]);
  });
  const server = (version: number) =>
    `FROM node:26-slim
CMD ["node", "-e", "process.on('SIGTERM', () => process.exit(0)); require('http').createServer((_, a) => a.end('vote ${version}')).listen(80)"]
`;
  await write('compose.yml', VOTING);
  await write('Dockerfile.vote', server(1));
  await write(
    'Dockerfile.result',
    'FROM redis:7.4.2\nARG COLOUR\nRUN echo $COLOUR > /colour\nCMD ["redis-server", "--port", "5353"]\n',
  );
  await mkdir(join(folder, 'shown'));

  assert.match(await compose('up', '--dry-run'), new RegExp(`^Would build ${name}.result, ${name}.vote, then start`));
  assert.equal(JSON.parse(await compose('build', '--dry-run', '--json')).length, 2);
  await compose('build');
  const rows = JSON.parse(await compose('up', '--json')) as { service: string; urls: string[]; state: string }[];
  assert.deepEqual(Object.fromEntries(rows.map(({ service, state }) => [service, state])), {
    result: 'running',
    seed: 'exited',
    store: 'running',
    vote: 'running',
  });
  const url = async (): Promise<string> => (await compose('url', 'vote')).trim().split('\n')[0]!;
  assert.equal(await (await fetch(await url())).text(), 'vote 1');
  assert.match(rows[0]!.urls[0]!, /^localhost:\d+\/udp$/);
  const plan = JSON.parse(await compose('scale', 'vote=2', '--dry-run', '--json'));
  assert.deepEqual(plan, [{ service: 'vote', now: 1, wanted: 2 }]);
  await compose('scale', 'vote=2');

  env.VERSION = '2';
  await write('Dockerfile.vote', server(2));
  await compose('build', 'vote');
  await compose('tag');
  await compose('push');
  const text = await readFile(join(folder, 'compose.2.yml'), 'utf8');
  assert.equal(
    text.replaceAll(/@sha256:\w+/g, ''),
    `# Made by compose.mjs push from compose.yml, version 2. It is made anew at each push.\n` + VOTING
      .replace('build: { context: ., dockerfile: Dockerfile.vote }', `image: ${registry.address}/${name}_vote # 2`)
      .replace(/build:\n.*\n.*\n.*COLOUR.*\n/, `image: ${registry.address}/${name}_result # 2\n`),
  );
  const updates = JSON.parse(await compose('update', 'vote', 'result', '-f', 'compose.2.yml', '--dry-run', '--json'));
  assert.deepEqual(updates.map(({ stopFirst }: { stopFirst?: string }) => stopFirst), [undefined, undefined]);
  const updated = JSON.parse(await compose('update', 'vote', '-f', 'compose.2.yml', '--json'));
  assert.deepEqual([updated[0].replaced, updated[0].gapMs], [2, 0]);
  assert.equal(await (await fetch(await url())).text(), 'vote 2');
  const [container] = (await docker('ps', '--quiet', '--filter', `name=${name}.*vote`)).split('\n');
  const networks = Object.keys(
    JSON.parse(await docker('inspect', '--format', '{{json .NetworkSettings.Networks}}', container!)),
  );
  assert.deepEqual(networks.sort(), [`${name}_back`, `${name}_front`]);

  const held = JSON.parse(await compose('update', 'store', '--image', 'redis:7.4.2', '--dry-run', '--json'));
  assert.match(held[0].stopFirst, /^two must not write to /);
  await compose('down');
  assert.equal(await docker('ps', '--all', '--quiet', '--filter', `name=${name}`), '');
  assert.match(
    await docker('volume', 'ls', '--quiet'),
    new RegExp(`${name}_votes`),
    'without being told, volumes stay',
  );
});
