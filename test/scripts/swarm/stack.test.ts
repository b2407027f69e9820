/** The application on a Swarm of three hosts: deployed, scaled, updated, and what is sick goes back. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { output, run, uniqueName } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { type LabMachine, unlessLab } from '../../../testkit/lab.ts';
import { ROOT } from '../../../testkit/machine.ts';
import { pushedFile } from '../../../testkit/pushed-file.ts';
import { startSwarmLab } from '../../../testkit/swarm-lab.ts';

const skip = unlessLab;

const IMAGE = uniqueName('coinroom-test-image');
const REDIS = 'redis:7.4.2';
const HAPROXY = 'haproxy:3.2.21';

before(async () => {
  if (skip) return;
  for (const [version, bug] of [['1', 'on'], ['2', 'off']]) {
    const args = [
      '--build-arg',
      `VERSION=${version}`,
      '--build-arg',
      `FOUR_BYTE_BUG=${bug}`,
      '--tag',
      `${IMAGE}:${version}`,
    ];
    await output(['docker', 'build', '--quiet', ...args, ROOT], { env: { DOCKER_BUILDKIT: '0' } });
  }
});

interface Numbers {
  readonly now: number;
  readonly hashes: number;
  readonly hash_speed_10s: number;
  readonly workers: readonly { version: string; host: string }[];
  readonly upstreams: { readonly rng: { readonly instances: Readonly<Record<string, { requestsPerSecond: number }>> } };
}

test('ten workers on three hosts, a second rng, a fix without a gap, and a sick version', {
  skip,
  timeout: 1_200_000,
}, async (t) => {
  t.after(() => run(['docker', 'rmi', '--force', `${IMAGE}:1`, `${IMAGE}:2`]));
  const lab = await startSwarmLab(t, 3);
  const { swarm, trySwarm } = lab;
  await lab.load(`${IMAGE}:1`, `${IMAGE}:2`, REDIS, HAPROXY);
  await writeFile(join(lab.folder, 'stack.yml'), pushedFile(`${IMAGE}:1`));
  await swarm('init', '--managers', '3');
  let url = '';
  const numbers = async (): Promise<Numbers> => {
    const response = await fetch(`${url}json`, { signal: AbortSignal.timeout(2000) });
    return await response.json() as Numbers;
  };
  const speedIs = (wanted: number) =>
    eventually(async () => Math.abs((await numbers()).hash_speed_10s - wanted) <= wanted / 10, {
      ...{ what: `${wanted} hashes a second`, withinMs: 90_000 },
    });

  await t.test('what is to be built is refused, with the command to run', async () => {
    await writeFile(join(lab.folder, 'built.yml'), JSON.stringify({ services: { web: { build: '.', image: 'web' } } }));
    const { code, output: text } = await trySwarm('deploy', '-f', 'built.yml');
    assert.equal(code, 2);
    assert.match(
      text,
      /^Cannot deploy web: compose up does not work on a Swarm because of build; .*compose\.mjs push/m,
    );
  });

  await t.test('it finds out how services are found, deploys, and waits until all are well', async () => {
    const text = await swarm('deploy', '-f', 'stack.yml');
    assert.match(text, /^c1: services are found by .*\((vip|dnsrr)\), as a trial has shown$/m);
    for (const service of ['rng', 'hasher', 'worker', 'webui', 'redis']) {
      assert.match(text, new RegExp(`^c1 +${service} +1 of 1 `, 'm'));
    }
    assert.match(text, /^NOT CARRIED OVER: worker: depends_on: /m);
    url = /^c1: webui is at (http:\S+)$/m.exec(text)![1]!;
    for (const { address } of lab.machines) {
      const page = await fetch(url.replace(/\/\/[^:]+/, `//${address}`), { signal: AbortSignal.timeout(5000) });
      assert.equal(page.status, 200, 'every node answers, wherever the task is');
      await page.body?.cancel();
    }
    assert.match(await swarm('deploy', '-f', 'stack.yml'), /^Nothing was changed$/m);
    await speedIs(10 / 3);
  });

  await t.test('the law of the plateau holds across hosts', async () => {
    assert.match(await swarm('scale', 'worker=10'), /^c1 +worker +10 of 10 /m);
    assert.match(await swarm('scale', 'worker=10'), /^Nothing was changed$/m);
    await speedIs(10);
    await swarm('scale', 'rng=2');
    await speedIs(20);
    await eventually(async () => {
      const rates = Object.values((await numbers()).upstreams.rng.instances).map((one) => one.requestsPerSecond);
      return rates.length === 2 && Math.min(...rates) / Math.max(...rates) > 0.8;
    }, { what: 'both rngs to serve as much', withinMs: 30_000 });
    const { workers } = await numbers();
    assert.equal(workers.length, 10);
    const counts = await lab.machines[0]!.exec(
      `docker service ps coinroom_worker --filter desired-state=running --format '{{.Node}}' | sort | uniq -c | awk '{ print $1 }'`,
    );
    assert.equal(counts.split('\n').length, 3, 'on all hosts');
    const status = await swarm('status');
    assert.match(
      status,
      /^c1: coinroom mines \d+\.\d hashes a second with 10 workers; \d+ coins in the wallet$/m,
    );
    assert.match(status, /^c1 +vm3 +Ready +Active +Reachable +\d+\.\d % +.*worker \d/m);
  });

  await t.test('the bug is fixed worker by worker, and mining goes on', async () => {
    const seen = new Set<string>();
    let [longestGap, before] = [0, await numbers()];
    const done = swarm('update', 'worker', '--image', `${IMAGE}:2`);
    const watching = (async () => {
      for (let isOver = false; !isOver;) {
        const now = await numbers();
        seen.add([...new Set(now.workers.map(({ version }) => version))].sort().join());
        // By the clock of the store: however late this is told of it.
        longestGap = Math.max(longestGap, now.now - before.now);
        if (now.hashes > before.hashes) before = now;
        isOver = await Promise.race([
          done.then(() => true, () => true),
          new Promise<false>((resolve) => setTimeout(resolve, 300, false)),
        ]);
      }
    })();
    assert.match(await done, /^c1 +worker +10 of 10 +\S+:2$/m);
    await watching;
    assert.ok(seen.has('1,2'), [...seen].join(' | '));
    // The numbers are of each second.
    assert.ok(longestGap < 3, `nothing was mined for ${longestGap} s`);
    await eventually(async () => (await numbers()).workers.every(({ version }) => version === '2'), {
      what: 'version 2 alone',
    });
    assert.match(await swarm('update', 'worker', '--image', `${IMAGE}:2`), /^Nothing was changed$/m);
  });

  await t.test('a sick version goes back by itself, and one goes back because somebody wants it', async () => {
    const { code, output: text } = await trySwarm('update', 'hasher', '--image', 'coinroom.invalid/none:1');
    assert.equal(code, 1, text);
    assert.match(text, /^c1: hasher went back by itself: the new version did not get well$/m);
    assert.match(text, /^c1 +hasher +1 of 1 +\S+:1$/m);
    await swarm('update', 'hasher', '--image', `${IMAGE}:2`);
    assert.match(await swarm('rollback', 'hasher'), /^c1 +hasher +1 of 1 +\S+:1$/m);
    await speedIs(20);
  });

  await t.test('a node is killed, and Redis gets another address: mining goes on, and the audit holds', async () => {
    const [first, , third] = lab.machines as [LabMachine, LabMachine, LabMachine];
    // A node is missed after three heartbeats, of 5 s each unless somebody says so.
    await first.exec('docker swarm update --dispatcher-heartbeat 1s');
    const workersOn = async (node: string): Promise<string> =>
      await first.exec(
        `docker service ps coinroom_worker --filter desired-state=running --filter node=${node} --format '{{.CurrentState}}' | grep -c ^Running || true`,
      );
    assert.notEqual(await workersOn('vm3'), '0');
    await output(['docker', 'kill', third.container]);
    await eventually(async () => Number(await workersOn('vm1')) + Number(await workersOn('vm2')) === 10, {
      ...{ what: 'ten workers on two nodes', withinMs: 90_000 },
    });
    await speedIs(20);
    assert.match(await swarm('status'), /^c1 +vm3 +Down +Active +Unreachable +- *$/m);
    const addressOfRedis = (): Promise<string> =>
      first.exec(
        `docker inspect --format '{{json .NetworkSettings.Networks.coinroom_default.IPAddress}}' $(docker ps --quiet --filter name=coinroom_redis)`,
      );
    const before = await addressOfRedis();
    await first.exec('docker service update --force --quiet --detach coinroom_redis');
    await eventually(async () => {
      const now = await addressOfRedis().catch(() => before);
      return now !== before;
    }, { what: 'another Redis', withinMs: 60_000 });
    await speedIs(20);
    // A container that has just come into the network may not know the names of others yet.
    await eventually(async () => {
      const audit = await first.exec(
        `docker run --rm --network coinroom_default --env STORE_URL=redis://redis:6379 ${IMAGE}:2 audit --strict 2>&1`,
      );
      return /audit holds/i.test(audit);
    }, { what: 'the audit', withinMs: 30_000 });
    await output(['docker', 'start', third.container]);
    await eventually(async () => /^c1 +vm3 +Ready +Active +Reachable/m.test(await swarm('status')), {
      ...{ what: 'vm3 to be a node again', withinMs: 60_000 },
    });
  });

  await t.test('one that does not begin is told, with its own words', async () => {
    const services = { sick: { image: `${IMAGE}:1`, environment: { ROLE: 'nobody' } } };
    await writeFile(join(lab.folder, 'sick.yml'), JSON.stringify({ version: '2.4', services }));
    const { code, output: text } = await trySwarm('deploy', '-f', 'sick.yml', '--stack', 'sick', '--endpoint', 'dnsrr');
    assert.equal(code, 1);
    assert.match(
      text,
      /^c1: sick_sick does not get well: \d+ of its tasks have failed, the last on vm\d: .*non-zero exit \(2\)/m,
    );
    assert.match(text, /ROLE must be one of /);
  });

  await t.test('a port that is taken on a node is told, with the node', async () => {
    await lab.machines[1]!.exec(`docker run --detach --rm --name taker --publish 8010:6379 ${REDIS}`);
    const services = { other: { image: REDIS, ports: ['8010:6379'] } };
    await writeFile(join(lab.folder, 'taken.yml'), JSON.stringify({ version: '2.4', services }));
    const { code, output: text } = await trySwarm(
      'deploy',
      '-f',
      'taken.yml',
      '--stack',
      'taken',
      '--endpoint',
      'dnsrr',
    );
    assert.equal(code, 1, text);
    assert.match(text, /^c1: taken_balancer does not get well: .* the last on vm2: .*8010.*(allocated|in use)/m);
    await lab.machines[1]!.exec('docker rm --force --volumes taker');
  });

  await t.test('and all of it goes', async () => {
    const text = await swarm('leave', '--yes');
    assert.match(text, /nothing left of it$/m);
    for (const machine of lab.machines) {
      assert.equal(await machine.exec('docker ps --all --quiet'), '');
      // An engine that was killed may have forgotten whose its nameless volumes were: they are told.
      const volumes = (await machine.exec('docker volume ls --quiet')).split('\n').filter((line) => line !== '');
      assert.ok(
        volumes.length === 0 || (machine.name === 'vm3' && /^c1:n3 has \d volumes? without a name/m.test(text)),
      );
    }
  });
});
