/**
 * The classic Swarm. Its image can be had on few machines: COINROOM_SWARM_IMAGE names one that is on this one, and then all
 * of this is run with it; else a stand-in is in its place, and what it cannot do is not asked of it.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ClassicNode, readClassicNodes } from '../../../scripts/lib/classic-swarm.ts';
import { managerArguments } from '../../../scripts/swarm/classic-manager.ts';
import { buildClassicStandIn } from '../../../testkit/classic-stand-in.ts';
import { output, run } from '../../../testkit/docker.ts';
import { type LabMachine, unlessLab } from '../../../testkit/lab.ts';
import { unlessInstalled } from '../../../testkit/machine.ts';
import { runScript } from '../../../testkit/script.ts';
import { startSwarmLab } from '../../../testkit/swarm-lab.ts';

const REDIS = 'redis:7.4.2';

/** Recorded: a manager of version 1.2.9 that has been started while one of its three engines was away. */
const INFO = `{"ID":"","Containers":22,"Driver":"","DriverStatus":null,"SystemStatus":[["Role","primary"],
["Strategy","spread"],["Filters","health, port, containerslots, dependency, affinity, constraint, whitelist"],["Nodes","3"],
[" (unknown)","10.101.0.4:2376"],["  └ ID",""],["  └ Status","Pending"],["  └ Containers","0"],["  └ Reserved CPUs","0 / 0"],
["  └ Reserved Memory","0 B / 0 B"],["  └ Labels",""],
["  └ Error","Cannot connect to the Docker daemon at tcp://10.101.0.4:2376. Is the docker daemon running?"],
["  └ UpdatedAt","2026-11-25T19:40:22Z"],["  └ ServerVersion",""],[" vm1","10.101.0.2:2376"],
["  └ ID","4NYZ:NCDT:2FQ6:CYDX:KEBE:RPMJ:DHXC:XDUJ:QJBL:WAFI:4EPY:TAP4|10.101.0.2:2376"],["  └ Status","Healthy"],
["  └ Containers","11 (11 Running, 0 Paused, 0 Stopped)"],["  └ Reserved CPUs","0 / 2"],
["  └ Reserved Memory","2.5 GiB / 24.72 GiB"],["  └ Labels","kernelversion=6.18.44, ostype=linux, storagedriver=overlay2"],
["  └ UpdatedAt","2026-11-25T19:40:28Z"],["  └ ServerVersion","20.10.24+dfsg1"],[" vm2","10.101.0.3:2376"],
["  └ ID","X3LO:4KDY:LXSI:UMD2:PGJO:2DEQ:XHLK:RC6D:Z2OK:URCS:RYO5:AK75|10.101.0.3:2376"],["  └ Status","Healthy"],
["  └ Containers","12 (11 Running, 0 Paused, 1 Stopped)"],["  └ Reserved CPUs","0 / 2"],
["  └ Reserved Memory","2.75 GiB / 24.72 GiB"],["  └ Labels","kernelversion=6.18.44, ostype=linux, storagedriver=overlay2"],
["  └ UpdatedAt","2026-11-25T19:40:28Z"],["  └ ServerVersion","20.10.24+dfsg1"]],"ServerVersion":"swarm/1.2.9"}`;

test('readClassicNodes() finds the nodes in the middle of what docker info says, and why one is not well', () => {
  const well = { status: 'Healthy', error: '', version: '20.10.24+dfsg1' };
  assert.deepEqual(
    readClassicNodes(INFO),
    [
      {
        ...{ name: undefined, address: '10.101.0.4:2376', status: 'Pending', containers: 0, version: '' },
        error: 'Cannot connect to the Docker daemon at tcp://10.101.0.4:2376. Is the docker daemon running?',
      },
      { ...well, name: 'vm1', address: '10.101.0.2:2376', containers: 11 },
      { ...well, name: 'vm2', address: '10.101.0.3:2376', containers: 12 },
    ] satisfies ClassicNode[],
  );
  assert.deepEqual(
    readClassicNodes('{"ServerVersion":"20.10.24","DriverStatus":[["Backing Filesystem","extfs"]]}'),
    [],
  );
});

test('managerArguments() names the engines and the certificates, and a label changes with whatever is another', () => {
  const pair = { ca: 'a', certificate: 'b', key: 'c' };
  const options = { image: 'swarm:1.2.9', addresses: ['10.0.0.1', 'node2', 'fd00::3'], pair };
  const args = managerArguments(options);
  assert.deepEqual(args.slice(args.indexOf('swarm:1.2.9') + 1), [
    ...['manage', '--tlsverify', '--tlscacert', '/certificates/ca.pem', '--tlscert', '/certificates/cert.pem'],
    ...['--tlskey', '/certificates/key.pem', '-H', 'tcp://0.0.0.0:3376'],
    'nodes://10.0.0.1:2376,node2:2376,[fd00::3]:2376',
  ]);
  assert.ok(!args.includes('--privileged') && args.join(' ').includes('--cap-drop ALL'));
  const labelOf = (words: readonly string[]): string => words.find((word) => word.startsWith('coinroom.setup='))!;
  const others = [
    { ...options, image: 'swarm:1.2.8' },
    { ...options, addresses: ['10.0.0.1'] },
    { ...options, pair: { ...pair, key: 'd' } },
  ];
  assert.equal(labelOf(managerArguments(options)), labelOf(args));
  assert.equal(new Set([args, ...others.map(managerArguments)].map(labelOf)).size, 4);
});

test('a manager on node1 sees all engines, ambassadors.mjs finds them behind it, and it goes with leave', {
  skip: unlessLab || unlessInstalled('openssl', 'apt-get install openssl'),
  timeout: 300_000,
}, async (t) => {
  const real = process.env.COINROOM_SWARM_IMAGE;
  const [lab, image] = await Promise.all([startSwarmLab(t, 2), real ?? buildClassicStandIn(t)]);
  const { swarm, trySwarm, env } = lab;
  const [first, second] = lab.machines as [LabMachine, LabMachine];
  const init = ['init', '--classic', '--swarm-image', image];
  await lab.load(image, REDIS);

  await t.test('not before there are certificates, and not without an image', async () => {
    const early = await trySwarm(...init);
    assert.deepEqual([early.code, early.output], [2, 'There is no certificate for c1: swarm.mjs certs makes one\n']);
    const nameless = await trySwarm('init', '--classic');
    assert.equal(nameless.code, 2);
    assert.match(nameless.output, /^--swarm-image must be an image such as swarm:/);
    assert.equal(await first.exec('docker ps --all --quiet'), '');
  });

  await swarm('certs');

  await t.test('its certificate lets it in at the engines, and lets nobody in who has none', async () => {
    const made = await swarm(...init);
    for (const { name, address } of [first, second]) {
      assert.match(made, new RegExp(`^c1 +${name} +${address}:2376 +Healthy +\\d+ +\\d`, 'm'));
    }
    assert.match(made, /^2 nodes seen by 1 manager$/m);
    const before = await first.exec('docker ps --no-trunc --quiet');
    assert.match(await swarm(...init), /^Nothing was changed$/m);
    assert.equal(await first.exec('docker ps --no-trunc --quiet'), before);
    const folder = join(lab.folder, '.workshop', 'swarm', 'c1', 'client');
    const stranger = await run([
      ...['curl', '-sS', '--noproxy', '*', '--cacert', join(folder, 'ca.pem'), `https://${first.address}:3376/_ping`],
    ]);
    assert.match(stranger.output, /alert|certificate required/i);
    assert.match(await first.exec(`stat -c '%a %U' /etc/docker/coinroom-classic-swarm/key.pem`), /^400 root$/);
  });

  let dockerHost: Record<string, string> = {};
  await t.test('the client of this machine is pointed at it', async () => {
    const told = await swarm('context', '--classic');
    const info = ['info', '--format', '{{len .SystemStatus}}'];
    assert.ok(Number(await output(['docker', '--context', 'coinroom-c1-classic', ...info], { env })) > 4);
    const exported = /export (DOCKER_HOST=tcp:\S+:3376 .*)$/m.exec(told)![1]!;
    dockerHost = Object.fromEntries(exported.split(' ').map((word) => word.split('=') as [string, string]));
    assert.deepEqual(Object.keys(dockerHost), ['DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH']);
  });

  await t.test('ambassadors.mjs asks the engines behind it', async (t) => {
    const labels = (service: string): string =>
      ['project=shop', `service=${service}`, 'oneoff=False', 'container-number=1']
        .map((label) => `--label com.docker.compose.${label}`).join(' ');
    const services =
      `{ caller: { image: '${REDIS}', network_mode: bridge, environment: { URL: 'redis://store:6379' }, ` +
      `depends_on: [store] }, store: { image: '${REDIS}', network_mode: bridge, ports: ['6379'] } }`;
    await writeFile(join(lab.folder, 'compose.yml'), `version: '2.4'\nservices: ${services}\n`);
    await first.exec(`docker run --detach --name shop_store_1 ${labels('store')} --publish 6379 ${REDIS}`);
    await second.exec(`docker run --detach --name shop_caller_1 ${labels('caller')} ${REDIS}`);
    t.after(async () => {
      await first.exec('docker rm --force --volumes shop_store_1');
      await second.exec('docker rm --force --volumes shop_caller_1');
    });
    const planned = await runScript('ambassadors', ['plan', '-p', 'shop', '--json'], {
      ...{ cwd: lab.folder, env: { ...env, ...dockerHost } },
    });
    assert.equal(planned.code, 0, planned.output);
    const { actions, unreachable } = JSON.parse(planned.stdout);
    assert.deepEqual(actions, [{ kind: 'create', name: 'shop_caller_1-to-store' }]);
    assert.deepEqual(unreachable, [], 'the one on the other engine is reached at the address of its machine');
  });

  if (real !== undefined) {
    await t.test('every node says hello, by way of the manager', async () => {
      const text = await swarm('hello', '--classic');
      for (const { name } of [first, second]) {
        assert.match(text, new RegExp(`^c1 +${name} +done +hello from ${name}$`, 'm'));
      }
      const bad = await trySwarm('hello', '--classic', '--image', 'coinroom.invalid/none:1');
      assert.equal(bad.code, 1);
      assert.match(bad.output, /^c1 +vm1 +FAILED .*coinroom\.invalid/m);
    });
  }

  await t.test('in the end nothing of it is left', async () => {
    assert.match(await swarm('leave', '--yes'), /^Asked again, the engines have nothing left of it$/m);
    for (const machine of [first, second]) {
      assert.equal(await machine.exec('docker ps --all --quiet; ls /etc/docker | grep coinroom || true'), '');
    }
    const gone = await run(['docker', 'context', 'inspect', 'coinroom-c1-classic'], { env });
    assert.notEqual(gone.code, 0);
    assert.match(await swarm('leave', '--yes'), /^Nothing was changed$/m);
  });
});
