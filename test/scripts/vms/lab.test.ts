import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { labImage } from '../../../scripts/vms/image.ts';
import { docker, output, type Run, run, uniqueName } from '../../../testkit/docker.ts';
import { startEngines, unlessEngines } from '../../../testkit/engines.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { type Lab, type LabMachine, partsOf, startLab, unlessLab } from '../../../testkit/lab.ts';
import { findProgram, type Scope, temporaryFolder, unlessInstalled } from '../../../testkit/machine.ts';
import { runScript } from '../../../testkit/script.ts';

const skip = unlessLab;

const TIMEOUT_MS = 600_000;

const SILENT = { now: () => {}, done: () => {} };

/** Others stand in the list too. */
const HOSTS = '# the room\r\n192.0.2.77  # by the window\r\n';

/** Of the first version of control groups, those that some hierarchy of the kernel has. */
async function mountedControllers(): Promise<string[]> {
  const rows = (await readFile('/proc/cgroups', 'utf8')).trim().split('\n').slice(1).map((line) => line.split('\t'));
  return rows.filter(([, hierarchy]) => hierarchy !== '0').map(([name]) => name!);
}

describe('three machines of a lab, the last without Docker', { skip, timeout: TIMEOUT_MS }, () => {
  const undo: (() => unknown)[] = [];
  let lab: Lab;
  let [first, second, plain] = [] as unknown as LabMachine[] as [LabMachine, LabMachine, LabMachine];

  let controllers: string[];

  before(async () => {
    controllers = await mountedControllers();
    lab = await startLab({ after: (action) => undo.push(action) }, 3, { withoutDocker: 1, hosts: HOSTS });
    [first, second, plain] = lab.machines as [LabMachine, LabMachine, LabMachine];
  });
  after(async () => {
    for (const action of undo) await action();
  });

  test('have names, addresses that follow each other, and stand in ips.txt behind what was there', async () => {
    assert.deepEqual(lab.machines.map(({ name }) => name), ['vm1', 'vm2', 'vm3']);
    const last = lab.machines.map(({ address }) => Number(address.split('.')[3]));
    assert.deepEqual(last, [2, 3, 4]);
    const lines = lab.machines.map(({ address }) => `${address}\r\n`).join('');
    assert.equal(await readFile(lab.hostsFile, 'utf8'), HOSTS + lines);
  });

  test('take the password of the environment by ssh, and let the login do all by sudo', async () => {
    for (const machine of lab.machines) {
      const { code, stdout, output } = await machine.ssh('hostname; whoami; sudo -n id -un');
      assert.equal(code, 0, output);
      assert.equal(stdout, `${machine.name}\nubuntu\nroot\n`);
    }
  });

  test('refuse another password', async () => {
    const { code, output } = await first.ssh('true', { password: `${first.password}x` });
    assert.equal(code, 255);
    assert.match(output, /Permission denied/);
  });

  test('leave the control groups of the host as they were, and its engine knows what they use', async () => {
    await first.exec('service docker restart');
    assert.deepEqual(await mountedControllers(), controllers);
    assert.match(await docker('stats', '--no-stream', '--format', '{{.MemUsage}}', first.container), /^[1-9]/);
  });

  test('run containers of their own, which reach the names that the machine reaches', {
    skip: unlessInstalled('busybox', 'apt-get install busybox-static'),
  }, async () => {
    const tar = `tar -C / -c ${
      findProgram('busybox')!.slice(1)
    } | docker exec -i ${first.container} docker import - box`;
    await output(['sh', '-c', tar]);
    const box = findProgram('busybox')!;
    const { code, output: said } = await first.ssh(
      `docker run --rm --memory 32m box ${box} sh -c '${box} cat /etc/resolv.conf; echo well' && cat /etc/resolv.conf`,
    );
    assert.equal(code, 0, said);
    const [inside, outside] = said.split('well\n').map((text) => text.match(/^nameserver .*$/gm));
    assert.deepEqual(inside, outside);
    assert.doesNotMatch(said, /127\.0\.0\.11/);
  });

  test('are not told by any command to the engine here what the password is', async () => {
    const { password, container } = first;
    const image = await docker('inspect', '--format', '{{.Image}}', container);
    const told = [
      await docker('inspect', container, image, lab.name),
      await docker('history', '--no-trunc', image),
      (await run(['docker', 'logs', container])).output,
      await docker('volume', 'inspect', container),
    ].join('\n');
    const [, secret] = /"(.+)"/.exec(password)!;
    assert.match(told, new RegExp(lab.name));
    assert.equal(told.includes(secret!), false);
    // The logs of the machine itself, and what its shells remember.
    const kept = await first.exec(`grep -rlF '${secret}' /var/log /home /root /tmp /run 2>/dev/null | cat`);
    assert.equal(kept, '');
  });

  test('let Docker be installed where there is none, and start it', async () => {
    assert.match((await plain.ssh('docker version')).output, /docker: command not found/);
    const install = 'sudo apt-get update -qq && ' +
      'sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io';
    const { code, output } = await plain.ssh(install);
    assert.equal(code, 0, output);
    await eventually(async () => (await plain.ssh('sudo docker version')).code === 0, {
      what: 'the installed engine to answer',
      withinMs: 30_000,
    });
    assert.match((await plain.ssh('sudo service docker status')).output, /Docker is running/);
  });

  test('have host keys and an id of their own, and keep them, their addresses and their Docker over a restart', async () => {
    const know =
      'cat /etc/ssh/ssh_host_*_key.pub /etc/machine-id; ip -4 -o addr show eth0 | grep -o "[0-9.]*/20"; docker info -f {{.ID}}';
    const known = await Promise.all(lab.machines.map(({ exec }) => exec(know)));
    const keys = known.flatMap((text) => text.match(/^(ssh|ecdsa)-\S+ \S+/gm)!);
    assert.equal(keys.length, 6);
    assert.equal(new Set(keys).size, 6);
    await docker('restart', first.container);
    // It is at once in the list of those that ssh knows: the key is the same, or ssh would refuse it.
    const again = await eventually(async () => {
      const { code, stdout } = await first.ssh(`docker version >/dev/null && { ${know}; }`);
      return code === 0 && stdout.trim();
    }, { what: 'the machine to be up again', withinMs: 60_000 });
    assert.equal(again, known[0]);
    assert.match(again, new RegExp(`^${first.address.replaceAll('.', '\\.')}/20$`, 'm'));
  });

  test('reboot when they are told to', async () => {
    const startedAt = (): Promise<string> => docker('inspect', '--format', '{{.State.StartedAt}}', plain.container);
    const before = await startedAt();
    await plain.ssh('sudo reboot');
    await eventually(async () => await startedAt() !== before && (await plain.ssh('true')).code === 0, {
      what: 'the machine to be up again',
      withinMs: 60_000,
    });
  });

  test('start again what dies, and leave what was stopped', async () => {
    await second.exec('kill -9 $(cat /run/docker-ssd.pid) $(cat /run/sshd.pid)');
    await eventually(async () => (await second.ssh('docker version')).code === 0, {
      what: 'sshd and the engine to be back',
      withinMs: 60_000,
    });
    await second.exec('service docker stop');
    await second.exec('kill -9 $(cat /run/sshd.pid)');
    await eventually(async () => (await second.ssh('true')).code === 0, { what: 'sshd to be back', withinMs: 30_000 });
    assert.match(
      (await run(['docker', 'exec', second.container, 'service', 'docker', 'status'])).output,
      /not running/,
    );
    await second.ssh('sudo service docker start && sudo service ssh restart');
    await eventually(async () => (await second.ssh('docker version')).code === 0, {
      what: 'the engine',
      withinMs: 30_000,
    });
  });

  test('are followed by more, with numbers that go on; overdue ones are listed first, and destroyed alone', async () => {
    const [fourth] = await lab.add('-n', '1', '--without-docker', '1', '--ttl', '1ms', '--price', '3600');
    assert.equal(fourth!.name, 'vm4');
    const { code, stdout } = await lab.vms('list', '--json');
    assert.equal(code, 1);
    const { machines, overdue, cost } = JSON.parse(stdout);
    assert.equal(overdue, 1);
    assert.ok(cost > 0 && cost < 600, `${cost}: it costs 1 a second`);
    const listed = machines.map((
      { name, address, overdue, state }: Record<string, unknown>,
    ) => [name, address, overdue, state]);
    const others = lab.machines.map(({ name, address }) => [name, address, false, 'running']);
    assert.deepEqual(listed, [['vm4', fourth!.address, true, 'running'], ...others]);
    assert.match((await lab.vms('list')).stdout, /^OVERDUE .*\n.*1 OVERDUE; \d+\.\d\d so far$/ms);

    const destroyed = await lab.vms('destroy', '--overdue', '--yes');
    assert.equal(destroyed.code, 0, destroyed.output);
    assert.equal(destroyed.stdout, 'Destroyed 1 machine; asked again, the engine knows of nothing that is left\n');
    assert.equal((await lab.vms('list')).code, 0);
  });

  test('are not touched by a dry run, by a no, or by a name that none of them has', async () => {
    const parts = await partsOf(lab.name);
    const dry = await lab.vms('destroy', 'vm1', second.address, '--dry-run');
    assert.deepEqual([dry.code, dry.stdout], [0, 'Would destroy 2 machines\n']);
    const unsure = await lab.vms('destroy', '--all');
    assert.equal(unsure.code, 1);
    assert.match(unsure.output, /There is no terminal to ask on: say --yes/);
    const wrong = await lab.vms('destroy', 'vm1', 'vm99', '--yes');
    assert.deepEqual([wrong.code, wrong.output], [2, 'There is no machine "vm99": ./scripts/vms.mjs list\n']);
    const more = await lab.vms('create', '-n', '2', '--dry-run', '--json');
    assert.deepEqual(JSON.parse(more.stdout).machines.map(({ name }: { name: string }) => name), ['vm4', 'vm5']);
    assert.deepEqual(await partsOf(lab.name), parts);
  });

  test('go one by one, with volume and address, and the last takes the network along', async () => {
    const one = await lab.vms('destroy', second.address, '--yes');
    assert.equal(one.code, 0, one.output);
    assert.deepEqual(await partsOf(lab.name), [
      lab.name,
      ...[first, plain].flatMap(({ container: name }) => [name, name]),
    ]);
    const left = [first, plain].map(({ address }) => `${address}\r\n`).join('');
    assert.equal(await readFile(lab.hostsFile, 'utf8'), HOSTS + left);

    const rest = await lab.vms('destroy', '--all', '--yes', '--json');
    assert.equal(rest.code, 0, rest.output);
    assert.deepEqual(JSON.parse(rest.stdout).left, []);
    assert.deepEqual(await partsOf(lab.name), []);
    assert.equal(await readFile(lab.hostsFile, 'utf8'), HOSTS);
    const again = await lab.vms('destroy', '--all', '--yes');
    assert.deepEqual([again.code, again.stdout], [0, 'Nothing to do: there is no such machine\n']);
  });
});

test(
  'a password that vms.mjs makes is shown, and lets the login in that was asked for',
  { skip, timeout: TIMEOUT_MS },
  async (t) => {
    const { machines: [machine] } = await startLab(t, 1, { withoutDocker: 1, login: 'docker', generatePassword: true });
    assert.match(machine!.password, /^[a-z2-9]{14}$/);
    const { code, stdout, output } = await machine!.ssh('sudo -n true && whoami');
    assert.equal(code, 0, output);
    assert.equal(stdout, 'docker\n');
  },
);

test('when the first machine fails it is named, the others are not made, and it can be destroyed', {
  skip,
  timeout: TIMEOUT_MS,
}, async (t) => {
  const { vms, hostsFile } = emptyLab(t, await temporaryFolder(t));
  // It is no VM: nobody can be given a login there.
  const { code, stdout } = await vms('create', '-n', '3', '--image', 'redis:7.4.2', '--json');
  const { machines, failed, notMade } = JSON.parse(stdout);
  assert.deepEqual([code, machines, notMade], [1, [], 2]);
  assert.deepEqual(failed.map(({ name }: { name: string }) => name), ['vm1']);
  assert.match(failed[0].why, /useradd: not found/);
  assert.equal(await readFile(hostsFile, 'utf8').catch(() => 'none'), 'none');
  assert.equal((await vms('destroy', 'vm1', '--yes')).code, 0);
});

test('a machine whose engine does not answer in time is named, stands in no list, and ends create with 1', {
  skip,
  timeout: TIMEOUT_MS,
}, async (t) => {
  const { vms, hostsFile } = emptyLab(t, await temporaryFolder(t));
  // It has none.
  const image = await labImage('plain', { progress: SILENT, signal: t.signal });
  const { code, stdout } = await vms('create', '-n', '1', '--image', image, '--within', '1s', '--json');
  const { machines, failed } = JSON.parse(stdout);
  assert.deepEqual([code, machines, failed.length], [1, [], 1]);
  assert.match(failed[0].why, /^its engine does not answer\n/);
  assert.equal(await readFile(hostsFile, 'utf8').catch(() => 'none'), 'none');
});

test('machines that run and are not reached from here end create with 3, and with the reason', {
  skip: skip || unlessEngines,
  timeout: TIMEOUT_MS,
}, async (t) => {
  const image = await labImage('plain', { progress: SILENT, signal: t.signal });
  const [engine] = await startEngines(t, 1, [image]);
  const { vms } = emptyLab(t, await temporaryFolder(t), { DOCKER_HOST: engine!.host });
  // No other test has machines there.
  const { code, stdout } = await vms(
    'create',
    '-n',
    '2',
    '--without-docker',
    '2',
    '--network',
    '10.103.7.0/24',
    '--json',
  );
  const { failed, notMade } = JSON.parse(stdout);
  assert.deepEqual([code, notMade], [3, 1]);
  assert.match(failed[0].why, /^it runs, and 10\.103\.7\.2 is not reached from here: /);
  assert.equal((await vms('destroy', '--all', '--yes')).code, 0);
});

test("create refuses, before it makes anything, what has no room and what is somebody else's", { skip }, async (t) => {
  const { name, vms } = emptyLab(t, await temporaryFolder(t));
  const small = await vms('create', '-n', '6', '--network', '10.103.8.0/29');
  assert.deepEqual([small.code, small.output], [
    2,
    'Cannot make 6 machines: a bridge on 10.103.8.0/29 has room for 5, and 0 are there; another lab beside it: --lab NAME\n',
  ]);
  await docker('network', 'create', '--subnet', '10.103.9.0/24', name);
  t.after(() => run(['docker', 'network', 'rm', name]));
  const foreign = await vms('create', '-n', '1');
  assert.deepEqual([foreign.code, foreign.output], [
    2,
    `A network ${name} is there already, which vms.mjs has not made: another name with --lab\n`,
  ]);
  assert.equal((await vms('destroy', '--all', '--yes')).stdout, 'Nothing to do: there is no such machine\n');
});

type EmptyLab = Pick<Lab, 'name' | 'hostsFile' | 'vms'>;

/** For a lab that a test makes itself, or does not. What is left of it is taken away after the test. */
function emptyLab(t: Scope, folder: string, env: Readonly<Record<string, string>> = {}): EmptyLab {
  const name = uniqueName('coinroom-test-lab');
  const vms = (verb: string, ...args: string[]): Promise<Run> =>
    runScript('vms', [verb, '--lab', name, ...args], { cwd: folder, env });
  t.after(() => runScript('vms', ['destroy', '--all', '--yes', '--lab', name], { cwd: '/', env }));
  return { name, hostsFile: join(folder, 'ips.txt'), vms };
}
