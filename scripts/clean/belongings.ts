/** What belongs to a project, by the labels that Compose gives; or all containers of an engine. */
import { isOwnOf, OWN_LABELS } from '../lib/own-containers.ts';
import { type Container, listContainers } from '../lib/containers.ts';
import { output, run } from '../lib/process.ts';

/** `all` is every container of the engine, and nothing else than containers. */
export type Scope = { readonly kind: 'project'; readonly name: string } | { readonly kind: 'all' };

export interface OwnedContainer {
  readonly id: string;
  readonly name: string;
  readonly project: string | undefined;
  readonly service: string | undefined;
  readonly status: string;
  /** It has a volume with a name: it is stopped after those that may still have something to write there. */
  readonly keepsData: boolean;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Belongings {
  readonly containers: readonly OwnedContainer[];
  readonly networks: readonly Named[];
  /** Also those without a name that its containers have. */
  readonly volumes: readonly string[];
  /** Volumes in which there is nothing to keep. */
  readonly scratch: readonly string[];
}

/** The containers that are meant: those of a project with what `compose run` left, and what our scripts started for it. */
export function selectContainers<T extends Pick<Container, 'project' | 'labels'>>(
  containers: readonly T[],
  scope: Scope,
): T[] {
  if (scope.kind === 'all') return [...containers];
  return containers.filter((one) => one.project === scope.name || isOwnOf(scope.name, one));
}

export async function findBelongings(scope: Scope): Promise<Belongings> {
  const selected = selectContainers(await listContainers(), scope);
  const volumesOf = await volumesByContainer(selected.map(({ id }) => id));
  const containers = selected.map(({ id, name, project, service, status }) => {
    const keepsData = (volumesOf.get(id) ?? []).some((volume) => !isWithoutName(volume));
    return { id, name, project, service, status, keepsData };
  });
  if (scope.kind === 'all') return { containers, networks: [], volumes: [], scratch: [] };
  const ofProject = `com.docker.compose.project=${scope.name}`;
  const [networks, labelled, scratch] = await Promise.all([
    listLabelled('network', ofProject, '{{.ID}} {{.Name}}'),
    listLabelled('volume', ofProject, '{{.Name}}'),
    listLabelled('volume', `${OWN_LABELS.project}=${scope.name}`, '{{.Name}}'),
  ]);
  const withoutName = [...volumesOf.values()].flat().filter(isWithoutName);
  return {
    containers,
    networks: networks.map((line) => ({ id: line.split(' ', 1)[0]!, name: line.slice(line.indexOf(' ') + 1) })),
    volumes: [...new Set([...labelled, ...withoutName])],
    scratch,
  };
}

async function listLabelled(what: 'network' | 'volume', label: string, format: string): Promise<string[]> {
  const lines = await output(['docker', what, 'ls', '--filter', `label=${label}`, '--format', format]);
  return lines.split('\n').filter((line) => line !== '').sort();
}

async function volumesByContainer(ids: readonly string[]): Promise<Map<string, string[]>> {
  if (ids.length === 0) return new Map();
  const format = '{{.Id}}{{range .Mounts}}{{if eq .Type "volume"}} {{.Name}}{{end}}{{end}}';
  // It ends with 1 when one has gone meanwhile, and tells of the others.
  const { stdout } = await run(['docker', 'inspect', '--type', 'container', '--format', format, ...ids]);
  const lines = stdout.trim().split('\n').map((line) => line.split(' '));
  return new Map(lines.map(([id, ...names]) => [id!, names]));
}

/** Docker gives a volume without a name 64 hexadecimal digits. */
export function isWithoutName(volume: string): boolean {
  return /^[0-9a-f]{64}$/.test(volume);
}
