/**
 * All HAProxies of a project on one engine share a folder, a volume: each keeps its configuration and its sockets there.
 * So one program in any of them can tell all of them something, and ask all of them: a change costs one `docker exec`
 * and not one for each. It needs no file of the engine's machine, so that any engine will do.
 */
import type { Container } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { ownLabels } from '../lib/own-containers.ts';
import { CommandError, output, run } from '../lib/process.ts';
import { proxyVolume } from '../lib/proxies.ts';
import { FILES, folderOf, ROOT } from './files.ts';
import { type Configuration, renderConfiguration } from './haproxy.ts';

/** Makes the folder where it is missing. Gives arguments of `docker run` that put it in its place. */
export async function shareFolder(engine: Engine, project: string): Promise<string[]> {
  await output(['docker', 'volume', 'create', ...ownLabels('ambassador', project), proxyVolume(project)], {
    env: engine.env,
  });
  return ['--volume', `${proxyVolume(project)}:${ROOT}`];
}

export interface Order {
  readonly container: Container;
  readonly configuration: Configuration;
  /** Of the runtime API, which have the same effect; undefined: it takes a reload. */
  readonly commands: readonly string[] | undefined;
}

/** Whether and how it got another one than it had before; or why it goes on with that. */
export type Told = 'same' | 'changed' | 'reloaded' | Error;

/**
 * Gives some HAProxies another configuration, without losing a connection. HAProxy itself judges each text, once, before
 * it takes the place of the one before. In the order of the orders.
 *
 * @throws CommandError when they cannot be told
 */
export async function configureProxies(engine: Engine, orders: readonly Order[]): Promise<Told[]> {
  const texts = [...new Set(orders.map(({ configuration }) => renderConfiguration(configuration)))];
  const script = [
    SHELL,
    ...texts.map((text, at) => `cat >$new/${at} <<'${END}'\n${text.trimEnd()}\n${END}\ncheck ${at} &`),
    'wait',
    ...orders.map(({ container, configuration, commands }, at) => {
      const text = texts.indexOf(renderConfiguration(configuration));
      return `tell ${folderOf(container.name)} ${text} '${commands?.join('; ') ?? 'reload'}' >$new/${at}.told 2>&1 &`;
    }),
    'wait',
    ...orders.map((_, at) => `echo '${MARK} ${at}'; cat $new/${at}.told`),
  ].join('\n');
  const answers = await runInside(engine, orders.map(({ container }) => container), script);
  return orders.map(({ container }, at) => {
    const answer = answers.get(at)?.trim() ?? 'it has not been told';
    if (answer === 'same' || answer === 'changed' || answer === 'reloaded') return answer;
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
  const [head] = answer.split('\r\n\r\n', 1);
  const body = answer.slice(head!.length + 4);
  return /^transfer-encoding: chunked/im.test(head!) ? joinChunks(body) : body;
}

/** Each is its length in hexadecimal, a line's end, and so much text (RFC 9112 §7.1). HAProxy's page is all ASCII. */
function joinChunks(body: string): string {
  let joined = '';
  for (let at = 0; at < body.length;) {
    const end = body.indexOf('\r\n', at);
    const length = parseInt(body.slice(at, end), 16);
    if (!(length > 0)) break;
    joined += body.slice(end + 2, end + 2 + length);
    at = end + 2 + length + 2;
  }
  return joined;
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

/** What the runtime API says when it has done what it was told; whatever else it says means that it has not. */
const DONE = '^$|^New server registered|^IP changed|^no need to change|^nothing changed|^port changed';

/** All at once: a reload takes a tenth of a second of processor time, and there may be many. */
const SHELL = `
new=/tmp/new.$$
mkdir $new
trap 'rm -rf $new' EXIT
check() {
  FOLDER=/tmp haproxy -c -f $new/$1 >$new/$1.said 2>&1 && : >$new/$1.good
}
tell() {
  text=$(cat $new/$2)
  if [ "$text" = "$(cat $1/${FILES.current})" ] && [ "$text" = "$(cat $1/${FILES.loaded})" ]; then echo same; return; fi
  if [ ! -e $new/$2.good ]; then cat $new/$2.said; return; fi
  how=reloaded
  if [ "$3" != reload ]; then
    (echo "$3" | socat -t 5 - UNIX-CONNECT:$1/${FILES.api} || echo failed) | grep -qvE '${DONE}' || how=changed
  fi
  for file in ${FILES.good} ${FILES.current}; do cp $new/$2 $1/next && mv $1/next $1/$file || return; done
  if [ $how = reloaded ]; then echo reload | socat -t 5 - UNIX-CONNECT:$1/${FILES.master} >/dev/null || return; fi
  cp $new/$2 $1/${FILES.loaded} && echo $how
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
