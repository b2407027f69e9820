/** From a list of addresses to a room that is ready, on machines of the lab; and what is said of those that are not. */
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Run } from '../../../testkit/docker.ts';
import { docker, output } from '../../../testkit/docker.ts';
import { type LabMachine, partsOf, startLab, unlessLab } from '../../../testkit/lab.ts';
import { ROOT } from '../../../testkit/machine.ts';
import { runScript } from '../../../testkit/script.ts';
import { eventually } from '../../../testkit/eventually.ts';
import { startSshAgent } from '../../../testkit/ssh-agent.ts';

const skip = unlessLab;

/** Five clusters of four: three of students, the instructor's, a spare. */
const SIZE = 4;
const MACHINES = 20;

/** Steps that log in to many machines anew: here all of them share the processor of whoever logs in. */
const LOGGING_IN = new Set(['check', 'copykey', 'post', 'warm', 'www', 'cards', 'close']);

/** What the web server asks for. */
const TOKEN = 'a1b2c3d4';

test('twenty machines become a room; what is wrong with one is said of that one, and mended alone', {
  skip,
  timeout: 1_800_000,
}, async (t) => {
  const lab = await startLab(t, MACHINES, { withoutDocker: 1 });
  const agent = await startSshAgent(t);
  const { password } = lab.machines[0]!;
  const said: string[] = [];
  const prep = async (args: readonly string[], env: Record<string, string | undefined> = {}): Promise<Run> => {
    const [step, ...rest] = args;
    const patience = LOGGING_IN.has(step!) && !rest.includes('--connect-within') ? ['--connect-within', '1m'] : [];
    const run = await runScript('prep', [step!, ...patience, ...rest], {
      cwd: lab.folder,
      env: { ...agent.env, SSHPASS: undefined, LAB_NAME: lab.name, ...env },
      withinMs: 600_000,
    });
    said.push(run.output);
    return run;
  };
  const done = async (args: readonly string[], env?: Record<string, string | undefined>): Promise<string> => {
    const { code, output: text } = await prep(args, env);
    assert.equal(code, 0, `prep.mjs ${args.join(' ')} ended with ${code}:\n${text}`);
    return text;
  };
  const at = (name: string): LabMachine => {
    const [, cluster, node] = /^c(\d+):n(\d+)$/.exec(name)!;
    return lab.machines[(Number(cluster) - 1) * SIZE + Number(node) - 1]!;
  };

  await t.test('numbers are given once', async () => {
    await writeFile(
      join(lab.folder, 'room.yml'),
      `clusterSize: ${SIZE}\nlogin: ${lab.machines[0]!.login}\nwebToken: ${TOKEN}\n`,
    );
    assert.match(await done(['init']), /Numbered: c1 c2 c3 c4 c5/);
    assert.match(await done(['init']), /All machines had their numbers already/);
    assert.match(await done(['instructor']), /c5 is the instructor's now/);
    assert.match(await done(['spares', '1']), /^c4 +spare/m);
    const lists = await Promise.all(
      ['ips.txt', 'instructor.txt', 'spares.txt'].map((file) => addressesIn(lab.folder, file)),
    );
    const named = (...clusters: readonly number[]): string[] =>
      clusters.flatMap((cluster) => lab.machines.slice((cluster - 1) * SIZE, cluster * SIZE).map((one) => one.address));
    assert.deepEqual(lists, [named(1, 2, 3), named(5), named(4)]);
  });

  await t.test('a login shell that talks, and one that is not bash', async () => {
    const { login } = at('c2:n3');
    // Not UTF-8, on both streams, before anything that is asked for.
    const noise = String.raw`printf 'welcome \377\376\n'; echo 'your quota is full' >&2`;
    await at('c2:n3').exec(`cat >/tmp/noise <<'END'\n${noise}\nEND
      for home in /root /home/${login}; do cat /tmp/noise $home/.bashrc >/tmp/rc && cat /tmp/rc >$home/.bashrc; done
      printf 'a motd of two lines\\n\\n' >/etc/motd`);
    await at('c2:n4').exec(`usermod --shell /bin/dash root; usermod --shell /bin/dash ${login}`);
    assert.match((await at('c2:n3').ssh('true')).output, /welcome [^]*quota/);
  });

  await t.test('a machine is known by its key, once it is recorded', async () => {
    const before = await prep(['check'], { SSHPASS: password });
    assert.equal(before.code, 3);
    assert.match(before.output, /c1:n1 c1:n2 c1:n3 c1:n4: key unknown/);
    const after = await done(['check', '--accept-new'], { SSHPASS: password });
    assert.match(after, /5 of 5 clusters are ready/);
    assert.match(after, /no Docker yet/);
  });

  await t.test('keys are let in by the password, and then without one', async () => {
    const wrong = await prep(['copykey', 'c1'], { SSHPASS: 'not this one' });
    assert.equal(wrong.code, 3);
    assert.match(wrong.output, /^c1:n1 .* DENIED .*Permission denied/m);
    assert.match(
      await done(['copykey'], { SSHPASS: password }),
      /20 of 20 hosts done\n0 of 20 machines took your keys already/,
    );
    assert.match(await done(['copykey']), /20 of 20 hosts done\nAll machines took your keys already/);
    const keys = await at('c1:n1').exec('cat ~root/.ssh/authorized_keys');
    assert.equal(keys.split('\n').filter((line) => line === agent.publicKey).length, 1);
  });

  await t.test('each cluster has a password of its own, in a file that is ours alone', async () => {
    const file = join(lab.folder, '.workshop', 'passwords.json');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const passwords = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    assert.equal(new Set(Object.values(passwords)).size, 5);
    for (const one of Object.values(passwords)) assert.match(one, /^[bcdefghijknprstuvx]{12}$/);
    assert.equal((await at('c1:n2').ssh('true', { password: passwords.c1! })).code, 0);
    assert.notEqual((await at('c1:n2').ssh('true', { password: passwords.c2! })).code, 0);
    assert.notEqual((await at('c1:n2').ssh('true')).code, 0, 'the password of the image lets nobody in any more');
  });

  await t.test('every machine lets in who holds the card of its cluster', async () => {
    assert.match(await done(['cards']), /^5 cards on A4: cards.cards\./m);
    assert.match(
      await done(['cards', '--verify']),
      /^The cards are true: 20 of 20 machines let in who holds the card$/m,
    );
  });

  await t.test('post makes them as the workshop needs them, and a second time changes nothing', async () => {
    const victim = at('c3:n4');
    const first = prep(['post']);
    await eventually(() => victim.exec('ls /tmp/*/CLUSTER_KEY'), {
      what: 'the steps to begin on c3:n4',
      withinMs: 60_000,
    });
    await docker('kill', victim.container);
    const { code, output: text } = await first;
    assert.equal(code, 1, text);
    assert.match(text, /^c3:n4 +\S+ +LOST .*in the middle[^]*19 of 20 hosts done, 1 lost/m);
    await docker('start', victim.container);
    assert.match(await done(['post', '--failed']), /1 of 1 host done/);
    const again = await done(['post']);
    assert.match(
      again,
      /20 of 20 hosts done\nNothing was changed\nnode1 of 5 clusters: The repository was there already/,
    );
    const head = await headCommit();
    assert.match(
      await done(['run', 'n1', '--', 'git -C coinroom rev-parse HEAD']),
      new RegExp(`^── 5 hosts: .*\n${head}$`, 'm'),
    );
    assert.match(
      await done(['run', 'n2', '--', 'hostname; docker info --format "{{.LoggingDriver}}"']),
      /^── 5 hosts: .*\nnode2\njson-file$/m,
    );
  });

  await t.test('what the class will fetch is there, and then no internet is needed', async () => {
    await writeFile(
      join(lab.folder, 'images.txt'),
      'node:26-slim # for builds\nredis:7.4.2\nhaproxy:3.2.21\nregistry:2.8.3\n',
    );
    const said = await done(['warm', 'c1', 'c3', 'c5:n1']);
    assert.match(said, /^images +1 +8 +0 +0$[^]*9 of 9 machines are ready without internet$/m);
    assert.match(await done(['warm', 'c1']), /\nNothing was changed\n4 of 4 machines are ready without internet$/m);
    const { login, exec } = at('c1:n1');
    const asUser = (script: string) =>
      exec(`runuser -u ${login} -- sh -c ${JSON.stringify(`cd ~/coinroom; ${script}`)}`);
    await exec('ip route save default >/tmp/route; ip route del default');
    assert.match(await asUser('node --test test/worker/candidate.test.ts'), /pass [1-9]/);
    await asUser('echo // >>src/main.ts; ./scripts/compose.mjs build');
    assert.match(await asUser('docker run --rm --pull never --network none coinroom:1 --help'), /ROLE/);
    await asUser('git checkout --quiet src; docker rmi --force coinroom:1');
    await exec('ip route restore </tmp/route');
  });

  await t.test('the class reads the chapters and clones the repository from the first machine', async () => {
    const told = await done(['www']);
    const url = `http://${at('c5:n1').address}:8004/`;
    assert.ok(told.includes(`The chapters: ${url}\n`), told);
    assert.equal((await fetch(url)).status, 401);
    const page = await fetch(`${url}chapters/1-the-application`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    assert.match(await page.text(), /<h1[^>]*>.*The application/);
    const clone = join(lab.folder, 'clone');
    const withToken = url.replace('//', `//class:${TOKEN}@`);
    await output(['git', 'clone', '--quiet', `${withToken}coinroom.git`, clone]);
    assert.equal(await output(['git', '-C', clone, 'log', '-1', '--format=%H']), await headCommit());
    assert.match(await done(['www']), /^Nothing was changed$/m);
    const from = ['--from', `${withToken}coinroom.git`];
    assert.match(await done(['repository', 'c1', ...from]), /^The repository was there already$/m);
    await at('c2:n1').exec(`rm -rf ~${at('c2:n1').login}/coinroom`);
    assert.match(await done(['repository', 'c2', ...from]), /^The repository was sent to 1 of them$/m);
    const { env } = JSON.parse(
      await at('c5:n1').exec(`docker inspect --format '{"env": {{json .Config.Env}}}' coinroom-www`),
    );
    assert.ok((env as string[]).includes('WWW_REPO=/coinroom.git'));
    assert.match(await done(['cards', 'c1']), /^1 card on A4: cards.cards-c1\./m);
    assert.ok((await readFile(join(lab.folder, 'cards', 'cards-c1.html'), 'utf8')).includes(url));
    assert.match((await prep(['status'])).output, /^cards +not done for 4 clusters +1 of 5 .* c2, c3, c4, c5$/m);
  });

  await t.test('the nodes of a cluster reach each other, and nobody else', async () => {
    const reach = (target: string) => `runuser -u ${at('c1:n1').login} -- ssh -o BatchMode=yes ${target} hostname`;
    assert.equal(await at('c1:n1').exec(reach('node4')), 'node4');
    const stranger = `-o StrictHostKeyChecking=no -i ~${at('c1:n1').login}/.ssh/id_coinroom ${at('c2:n1').address}`;
    await assert.rejects(at('c1:n1').exec(reach(stranger)), /Permission denied/);
  });

  await t.test('every command of the chapters that need several machines does what it says', async () => {
    const rehearse = async (chapter: string, cluster: string, ...args: string[]): Promise<void> => {
      const line = [join(ROOT, 'workshop', `${chapter}.md`), cluster, '--hosts', 'ips.txt', ...args];
      const { code, output: text } = await runScript('rehearse', line, {
        ...{ cwd: lab.folder, env: agent.env, withinMs: 900_000 },
      });
      assert.equal(code, 0, text);
    };
    // One after the other: their speeds are those of an idle machine.
    await rehearse('4-the-environment', 'c1', '--folder', '.');
    await rehearse('5-a-swarm', 'c1');
    await rehearse('6-the-application-on-a-swarm', 'c3');
  });

  await t.test('what is wrong with a machine is said of it, and the others are ready', async () => {
    await docker('stop', '--time', '1', at('c1:n1').container);
    await at('c1:n2').exec('mount -t tmpfs -o size=1m tmpfs /tmp');
    await at('c2:n1').exec('kill -STOP $(cat /run/sshd.pid)');
    await at('c2:n2').exec('rm /etc/ssh/ssh_host_*; ssh-keygen -q -A; service ssh restart');
    await at('c5:n1').exec(`deluser --quiet ${at('c5:n1').login} sudo 2>&1; rm -f /etc/sudoers.d/*`);
    const { code, stdout } = await prep(['check', '--json', '--tries', '1', '--connect-within', '15s']);
    assert.equal(code, 1);
    const { machines } = JSON.parse(stdout) as { machines: { name: string; end: string; detail: string }[] };
    const bad = machines.filter(({ end }) => end !== 'done').map(({ name, end, detail }) =>
      `${name} ${end}: ${detail}`
    );
    const rules = [
      /^c1:n1 (unreachable|hangs): /,
      /^c1:n2 failed: only \d+ MiB free on \/tmp$/,
      /^c2:n1 hangs: /,
      /^c2:n2 key changed: it shows the key SHA256:\S+; recorded is SHA256:/,
      /^c5:n1 failed: (no sudo for|sudo asks) /,
    ];
    assert.equal(bad.length, rules.length, bad.join('\n'));
    for (const [index, rule] of rules.entries()) assert.match(bad[index]!, rule);
    const status = await prep(['status']);
    assert.equal(status.code, 1);
    assert.match(status.output, /^check +failed on 5 hosts +15 of 20 /m);
  });

  await t.test('a card that is not true is found before it is handed out, and nothing is called ready', async () => {
    const { login } = at('c5:n2');
    await at('c5:n2').exec(`echo '${login}:not this one' | chpasswd`);
    const { code, stdout } = await prep(['cards', '--verify', '--json', '--tries', '1', '--connect-within', '15s']);
    assert.equal(code, 3, stdout);
    const { ready, machines } = JSON.parse(stdout) as { ready: boolean; machines: { name: string; end: string }[] };
    assert.equal(ready, false);
    assert.deepEqual(
      machines.filter(({ end }) => end !== 'done').map(({ name, end }) =>
        `${name} ${end.replace('hangs', 'unreachable')}`
      ),
      ['c1:n1 unreachable', 'c2:n1 unreachable', 'c2:n2 key changed', 'c5:n2 denied'],
    );
    assert.match((await prep(['status'])).output, /^verify +failed on 4 hosts /m);
  });

  await t.test('--failed goes where it has failed, once the cause is gone; a swap takes another', async () => {
    await docker('start', at('c1:n1').container);
    await at('c1:n2').exec('umount /tmp');
    await at('c2:n1').exec('kill -CONT $(cat /run/sshd.pid)');
    await at('c5:n1').exec(`echo '${at('c5:n1').login} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/mended`);
    const { code, output: text } = await prep(['check', '--failed']);
    assert.equal(code, 3, text);
    assert.match(text, /^c2 .*NOT READY +c2:n2: key changed/m);
    assert.match(text, /2 of 3 clusters are ready/);
    assert.match(await done(['swap', 'c2', '--yes']), /c2 has the machines of c4 now/);
    assert.deepEqual(
      await addressesIn(lab.folder, 'retired.txt'),
      lab.machines.slice(SIZE, 2 * SIZE).map(({ address }) => address),
    );
    assert.match(await done(['check']), /4 of 4 clusters are ready/);
  });

  await t.test('all steps again do what the swap has left to do, and then nothing', async () => {
    // The file of the instructor comes before ours.
    const step = { name: 'redis', check: 'docker image inspect redis:7.4.2', do: WARM_REDIS };
    await writeFile(join(lab.folder, 'warm.yml'), JSON.stringify([step]));
    const first = await done(['all']);
    assert.match(first, /── init\n── check\n── copykey\n── post\n[^]*── warm\n[^]*── www\n[^]*── cards\n── verify\n/);
    assert.match(first, /^The cards are true: 16 of 16 machines/m);
    assert.match(first, /^prompt +12 +4 +0 +0$/m);
    assert.match(first, /^redis +9 +7 +0 +0$[^]*16 of 16 machines are warm$/m);
    const passwords = JSON.parse(await readFile(join(lab.folder, '.workshop', 'passwords.json'), 'utf8')) as {
      c2: string;
    };
    assert.equal((await at('c4:n1').ssh('true', { password: passwords.c2 })).code, 0, 'the seat has its old password');
    const second = await done(['all']);
    assert.match(second, /All machines had their numbers already/);
    assert.match(second, /4 of 4 clusters are ready/);
    assert.match(second, /All machines took your keys already/);
    assert.equal(second.match(/\nNothing was changed$/gm)?.length, 3);
    assert.match(await done(['status']), /^repository +done +4 of 4 [^]*^Next: The room is ready\./m);
    assert.match(await done(['resume']), /── verify, where it is not done\n/);
  });

  await t.test('no secret is in what was said, in the journal, or in what the machines said', async () => {
    const passwords = JSON.parse(await readFile(join(lab.folder, '.workshop', 'passwords.json'), 'utf8')) as object;
    const secrets = [password, TOKEN, ...Object.values(passwords) as string[]];
    const folder = join(lab.folder, '.workshop');
    const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((file) => file.isFile() && file.name !== 'passwords.json');
    const texts = [
      ...said,
      ...await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8'))),
    ];
    for (const secret of secrets) assert.ok(texts.every((text) => !text.includes(secret)), 'a password is told');
    assert.equal(await output(['sh', '-c', 'ls -d /tmp/coinroom-askpass-* 2>/dev/null || true']), '');
  });

  await t.test('at the end nobody is let in, nothing is left, and what is left is said', async () => {
    const { c1 } = JSON.parse(await readFile(join(lab.folder, '.workshop', 'passwords.json'), 'utf8')) as {
      c1: string;
    };
    assert.match(
      await done(['close', '--dry-run']),
      /Would lock 20 machines of 20.* destroy 20 machines and the network/,
    );
    const kept = await prep(['close', '--keep-machines', '--yes', '--tries', '1']);
    assert.equal(kept.code, 1, kept.output);
    const left = kept.output.match(/^LEFT: .* may let in/gm);
    assert.equal(left?.length, 1, kept.output);
    assert.ok(left[0]!.includes(at('c2:n2').address), 'whose key has changed');
    assert.notEqual((await at('c1:n1').ssh('true', { password: c1 })).code, 0);
    assert.match((await prep(['run', 'c1:n1', '--', 'true'])).output, /DENIED/);
    assert.equal(
      await at('c1:n2').exec(`cat /root/.ssh/authorized_keys ~${at('c1:n2').login}/.ssh/authorized_keys`),
      '',
    );
    assert.match(await done(['close', '--yes', '--tries', '1']), /^Destroyed 20 machines.*nothing of it is left$/m);
    assert.deepEqual(await partsOf(lab.name), []);
    for (const list of ['ips.txt', 'instructor.txt', 'retired.txt']) {
      assert.deepEqual(await addressesIn(lab.folder, list), [], list);
    }
    const secrets = (await readdir(join(lab.folder, '.workshop'), { recursive: true }))
      .filter((name) => /passwords|keys/.test(name));
    assert.deepEqual(secrets, []);
    assert.match(await done(['close', '--yes']), /^The room is closed already/);
  });
});

/** Out of the registry of the room, by digest. */
const WARM_REDIS =
  `printf '%s\\n' "$IMAGES" | grep '^redis:' | { read -r name place; docker pull --quiet "$place" && docker tag "$place" "$name"; }`;

async function addressesIn(folder: string, file: string): Promise<string[]> {
  const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
  return lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
}

async function headCommit(): Promise<string> {
  return await output(['git', '-C', ROOT, 'rev-parse', 'HEAD']);
}
