/** cAdvisor for the engine that the docker client takes by itself. */
import { CADVISOR_NAME, CADVISOR_PORT, cadvisorFolders } from '../lib/cadvisor.ts';
import { isOwn, ownLabels } from '../lib/own-containers.ts';
import { type Container, inspectContainers, listContainers } from '../lib/containers.ts';
import { CommandError, output, run } from '../lib/process.ts';
import { waitFor } from '../lib/wait.ts';

const ANSWERS_WITHIN_MS = 60_000;

export interface CadvisorOptions {
  readonly image: string;
  /** On 127.0.0.1 of the engine's host. */
  readonly port: number;
  /** The project it is started for: clean.mjs removes both. Undefined: for all containers. */
  readonly project: string | undefined;
  /** Of its container; default: coinroom-cadvisor. */
  readonly name?: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Starts it where it does not run. Gives the address of its page, once that answers.
 *
 * @throws Error when its container's name is taken, or it cannot be had, does not start or does not answer
 */
export async function startCadvisor(options: CadvisorOptions): Promise<string> {
  const { name = CADVISOR_NAME, say, signal } = options;
  const there = (await listContainers()).find((container) => container.name === name);
  if (there && !isOwn('cadvisor', there)) {
    throw new Error(`Cannot start cAdvisor: a container ${name} that top.mjs has not made is in its place`);
  }
  if (there?.status === 'running') {
    const url = await untilItAnswers(there.id, signal);
    say(`cAdvisor runs already: ${url}`);
    return url;
  }
  // It has ended, or never began.
  if (there) await output(['docker', 'rm', '--force', there.id]);
  say(`Starting cAdvisor (${options.image}) …`);
  const id = await createAndStart(name, options);
  const url = await untilItAnswers(id, signal);
  say(`cAdvisor answers: ${url}`);
  return url;
}

/** Gives its id. */
async function createAndStart(name: string, { image, port, project, signal }: CadvisorOptions): Promise<string> {
  const root = await output(['docker', 'info', '--format', '{{.DockerRootDir}}']);
  const mounts = cadvisorFolders(root).map(({ source, target }) => `${source}:${target}:ro`);
  const create = [
    ...['docker', 'create', '--name', name, ...ownLabels('cadvisor', project)],
    ...['--publish', `127.0.0.1:${port}:${CADVISOR_PORT}`, ...mounts.flatMap((mount) => ['--volume', mount]), image],
  ];
  const created = await run(create, { signal });
  if (created.code !== 0) {
    throw new Error(`${said(create, created)}\nAnother image: --cadvisor-image, or the variable CADVISOR_IMAGE`);
  }
  const id = created.stdout.trim().split('\n').at(-1)!;
  const start = ['docker', 'start', id];
  const started = await run(start, { signal });
  if (started.code === 0) return id;
  await run(['docker', 'rm', '--force', id]);
  const isTaken = /port is already allocated|address already in use/.test(started.stderr);
  throw new Error(`${said(start, started)}${isTaken ? '\nAnother port: --cadvisor-port' : ''}`);
}

function said(command: readonly string[], finished: CommandError['finished']): string {
  return `Cannot start cAdvisor: ${new CommandError(command.slice(0, 2), finished).message}`;
}

async function untilItAnswers(id: string, signal: AbortSignal): Promise<string> {
  return await waitFor(async () => {
    const [container] = await inspectContainers([id]);
    if (container?.status !== 'running') throw new Error(await whyEnded(id, container));
    const url = `http://127.0.0.1:${
      container.ports.find(({ containerPort }) => containerPort === CADVISOR_PORT)?.hostPort
    }`;
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) })
      .catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok ? url : undefined;
  }, { what: `cAdvisor to answer: docker logs ${id.slice(0, 12)}`, withinMs: ANSWERS_WITHIN_MS, signal });
}

async function whyEnded(id: string, container: Container | undefined): Promise<string> {
  if (!container) return 'Cannot start cAdvisor: its container has been removed';
  const { stdout, stderr } = await run(['docker', 'logs', '--tail', '5', id]);
  return `Cannot start cAdvisor: it ended with ${container.exitCode}: ${(stdout + stderr).trim()}`;
}
