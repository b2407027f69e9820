/**
 * The simple way: one balancer for all, in a network of the project, in front of a service that has been scaled. The
 * consumers have to call it by its own name, SERVICE-balancer.
 */
import { asUsage, EXIT, parseCount, print, UsageError, verb } from '../lib/command-line.ts';
import type { Project } from '../lib/compose-project.ts';
import type { Engine } from '../lib/engine.ts';
import { localImage } from '../lib/local-image.ts';
import { parseDuration } from '../lib/marked-commands.ts';
import { output } from '../lib/process.ts';
import { createProgress } from '../lib/progress.ts';
import { removeContainer } from '../lib/remove-container.ts';
import { type Balanced, balancerLabels } from './balancer-labels.ts';
import { common, open, within } from './flags.ts';
import { createKeeper } from './keeper.ts';
import { type Access, accessTo, type Balance, BALANCES, LABELS } from '../lib/haproxy/access.ts';
import { inWords } from './plan.ts';
import type { Mode } from '../lib/haproxy/ports.ts';
import { createProxy, pullProxyImage } from './proxy-container.ts';
import { settle, untilReady } from './settle.ts';
import { instancesOf, look, type Placed } from './sight.ts';
import { balancerConfiguration, findBackends } from './wanted.ts';

const flags = {
  ...common,
  ...within,
  mode: { type: 'string' },
  balance: { type: 'string' },
  publish: { type: 'string' },
} as const;

export const balance = verb(flags, async ({ values, positionals, signal }) => {
  const [service = '', ...others] = positionals;
  if (others.length > 0) throw new UsageError(`balance takes one service; got ${positionals.join(' ')}`);
  const withinMs = asUsage(() => parseDuration(values.within));
  const published = values.publish === undefined
    ? undefined
    : parseCount('--publish', values.publish, { least: 1, most: 65_535 });
  const { project, engines, image } = await open(values, signal);
  const engine = engines[0]!;
  const balanced = { service, ...changed(await accessOf(project, service, engine), values) };
  if (published !== undefined && balanced.ports.length > 1) {
    throw new UsageError(
      `--publish is for a service of one port; ${service} has ${balanced.ports.map(inWords).join(', ')}`,
    );
  }
  const progress = createProgress();
  await pullProxyImage(engine, image, progress);
  const sight = await look(project.name, [engine]);
  const name = balancerName(project, service);
  const there = sight.balancers.find(({ container }) => container.name === name);
  const publish = published === undefined ? [] : ['--publish', `${published}:${balanced.ports[0]!.port}`];
  if (there && isSame(there, balanced, { image, published })) progress.done(`Nothing to do: ${name} is there already`);
  else {
    if (there) await removeContainer(there.container, { engine, volumes: true });
    await create(balanced, { project, engine, image, name, publish, instances: instancesOf(sight, service), sight });
    progress.done(`${name} made`);
  }
  const keeper = createKeeper({ project: project.name, engines: [engine], links: undefined, image });
  await settle(keeper, progress);
  await untilReady(keeper, { withinMs, signal });
  const at = balanced.ports.map(({ port, mode }) => `${mode}://${balancerAlias(service)}:${port}`);
  const where = published === undefined ? '' : `, from outside on port ${published}`;
  print(
    values,
    { name, ...balanced, published: published ?? null },
    `${service} is balanced at ${at.join(', ')}${where}`,
  );
  return EXIT.done;
});

/** What the containers of the project call it. */
export function balancerAlias(service: string): string {
  return `${service}-balancer`;
}

function balancerName({ name }: Project, service: string): string {
  return `${name}-${balancerAlias(service)}`;
}

async function accessOf(project: Project, service: string, engine: Engine): Promise<Access> {
  const config = project.services.get(service);
  if (!config) {
    const there = [...project.services.keys()].join(', ');
    throw new UsageError(`balance takes a service of ${project.name}: one of ${there}; got ${JSON.stringify(service)}`);
  }
  const exposed = (await localImage(config.image ?? project.builtName(service), engine))?.exposed ?? [];
  const access = asUsage(() => accessTo(service, config, { exposedByImage: exposed }));
  if (access.ports.length > 0) return access;
  throw new UsageError(`Nothing says which port ${service} has: label it with ${LABELS.ports}, such as '80/http'`);
}

function changed(
  access: Access,
  { mode, balance: how }: { readonly mode?: string | undefined; readonly balance?: string | undefined },
): Access {
  if (mode !== undefined && mode !== 'http' && mode !== 'tcp') {
    throw new UsageError(`--mode is http or tcp; got ${mode}`);
  }
  if (how !== undefined && !BALANCES.includes(how as Balance)) {
    throw new UsageError(`--balance is one of ${BALANCES.join(', ')}; got ${how}`);
  }
  return {
    ports: access.ports.map((port) => ({ ...port, mode: (mode as Mode | undefined) ?? port.mode })),
    balance: (how as Balance | undefined) ?? access.balance,
    checkPath: access.checkPath,
  };
}

function isSame(
  { container }: Placed,
  balanced: Balanced,
  { image, published }: { readonly image: string; readonly published: number | undefined },
): boolean {
  const labels = balancerLabels(balanced).filter((word) => word !== '--label');
  const has = labels.every((label) =>
    container.labels[label.split('=', 1)[0]!] === label.slice(label.indexOf('=') + 1)
  );
  const ports = container.ports.map(({ hostPort }) => hostPort).join();
  return has && container.image === image && ports === `${published ?? ''}` && container.status === 'running';
}

interface CreateOptions {
  readonly project: Project;
  readonly engine: Engine;
  readonly image: string;
  readonly name: string;
  /** Arguments of `docker run`. */
  readonly publish: readonly string[];
  readonly instances: readonly Placed[];
  readonly sight: { readonly members: readonly Placed[] };
}

async function create(balanced: Balanced, options: CreateOptions): Promise<void> {
  const { project, engine, image, name, publish, instances, sight } = options;
  const { service } = balanced;
  const [first] = instances;
  if (!first) throw new Error(`${service} does not run: ./scripts/compose.mjs up`);
  const [network, ...others] = [...first.container.networks.keys()].sort();
  const viewer = { engine, container: { name, networks: first.container.networks } };
  const { listeners } = findBackends(viewer, balanced, sight);
  const alias = ['--network-alias', balancerAlias(service)];
  await createProxy({
    engine,
    kind: 'balancer',
    project: project.name,
    name,
    image,
    configuration: balancerConfiguration(balanced, listeners),
    args: ['--network', network!, ...alias, ...publish, ...balancerLabels(balanced)],
  });
  for (const other of others) {
    const command = ['docker', 'network', 'connect', '--alias', balancerAlias(service), other, name];
    await output(command, { env: engine.env });
  }
}
