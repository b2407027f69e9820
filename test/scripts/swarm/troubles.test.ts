/** Five hosts, three of them managers: what is wrong with one is said, nothing is half done, and the others go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { output } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { type LabMachine, unlessLab } from '../../../testkit/lab.ts';
import { startSwarmLab } from '../../../testkit/swarm-lab.ts';

const skip = unlessLab;

const IMAGE = 'redis:7.4.2';

test('what is wrong with a node of five is said of that one, and a Swarm goes on without its leader', {
  skip,
  timeout: 600_000,
}, async (t) => {
  const lab = await startSwarmLab(t, 5);
  const { swarm, trySwarm } = lab;
  const [first, second, , fourth, fifth] = lab.machines as LabMachine[] as [
    ...[LabMachine, LabMachine, LabMachine, LabMachine, LabMachine],
  ];
  await lab.load(IMAGE);

  await t.test('one that is in a Swarm of somebody else is left there, and the others join', async () => {
    await fifth.exec(
      `docker swarm init --advertise-addr ${fifth.address} && docker service create --detach --quiet --name its-own ${IMAGE}`,
    );
    assert.match(await swarm('init', '--managers', '3'), /^3 of them are new in their Swarm$/m);
    const { code, output: text } = await trySwarm('join');
    assert.equal(code, 1);
    assert.match(text, /^c1:n5 .* it is a node in a Swarm of somebody else: swarm\.mjs leave$/m);
    assert.match(await swarm('status'), /^c1 +vm4 +Ready +Active +worker /m);
    assert.match(await fifth.exec('docker service ls --format {{.Name}}'), /^its-own$/m);
    // Its token lets nobody into ours.
    const token = await fifth.exec('docker swarm join-token --quiet worker');
    await fourth.exec('docker swarm leave');
    await assert.rejects(
      fourth.exec(`docker swarm join --token ${token} ${first.address}:2377 2>&1`),
      /remote CA does not match fingerprint/,
    );
    await fifth.exec('docker swarm leave --force');
    assert.match(await swarm('join'), /^2 of them are new in their Swarm$/m);
  });

  await t.test('a port of the Swarm that something else has', async () => {
    await fourth.exec(`docker swarm leave; docker run --detach --rm --name taker --publish 7946:6379 ${IMAGE}`);
    const { code, output: text } = await trySwarm('join', 'c1:n4');
    assert.equal(code, 1, text);
    assert.match(text, /^c1:n4 .* its port 7946\/tcp, which a Swarm needs, is taken/m);
    assert.equal(await fourth.exec(`docker info --format '{{.Swarm.LocalNodeState}}'`), 'inactive');
    await fourth.exec('docker rm --force --volumes taker');
    assert.match(await swarm('join', 'c1:n4'), /^1 of them are new in their Swarm$/m);
  });

  await t.test('a clock that lies, and a machine that is away', async () => {
    await second.exec(
      `printf '#!/bin/sh\\nexec /bin/date --date="+1 hour" "$@"\\n' >/usr/local/bin/date && chmod 755 /usr/local/bin/date`,
    );
    await output(['docker', 'pause', fifth.container]);
    const { code, output: text } = await trySwarm('check', '--tries', '1', '--connect-within', '3s');
    await output(['docker', 'unpause', fifth.container]);
    assert.equal(code, 1);
    assert.match(text, /^vm4 is on the list twice, since it has left and come again: docker node rm \w+$/m);
    assert.match(text, /^c1:n2: its clock is 3\d{3} seconds ahead$/m);
    assert.match(text, /^c1:n5: it cannot be asked$/m);
    await second.exec('rm /usr/local/bin/date');
  });

  await t.test('the leader is killed: another one leads, tasks move, and orders are taken', async () => {
    // A node is missed after three heartbeats, of 5 s each unless somebody says so.
    await first.exec('docker swarm update --dispatcher-heartbeat 1s');
    await first.exec(
      `docker service create --quiet --detach --name calm --mount type=tmpfs,destination=/data --replicas 10 ${IMAGE}`,
    );
    const running = async (): Promise<number> =>
      Number(
        await second.exec(
          `docker service ps calm --filter desired-state=running --format '{{.Node}} {{.CurrentState}}' | grep -v '^vm1 ' | grep -c ' Running' || true`,
        ),
      );
    await eventually(async () => await running() === 8, { what: 'eight tasks on four nodes', withinMs: 60_000 });
    await output(['docker', 'kill', first.container]);
    await eventually(async () => await running() === 10, { what: 'ten tasks on four nodes', withinMs: 90_000 });
    const status = await swarm('status', '--tries', '1', '--connect-within', '3s');
    assert.match(status, /^c1 +vm1 +Down +Active +Unreachable /m);
    assert.match(status, /^c1 +vm[23] +Ready +Active +Leader /m);
    assert.match(
      await swarm('drain', 'c1:n4', '--tries', '1', '--connect-within', '3s'),
      /^c1:n4: nothing runs there any more$/m,
    );
    await output(['docker', 'start', first.container]);
    await eventually(async () => /^c1 +vm1 +Ready +Active +Reachable/m.test((await trySwarm('status')).output), {
      ...{ what: 'vm1 to manage again', withinMs: 60_000 },
    });
  });
});
