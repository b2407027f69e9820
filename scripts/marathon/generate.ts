/**
 * An application as a group of Marathon. Pure: the same file and options give the same bytes. What it honours is what
 * Marathon checks (api/v2/validation/ of its sources), and what it does not check but what would hang or lose data.
 */
import { formatLoss, type Loss } from '../lib/compose-model/losses.ts';
import type { Application, Service } from '../lib/compose-model/model.ts';
import type { Constraint, MarathonGroup } from './api.ts';
import { appOf } from './app.ts';
import { lostKeys, lostParts } from './carried.ts';
import { textsOf } from './command.ts';
import { dependenciesOf } from './dependencies.ts';
import { type DiscoveryOptions, openDiscovery } from './discovery.ts';
import { addressesIn, environmentOf, tellBareNames } from './environment.ts';
import { idsOf, parseGroup, toSegment } from './ids.ts';
import { type Mention, mentionsIn, namesFor, replaceMentions } from './mentions.ts';
import { type AppPort, portsOf } from './ports.ts';
import { type Report, tellers } from './report.ts';

export interface MarathonOptions extends DiscoveryOptions {
  /** Absolute; default: `/` and the name of the application. */
  readonly group?: string | undefined;
  /** Others than the file says, by name of the service. */
  readonly instances?: ReadonlyMap<string, number>;
  readonly constraints?: ReadonlyMap<string, readonly Constraint[]>;
  /** Names by which marathon-lb knows an app at its port 80 as well. */
  readonly virtualHosts?: ReadonlyMap<string, string>;
  /** MiB, by name of the volume. */
  readonly volumeSizes?: ReadonlyMap<string, number>;
  /** Of marathon-lb: two groups in one cluster must not have the same. Default: 10000. */
  readonly firstServicePort?: number | undefined;
}

export interface Generated {
  readonly group: MarathonGroup;
  /** What of the file is not in it. */
  readonly losses: readonly Loss[];
  /** What was chosen where the file says nothing: all of it is as it should be, but might be otherwise. */
  readonly choices: readonly Loss[];
}

/**
 * @throws SyntaxError naming file and line of what cannot be an app; SyntaxError for options that do not go together, or
 * that name what is not there; RangeError when the balancer has not enough ports
 */
export function toMarathon(application: Application, options: MarathonOptions = {}): Generated {
  const [first] = application.services;
  if (!first) throw new SyntaxError(`Cannot make a group of ${application.name}: it has no services`);
  assertKnown(application, options);
  const report: Report = { losses: lostParts(application), choices: [] };
  const group = parseGroup(options.group ?? `/${toSegment(application.name)}`);
  const discovery = openDiscovery(options);
  report.choices.push({ service: undefined, what: 'discovery', why: discovery.explanation, at: first.at });
  const ids = idsOf(application, group, report);
  const dependencies = dependenciesOf(application, report);

  const environments = new Map(
    application.services.map((service) => [service.name, environmentOf(service, application, report)]),
  );
  const mentions = application.services.flatMap((service) => {
    const texts = [...addressesIn(environments.get(service.name)!).values(), ...textsOf(service)];
    const names = namesFor(service, application);
    return texts.flatMap((text) => mentionsIn(text, names));
  });
  const { firstServicePort } = options;
  const ports = portsOf(application, {
    ...{ mentions, firstServicePort, report },
    isCalledByBalancer: discovery.kind === 'marathon-lb',
  });

  const apps = application.services.map((service) => {
    tellBareNames(service, application, report);
    report.losses.push(...lostKeys(service));
    const names = namesFor(service, application);
    const place = (mention: Mention): string | undefined => {
      const port = portOf(mention, ports.get(mention.service)!);
      if (port !== undefined) {
        const { at } = application.services.find((one) => one.name === mention.service)!;
        return discovery.endpointOf({ id: ids.get(mention.service)!, at }, port);
      }
      tellUnplaced(service, mention, report);
      return undefined;
    };
    return appOf(service, {
      ...{ application, discovery, options, report },
      id: ids.get(service.name)!,
      ports: ports.get(service.name)!,
      environment: environments.get(service.name)!,
      dependencies: dependencies.get(service.name)!.map((name) => ids.get(name)!),
      put: (text) => replaceMentions(text, names, place),
    });
  });
  const ordered = (list: readonly Loss[]): Loss[] => inOrder(list, application);
  return { group: { id: group, apps }, losses: ordered(report.losses), choices: ordered(report.choices) };
}

/** By service, as the file has them; the same thing once. */
function inOrder(list: readonly Loss[], { services }: Application): Loss[] {
  const names = services.map(({ name }) => name);
  const once = new Map(list.map((loss) => [formatLoss(loss), loss]));
  const rank = ({ service }: Loss): number => service === undefined ? -1 : names.indexOf(service);
  return [...once.values()].sort((a, b) => rank(a) - rank(b));
}

/** Without a number: the only one that there is. */
function portOf({ port }: Mention, ports: readonly AppPort[]): AppPort | undefined {
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  return port === undefined && tcp.length === 1 ? tcp[0] : tcp.find((one) => one.port === port);
}

function tellUnplaced(from: Service, { service, port }: Mention, report: Report): void {
  const { lose } = tellers(report, from);
  lose(
    'environment',
    `${service} is named with ${
      port === undefined ? 'no port' : `port ${port}, which is none of TCP`
    }: nothing here can stand for that`,
  );
}

/** @throws SyntaxError for an option that names a service or a volume of which the file knows nothing */
function assertKnown({ services, volumes }: Application, options: MarathonOptions): void {
  const known = services.map(({ name }) => name);
  for (
    const [flag, names] of [
      ['--instances', options.instances],
      ['--constraint', options.constraints],
      ['--vhost', options.virtualHosts],
    ] as const
  ) {
    for (const name of names?.keys() ?? []) {
      if (!known.includes(name)) {
        throw new SyntaxError(`Cannot take ${flag} for ${name}: the services are ${known.join(', ')}`);
      }
    }
  }
  const mounted = new Set([...volumes.keys(), ...services.flatMap(({ mounts }) => mounts.map(nameOf))]);
  for (const name of options.volumeSizes?.keys() ?? []) {
    if (!mounted.has(name)) throw new SyntaxError(`Cannot take --volume-size for ${name}: there is no such volume`);
  }
}

function nameOf(mount: Service['mounts'][number]): string | undefined {
  return mount.kind === 'volume' ? mount.name : undefined;
}
