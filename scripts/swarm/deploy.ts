/** `deploy`: a Compose file whose images have been pushed, as a stack; done when every service is as it was wished for. */
import { parse, stringify } from 'yaml';
import { asUsage, EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { openProject } from '../lib/compose-project.ts';
import { haproxyImage } from '../lib/haproxy/listening.ts';
import { parseTime } from '../lib/parse-time.ts';
import { formatTable } from '../lib/table.ts';
import { UNCHANGED } from '../lib/words.ts';
import { untilConverged } from './converge.ts';
import { type Endpoint, probeEndpoint } from './endpoint.ts';
import { type ClusterNodes, type Nodes, openNodes } from './nodes.ts';
import { tellManagers } from './ready.ts';
import { type Stack, type StackOptions, toStack } from './stack-file.ts';
import { assertStackName, digestOf, rowOf, SERVICE_COLUMNS, stackFlags } from './stacks.ts';
import { untilAnswering } from './urls.ts';

const flags = {
  ...stackFlags,
  file: { type: 'string', short: 'f', multiple: true },
  endpoint: { type: 'string', default: 'auto' },
  'haproxy-image': { type: 'string' },
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
  const frontImage = haproxyImage(values['haproxy-image']);
  const compute = (kind: Endpoint): Stack =>
    asUsage(() => toStack(config, { endpoint: kind, dataLabel: DATA_LABEL, frontImage }));
  // What cannot be computed is said before anything is begun.
  const foreseen = compute(endpoint === 'auto' ? 'dnsrr' : endpoint);
  if (values['dry-run']) {
    const { file, losses } = foreseen;
    print(values, { stack: file, losses }, [asYaml(file), ...losses].join('\n'));
    return EXIT.done;
  }
  const found = await Promise.all(
    nodes.clusters.map((cluster) => deployOn(nodes, cluster, { config, compute, stack, endpoint, signal, values })),
  );
  const rows = found.flatMap(({ cluster, services }) => services.map((service) => [cluster, ...rowOf(service)]));
  const told = [
    ...found[0]!.losses.map((loss) => `NOT CARRIED OVER: ${loss}`),
    ...found.map(({ cluster, kind, why }) => `${cluster}: services are found by ${ENDPOINT_WORDS[kind]}${why}`),
    formatTable(['cluster', ...SERVICE_COLUMNS], rows),
    ...found.flatMap(({ urls }) => urls),
    ...(found.some(({ isChanged }) => isChanged) ? [] : [UNCHANGED]),
  ];
  print(values, found, told.join('\n'));
  return EXIT.done;
});

const ENDPOINT_WORDS: Readonly<Record<Endpoint, string>> = {
  vip: 'an address that the kernel balances (vip)',
  dnsrr: 'all addresses of their tasks (dnsrr)',
};

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
  readonly compute: (endpoint: StackOptions['endpoint']) => Stack;
  readonly stack: string;
  readonly endpoint: (typeof ENDPOINTS)[number];
  readonly signal: AbortSignal;
  readonly values: { readonly within?: string | undefined };
}

async function deployOn(nodes: Nodes, cluster: ClusterNodes, options: DeployOptions) {
  const { config, compute, stack, endpoint, signal, values } = options;
  const trial = endpoint === 'auto'
    ? await probeEndpoint(nodes, cluster, { image: redisOf(config), signal })
    : undefined;
  const kind = trial?.endpoint ?? (endpoint === 'vip' ? 'vip' : 'dnsrr');
  const { file, published, losses } = compute(kind);
  const label =
    `docker node update --label-add ${DATA_LABEL}=true "$(docker info --format '{{.Swarm.NodeID}}')" >/dev/null`;
  const labelled =
    `docker node ls --quiet | xargs docker node inspect --format '{{index .Spec.Labels "${DATA_LABEL}"}}' | grep -qx true`;
  const before = await digestOf(nodes, cluster, stack);
  await tellManagers(
    nodes,
    cluster,
    `{ ${labelled} || ${label}; } && docker stack deploy --prune --resolve-image never --compose-file - ${stack} >/dev/null <<'END_OF_STACK'
${asYaml(file)}
END_OF_STACK`,
  );
  const services = await untilConverged(nodes, cluster, {
    ...{ wanted: { stack }, signal, withinMs: parseTime('--within', values.within ?? '5m') },
  });
  await trial?.isGone;
  const why = endpoint === 'auto' ? ', as a trial has shown' : '';
  return {
    cluster: cluster.name,
    kind,
    why,
    losses,
    services,
    isChanged: await digestOf(nodes, cluster, stack) !== before,
    urls: await untilAnswering(nodes, cluster, { published, stack, isFronted: kind === 'dnsrr', signal }),
  };
}

/** The one of the file that the trial is made with; it is there in any case. */
function redisOf({ services }: Readonly<Record<string, unknown>>): string {
  const { redis } = (services ?? {}) as { redis?: { image?: string } };
  return redis?.image ?? 'redis:7.4.2';
}
