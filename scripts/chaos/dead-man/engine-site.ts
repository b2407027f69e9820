/**
 * The host of a Docker engine: a helper container for each fault, which is the guard. It has an image of ours, asks the
 * engine by its socket, and enters the network of its victim with the programs of the engine's own host: whoever runs
 * Docker has iptables.
 */
import { listContainers } from '../../lib/containers.ts';
import type { Engine } from '../../lib/engine.ts';
import { OWN_LABELS, ownLabels } from '../../lib/own-containers.ts';
import { output, run } from '../../lib/process.ts';
import { shWord } from '../../lib/sh-word.ts';
import { SWEEP } from '../faults/network.ts';
import { GUARD_SCRIPTS, prepareScript } from './guard.ts';
import { API_SCRIPT } from './docker-api.ts';
import { type Guard, parseList, type Site, TakenError, UnreachableError } from './site.ts';
import { parseFacts, trials } from './trials.ts';

/** Of the helper; its guard has the rest of the name. */
const NAME = 'coinroom-chaos-';

/** Programs of the host are named by their paths: a busybox in the helper's image would take its own instead. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * What scripts have at hand in a helper: `api METHOD PATH [JSON]` asks the engine, `container ID FIELD…` tells of a
 * container, `in_net ID COMMAND…` runs a program of the host in its network, `root_of ID` is its root folder, `missing ID`
 * is whether there is none, `gone ID` whether it has ended since `remember ID`. Where the engine does not answer, both
 * end the script.
 */
const ENGINE_WORDS = `
export PATH=${PATH}
api() { node -e "$API" "$@"; }
container() { api GET "/containers/$1/json" "$2"; }
host_of_programs() {
  for comm in $(grep -lx dockerd /proc/[0-9]*/comm 2>/dev/null | sort -t / -k 3 -n); do
    pid=\${comm#/proc/}; pid=\${pid%/comm}
    nsenter -t "$pid" -m -- /bin/sh -c 'export PATH=${PATH}; command -v iptables' >/dev/null 2>&1 && { echo "$pid"; return 0; }
  done
  echo "the engine's host shows no dockerd with iptables" >&2; return 1
}
in_net() {
  victim=$(container "$1" State.Pid) && [ "$victim" != 0 ] || { echo "it does not run" >&2; return 1; }
  shift
  host=$(host_of_programs) || return 1
  nsenter -t "$victim" -n -- nsenter -t "$host" -m -- /usr/bin/env PATH=${PATH} "$@"
}
root_of() {
  victim=$(container "$1" State.Pid) && [ "$victim" != 0 ] || { echo "it does not run" >&2; return 1; }
  echo "/proc/$victim/root"
}
remember() { container "$1" State.StartedAt >"$dir/started"; }
missing() {
  container "$1" Id >/dev/null 2>"$dir/said" && return 1
  grep -q 'No such container' "$dir/said" && return 0
  cat "$dir/said" >&2; exit 1
}
gone() {
  missing "$1" && return 0
  [ "$(container "$1" State.Running)" = true ] || return 0
  [ "$(container "$1" State.StartedAt)" != "$(cat "$dir/started" 2>/dev/null)" ]
}
`;

export interface EngineSiteOptions {
  readonly engine: Engine;
  /** An image of ours on that engine; asked for when a helper is started. */
  readonly image: () => Promise<string>;
  /** Whose the helpers are. */
  readonly project: string | undefined;
}

export function engineSite({ engine, image, project }: EngineSiteOptions): Site {
  const { env } = engine;
  const helper = [
    ...['--pid', 'host', '--network', 'none', '--user', '0:0', '--entrypoint', 'sh', '--env', 'API'],
    ...['--security-opt', 'apparmor=unconfined', '--cap-drop', 'ALL'],
    ...['SYS_ADMIN', 'SYS_PTRACE', 'SYS_CHROOT', 'NET_ADMIN', 'NET_RAW', 'KILL', 'DAC_OVERRIDE']
      .flatMap((capability) => ['--cap-add', capability]),
    ...['--volume', `${socketOf(engine)}:/var/run/docker.sock`, '--no-healthcheck'],
    ...ownLabels('chaos', project),
  ];
  const docker = (args: readonly string[], signal?: AbortSignal) =>
    run(['docker', ...args], { env: { ...env, API: API_SCRIPT }, ...(signal ? { signal } : {}) });
  const ids = async (): Promise<string[]> => {
    const filter = `label=${OWN_LABELS.kind}=chaos`;
    const names = await output(['docker', 'ps', '--filter', filter, '--format', '{{.Names}}'], { env });
    return names.split('\n').filter((name) => name.startsWith(NAME)).map((name) => name.slice(NAME.length));
  };
  const beside: Site['beside'] = async (id, script, { withinMs = 10_000, signal } = {}) => {
    const options = { env, withinMs, ...(signal ? { signal } : {}) };
    const asked = await run(['docker', 'exec', NAME + id, 'sh', '-c', script], options).catch((error: Error) => error);
    if (!(asked instanceof Error) && asked.code === 0) return asked.stdout;
    signal?.throwIfAborted();
    const why = `The guard ${id} at ${engine.name} does not answer: ${
      asked instanceof Error ? asked.message : asked.stderr.trim() || `exit code ${asked.code}`
    }`;
    // Whoever is asked while it is removed fails in many ways, or never answers.
    const there = await ids().catch((error: Error) => {
      throw new UnreachableError(why, { cause: error });
    });
    if (!there.includes(id)) return 'gone';
    throw new UnreachableError(why);
  };
  return {
    name: engine.name,
    facts: async (signal) => {
      const trial = ['run', '--rm', ...helper, await image(), '-c', `${ENGINE_WORDS}\n${ENGINE_TRIALS}`];
      const { code, stdout, stderr } = await docker(trial, signal);
      if (code !== 0) throw new Error(`Nothing can be broken at ${engine.name}: ${stderr.trim() || stdout.trim()}`);
      return parseFacts(stdout);
    },
    arm: async (order, signal) => {
      const text = `${prepareScript(order, ENGINE_WORDS)}\nexec sh "$dir/guard"`;
      const { code, stderr } = await docker(
        ['run', '--detach', '--rm', '--name', NAME + order.id, ...helper, await image(), '-c', text],
        signal,
      );
      if (/already in use/.test(stderr)) throw new TakenError(`${order.id} is there already`);
      if (code !== 0) throw new Error(`Cannot start a guard at ${engine.name}: ${stderr.trim()}`);
    },
    beside,
    list: async () => {
      const guards = await Promise.all((await ids()).map(async (id): Promise<Guard[]> => {
        try {
          const said = await beside(id, GUARD_SCRIPTS.list);
          return said === 'gone' ? [] : parseList(said);
        } catch (error) {
          // It is there, and that is what was asked.
          return [{ id, what: '{}', state: 'armed', why: (error as Error).message }];
        }
      }));
      return guards.flat();
    },
    remove: async (id) => void await docker(['rm', '--force', NAME + id]),
    sweep: async (keep, signal) => {
      const containers = (await listContainers({ stopped: false }, engine))
        // A machine of the lab has guards of its own.
        .filter(({ labels }) => labels[OWN_LABELS.kind] === undefined);
      const each = containers.map(({ id, name }) =>
        `in_net ${id} sh -c ${shWord(SWEEP)} - ${shWord(` ${keep.join(' ')} `)} 2>/dev/null | sed ${
          shWord(`s#$# in ${name}#`)
        }`
      );
      const script = `${ENGINE_WORDS}\n${each.join('\n')}\nexit 0`;
      const { code, stdout, stderr } = await docker(['run', '--rm', ...helper, await image(), '-c', script], signal);
      if (code !== 0) throw new Error(`Cannot look for what is left at ${engine.name}: ${stderr.trim()}`);
      return stdout.split('\n').filter((line) => line !== '');
    },
  };
}

/** On the engine's own host. */
function socketOf({ env }: Engine): string {
  const [, path] = /^unix:\/\/(\/.+)$/.exec(env.DOCKER_HOST ?? process.env.DOCKER_HOST ?? '') ?? [];
  return path ?? '/var/run/docker.sock';
}

/** The helper has a network of its own, in which nobody is. */
function inNoNetwork(command: string): string {
  return `nsenter -t "$host" -m -- /usr/bin/env PATH=${PATH} ${command}`;
}

const ENGINE_TRIALS = trials({
  before: `command -v nsenter >/dev/null || { echo "its image has no nsenter" >&2; exit 1; }
host=$(host_of_programs) || host=`,
  inside: inNoNetwork,
  more: { node: 'command -v node' },
});
