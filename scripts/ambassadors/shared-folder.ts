/**
 * All HAProxies of a project on one engine share a folder, a volume: each keeps its configuration and its sockets there.
 * So one program in any of them can tell all of them something, and ask all of them: a change costs one `docker exec`
 * and not one for each. It needs no file of the engine's machine, so that any engine will do.
 */
import { createHash } from 'node:crypto';
import type { Container } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { OWN_LABELS } from '../lib/own-containers.ts';
import { CommandError, output, run } from '../lib/process.ts';

/** Belongs to the user of HAProxy in the official images, and a new volume takes that over. */
const ROOT = '/var/lib/haproxy';

/** Below a folder of its own; `$FOLDER` is that folder in HAProxy's environment. */
export const FILES = {
  current: 'haproxy.cfg',
  /** The last that HAProxy itself found good. */
  good: 'good.cfg',
  /** The runtime API. */
  api: 'api.sock',
  /** The statistics as a page. A port would be seen, and could be taken, by others in its network. */
  page: 'page.sock',
  /** What has all processes of it reloaded. */
  master: 'master.sock',
} as const;

/** Of one HAProxy. Short: the path of a socket has 107 bytes at most (unix(7)), and names may be long. */
export function folderOf(name: string): string {
  return `${ROOT}/${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}

function volumeOf(project: string): string {
  return `${project}_ambassadors`;
}

/** Makes the folder where it is missing. Gives arguments of `docker run` that put it in its place. */
export async function shareFolder(engine: Engine, project: string): Promise<string[]> {
  const labels = ['--label', `${OWN_LABELS.kind}=ambassador`, '--label', `${OWN_LABELS.project}=${project}`];
  await output(['docker', 'volume', 'create', ...labels, volumeOf(project)], { env: engine.env });
  return ['--volume', `${volumeOf(project)}:${ROOT}`];
}

/** After all who share it are gone. */
export async function removeFolder(engine: Engine, project: string): Promise<void> {
  const filter = ['--filter', `label=${OWN_LABELS.project}=${project}`];
  const names = await output(['docker', 'volume', 'ls', '--quiet', ...filter], { env: engine.env });
  const own = names.split('\n').filter((name) => name === volumeOf(project));
  if (own.length > 0) await output(['docker', 'volume', 'rm', ...own], { env: engine.env });
}

export interface Order {
  readonly container: Container;
  readonly configuration: string;
}

/** Whether it had another one before; or why it goes on with that. */
export type Told = 'same' | 'changed' | Error;

/**
 * Gives some HAProxies another configuration, without losing a connection. HAProxy itself judges each text, once, before
 * it takes the place of the one before. In the order of the orders.
 *
 * @throws CommandError when they cannot be told
 */
export async function configureProxies(engine: Engine, orders: readonly Order[]): Promise<Told[]> {
  const texts = [...new Set(orders.map(({ configuration }) => configuration))];
  const script = [
    SHELL,
    ...texts.map((text, at) => `cat >$new/${at} <<'${END}'\n${text.trimEnd()}\n${END}`),
    ...orders.map(({ container, configuration }, at) =>
      `tell ${at} ${folderOf(container.name)} ${texts.indexOf(configuration)}`
    ),
  ].join('\n');
  const answers = await runInside(engine, orders.map(({ container }) => container), script);
  return orders.map(({ container }, at) => {
    const answer = answers.get(at)?.trim() ?? 'it has not been told';
    if (answer === 'same' || answer === 'changed') return answer;
    return new Error(`${container.name} goes on as before: HAProxy refuses its new configuration:\n${answer}`);
  });
}

/** Asks the runtime API of each. An answer of undefined: it did not give one. In the order of the containers. */
export async function askProxies(
  engine: Engine,
  containers: readonly Container[],
  question: string,
): Promise<(string | undefined)[]> {
  return await forEach(
    engine,
    containers,
    (folder) => `echo '${question}' | socat -t 5 - UNIX-CONNECT:${folder}/${FILES.api}`,
  );
}

/** What each would start with. */
export async function readConfigurations(
  engine: Engine,
  containers: readonly Container[],
): Promise<(string | undefined)[]> {
  return await forEach(engine, containers, (folder) => `cat ${folder}/${FILES.current}`);
}

/** HAProxy's own page, or another path of it, such as `/;csv`. @throws RangeError for what is no path of it */
export async function askStatisticsPage(engine: Engine, container: Container, path: string): Promise<string> {
  if (!/^[\w/;=,.-]*$/.test(path)) throw new RangeError(`HAProxy has no page ${JSON.stringify(path)}`);
  const request = `printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n'`;
  const [answer] = await forEach(
    engine,
    [container],
    (folder) => `${request} | socat -t 5 - UNIX-CONNECT:${folder}/${FILES.page}`,
  );
  if (answer === undefined) throw new Error(`${container.name} does not answer`);
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

async function forEach(
  engine: Engine,
  containers: readonly Container[],
  command: (folder: string) => string,
): Promise<(string | undefined)[]> {
  if (containers.length === 0) return [];
  const script = containers.map(({ name }, at) => `echo '${MARK} ${at}'\n${command(folderOf(name))} 2>/dev/null`);
  const answers = await runInside(engine, containers, script.join('\n'));
  return containers.map((_, at) => answers.get(at)?.trim() || undefined);
}

const END = 'END-OF-CONFIGURATION';
const MARK = '=====';

/** Each text is checked once, and not at all where it is what they have already. */
const SHELL = `
new=/tmp/new.$$
mkdir $new
trap 'rm -rf $new' EXIT
check() {
  [ -e $new/$1.code ] && return
  FOLDER=/tmp haproxy -c -f $new/$1 >$new/$1.said 2>&1
  echo $? >$new/$1.code
}
tell() {
  echo '${MARK} '$1
  if [ "$(cat $new/$3)" = "$(cat $2/${FILES.current})" ]; then echo same; return; fi
  check $3
  if [ "$(cat $new/$3.code)" != 0 ]; then cat $new/$3.said; return; fi
  cp $new/$3 $2/${FILES.good}
  cp $new/$3 $2/next.cfg && mv $2/next.cfg $2/${FILES.current} &&
    echo reload | socat -t 5 - UNIX-CONNECT:$2/${FILES.master} >/dev/null && echo changed
}`;

/** Runs a script in one of these, whoever runs; its output is cut at the marks. */
async function runInside(
  engine: Engine,
  containers: readonly Container[],
  script: string,
): Promise<Map<number, string>> {
  const [door] = containers;
  const command = ['docker', 'exec', '--interactive', door!.id, 'sh', '-s'];
  const finished = await run(command, { env: engine.env, input: `${script}\n`, withinMs: 60_000 });
  const parts = finished.stdout.split(new RegExp(`^${MARK} (\\d+)\n`, 'm')).slice(1);
  if (parts.length === 0) throw new CommandError(['docker', 'exec', door!.name], finished);
  return new Map(parts.flatMap((at, index) => index % 2 === 0 ? [[Number(at), parts[index + 1]!] as const] : []));
}
