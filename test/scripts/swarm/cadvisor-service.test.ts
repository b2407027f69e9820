import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseFolders, creation, madeAs } from '../../../scripts/swarm/cadvisor-service.ts';

const ALL = ['/data/docker', '/', '/var/run', '/sys', '/dev/disk'];

test('only folders that every node has are mounted, and the others are named', () => {
  const { folders, leftOut } = chooseFolders('c1', [ALL, ALL.slice(0, 4)].map((look) => look.join('\n')));
  assert.deepEqual(folders.map(({ source, target }) => `${source} ${target}`), [
    '/ /rootfs',
    '/var/run /var/run',
    '/sys /sys',
    '/data/docker /data/docker',
  ]);
  assert.deepEqual(leftOut, ['/dev/disk']);
});

test('engines that keep their files in different folders are refused, and none that answers', () => {
  const rule = 'Cannot start cAdvisor on c1: all its engines have to keep their files in one folder; got';
  assert.throws(() => chooseFolders('c1', ['/data/docker\n/', '/var/lib/docker\n/']), {
    message: `${rule} /data/docker, /var/lib/docker`,
  });
  assert.throws(() => chooseFolders('c1', []), { message: `${rule} none that answers` });
});

test('the service is global, on a port of every node, and may change nothing there', () => {
  const service = { image: 'cadvisor:1', port: 8081, folders: [{ source: '/', target: '/rootfs' }] };
  assert.equal(
    creation(service),
    'docker service create --detach --quiet --no-resolve-image --name coinroom-cadvisor --mode global ' +
      "--label 'coinroom.cadvisor=cadvisor:1 8081 /' --publish 'mode=host,published=8081,target=8080' " +
      "--mount 'type=bind,source=/,target=/rootfs,readonly' cadvisor:1 >/dev/null",
  );
});

test('a service of another image, port or folder is another', () => {
  const service = { image: 'cadvisor:1', port: 8080, folders: [] };
  const others = [{ image: 'cadvisor:2' }, { port: 8081 }, { folders: [{ source: '/sys', target: '/sys' }] }];
  const all = [service, ...others.map((other) => ({ ...service, ...other }))].map(madeAs);
  assert.equal(new Set(all).size, 4);
});
