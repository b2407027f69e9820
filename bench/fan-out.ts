/**
 * What the fan-out costs, beside the parallel ssh of Debian, and what a `post` with nothing to do costs, beside Ansible. On
 * machines of the lab; needs a Docker engine, pssh, clustershell, pdsh and ansible-core.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { readSteps } from '../scripts/prep/read-steps.ts';
import { output, run } from '../testkit/docker.ts';
import { type Lab, startLab } from '../testkit/lab.ts';
import { findProgram, type Scope } from '../testkit/machine.ts';
import { startProgram } from '../testkit/program.ts';
import { scriptCommand } from '../testkit/script.ts';
import { startSshAgent } from '../testkit/ssh-agent.ts';
import { type BenchOptions, inTurns, median, medianRatio, seconds } from './lib/figure.ts';

const AT_ONCE = '64';

const PROGRAMS = { 'parallel-ssh': 'pssh', clush: 'clustershell', pdsh: 'pdsh', 'ansible-playbook': 'ansible-core' };

export async function benchFanOut(options: BenchOptions): Promise<void> {
  const missing = Object.entries(PROGRAMS).filter(([name]) => !findProgram(name)).map(([, its]) => its);
  if (missing.length > 0) throw new Error(`This needs more programs: apt-get install ${missing.join(' ')}`);
  await benchTrue(options);
  await benchPost(options);
}

interface ReadyRoom {
  readonly lab: Lab;
  readonly env: Readonly<Record<string, string>>;
  /** prep.mjs in the room. */
  readonly prep: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<string>;
}

/** Machines that take a key of an agent. */
async function startRoom(scope: Scope, count: number, clusterSize: number, withoutDocker: number): Promise<ReadyRoom> {
  const lab = await startLab(scope, count, { withoutDocker });
  const agent = await startSshAgent(scope);
  const prep: ReadyRoom['prep'] = (args, env = {}) =>
    output(scriptCommand('prep', args), { cwd: lab.folder, env: { ...agent.env, ...env } });
  const { login, password } = lab.machines[0]!;
  await prep(['init', '--cluster-size', String(clusterSize), '--login', login]);
  // They share this machine's processor, which passwords cost a lot.
  const gently = ['--at-once', '8', '--connect-within', '1m'];
  for (const step of [['check', '--accept-new'], ['copykey']]) await prep([...step, ...gently], { SSHPASS: password });
  return { lab, env: agent.env, prep };
}

async function benchTrue({ scope, isQuick, report, say }: BenchOptions): Promise<void> {
  const count = isQuick ? 5 : 50;
  say(`${count} machines of the lab …`);
  const room = await startRoom(scope, count, 5, count);
  const { lab, env } = room;
  const { login } = lab.machines[0]!;
  const known = join(lab.folder, '.workshop', 'known_hosts');
  const sockets = await mkdtemp(join(tmpdir(), 'f-'));
  scope.after(() => rm(sockets, { recursive: true, force: true }));

  const options = ['BatchMode=yes', `UserKnownHostsFile=${known}`, 'StrictHostKeyChecking=yes'];
  const cold = [...options, 'ControlPath=none'];
  const warm = [...options, 'ControlMaster=auto', `ControlPath=${sockets}/%C`, 'ControlPersist=120'];
  const dashes = (some: readonly string[]): string => some.map((one) => `-o ${one}`).join(' ');
  const list = lab.machines.map(({ address }) => address).join(',');
  const peers: Readonly<Record<string, (some: readonly string[]) => Promise<unknown>>> = {
    'parallel-ssh': (some) =>
      output([
        'parallel-ssh',
        '-h',
        lab.hostsFile,
        '-p',
        AT_ONCE,
        '-l',
        login,
        ...some.flatMap((one) => ['-O', one]),
        'true',
      ], { env }),
    clush: (some) =>
      output(
        ['clush', '-q', '-w', list, '-f', AT_ONCE, '-l', login, '-o', dashes(some).replaceAll('%', '%%'), 'true'],
        { env },
      ),
    pdsh: (some) =>
      output(['pdsh', '-R', 'ssh', '-w', list, '-f', AT_ONCE, '-l', login, 'true'], {
        env: { ...env, PDSH_SSH_ARGS_APPEND: dashes(some) },
      }),
  };
  const flags = ['--at-once', AT_ONCE, '--connects-per-second', '1000', '--connect-within', '1m'];
  const ours = () => room.prep(['run', ...flags, '--', 'true']);
  for (const [state, some] of [['cold', cold], ['warm', warm]] as const) {
    const rounds = isQuick ? 1 : 3;
    say(`true on all of them, ${state}, ${rounds} times each …`);
    if (state === 'warm') {
      for (const measure of [ours, ...Object.values(peers).map((peer) => () => peer(warm))]) await measure();
    }
    const measures = {
      ours: async () => {
        if (state === 'warm') return await seconds(ours);
        return await inFolder((folder) =>
          seconds(() => room.prep(['run', ...flags, '--', 'true'], { XDG_RUNTIME_DIR: folder }))
        );
      },
      ...Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, () => seconds(() => peer(some))])),
    };
    const times: Record<string, number[]> = await inTurns(measures, rounds);
    const { ours: own, ...others } = times;
    report({
      name: `true on ${count} machines, ${state}`,
      unit: 's',
      value: median(own!),
      ratio: Object.fromEntries(Object.entries(others).map(([name, theirs]) => [name, medianRatio(own!, theirs)])),
    });
  }
  await benchMemory(room, { scope, isQuick, report, say });
}

/** A folder for the sockets of connections that nobody else shares; they are ended then. */
async function inFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'f-'));
  try {
    return await action(folder);
  } finally {
    const sockets = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isSocket());
    await Promise.all(
      sockets.map((one) =>
        run(['ssh', '-F', 'none', '-o', `ControlPath=${join(one.parentPath, one.name)}`, '-O', 'exit', '-'])
      ),
    );
    await rm(folder, { recursive: true });
  }
}

/** Many names for the same machines: for the fan-out, each is a host. */
async function benchMemory(
  { lab, env }: ReadyRoom,
  { scope, isQuick, report, say }: Pick<BenchOptions, 'scope' | 'isQuick' | 'report' | 'say'>,
): Promise<void> {
  const count = isQuick ? 50 : 1250;
  say(`check on ${count} names …`);
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-'));
  scope.after(() => rm(folder, { recursive: true, force: true }));
  const names = Array.from({ length: count }, (_, at) => `m${at + 1}`);
  const config = names.map((name, at) =>
    `Host ${name}\n  HostName ${lab.machines[at % lab.machines.length]!.address}\n`
  );
  await writeFile(join(folder, 'ssh_config'), config.join(''));
  await writeFile(join(folder, 'ips.txt'), names.join('\n'));
  await writeFile(join(folder, 'room.yml'), `clusterSize: 5\nlogin: ${lab.machines[0]!.login}\n`);
  const command = scriptCommand('prep', [
    'check',
    '--accept-new',
    '--ssh-config',
    'ssh_config',
    '--within',
    '5m',
    '--connect-within',
    '1m',
  ]);
  const program = startProgram(scope, command, { cwd: folder, env });
  let [mostKb, isOver] = [0, false];
  const ended = program.exited.then(() => isOver = true);
  while (!isOver) {
    mostKb = Math.max(mostKb, highWaterKb(program.pid));
    await Promise.race([sleep(100), ended]);
  }
  report({ name: `memory of check on ${count} hosts, at most`, unit: 'MB', value: mostKb * 1024 / 1e6 });
}

function highWaterKb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The same checks by the same shell, and the same work where they say no; so Ansible needs no modules, which are slower. */
async function benchPost({ scope, isQuick, report, say }: BenchOptions): Promise<void> {
  const [count, rounds] = isQuick ? [2, 1] : [10, 3];
  say(`post on ${count} machines, then again, ${rounds} times each …`);
  const { lab, env, prep } = await startRoom(scope, count, 2, 0);
  await prep(['post', '--within', '20m']);
  const { login } = lab.machines[0]!;
  const steps = (await readSteps('steps.yml')).filter(({ name }) =>
    !['ssh in the cluster', "docker's options", 'names of the cluster', 'host name'].includes(name)
  );
  const tasks = steps.map(({ name, check, do: script, as }) => ({
    name,
    shell: `( ${check}\n) >/dev/null 2>&1 && exit 0\n${script}`,
    become: as === 'root',
    changed_when: false,
    environment: { LOGIN: login, CLUSTER: '[', TIMEZONE: 'Etc/UTC', LOCALE: 'C.UTF-8' },
  }));
  const [playbook, inventory] = [join(lab.folder, 'playbook.yml'), join(lab.folder, 'inventory')];
  await writeFile(playbook, stringify([{ hosts: 'all', gather_facts: false, tasks }]));
  await writeFile(inventory, lab.machines.map(({ address }) => `${address} ansible_user=${login}\n`).join(''));
  const ansible = () =>
    output(['ansible-playbook', '--inventory', inventory, '--forks', AT_ONCE, playbook], {
      cwd: lab.folder,
      env: {
        ...env,
        ANSIBLE_SSH_ARGS: `-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${
          join(lab.folder, '.workshop', 'known_hosts')
        }`,
        ANSIBLE_PIPELINING: 'True',
      },
    });
  const times = await inTurns({ ours: () => seconds(() => prep(['post'])), ansible: () => seconds(ansible) }, rounds);
  report({
    name: `post on ${count} machines with nothing to do`,
    unit: 's',
    value: median(times.ours),
    ratio: { [`ansible, ${tasks.length} of its 12 steps`]: medianRatio(times.ours, times.ansible) },
  });
}
