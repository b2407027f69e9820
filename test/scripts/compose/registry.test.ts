/** Images through real registries: a well one, one that guards itself, one that dies, one that lies. */
import assert from 'node:assert/strict';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { docker, run, uniqueName, unlessDocker } from '../../../testkit/docker.ts';
import { type Scope, temporaryFolder } from '../../../testkit/machine.ts';
import {
  LOGIN,
  startDyingRegistry,
  startGuardedRegistry,
  startLyingRegistry,
  startRegistry,
  unlessRegistry,
} from '../../../testkit/registry.ts';
import { runScript } from '../../../testkit/script.ts';

const skip = unlessDocker || unlessRegistry;

/** A project of two images that take a second to build, in a folder and under names of its own. */
async function createProject(t: Scope) {
  const folder = await temporaryFolder(t);
  const name = uniqueName('coinroom-test').replace(/\W/g, '');
  const dockerfile = (what: string) => `FROM redis:7.4.2\nRUN echo ${name} ${what} > /what\n`;
  await writeFile(join(folder, 'Dockerfile.a'), dockerfile('a'));
  await writeFile(join(folder, 'Dockerfile.b'), dockerfile('b'));
  const compose = `# Two images
services:
  a:
    image: ${name}-a
    build: { context: ., dockerfile: Dockerfile.a }
  b: # without a name
    build:
      context: .
      dockerfile: Dockerfile.b
  c:
    image: redis:7.4.2
`;
  await writeFile(join(folder, 'compose.yml'), compose);
  const config = join(folder, 'docker-config');
  t.after(() => removeImages(name));
  return {
    name,
    folder,
    compose: (args: string[], env: Record<string, string> = {}) =>
      runScript('compose', [args[0]!, '-p', name, ...args.slice(1)], {
        cwd: folder,
        env: { DOCKER_CONFIG: config, DOCKER_BUILDKIT: '0', VERSION: undefined, REGISTRY: undefined, ...env },
      }),
    login: (address: string, password: string) =>
      run(['docker', 'login', '--username', LOGIN.name, '--password-stdin', address], {
        env: { DOCKER_CONFIG: config },
        input: password,
      }),
    pinned: join(folder, 'compose.2.yml'),
  };
}

/** With all that the engine remembers of them. */
async function removeImages(name: string): Promise<void> {
  const list = await docker('images', '--format', '{{.ID}} {{.Repository}}');
  const own = list.split('\n').filter((line) => line.includes(name)).map((line) => line.split(' ')[0]!);
  if (own.length > 0) await run(['docker', 'rmi', '--force', ...new Set(own)]);
}

type Project = Awaited<ReturnType<typeof createProject>>;

async function buildAndTag(project: Project, registry: string): Promise<Record<string, string>> {
  const env = { REGISTRY: registry, VERSION: '2' };
  for (const verb of ['build', 'tag']) {
    const { code, output } = await project.compose([verb], env);
    assert.equal(code, 0, output);
  }
  return env;
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(() => true, () => false);
}

test('what is pushed is pulled by the digest that the pinned file names', { skip, timeout: 120_000 }, async (t) => {
  const registry = await startRegistry(t);
  const project = await createProject(t);
  const env = await buildAndTag(project, registry.address);
  const pushed = await project.compose(['push'], env);
  assert.equal(pushed.code, 0, pushed.output);
  assert.match(pushed.output, /c stays redis:7\.4\.2: no registry has told this engine its digest/);
  assert.match(pushed.stdout, /^Written: compose\.2\.yml$/m);

  const text = await readFile(project.pinned, 'utf8');
  const digests = text.match(/image: \S+@sha256:[0-9a-f]{64}/g)!;
  assert.equal(digests.length, 2);
  assert.equal(
    text.replaceAll(/@sha256:[0-9a-f]{64}/g, '@DIGEST'),
    `# Made by compose.mjs push from compose.yml, version 2. It is made anew at each push.
# Two images
services:
  a:
    image: ${registry.address}/${project.name}-a@DIGEST # 2
  b: # without a name
    image: ${registry.address}/${project.name}_b@DIGEST # 2
  c:
    image: redis:7.4.2
`,
  );

  const again = await project.compose(['push'], env);
  assert.equal(again.code, 0);
  assert.equal(await readFile(project.pinned, 'utf8'), text, 'a second push changes nothing');

  await removeImages(project.name);
  const images = digests.map((line) => line.slice('image: '.length));
  for (const image of images) assert.notEqual((await run(['docker', 'image', 'inspect', image])).code, 0, 'gone');
  await writeFile(project.pinned, text.replace(/ {2}c:\n.*\n/, ''));
  const pulled = await project.compose(['pull', '-f', 'compose.2.yml']);
  assert.equal(pulled.code, 0, pulled.output);
  for (const image of images) await docker('image', 'inspect', image);
});

test('what was not tagged is not pushed, and what is only built is not pulled', { skip }, async (t) => {
  const project = await createProject(t);
  const unbuilt = await project.compose(['tag'], { REGISTRY: '127.0.0.1:1', VERSION: '2' });
  assert.equal(unbuilt.code, 1);
  assert.match(unbuilt.output, /^There is no image \S+-a here yet: \.\/scripts\/compose\.mjs build$/m);
  await project.compose(['build']);
  const untagged = await project.compose(['push'], { REGISTRY: '127.0.0.1:1', VERSION: '2' });
  assert.equal(untagged.code, 1);
  assert.match(untagged.output, /-a is not tagged as 127\.0\.0\.1:1\/\S+-a:2 yet: \.\/scripts\/compose\.mjs tag$/m);
  const nowhere = await project.compose(['tag', '--version', '2']);
  assert.equal(nowhere.code, 2);
  assert.match(
    nowhere.output,
    /Cannot tell where \S+-a is to go: give --registry HOST\[:PORT\]\[\/PATH\], or set REGISTRY/,
  );
  const pull = await project.compose(['pull']);
  assert.equal(pull.code, 2);
  assert.match(pull.output, /a is built here and not pulled: give the file that push has written, with -f/);
});

test('a registry with TLS and a login refuses who has none, says what to do, and takes who has', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const registry = await startGuardedRegistry(t);
  const project = await createProject(t);
  const env = await buildAndTag(project, registry.address);
  const refused = await project.compose(['push'], env);
  assert.equal(refused.code, 1);
  const line = `${registry.address} refuses it: docker login ${registry.address}`;
  for (const image of [`${project.name}-a`, `${project.name}_b`]) {
    assert.ok(refused.output.includes(`Cannot push ${registry.address}/${image}:2: ${line}`), refused.output);
  }
  assert.equal(await isThere(project.pinned), false, 'nothing is written of a push that failed');
  assert.notEqual((await project.login(registry.address, 'wrong')).code, 0);
  assert.equal((await project.login(registry.address, LOGIN.password)).code, 0);
  const { code, output } = await project.compose(['push'], env);
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, new RegExp(LOGIN.password));
  assert.match(await readFile(project.pinned, 'utf8'), new RegExp(`${registry.address}/${project.name}-a@sha256:`));
});

test('of a registry that dies in mid-push each image is named, and no file is written', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const registry = await startRegistry(t);
  const dying = await startDyingRegistry(t, registry, 2_000_000);
  const project = await createProject(t);
  const env = await buildAndTag(project, dying);
  const { code, output } = await project.compose(['push'], env);
  assert.equal(code, 1, output);
  assert.match(output, new RegExp(`^Cannot push ${dying}/${project.name}-a:2: `, 'm'));
  assert.match(output, new RegExp(`^Cannot push ${dying}/${project.name}_b:2: `, 'm'));
  assert.equal(await isThere(project.pinned), false);
});

test('a registry that answers another image for a digest is found out by push and by pull', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const registry = await startRegistry(t);
  const lying = await startLyingRegistry(t, registry);
  const project = await createProject(t);
  const env = await buildAndTag(project, lying);
  const pushed = await project.compose(['push'], env);
  assert.equal(pushed.code, 1, pushed.output);
  assert.match(
    pushed.output,
    /it was pushed, but the registry does not answer with it: .*manifest verification failed/,
  );
  assert.equal(await isThere(project.pinned), false);

  const honest = await buildAndTag(project, registry.address);
  assert.equal((await project.compose(['push'], honest)).code, 0);
  const text = await readFile(project.pinned, 'utf8');
  await removeImages(project.name);
  await writeFile(project.pinned, text.replaceAll(registry.address, lying).replace(/ {2}c:\n.*\n/, ''));
  const pulled = await project.compose(['pull', '-f', 'compose.2.yml']);
  assert.equal(pulled.code, 1);
  assert.match(pulled.output, /^Cannot pull \S+@sha256:\S+ .*manifest verification failed/m);
});
