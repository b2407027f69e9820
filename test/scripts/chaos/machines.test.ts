/** Faults on machines of the lab, over ssh: each is seen by its own probe and from outside, and nothing of it is left. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isOn, lift, renew, stateOf, TakenError, UnreachableError } from '../../../scripts/chaos/dead-man/site.ts';
import { faultNamed } from '../../../scripts/chaos/faults/all.ts';
import { DEFAULT_SETTINGS, type FaultSettings } from '../../../scripts/chaos/faults/fault.ts';
import { machineTargets } from '../../../scripts/chaos/targets/machines.ts';
import type { Target } from '../../../scripts/chaos/targets/target.ts';
import { createConnections } from '../../../scripts/lib/fan-out/connections.ts';
import { readJournal } from '../../../scripts/lib/room/journal.ts';
import { docker, run } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { type LabMachine, unlessLab } from '../../../testkit/lab.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';
import { assertLifted, createMachineFaults, newId, OFF } from '../../../testkit/machine-faults.ts';
import {
  answers,
  asked,
  cpuTimes,
  dockerOverSsh,
  fetchMs,
  networkOf,
  PORTS,
  reaches,
  sessionsTo,
} from '../../../testkit/machine-probes.ts';
import { roomOf } from '../../../testkit/room-of.ts';
import { startSwarmLab } from '../../../testkit/swarm-lab.ts';

const IMAGE = 'redis:7.4.2';

const signal = AbortSignal.timeout(900_000);

const SMALL = '/mnt/small';

test('faults on machines of a room, over ssh', { skip: unlessLab, timeout: 900_000 }, async (t) => {
  const lab = await startSwarmLab(t, 3);
  const [first, second, third] = lab.machines as [LabMachine, LabMachine, LabMachine];
  process.env.SSH_AUTH_SOCK = lab.env.SSH_AUTH_SOCK;
  await lab.load(IMAGE);
  for (const machine of lab.machines) {
    await machine.exec(`docker run --detach --name published --publish ${PORTS[0]}:6379 ${IMAGE} &&
      docker run --detach --name own-network --network host ${IMAGE} redis-server --port ${
      PORTS[1]
    } --protected-mode no`);
  }
  await first.exec(`docker swarm init --advertise-addr ${first.address}`);
  const token = await first.exec('docker swarm join-token --quiet worker');
  await second.exec(`docker swarm join --token ${token} ${first.address}:2377`);
  const connections = createConnections({
    ...{ login: first.login, connectWithinMs: 3000 },
    hostKeys: { file: join(lab.folder, '.workshop', 'known_hosts'), acceptNew: false },
  });
  t.after(() => connections.close(lab.machines));
  const room = roomOf(readJournal(lab.folder));
  const found = await machineTargets(room, [], { connections, signal });
  const { targets } = found;
  const { strike, arm } = createMachineFaults(found, signal);
  const [one, two, three] = targets as [Target, Target, Target];
  const engineAnswers = await dockerOverSsh(t, lab);

  await t.test('what is known of them', async () => {
    assert.deepEqual(found.leftOut, []);
    assert.deepEqual(
      targets.map((
        { name, kind, group, site, handle, isWell, sshPort },
      ) => [name, kind, group, site, handle, isWell, sshPort]),
      [
        ['c1:n1', 'machine', 'c1', 'c1:n1', first.address, true, 22],
        ['c1:n2', 'machine', 'c1', 'c1:n2', second.address, true, 22],
        ['c1:n3', 'machine', 'c1', 'c1:n3', third.address, true, 22],
      ],
    );
    for (const [at, { addresses }] of targets.entries()) assert.deepEqual(addresses, [lab.machines[at]!.address]);
    const node = await first.exec(`docker node ls --filter name=vm2 --format '{{.ID}}'`);
    assert.deepEqual([two.swarm, two.offers], [{ site: 'c1:n1', node }, ['swarm node']]);
    assert.deepEqual([three.swarm, three.offers], [undefined, []]);
    const { facts } = found.sites[0]!;
    t.diagnostic(`${facts!.kernel}: ${[...facts!.can].join(' ')}`);
    for (const ability of ['iptables', 'ip6tables', 'statistic', 'tbf', 'service', 'swarm', 'processes'] as const) {
      assert.ok(facts!.can.has(ability), ability);
    }
    assert.equal(found.sites[2]!.facts!.can.has('swarm'), false);
  });

  // Somebody else's, all the time.
  await first.exec(`iptables -N foreign && iptables -A foreign -p udp -j RETURN && iptables -I INPUT -j foreign &&
    iptables -I DOCKER-USER -j foreign`);

  await t.test('isolate cuts a machine and its containers off, and leaves ssh', async () => {
    const before = await networkOf(first);
    const armed = await strike('isolate', one);
    assert.deepEqual(await asked(first), [false, false]);
    assert.deepEqual([await reaches(first, second), await reaches(second, first)], [false, false]);
    const inside = await run(
      [
        'docker',
        'exec',
        first.container,
        'timeout',
        '3',
        'docker',
        'exec',
        'published',
        'redis-cli',
        '-h',
        second.address,
        '-p',
        `${PORTS[1]}`,
        'ping',
      ],
    );
    assert.notEqual(inside.code, 0, 'its containers reach nobody either');
    assert.equal(await engineAnswers(first.address), 0);
    assert.match(await first.exec('ip6tables -S'), /-j DROP/);
    assert.equal(await first.exec('stat -c "%U %a" /run/coinroom-chaos'), 'root 700');
    assert.deepEqual(
      (await armed.site.list()).map(({ id, state, what }) => [id, state, what]),
      [[armed.id, 'on', '{"fault":"isolate"}']],
    );
    await assertLifted(armed);
    assert.equal(await networkOf(first), before);
    assert.deepEqual(await asked(first), [true, true]);
  });

  await t.test('an id that is taken is left to whoever has it', async () => {
    const { site, id } = await strike('isolate', one);
    const scripts = { apply: 'touch /tmp/never', revert: '', isOn: '' };
    await assert.rejects(site.arm({ id, what: '{}', scripts, forMs: 1000, leaseMs: 1000 }, signal), TakenError);
    assert.deepEqual(await stateOf(site, id), { state: 'on', why: '' });
    await assertLifted({ site, id });
    await first.exec('! test -e /tmp/never');
  });

  await t.test('what could be done only half is taken back', async () => {
    const before = await networkOf(first);
    const id = newId();
    await first.exec(`ip6tables -N COINROOM-${id}`);
    const { site } = await arm('isolate', one, { id });
    const { state, why } = await lift(site, id);
    assert.deepEqual([state, /Chain already exists/.test(why)], ['refused', true], why);
    assert.equal(await networkOf(first), before);
  });

  await t.test('the port of ssh is the one by which it is reached', async () => {
    await first.exec('/usr/sbin/sshd -p 2222 -o PidFile=none');
    const file = join(await temporaryFolder(t), 'known_hosts');
    const other = createConnections({
      ...{ login: first.login, port: 2222, connectWithinMs: 3000, hostKeys: { file, acceptNew: true } },
    });
    t.after(() => other.close(lab.machines));
    const { targets: [target], sites: [there] } = await machineTargets(room, ['c1:n1'], { connections: other, signal });
    assert.equal(target!.sshPort, 2222);
    const isolated = faultNamed('isolate').scripts(
      { victim: target!, others: [], forMs: 60_000, settings: DEFAULT_SETTINGS },
      there!.facts!,
    );
    const armed = { site: there!.site, id: newId() };
    await armed.site.arm({ id: armed.id, what: '{}', scripts: isolated, forMs: 60_000, leaseMs: 60_000 }, signal);
    await eventually(() => isOn(armed.site, armed.id), { what: 'isolate' });
    assert.deepEqual([await answers(first.address, 2222), await answers(first.address, 22)], [true, false]);
    await assertLifted(armed);
    assert.equal(await answers(first.address, 22), true);
  });

  await t.test('a partition cuts off those it names, and nobody else', async () => {
    const before = await networkOf(first);
    const armed = [
      await strike('partition', one, { others: [two] }),
      await strike('partition', two, { others: [one] }),
    ];
    assert.deepEqual([await reaches(first, second), await reaches(second, first)], [false, false]);
    assert.deepEqual([await reaches(first, third), await reaches(third, second)], [true, true]);
    assert.deepEqual(await asked(first), [true, true]);
    for (const each of armed) await assertLifted(each);
    assert.deepEqual([await reaches(first, second), await reaches(second, first)], [true, true]);
    assert.equal(await networkOf(first), before);
  });

  await t.test('where all packets are lost, ssh still comes through', async () => {
    const before = await networkOf(second);
    const armed = await strike('loss', two, { settings: { loss: 1 } });
    assert.deepEqual(await asked(second), [false, false]);
    assert.equal(await engineAnswers(second.address), 0);
    await assertLifted(armed);
    assert.deepEqual([await networkOf(second), await asked(second)], [before, [true, true]]);
  });

  await t.test('rate holds what it sends back, and is refused where somebody else has a say', async () => {
    await second.exec(`docker exec own-network redis-cli -p ${PORTS[1]} SETRANGE big 120000 x`);
    const before = await networkOf(second);
    assert.ok(await fetchMs(second, 120_000) < 1500);
    const armed = await strike('rate', two);
    const slowMs = await fetchMs(second, 120_000);
    // 117 KiB at 32 KiB a second, but for what a burst may hold.
    assert.ok(slowMs > 2000 && slowMs < 15_000, `${slowMs} ms`);
    await assertLifted(armed);
    assert.equal(await networkOf(second), before);
    await second.exec('tc qdisc add dev eth0 root handle 1: tbf rate 1gbit burst 128kb latency 400ms');
    const foreign = await networkOf(second);
    const { site, id } = await arm('rate', two);
    const { state, why } = await stateOf(site, id);
    assert.deepEqual([state, /^eth0 has a queueing discipline of somebody else: qdisc tbf 1: /.test(why)], [
      'refused',
      true,
    ], why);
    assert.equal((await lift(site, id)).state, 'refused');
    assert.equal(await networkOf(second), foreign);
    await second.exec('tc qdisc del dev eth0 root');
  });

  await t.test('cpu takes every core', async () => {
    const armed = await strike('cpu', three);
    // The first column that is asked for has to be this one.
    const ours = async (state: string): Promise<number> =>
      (await docker('top', third.container, '-eo', 'pid,stat,args')).split('\n')
        .filter((line) => new RegExp(`^\\s*\\d+\\s+${state}.* coinroom-chaos `).test(line)).length;
    assert.equal(await ours('R'), cpus().length);
    let earlier = cpuTimes();
    await eventually(() => {
      const now = cpuTimes();
      const idle = (now.idle - earlier.idle) / (now.all - earlier.all);
      earlier = now;
      return idle < 0.1;
    }, { what: 'no core to be idle', everyMs: 500 });
    await assertLifted(armed);
    await eventually(async () => await ours('') === 0, { what: 'nothing of it to run any more' });
  });

  await t.test('memory takes a share of what is free', async () => {
    const free = async (): Promise<number> =>
      Number(/MemAvailable: +(\d+)/.exec(await readFile('/proc/meminfo', 'utf8'))![1]) / 1024;
    const used = async (): Promise<string> =>
      await docker('stats', '--no-stream', '--format', '{{.MemUsage}}', third.container);
    const before = await free();
    const wasUsed = await used();
    const armed = await strike('memory', three, { settings: { memoryShare: 0.04 } });
    t.diagnostic(`${Math.round(before)} MiB free, ${wasUsed}; then ${await used()}`);
    const largest = Number((await docker('top', third.container, '-eo', 'pid,rss,args')).match(/ (\d+) +tail$/m)![1]) /
      1024;
    assert.ok(Math.abs(largest - before * 0.04) < before * 0.01, `${largest} of ${before} MiB`);
    await assertLifted(armed);
    await eventually(async () => !/ tail$/m.test(await docker('top', third.container, '-eo', 'pid,args')), {
      what: 'the memory to be free',
    });
  });

  await t.test('disk fills a file system, unless it is a large one', async () => {
    await third.exec(`mkdir -p ${SMALL} && mount -t tmpfs -o size=16m tmpfs ${SMALL} && echo mine >${SMALL}/mine`);
    const free = () => third.exec(`stat -f -c '%f' ${SMALL}`);
    const before = await free();
    const armed = await strike('disk', three, { settings: { diskPath: SMALL } });
    assert.match(
      await third.exec(
        `head -c 2M /dev/zero 2>&1 >${SMALL}/more || true; dd if=/dev/zero of=${SMALL}/more bs=2M count=1 2>&1 || true; rm ${SMALL}/more`,
      ),
      /No space left/,
    );
    await assertLifted(armed);
    await eventually(async () => await free() === before, { what: 'the space to be free again' });
    assert.equal(await third.exec(`ls -A ${SMALL}`), 'mine');
    const why = async (settings: Partial<FaultSettings>): Promise<string> => {
      const { site, id } = await arm('disk', three, { settings });
      const { state, why } = await stateOf(site, id);
      assert.equal(state, 'refused');
      await lift(site, id);
      return why;
    };
    assert.equal(
      await why({ diskPath: SMALL, diskMostBytes: 2 ** 20 }),
      '/mnt/small has 15 MiB free, more than 1 MiB (--disk-most)',
    );
    assert.equal(await why({ diskPath: '/run' }), '/run is where the guard lives');
    assert.equal(await why({ diskPath: '/mnt/none' }), 'it has no folder /mnt/none');
    assert.equal(await free(), before);
    await third.exec(`umount ${SMALL}`);
  });

  await t.test('docker stops the engine, and starts it and what ran', async () => {
    await third.exec(`docker create --name idle ${IMAGE}`);
    const armed = await strike('docker', three);
    assert.deepEqual(await asked(third), [false, false]);
    assert.notEqual(await engineAnswers(third.address), 0);
    await assertLifted(armed);
    assert.equal(await engineAnswers(third.address), 0);
    await eventually(async () => (await asked(third)).every(Boolean), { what: 'its containers to answer' });
    assert.equal(await third.exec(`docker inspect --format '{{.State.Status}}' idle`), 'created');
  });

  await t.test('a node is drained by its manager, and active again', async () => {
    await first.exec(
      `docker service create --quiet --detach --name calm --replicas 4 --mount type=tmpfs,destination=/data ${IMAGE}`,
    );
    const running = (node: string) =>
      first.exec(
        `docker service ps calm --filter node=${node} --filter desired-state=running --format '{{.CurrentState}}' | grep -c ^Running || true`,
      );
    await eventually(async () => await running('vm2') === '2', { what: 'two tasks on it', withinMs: 30_000 });
    const armed = await strike('drain', two);
    assert.equal(armed.site.name, 'c1:n1');
    const availability = () => first.exec(`docker node inspect --format '{{.Spec.Availability}}' vm2`);
    assert.equal(await availability(), 'drain');
    await eventually(async () => await running('vm2') === '0' && await running('vm1') === '4', {
      what: 'its tasks to be elsewhere',
      withinMs: 30_000,
    });
    await assertLifted(armed);
    assert.equal(await availability(), 'active');
    await first.exec('docker service rm calm && docker node update --availability drain vm2');
    const { site, id } = await arm('drain', two);
    assert.deepEqual(await lift(site, id), { state: 'refused', why: 'it is drained already' });
    assert.equal(await availability(), 'drain');
  });

  await t.test('a guard that nobody renews takes its fault back, and one whose time is over', async () => {
    const before = await networkOf(second);
    for (const times of [{ leaseMs: 4000, forMs: 60_000 }, { leaseMs: 60_000, forMs: 4000 }]) {
      const from = performance.now();
      const { site, id } = await strike('isolate', two, times);
      if (times.forMs === 4000) await renew(site, id);
      await eventually(async () => (await asked(second)).every(Boolean), {
        what: 'it to be reached again',
        withinMs: 15_000,
      });
      assert.ok(performance.now() - from >= 4000);
      // It is reached by IPv4 before the rules for IPv6 are gone.
      await eventually(async () => (await stateOf(site, id)).state !== 'on', {
        ...{ what: 'its guard to have ended', withinMs: 5000, everyMs: 100 },
      });
      assert.deepEqual(await stateOf(site, id), OFF);
      assert.equal(await networkOf(second), before);
      await site.remove(id);
    }
  });

  await t.test('it needs no session: all of them are killed while it is on', async () => {
    const before = await networkOf(second);
    const { site, id } = await strike('isolate', two, { leaseMs: 60_000 });
    const host = room.machines[1]!.host;
    const asking = assert.rejects(
      site.beside(id, ': >/run/begun; sleep 20; echo late', { withinMs: 30_000 }),
      UnreachableError,
    );
    await eventually(() => second.exec('test -e /run/begun'), { what: 'the session to begin' });
    const pids = await sessionsTo(connections, host);
    assert.ok(pids.length >= 2, 'itself, and the connection that it shares');
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await asking;
    assert.deepEqual(await asked(second), [false, false]);
    assert.deepEqual(await stateOf(site, id), { state: 'on', why: '' });
    await renew(site, id);
    await assertLifted({ site, id });
    assert.equal(await networkOf(second), before);
  });

  await t.test('where the guard itself is killed, whoever asks for it takes its fault back', async () => {
    const before = await networkOf(second);
    const { site, id } = await strike('isolate', two);
    await second.exec(`kill -KILL "$(cat /run/coinroom-chaos/${id}/pid)"`);
    assert.deepEqual(await stateOf(site, id), { state: 'off', why: 'its guard has died' });
    assert.equal(await networkOf(second), before);
    await site.remove(id);
    assert.deepEqual(await site.list(), []);
  });

  await t.test('a machine that is started anew has no guard any more, and no fault', async () => {
    const startedAt = () => docker('inspect', '--format', '{{.State.StartedAt}}', second.container);
    const before = await startedAt();
    const isolated = await strike('isolate', two);
    const { site, id } = await arm('reboot', two);
    const fault = faultNamed('reboot');
    await eventually(async () => await startedAt() !== before, { what: 'it to be started anew', withinMs: 60_000 });
    assert.equal(await isOn(site, id, fault), true);
    for (const each of [isolated.id, id]) assert.deepEqual(await lift(site, each), { state: 'gone', why: '' });
    assert.equal(await isOn(site, id, fault), true);
    // Where /run outlives a start, what is in it does not count.
    await second.exec(
      'cd /run/coinroom-chaos 2>/dev/null || mkdir -m 700 /run/coinroom-chaos && cd /run/coinroom-chaos &&' +
        ' mkdir t-old && cd t-old && echo on >state && echo {} >what && echo another >boot && echo 1 >pid',
    );
    assert.deepEqual(await stateOf(site, 't-old'), { state: 'gone', why: '' });
    assert.deepEqual(await site.list(), []);
    assert.doesNotMatch(await networkOf(second), /COINROOM/);
  });

  await t.test('a machine that dies is said not to be reached, and to have no fault when it is back', async () => {
    const { site, id } = await strike('isolate', three);
    await docker('kill', third.container);
    await assert.rejects(stateOf(site, id), UnreachableError);
    await assert.rejects(isOn(site, id), UnreachableError);
    const alone = await machineTargets(room, ['c1:n3'], { connections, signal });
    assert.deepEqual(alone.targets.map(({ name, isWell }) => [name, isWell]), [['c1:n3', false]]);
    assert.match(alone.sites[0]!.why, /\S/);
    await docker('start', third.container);
    assert.deepEqual(await lift(site, id), { state: 'gone', why: '' });
    await eventually(async () => (await asked(third)).length === 2, { what: 'it' });
  });
});
