/** A container in which HAProxy runs: made, started again, removed. What it is told, shared-folder.ts tells it. */
import { type Container, inspectContainers } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { localImage } from '../lib/local-image.ts';
import { isOwn, type OwnKind, ownLabels } from '../lib/own-containers.ts';
import { CommandError, output, run } from '../lib/process.ts';
import type { Progress } from '../lib/progress.ts';
import { FILES, folderOf } from './files.ts';
import { type Configuration, renderConfiguration } from './haproxy.ts';
import { shareFolder } from './shared-folder.ts';

/**
 * Its first configuration comes with the container. Started again it has its last one, or, where somebody has broken
 * that file by hand, the last one that HAProxy found good.
 */
const START = `
mkdir -p $FOLDER && cd $FOLDER || exit
if [ ! -e /tmp/begun ]; then printf '%s\\n' "$CONFIGURATION" >${FILES.good} && cp ${FILES.good} ${FILES.current} && : >/tmp/begun; fi
haproxy -c -q -f ${FILES.current} >/dev/null 2>&1 || cp ${FILES.good} ${FILES.current}
cp ${FILES.current} ${FILES.loaded}
exec haproxy -W -db -S $FOLDER/${FILES.master},mode,600 -f ${FILES.current}
`;

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
  readonly configuration: Configuration;
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
    ...await shareFolder(engine, project),
    ...['--restart', 'unless-stopped', '--stop-signal', 'SIGTERM', '--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges', '--pids-limit', '100', '--memory', '256m'],
    ...['--env', `FOLDER=${folderOf(name)}`, '--env', 'CONFIGURATION', image, 'sh', '-c', START],
  ];
  const env = { ...engine.env, CONFIGURATION: renderConfiguration(configuration).trimEnd() };
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

/** Starts it anew, in the network that its consumer has now. */
export async function restartProxy(engine: Engine, { id }: Container): Promise<void> {
  await output(['docker', 'restart', '--time', '0', id], { env: engine.env, withinMs: 60_000 });
}
