/** From machines with Docker to a Swarm and back, on machines of the lab. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildCadvisorStandIn } from '../../../testkit/cadvisor.ts';
import { output, run } from '../../../testkit/docker.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { type LabMachine, unlessLab } from '../../../testkit/lab.ts';
import { temporaryFolder, unlessInstalled } from '../../../testkit/machine.ts';
import { runScript } from '../../../testkit/script.ts';
import { startSwarmLab } from '../../../testkit/swarm-lab.ts';

const skip = unlessLab || unlessInstalled('openssl', 'apt-get install openssl');

const IMAGE = 'redis:7.4.2';

test('three machines become a Swarm whose engines know whom they let in, and then three machines again', {
  skip,
  timeout: 900_000,
}, async (t) => {
  const lab = await startSwarmLab(t, 3);
  const { swarm, trySwarm, said, env } = lab;
  const [first, second, third] = lab.machines as [LabMachine, LabMachine, LabMachine];
  const certificates = join(lab.folder, '.workshop', 'swarm', 'c1');
  const options = await first.exec('cat /etc/docker/daemon.json 2>/dev/null || true');
  await lab.load(IMAGE);

  await t.test('an engine lets in who has the certificate of its cluster, and nobody else', async () => {
    const made = await swarm('certs');
    assert.match(made, /^engine asks for one +0 +3 +0 +0$/m);
    assert.equal(made.match(/^c1:n\d +\S+ +\d+\.\d+\S+ +refused +refused +\d{4}-\d\d-\d\d$/gm)?.length, 3, made);
    assert.match(await swarm('certs'), /^Nothing was changed$/m);
    for (const file of ['ca-key.pem', 'node1-key.pem', 'client/key.pem']) {
      assert.equal(statSync(join(certificates, file)).mode & 0o777, 0o600, file);
    }
    const stranger = await temporaryFolder(t);
    const [key, certificate] = [join(stranger, 'key.pem'), join(stranger, 'cert.pem')];
    await output([
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=me',
      '-keyout',
      key,
      '-out',
      certificate,
    ]);
    const ask = (...flags: string[]) =>
      run([
        'curl',
        '-sS',
        '--noproxy',
        '*',
        '--cacert',
        join(certificates, 'client', 'ca.pem'),
        ...flags,
        `https://${second.address}:2376/_ping`,
      ]);
    assert.match((await ask('--cert', certificate, '--key', key)).output, /alert|certificate/i);
    const own = ['--cert', join(certificates, 'client', 'cert.pem'), '--key', join(certificates, 'client', 'key.pem')];
    assert.equal((await ask(...own)).stdout, 'OK');
  });

  await t.test('a token lets in until it is rotated', async () => {
    assert.match(await swarm('init'), /^c1 +vm1 +Ready +Active +Leader /m);
    assert.match(await swarm('init'), /^Nothing was changed$/m);
    const token = /SWMTKN-\S+/.exec(await swarm('token'))![0];
    const fresh = /SWMTKN-\S+/.exec(await swarm('token', '--rotate'))![0];
    assert.notEqual(fresh, token);
    await assert.rejects(
      third.exec(`docker swarm join --token ${token} ${first.address}:2377 2>&1`),
      /valid join token/,
    );
    const joined = await swarm('join');
    assert.match(joined, /^c1 +vm2 +Ready +Active +worker .*\nc1 +vm3 +Ready +Active +worker /m);
    assert.match(joined, /^2 of them are new in their Swarm$/m);
    assert.match(await swarm('join'), /^Nothing was changed$/m);
    const journal = readFileSync(join(lab.folder, '.workshop', 'journal.jsonl'), 'utf8');
    const outputs = readdirSync(join(lab.folder, '.workshop', 'output'), { recursive: true, withFileTypes: true });
    const texts = outputs.filter((file) => file.isFile()).map((file) =>
      readFileSync(join(file.parentPath, file.name), 'utf8')
    );
    for (const text of [journal, ...texts]) assert.doesNotMatch(text, /SWMTKN|PRIVATE KEY/);
  });

  await t.test('workers become managers, an odd number of them', async () => {
    const even = await trySwarm('init', '--managers', '2');
    assert.deepEqual([even.code, /must be odd/.test(even.output)], [2, true]);
    assert.equal((await trySwarm('init', '--managers', '5')).code, 2);
    assert.match(await swarm('init', '--managers', '3'), /^2 of them have become managers$/m);
    assert.match(await swarm('status'), /^c1 +vm2 +Ready +Active +Reachable/m);
  });

  await t.test('all ways between nodes are tried, and a firewall is found', async () => {
    assert.match(await swarm('check'), /^24 of 24 ways between nodes are open\nAll is well$/m);
    await second.exec(
      `iptables -I INPUT -p tcp --dport 7946 -s ${first.address} -j DROP; iptables -I INPUT -p udp --dport 4789 -s ${third.address} -j REJECT`,
    );
    const { code, output: text } = await trySwarm('check');
    assert.equal(code, 1);
    assert.match(text, /^c1:n1 does not reach c1:n2 at 7946\/tcp: no answer, a firewall\?$/m);
    assert.match(text, /^c1:n3 does not reach c1:n2 at 4789\/udp: no answer, a firewall\?$/m);
    assert.match(text, /^22 of 24 ways/m);
    await second.exec('iptables -D INPUT 1; iptables -D INPUT 1');
  });

  await t.test('every node says hello', async () => {
    const text = await swarm('hello');
    for (const node of ['vm1', 'vm2', 'vm3']) {
      assert.match(text, new RegExp(`^c1 +${node} +done +hello from ${node}$`, 'm'));
    }
    const bad = await trySwarm('hello', '--image', 'coinroom.invalid/none:1');
    assert.equal(bad.code, 1);
    assert.match(bad.output, /REJECTED +"No such image: coinroom\.invalid/);
    assert.equal(await first.exec('docker service ls --quiet'), '');
  });

  await t.test('cAdvisor is on every node, sees what it needs and may not change it, and goes again', async () => {
    const image = await buildCadvisorStandIn(t);
    await lab.load(image);
    const started = await swarm('cadvisor', '--image', image);
    assert.match(started, /^Started on c1$/m);
    for (const { address } of lab.machines) {
      assert.match(started, new RegExp(`^c1:n\\d +http://${address}:8080/$`, 'm'));
      const seen = await (await fetch(`http://${address}:8080/`)).json() as { mounts: string };
      for (const target of ['/rootfs', '/var/run', '/sys', '/var/lib/docker']) {
        assert.match(seen.mounts, new RegExp(`^\\S+ ${target} \\S+ ro\\b`, 'm'), target);
      }
    }
    assert.match(await swarm('cadvisor', '--image', image), /^Nothing was changed$/m);
    const tasks = (): Promise<string> =>
      first.exec('docker service ps --filter desired-state=running --quiet coinroom-cadvisor');
    assert.equal((await tasks()).split('\n').length, 3);

    const args = ['--all', '--on', 'c1', '--once', '--json'];
    const top = await runScript('top', args, { cwd: lab.folder, env });
    const { containers } = JSON.parse(top.stdout) as { containers: { node: string; service: string }[] };
    assert.deepEqual(
      containers.map(({ node, service }) => `${node} ${service}`),
      ['c1:n1', 'c1:n2', 'c1:n3'].map((node) => `${node} coinroom-cadvisor`),
    );

    const moved = await swarm('cadvisor', '--image', image, '--cadvisor-port', '8081');
    assert.match(moved, new RegExp(`^c1:n3 +http://${third.address}:8081/$`, 'm'));
    assert.ok((await fetch(`http://${third.address}:8081/healthz`)).ok);

    const [here, elsewhere] = ['coinroom.invalid/cadvisor:1', 'c1: coinroom-cadvisor does not get well: '];
    for (const machine of [first, second]) await machine.exec(`docker tag ${image} ${here}`);
    const sick = await trySwarm('cadvisor', '--image', here);
    assert.equal(sick.code, 1, sick.output);
    assert.match(
      sick.output,
      new RegExp(`^${elsewhere}\\d of its tasks have failed, the last on vm3: ".*${here}.*"$`, 'm'),
    );

    assert.match(await swarm('cadvisor', '--remove'), /^Removed from c1$/m);
    for (const machine of lab.machines) {
      assert.equal(await machine.exec('docker ps --all --quiet --filter name=coinroom-cadvisor'), '');
    }
    assert.match(await swarm('cadvisor', '--remove'), /^Nothing was changed$/m);
    await first.exec(`docker service create --quiet --detach --name coinroom-cadvisor --replicas 0 ${IMAGE}`);
    const foreign = await trySwarm('cadvisor', '--remove');
    assert.match(foreign.output, /^Cannot change coinroom-cadvisor on c1: a service that swarm\.mjs has not made/m);
    assert.equal(foreign.code, 1);
    await first.exec('docker service rm coinroom-cadvisor');
  });

  await t.test('the client of this machine is pointed there, and back', async () => {
    const told = await swarm('context');
    const nodes = await output(['docker', '--context', 'coinroom-c1', 'node', 'ls', '--format', '{{.Hostname}}'], {
      env,
    });
    assert.deepEqual(nodes.split('\n').sort(), ['vm1', 'vm2', 'vm3']);
    const exported = /export (DOCKER_HOST=.*)$/m.exec(told)![1]!;
    assert.equal(await output(['sh', '-c', `${exported} docker info --format '{{.Swarm.Nodes}}'`], { env }), '3');
    assert.match(await swarm('context', '--remove'), /^Removed: coinroom-c1$/m);
    assert.match(await swarm('context', '--remove'), /^There was none$/m);
  });

  await t.test('a node is drained and takes tasks again; certificates are rotated while tasks run', async () => {
    await first.exec(
      `docker service create --quiet --detach --name calm --mount type=tmpfs,destination=/data --replicas 6 ${IMAGE}`,
    );
    const running = (node: string) =>
      first.exec(
        `docker service ps calm --filter node=${node} --filter desired-state=running --format '{{.CurrentState}}' | grep -c ^Running || true`,
      );
    await eventually(async () => Number(await running('vm2')) === 2, {
      what: 'two tasks on each node',
      withinMs: 60_000,
    });
    assert.match(await swarm('drain', 'c1:n2'), /^c1:n2: nothing runs there any more$/m);
    assert.equal(await running('vm2'), '0');
    assert.match(await swarm('drain', 'c1:n2'), /^Nothing was changed$/m);
    assert.match(await swarm('status'), /^c1 +vm2 +Ready +Drain +Reachable +0\.0 %$/m);
    assert.match(await swarm('activate', 'c1:n2'), /^c1:n2: takes tasks again/m);
    const before = readFileSync(join(certificates, 'node2.pem'), 'utf8');
    assert.match(
      await swarm('certs', '--rotate', '--days', '60'),
      /^certificate +0 +3 +0 +0$[^]*^3 of 3 engines let in/m,
    );
    assert.notEqual(readFileSync(join(certificates, 'node2.pem'), 'utf8'), before);
    await eventually(async () => {
      const counts = await Promise.all(['vm1', 'vm2', 'vm3'].map(running));
      return counts.reduce((sum, count) => sum + Number(count), 0) === 6;
    }, { what: 'six tasks again', withinMs: 60_000 });
  });

  await t.test('in the end nothing of it is left', async () => {
    await first.exec('docker volume create --label com.docker.stack.namespace=x coinroom-test-volume');
    const text = await swarm('leave', '--yes');
    assert.match(text, /^3 of 3 hosts done$[^]*^Asked again, the engines have nothing left of it$/m);
    for (const machine of lab.machines) {
      assert.equal(await machine.exec(`docker info --format '{{.Swarm.LocalNodeState}}'`), 'inactive');
      assert.deepEqual((await machine.exec('docker network ls --format {{.Name}}')).split('\n').sort(), [
        'bridge',
        'host',
        'none',
      ]);
      assert.equal(await machine.exec('docker ps --all --quiet; docker volume ls --quiet'), '');
      assert.equal(await machine.exec('ls /etc/docker | grep coinroom || true'), '');
    }
    assert.equal(await first.exec('cat /etc/docker/daemon.json 2>/dev/null || true'), options);
    assert.ok(!existsSync(certificates));
    assert.match(await swarm('leave', '--yes'), /^Nothing was changed$/m);
    assert.ok(said.every((one) => !one.includes('PRIVATE KEY')));
  });
});
