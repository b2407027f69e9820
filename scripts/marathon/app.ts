/** One service as one app. */
import type { Application, Service } from '../lib/compose-model/model.ts';
import type { MarathonApp, PortMapping } from './api.ts';
import { balancerLabels } from './balancer-labels.ts';
import { commandOf } from './command.ts';
import type { Discovery, Located } from './discovery.ts';
import { addressesIn, portVariable } from './environment.ts';
import type { MarathonOptions } from './generate.ts';
import { healthChecksOf } from './health.ts';
import { parametersOf } from './parameters.ts';
import type { AppPort } from './ports.ts';
import { type Report, said, type Tell, tellers } from './report.ts';
import { resourcesOf } from './resources.ts';
import { scaleOf } from './scale.ts';
import { volumesOf } from './volumes.ts';

/** Of Compose. */
const STOP_GRACE_MS = 10_000;

/** Seconds between two starts of what does not stay, at most: as long as Docker waits. Marathon's own are 300. */
const LONGEST_DELAY = 60;

export interface AppOptions {
  readonly application: Application;
  readonly id: string;
  readonly ports: readonly AppPort[];
  readonly environment: ReadonlyMap<string, string>;
  /** Absolute ids. */
  readonly dependencies: readonly string[];
  /** Names of services in a text become where they are found here. */
  readonly put: (text: string) => string;
  readonly discovery: Discovery;
  readonly options: MarathonOptions;
  readonly report: Report;
}

/** @throws SyntaxError naming file and line of what cannot be an app */
export function appOf(service: Service, given: AppOptions): MarathonApp {
  const { application, id, ports, dependencies, put, discovery, options, report } = given;
  const { lose } = tellers(report, service);
  const { name } = service;
  tellOthers(service, lose);
  const addresses = addressesIn(given.environment);
  const environment = new Map(
    [...given.environment].map(([key, value]) => [key, addresses.has(key) ? put(value) : value]),
  );
  const { started, parameters: startParameters } = commandOf(service, put, report);
  const volumeSizes = options.volumeSizes ?? new Map<string, number>();
  const { volumes, parameters: mountParameters } = volumesOf(service, { application, volumeSizes, report });
  const parameters = [...startParameters, ...parametersOf(service), ...mountParameters];
  const balancer = { ports, group: discovery.balancerGroup, virtualHost: options.virtualHosts?.get(name) };
  const constraints = options.constraints?.get(name) ?? [];
  return {
    id,
    ...started,
    ...scaleOf(service, { instances: options.instances?.get(name), constraints, report }),
    ...resourcesOf(service, report),
    networks: [discovery.network],
    container: {
      type: 'DOCKER',
      docker: {
        image: imageOf(service),
        ...(service.isPrivileged ? { privileged: true } : {}),
        ...(parameters.length > 0 ? { parameters } : {}),
      },
      portMappings: ports.map((port) => mappingOf(port, { app: { id, at: service.at }, discovery })),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
    env: Object.fromEntries([...environment, ...Object.entries(portVariable(service, environment, ports))]),
    // What the file says to a balancer is the last word.
    labels: Object.fromEntries([...Object.entries(balancerLabels(service, balancer)), ...service.labels]),
    healthChecks: healthChecksOf(service, { ports, report }),
    dependencies,
    taskKillGracePeriodSeconds: stopGraceOf(service, lose),
    maxLaunchDelaySeconds: LONGEST_DELAY,
  };
}

/** Never less than the file gives. */
function stopGraceOf({ stopGraceMs = STOP_GRACE_MS }: Service, lose: Tell): number {
  const seconds = Math.ceil(stopGraceMs / 1000);
  if (seconds * 1000 !== stopGraceMs) lose('stop_grace_period', `Marathon counts whole seconds: ${seconds}`);
  return seconds;
}

/** @throws SyntaxError for what is only built: an agent builds nothing */
function imageOf({ name, image, at }: Service): string {
  if (image !== undefined) return image;
  throw new SyntaxError(
    `Cannot make an app of ${name}: it has no image, only build, and an agent builds nothing; push it, and take the file ` +
      `compose.VERSION.yml that this writes: ./scripts/compose.mjs push --registry HOST:PORT${said(at)}`,
  );
}

function tellOthers({ image = '', isBuilt, restart, given, networkMode }: Service, lose: Tell): void {
  if (!image.includes('@sha256:')) lose('image', `${image} has no digest: each agent may have another`);
  if (isBuilt) lose('build', 'an agent builds nothing: ./scripts/compose.mjs push writes a file of what it has pushed');
  const isSaid = given.some(({ key }) => key === 'restart');
  if (isSaid && (restart === 'no' || restart === 'on-failure')) {
    lose('restart', 'Marathon starts again whatever has ended, however that was');
  }
  if (networkMode !== undefined && networkMode !== 'bridge') {
    lose(
      'network_mode',
      `it has a network of its own and not ${networkMode}: ports of an agent are given by offers, and tasks share nothing`,
    );
  }
}

function mappingOf(
  port: AppPort,
  { app, discovery }: { readonly app: Located; readonly discovery: Discovery },
): PortMapping {
  const labels = discovery.labelsOf(app, port);
  // With an address of its own, a task takes a port of the agent only for a balancer that comes by way of that.
  const hasHostPort = discovery.network.mode === 'container/bridge' || port.servicePort !== 0;
  return {
    containerPort: port.port,
    ...(hasHostPort ? { hostPort: 0 } : {}),
    servicePort: port.servicePort,
    protocol: port.protocol,
    name: port.name,
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
  };
}
