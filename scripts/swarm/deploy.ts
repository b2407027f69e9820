/** `deploy`: a Compose file whose images have been pushed, as a stack; done when every service is as it was wished for. */
import { parse, stringify } from 'yaml';
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { openProject } from '../lib/compose-project.ts';
import { bracketed } from '../lib/engine.ts';
import { parseTime, stepFlags } from '../lib/room/flags.ts';
import { formatTable } from '../lib/table.ts';
import { type ServiceState, untilConverged } from './converge.ts';
import { type Endpoint, probeEndpoint } from './endpoint.ts';
import { type ClusterNodes, type Nodes, openNodes } from './nodes.ts';
import { askManagers, tellManagers } from './ready.ts';
import { type Stack, toStack } from './stack-file.ts';

export const stackFlags = { ...stepFlags, stack: { type: 'string', default: 'coinroom' } } as const;

const flags = {
  ...stackFlags,
  file: { type: 'string', short: 'f', multiple: true },
  endpoint: { type: 'string', default: 'auto' },
} as const;

/** Of the node that keeps volumes. */
const DATA_LABEL = 'coinroom.data';
const ENDPOINTS = ['auto', 'vip', 'dnsrr'] as const;

export const deploy = verb(flags, async ({ values, positionals: selectors, signal }) => {
  const { stack } = values;
  assertStackName(stack);
  const endpoint = ENDPOINTS.find((one) => one === values.endpoint);
  if (!endpoint) {
    throw new UsageError(`--endpoint takes one of ${ENDPOINTS.join(', ')}; got ${JSON.stringify(values.endpoint)}`);
  }
  const project = await openProject({ files: values.file, signal });
  const config = parse((await project.compose(['config'])).stdout) as Record<string, unknown>;
  assertPushed(config);
  const nodes = await openNodes({ step: 'swarm deploy', values, selectors, signal, within: '10m' });
  if (values['dry-run']) {
    const { file, losses } = toStack(config, {
      endpoint: endpoint === 'auto' ? 'dnsrr' : endpoint,
      dataLabel: DATA_LABEL,
    });
    print(values, { stack: file, losses }, [asYaml(file), ...losses].join('\n'));
    return EXIT.done;
  }
  const found = await Promise.all(
    nodes.clusters.map((cluster) => deployOn(nodes, cluster, { config, stack, endpoint, signal, values })),
  );
  const rows = found.flatMap(({ cluster, services }) => services.map((service) => [cluster, ...rowOf(service)]));
  const told = [
    ...found[0]!.losses.map((loss) => `NOT CARRIED OVER: ${loss}`),
    ...found.map(({ cluster, kind, why }) => `${cluster}: services are found by ${ENDPOINT_WORDS[kind]}${why}`),
    formatTable(['cluster', ...SERVICE_COLUMNS], rows),
    ...found.flatMap(({ urls }) => urls),
  ];
  print(values, found, told.join('\n'));
  return EXIT.done;
});

const ENDPOINT_WORDS: Readonly<Record<Endpoint, string>> = {
  vip: 'an address that the kernel balances (vip)',
  dnsrr: 'all addresses of their tasks (dnsrr)',
};

export const SERVICE_COLUMNS = ['service', 'runs', 'image'] as const;

export function rowOf({ name, running, wished, image }: ServiceState): string[] {
  return [name, `${running} of ${wished}`, image];
}

export function assertStackName(stack: string): void {
  if (/^[a-z0-9][a-z0-9_-]{0,40}$/.test(stack)) return;
  throw new UsageError(`--stack must be at most 41 small letters, digits, - and _; got ${JSON.stringify(stack)}`);
}

/** Docker reads YAML 1.1, in which an `on` without quotes is a boolean. */
function asYaml(file: Stack['file']): string {
  return stringify(file, { version: '1.1' });
}

/** A manager builds nothing: what has a `build:` has to come out of a registry. */
function assertPushed(config: Readonly<Record<string, unknown>>): void {
  const services = Object.entries((config.services ?? {}) as Record<string, { build?: unknown; image?: string }>);
  if (services.length === 0) throw new UsageError('Cannot deploy: the file has no services');
  const built = services.filter(([, { build }]) => build !== undefined).map(([name]) => name);
  if (built.length === 0) return;
  throw new UsageError(
    `Cannot deploy ${
      built.join(', ')
    }: compose up does not work on a Swarm because of build; push the images, and deploy the file that ` +
      'this writes: ./scripts/compose.mjs tag --registry HOST:PORT && ./scripts/compose.mjs push --registry HOST:PORT',
  );
}

interface DeployOptions {
  readonly config: Readonly<Record<string, unknown>>;
  readonly stack: string;
  readonly endpoint: (typeof ENDPOINTS)[number];
  readonly signal: AbortSignal;
  readonly values: { readonly within?: string | undefined };
}

async function deployOn(nodes: Nodes, cluster: ClusterNodes, options: DeployOptions) {
  const { config, stack, endpoint, signal, values } = options;
  const kind = endpoint === 'auto' ? await probeEndpoint(nodes, cluster, { image: redisOf(config), signal }) : endpoint;
  const { file, losses } = toStack(config, { endpoint: kind, dataLabel: DATA_LABEL });
  const label =
    `docker node update --label-add ${DATA_LABEL}=true "$(docker info --format '{{.Swarm.NodeID}}')" >/dev/null`;
  const labelled =
    `docker node ls --quiet | xargs docker node inspect --format '{{index .Spec.Labels "${DATA_LABEL}"}}' | grep -qx true`;
  await tellManagers(
    nodes,
    cluster,
    `{ ${labelled} || ${label}; } && docker stack deploy --prune --resolve-image never --compose-file - ${stack} >/dev/null <<'END_OF_STACK'
${asYaml(file)}
END_OF_STACK`,
  );
  const services = await untilConverged(nodes, cluster, {
    ...{ stack, signal, withinMs: parseTime('--within', values.within ?? '5m') },
  });
  const why = endpoint === 'auto' ? ', as a trial has shown' : '';
  return {
    cluster: cluster.name,
    kind,
    why,
    losses,
    services,
    urls: await urlsOf(nodes, cluster, { stack, file, kind }),
  };
}

/** The one of the file that the trial is made with; it is there in any case. */
function redisOf({ services }: Readonly<Record<string, unknown>>): string {
  const { redis } = (services ?? {}) as { redis?: { image?: string } };
  return redis?.image ?? 'redis:7.4.2';
}

/** Where what is published is reached: on every node, or on those where a task is. */
async function urlsOf(
  nodes: Nodes,
  cluster: ClusterNodes,
  { stack, file, kind }: { readonly stack: string; readonly file: Stack['file']; readonly kind: Endpoint },
): Promise<string[]> {
  const services = Object.entries(file.services as Record<string, { ports?: { published: number }[] }>);
  const lines = await Promise.all(services.flatMap(([name, { ports = [] }]) =>
    ports.map(async ({ published }) => {
      const text = kind === 'vip' ? undefined : await askManagers(nodes, cluster, addressesOf(`${stack}_${name}`));
      const address = text?.split('\n')[0] || cluster.nodes[0]!.host.address;
      return `${cluster.name}: ${name} is at http://${bracketed(address)}:${published}/`;
    })
  ));
  return lines.sort();
}

function addressesOf(service: string): string {
  return `docker service ps --filter desired-state=running --format '{{.Node}}' ${service} | sort -u |
  xargs docker node inspect --format '{{.Status.Addr}}'`;
}
