/** The repository over http, by git itself and by those who would like to have other files. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { type BareClone, createBareClone, git } from '../../testkit/bare-clone.ts';
import { eventually } from '../../testkit/eventually.ts';
import { type Scope, temporaryFolder } from '../../testkit/machine.ts';
import { openFiles } from '../../testkit/program.ts';
import { exchangeRaw } from '../../testkit/raw.ts';
import { type RoleProcess, startRole } from '../../testkit/role.ts';

async function startWww(
  t: Scope,
  { folder }: BareClone,
  env: Readonly<Record<string, string>> = {},
): Promise<RoleProcess> {
  return await startRole(t, 'www', ['--drain-ms', '0'], { env: { WWW_REPO: folder, ...env } });
}

/** Names of all files that belong to the protocol. */
async function filesOf({ folder }: BareClone): Promise<{ loose: string[]; pack: string; idx: string }> {
  const files = (await readdir(folder, { recursive: true })).map((file) => file.replaceAll('\\', '/'));
  const pack = files.find((file) => file.endsWith('.pack'))!;
  return {
    loose: files.filter((file) => /^objects\/[0-9a-f]{2}\/[0-9a-f]{38}$/.test(file)),
    pack,
    idx: pack.replace(/pack$/, 'idx'),
  };
}

test('git clones it, packed and loose, and pulls what came later', async (t) => {
  const bare = await createBareClone(t);
  const { loose, pack } = await filesOf(bare);
  assert.ok(loose.length >= 3 && pack !== undefined);
  const www = await startWww(t, bare);
  const clone = join(await temporaryFolder(t), 'coinroom');
  await git(['clone', '--quiet', `${www.url}/coinroom.git`, clone]);
  assert.equal(await bare.log(clone), await bare.log());
  assert.equal(readFileSync(join(clone, 'loose.txt'), 'utf8'), 'by itself\n');
  assert.equal(await git(['-C', clone, 'rev-parse', '--abbrev-ref', 'HEAD']), 'main');

  await bare.commit('later.txt', 'one more\n');
  await git(['-C', clone, 'pull', '--quiet']);
  assert.equal(await bare.log(clone), await bare.log());
  await bare.commit('packed-again.txt', 'and one more\n', { packed: true });
  await git(['-C', clone, 'pull', '--quiet']);
  assert.equal(await bare.log(clone), await bare.log());
  await git(['-C', clone, 'fsck', '--strict']);
});

test('with a token git has to know it', async (t) => {
  const bare = await createBareClone(t);
  const www = await startWww(t, bare, { WWW_TOKEN: 'xyzzy' });
  const folder = await temporaryFolder(t);
  const urlWith = (user: string): string => `${www.url.replace('//', `//${user}`)}/coinroom.git`;
  await assert.rejects(git(['clone', '--quiet', urlWith(''), join(folder, 'none')]), /terminal prompts disabled/);
  await assert.rejects(
    git(['clone', '--quiet', urlWith('class:plugh@'), join(folder, 'wrong')]),
    /Authentication failed/,
  );
  await git(['clone', '--quiet', urlWith('class:xyzzy@'), join(folder, 'right')]);
  assert.equal(await bare.log(join(folder, 'right')), await bare.log());

  // What the first page says to type: git asks for nothing but the password.
  const ask = join(folder, 'ask.sh');
  await writeFile(ask, `#!/bin/sh\necho "$1" >> '${folder}/asked'\necho xyzzy\n`, { mode: 0o755 });
  await git(['clone', '--quiet', urlWith('class@'), join(folder, 'asked-for')], { GIT_ASKPASS: ask });
  assert.match(readFileSync(join(folder, 'asked'), 'utf8'), /^Password for [^\n]*\n$/);
  assert.equal(await bare.log(join(folder, 'asked-for')), await bare.log());
});

test('a file comes with its type and length; what may change is not kept, and what cannot is', async (t) => {
  const bare = await createBareClone(t);
  const { loose, pack, idx } = await filesOf(bare);
  const www = await startWww(t, bare);
  const expected = {
    'HEAD': ['text/plain; charset=utf-8', 'no-store'],
    'info/refs': ['text/plain; charset=utf-8', 'no-store'],
    'objects/info/packs': ['text/plain; charset=utf-8', 'no-store'],
    [loose[0]!]: ['application/x-git-loose-object', 'public, max-age=31536000, immutable'],
    [pack]: ['application/x-git-packed-objects', 'public, max-age=31536000, immutable'],
    [idx]: ['application/x-git-packed-objects-toc', 'public, max-age=31536000, immutable'],
  };
  for (const [name, [type, caching]] of Object.entries(expected)) {
    const content = readFileSync(join(bare.folder, name));
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(`${www.url}/coinroom.git/${name}`, { method });
      const { status, headers } = response;
      assert.deepEqual([status, headers.get('content-type'), headers.get('cache-control')], [200, type, caching], name);
      assert.equal(Number(headers.get('content-length')), content.length, `${method} ${name}`);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), method === 'GET' ? content : Buffer.alloc(0));
    }
  }
  assert.equal((await fetch(`${www.url}/coinroom.git/info/refs?service=git-upload-pack`)).status, 200);
  assert.equal((await fetch(`${www.url}/coinroom.git/git-upload-pack`, { method: 'POST' })).status, 404);
});

test('with a token no cache on the way keeps anything for others', async (t) => {
  const bare = await createBareClone(t);
  const { loose } = await filesOf(bare);
  const www = await startWww(t, bare, { WWW_TOKEN: 'xyzzy' });
  const headers = { Authorization: 'Bearer xyzzy' };
  const response = await fetch(`${www.url}/coinroom.git/${loose[0]}`, { headers });
  assert.equal(response.headers.get('cache-control'), 'private, max-age=31536000, immutable');
});

test('a pack that broke off goes on where it ended', async (t) => {
  const bare = await createBareClone(t);
  const { pack } = await filesOf(bare);
  const www = await startWww(t, bare);
  const content = readFileSync(join(bare.folder, pack));
  const ask = (Range: string): Promise<Response> => fetch(`${www.url}/coinroom.git/${pack}`, { headers: { Range } });
  const rest = await ask('bytes=50-');
  assert.deepEqual([rest.status, rest.headers.get('content-range'), rest.headers.get('content-length')], [
    ...[206, `bytes 50-${content.length - 1}/${content.length}`, String(content.length - 50)],
  ]);
  assert.deepEqual(Buffer.from(await rest.arrayBuffer()), content.subarray(50));
  const beyond = await ask(`bytes=${content.length}-`);
  assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${content.length}`]);
  for (const other of ['bytes=0-', 'bytes=0-10,20-30', 'bytes=-5', 'lines=3-', 'bytes=x-']) {
    const whole = await ask(other);
    assert.deepEqual([whole.status, (await whole.arrayBuffer()).byteLength], [200, content.length], other);
  }

  // git itself: what it had got of the pack lies in the clone.
  const clone = join(await temporaryFolder(t), 'clone');
  await git(['init', '--quiet', '--initial-branch', 'main', clone]);
  await writeFile(join(clone, '.git', `${pack}.temp`), content.subarray(0, 50));
  await git(['-C', clone, 'pull', '--quiet', `${www.url}/coinroom.git`, 'main']);
  assert.equal(await bare.log(clone), await bare.log());
  const metrics = await (await fetch(`${www.url}/metrics`)).text();
  assert.match(metrics, /^http_requests_total\{.*route="\/coinroom.git\/\*",status="206"\} 2$/m);
});

test('no other file can be had, however it is asked for', async (t) => {
  const bare = await createBareClone(t);
  const secret = join(bare.folder, '..', 'secret');
  await writeFile(secret, 'secret');
  // Links that somebody made in the folder, under names that git asks for.
  const hash = 'a'.repeat(40);
  await mkdir(join(bare.folder, 'objects', 'ab'), { recursive: true });
  await symlink(secret, join(bare.folder, 'objects', 'ab', 'c'.repeat(38)));
  await symlink('../../../secret', join(bare.folder, 'objects', 'pack', `pack-${hash}.pack`));
  await symlink(`pack-${hash}.idx`, join(bare.folder, 'objects', 'pack', `pack-${hash}.idx`));
  await mkdir(join(bare.folder, 'objects', 'ab', 'd'.repeat(38)));
  const www = await startWww(t, bare);
  const names = [
    ...['', 'config', 'description', 'packed-refs', 'refs/heads/main', 'objects', 'objects/', 'objects/info', 'hooks/'],
    ...['head', 'HEAD/', 'HEAD.lock', 'info/refs.bak', 'objects/info/alternates', 'objects/info/http-alternates'],
    ...['../secret', '../../secret', 'objects/../../secret', 'info/../../secret', 'objects/pack/../../../secret'],
    ...['%2e%2e/secret', '%2e%2e%2fsecret', '..%2fsecret', '%252e%252e%252fsecret', 'info%2frefs', '..%5csecret'],
    ...['/secret', '//secret', '/HEAD', 'HEAD%00', 'HEAD%00.txt', 'HEAD%0a', '%ff'],
    ...['c', 'd', 'e'].map((digit) => `objects/ab/${digit.repeat(38)}`),
    ...['pack', 'idx', 'keep'].map((end) => `objects/pack/pack-${hash}.${end}`),
    ...[`objects/AB/${'c'.repeat(38)}`, `objects/pack/pack-${hash}a.pack`],
  ];
  const paths = ['//coinroom.git/HEAD', '/coinroom.git', '/Coinroom.git/HEAD', '/x/../coinroom.git/config'];
  const ask = async (path: string): Promise<string> => {
    const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1');
    const { text } = await exchangeRaw(Number(new URL(www.url).port), request);
    assert.doesNotMatch(text, /secret$/, path);
    return text;
  };
  for (const path of [...paths, ...names.map((name) => `/coinroom.git/${name}`)]) {
    assert.match(await ask(path), /^HTTP\/1\.1 404 /, path);
  }
  // What is no right request is refused before anybody looks for a file.
  for (const name of ['\u0000', 'HEAD\u0000', '../secret\u00ff', 'HEAD HEAD', '\\..\\secret', '..\\secret']) {
    assert.match(await ask(`/coinroom.git/${name}`), /^(HTTP\/1\.1 40[04] |$)/, JSON.stringify(name));
  }
});

test('the folder may come later, be exchanged, and go', async (t) => {
  const bare = await createBareClone(t);
  const link = join(await temporaryFolder(t), 'mounted');
  const www = await startRole(t, 'www', [], { env: { WWW_REPO: link } });
  assert.equal((await www.event('no_repository')).folder, link);
  const isThere = async (): Promise<boolean> => /git clone/.test(await (await fetch(www.url)).text());
  assert.equal(await isThere(), false);
  await symlink(bare.folder, link);
  assert.equal(await isThere(), true);
  assert.equal((await fetch(`${www.url}/coinroom.git/HEAD`)).status, 200);
  await rm(link);
  assert.equal(await isThere(), false);
});

/** A client that has read the beginning of an answer, and then looks elsewhere. */
async function startReading(port: number, request: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
  socket.on('error', () => {});
  await once(socket, 'data');
  return socket.pause();
}

test('whoever hangs up leaves no file open', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const bare = await createBareClone(t);
  await bare.commit('large.bin', randomBytes(30_000_000), { packed: true });
  const { pack } = await filesOf(bare);
  const www = await startWww(t, bare);
  const isOpen = (): number => openFiles(www.pid).filter((file) => file.endsWith('.pack')).length;
  const port = Number(new URL(www.url).port);
  const request = `GET /coinroom.git/${pack} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const readers = await Promise.all(Array.from({ length: 40 }, () => startReading(port, request)));
  await eventually(() => isOpen() === 40, { what: '40 clients that read slowly' });
  for (const reader of readers) reader.destroy();
  // And some who do not even wait for the first byte.
  await Promise.all(Array.from({ length: 40 }, () => exchangeRaw(port, request, { withinMs: 1 })));
  await eventually(() => isOpen() === 0, { what: 'all files to be closed' });
  for (let n = 0; n < 20; n++) await fetch(`${www.url}/coinroom.git/${pack}`, { method: 'HEAD' });
  assert.equal(isOpen(), 0);
  assert.deepEqual(www.lines.filter((line) => !line.startsWith('{')), []);
});
