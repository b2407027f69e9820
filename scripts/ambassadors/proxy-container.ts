/**
 * A container in which HAProxy runs. It needs no file of the engine's machine, so that any engine will do: its first
 * configuration comes with it, each later one through `docker exec`, is checked there by HAProxy itself, and only then
 * takes the place of the one before.
 */
import { type Container, inspectContainers } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { localImage } from '../lib/local-image.ts';
import { isOwn, type OwnKind, ownLabels } from '../lib/own-containers.ts';
import { CommandError, output, run } from '../lib/process.ts';
import type { Progress } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import { PAGE_SOCKET, SOCKET } from './haproxy.ts';

/** Has socat, as all official images since October 2025; a branch that is kept until 2030. */
export const HAPROXY_IMAGE = 'haproxy:3.2.21';

const CURRENT = '/tmp/haproxy.cfg';
const GOOD = '/tmp/haproxy.good.cfg';

/** A file that somebody has broken by hand does not keep HAProxy from starting again. */
const START = `
if [ ! -e ${GOOD} ]; then printf '%s\\n' "$CONFIGURATION" >${GOOD}; cp ${GOOD} ${CURRENT}; fi
haproxy -c -q -f ${CURRENT} >/dev/null 2>&1 || cp ${GOOD} ${CURRENT}
exec haproxy -W -db -f ${CURRENT}
`;

/** Reads from standard input. What is there already is not loaded again. */
const REPLACE = `
new=/tmp/haproxy.new.$$.cfg
trap 'rm -f $new' EXIT
cat >$new
if [ "$(cat $new)" = "$(cat ${CURRENT})" ]; then echo same; exit 0; fi
haproxy -c -f $new >&2 || exit 65
cp $new ${GOOD} && mv $new ${CURRENT} && kill -USR2 1 && echo changed
`;

const REFUSED = 65;

/** Gets the image where it is missing, before anything depends on it. */
export async function pullProxyImage(engine: Engine, image: string, progress: Progress): Promise<void> {
  if (await localImage(image, engine)) return;
  progress.done(`pulling ${image} on ${engine.name}`);
  await output(['docker', 'pull', '--quiet', image], { env: engine.env, withinMs: 10 * 60_000 });
}

export interface ProxyOptions {
  readonly engine: Engine;
  readonly kind: OwnKind;
  readonly project: string;
  readonly name: string;
  readonly image: string;
  readonly configuration: string;
  /** More arguments of `docker run`: its network, its ports, labels. */
  readonly args: readonly string[];
}

/**
 * Starts one. It has no capabilities: Docker lets everybody in a container's network listen on ports below 1024.
 *
 * @throws Error when a container of this name is there that is not ours, or docker cannot start it
 */
export async function createProxy(options: ProxyOptions): Promise<void> {
  const { engine, kind, project, name, image, configuration, args } = options;
  const command = [
    ...['docker', 'run', '--detach', '--name', name, ...ownLabels(kind, project), ...args],
    ...['--restart', 'unless-stopped', '--stop-signal', 'SIGTERM', '--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges', '--pids-limit', '100', '--memory', '256m'],
    ...['--env', 'CONFIGURATION', image, 'sh', '-c', START],
  ];
  const env = { ...engine.env, CONFIGURATION: configuration.trimEnd() };
  const { code, stdout, stderr } = await run(command, { env, withinMs: 5 * 60_000 });
  if (code === 0) return;
  if (/is already in use by container/.test(stderr)) await assertOurs(options);
  else await run(['docker', 'rm', '--force', name], { env: engine.env });
  throw new CommandError(['docker', 'run', name], { code, stdout, stderr });
}

async function assertOurs({ engine, kind, name }: ProxyOptions): Promise<void> {
  const [there] = await inspectContainers([name], engine);
  if (there === undefined || isOwn(kind, there)) return;
  throw new Error(
    `Cannot make ${name}: a container of that name is there which ambassadors.mjs has not made; ` +
      `rename or remove it (docker rm ${name})`,
  );
}

/**
 * Gives it another configuration, without losing a connection.
 *
 * @returns whether it had another one before
 * @throws Error with HAProxy's words when it refuses the new one; the one before goes on then
 */
export async function configureProxy(engine: Engine, container: Container, configuration: string): Promise<boolean> {
  const command = ['docker', 'exec', '--interactive', container.id, 'sh', '-c', REPLACE];
  const finished = await run(command, { env: engine.env, input: configuration, withinMs: 30_000 });
  if (finished.code === 0) return finished.stdout.trim() === 'changed';
  if (finished.code === REFUSED) {
    throw new Error(`${container.name} goes on as before: HAProxy refuses its new configuration:\n${finished.stderr}`);
  }
  throw new CommandError(['docker', 'exec', container.name], finished);
}

/** What it would start with. */
export async function readConfiguration(engine: Engine, { id }: Container): Promise<string> {
  return await output(['docker', 'exec', id, 'cat', CURRENT], { env: engine.env, withinMs: 30_000 });
}

/** Asks the runtime API of HAProxy. */
export async function askProxy(engine: Engine, { id }: Container, question: string): Promise<string> {
  const command = ['docker', 'exec', '--interactive', id, 'socat', '-t', '5', '-', `UNIX-CONNECT:${SOCKET}`];
  return await output(command, { env: engine.env, input: `${question}\n`, withinMs: 30_000 });
}

/** HAProxy's own page, or another path of it, such as `/;csv`. */
export async function askStatisticsPage(engine: Engine, { id }: Container, path: string): Promise<string> {
  if (!/^[\w/;=,.-]*$/.test(path)) throw new RangeError(`HAProxy has no page ${JSON.stringify(path)}`);
  const command = ['docker', 'exec', '--interactive', id, 'socat', '-t', '5', '-', `UNIX-CONNECT:${PAGE_SOCKET}`];
  const answer = await output(command, { env: engine.env, input: `GET ${path} HTTP/1.0\r\n\r\n`, withinMs: 30_000 });
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

/** Starts it anew, in the network that its consumer has now. */
export async function restartProxy(engine: Engine, { id }: Container): Promise<void> {
  await output(['docker', 'restart', '--time', '0', id], { env: engine.env, withinMs: 60_000 });
}

export async function removeProxy(engine: Engine, { id, name }: Container): Promise<void> {
  const { code, stderr } = await run(['docker', 'rm', '--force', '--volumes', id], { env: engine.env });
  if (code === 0 || /No such container/.test(stderr)) return;
  if (!/already in progress/.test(stderr)) throw new Error(`Cannot remove ${name}: ${stderr.trim()}`);
  const isGone = async (): Promise<true | undefined> =>
    (await inspectContainers([id], engine)).length === 0 ? true : undefined;
  await waitFor(isGone, { what: `${name}, which somebody else removes, to be gone`, withinMs: 30_000 });
}
