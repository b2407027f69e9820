/** The service that cAdvisor is on a Swarm: what it is made of, and what its nodes have for it. */
import { CADVISOR_NAME, CADVISOR_PORT, type CadvisorFolder, cadvisorFolders } from '../lib/cadvisor.ts';
import { shWord } from '../lib/sh-word.ts';
import { type ClusterNodes, type Nodes, said } from './nodes.ts';

export interface CadvisorService {
  readonly image: string;
  /** Of every node. */
  readonly port: number;
  readonly folders: readonly CadvisorFolder[];
}

/** A label that says as what the service was made: the same again changes nothing. */
export const MADE_AS = 'coinroom.cadvisor';

export function madeAs({ image, port, folders }: CadvisorService): string {
  return [image, port, ...folders.map(({ source }) => source)].join(' ');
}

export const REMOVAL = `docker service rm ${CADVISOR_NAME} >/dev/null`;

/** The command that makes it. The image is the one that each node has, or fetches: `warm` has brought it. */
export function creation(service: CadvisorService): string {
  const { image, port, folders } = service;
  const publish = `mode=host,published=${port},target=${CADVISOR_PORT}`;
  const options = [
    ...['--detach', '--quiet', '--no-resolve-image', '--name', CADVISOR_NAME, '--mode', 'global'],
    ...['--label', `${MADE_AS}=${madeAs(service)}`, '--publish', publish],
    ...folders.flatMap(({ source, target }) => ['--mount', `type=bind,source=${source},target=${target},readonly`]),
  ];
  return `docker service create ${[...options, image].map(shWord).join(' ')} >/dev/null`;
}

/** Those of engines that nobody has told to keep their files elsewhere. */
export function usualFolders(): CadvisorFolder[] {
  return cadvisorFolders('/var/lib/docker');
}

export interface FoundFolders {
  readonly folders: readonly CadvisorFolder[];
  /** Where they would be on the host. */
  readonly leftOut: readonly string[];
}

/**
 * A service has the same mounts on every node, and a task whose folder is missing is rejected, where `docker run` would
 * make one: so only what all nodes have is mounted. Machines without disks have no /dev/disk.
 *
 * @throws Error when the engines of the cluster keep their files in different folders
 */
export async function findFolders(nodes: Nodes, { name, nodes: own }: ClusterNodes): Promise<FoundFolders> {
  const sources = usualFolders().map(({ source }) => source).join(' ');
  const list = `for folder in ${sources}; do [ ! -e "$folder" ] || echo "$folder"; done`;
  const results = await nodes.ask(own, `docker info --format '{{.DockerRootDir}}' && ${list}`);
  return chooseFolders(name, results.flatMap((result) => said(result) ?? []));
}

/** `looks`: of each node the folder of its engine, and then what there is. */
export function chooseFolders(cluster: string, looks: readonly string[]): FoundFolders {
  const there = looks.map((look) => look.split('\n'));
  const roots = [...new Set(there.map(([root]) => root!))];
  if (roots.length !== 1) {
    const rule = 'all its engines have to keep their files in one folder';
    throw new Error(`Cannot start cAdvisor on ${cluster}: ${rule}; got ${roots.join(', ') || 'none that answers'}`);
  }
  const all = cadvisorFolders(roots[0]!);
  const isEverywhere = ({ source }: CadvisorFolder): boolean => there.every((folders) => folders.includes(source));
  return {
    folders: all.filter(isEverywhere),
    leftOut: all.filter((folder) => !isEverywhere(folder)).map(({ source }) => source),
  };
}
