import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseImageName, targetName } from '../../../scripts/compose/images.ts';

test('parseImageName() knows a host by its dot, its port, or the name localhost', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const names = {
    'redis': { host: undefined, path: 'redis', tag: undefined, digest: undefined },
    'me/app:1.2': { host: undefined, path: 'me/app', tag: '1.2', digest: undefined },
    'ghcr.io/me/app': { host: 'ghcr.io', path: 'me/app', tag: undefined, digest: undefined },
    'localhost/app:1': { host: 'localhost', path: 'app', tag: '1', digest: undefined },
    '127.0.0.1:5000/a/b:2': { host: '127.0.0.1:5000', path: 'a/b', tag: '2', digest: undefined },
    [`node1:5000/a@${digest}`]: { host: 'node1:5000', path: 'a', tag: undefined, digest },
  };
  for (const [name, parts] of Object.entries(names)) assert.deepEqual(parseImageName(name), parts, name);
  assert.throws(() => parseImageName('a b@'), { message: '"a b@" is no name of an image' });
});

test('targetName() keeps the path and gives registry and version', () => {
  const to = (registry: string | undefined) => ({ registry, version: '2' });
  assert.equal(targetName('coinroom:1', to('127.0.0.1:5000')), '127.0.0.1:5000/coinroom:2');
  assert.equal(targetName('me/app', to('node1:5000/class/')), 'node1:5000/class/me/app:2');
  assert.equal(targetName('ghcr.io/me/app:1', to('node1:5000')), 'node1:5000/me/app:2');
  assert.equal(targetName('ghcr.io/me/app:1', to(undefined)), 'ghcr.io/me/app:2');
  assert.equal(targetName('me/app', to(undefined)), 'me/app:2');
  assert.throws(() => targetName('coinroom:1', to(undefined)), {
    name: 'UsageError',
    message: 'Cannot tell where coinroom:1 is to go: give --registry HOST[:PORT][/PATH], or set REGISTRY',
  });
});
