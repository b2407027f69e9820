/** What an app needs of a machine, and may have. */
import type { App } from './context.ts';
import { fieldsOf, isObject, isSaid, listOf, numberOf, show, textOf, textsOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';
import { isResident } from './strategy.ts';

interface Amount {
  readonly path: readonly string[];
  readonly least: number;
  readonly isWhole?: boolean;
}

/** By Marathon’s RAML types; cpus below a thousandth round to none. */
const AMOUNTS: readonly Amount[] = [
  { path: ['cpus'], least: 0.001 },
  { path: ['mem'], least: 0 },
  { path: ['disk'], least: 0 },
  { path: ['gpus'], least: 0, isWhole: true },
  { path: ['executorResources', 'cpus'], least: 0.1 },
  { path: ['executorResources', 'mem'], least: 32 },
  { path: ['executorResources', 'disk'], least: 10 },
];

/** No machine has 4 TiB: these are bytes. */
const MOST_MIB = 4 * 1024 * 1024;

/** What is asked for where nothing is said. */
const DEFAULTS = { cpus: 1, mem: 128 } as const;

export const resourceRules: readonly Rule[] = [
  {
    name: 'resource-range',
    number: 25,
    description: 'cpus are 0.001 or more, mem and disk 0 or more, gpus whole',
    check: ofApps(({ fields, at }) =>
      AMOUNTS.flatMap(({ path, least, isWhole = false }): Fault[] => {
        const value = numberOf(path.reduce<unknown>((one, key) => fieldsOf(one)[key], fields));
        if (value === undefined || value >= least && value < Infinity && (!isWhole || Number.isInteger(value))) {
          return [];
        }
        return [{
          at: [...at, ...path],
          found: show(value),
          fix: `a ${isWhole ? 'whole ' : ''}number of at least ${least}`,
        }];
      })
    ),
  },
  {
    name: 'mem-in-mib',
    number: 25,
    description: 'mem is in MiB',
    check: ofApps(({ fields, at }) => {
      const mem = numberOf(fields.mem);
      if (mem === undefined || mem < MOST_MIB || mem === Infinity) return [];
      return [{ at: [...at, 'mem'], found: `${mem} MiB`, fix: `${Math.ceil(mem / 1024 / 1024)}, if these are bytes` }];
    }),
  },
  {
    name: 'limits-above-requests',
    number: 25,
    description: 'resourceLimits are at least what is asked for',
    check: ofApps(({ fields, at }) =>
      (['cpus', 'mem'] as const).flatMap((key): Fault[] => {
        const limit = numberOf(fieldsOf(fields.resourceLimits)[key]);
        const asked = numberOf(fields[key]) ?? DEFAULTS[key];
        if (limit === undefined || limit >= asked) return [];
        const found = `${limit} of ${asked}${isSaid(fields[key]) ? '' : ', Marathon’s default'}`;
        return [{ at: [...at, 'resourceLimits', key], found, fix: `${asked} or more, or "unlimited"` }];
      })
    ),
  },
  {
    name: 'accepted-roles',
    number: 25,
    description: 'acceptedResourceRoles is left out, or has * or the role of the app, and no more',
    check: ofApps(rolesOf),
  },
  {
    name: 'docker-only',
    number: 25,
    description: 'privileged and parameters are for containers of Docker’s',
    check: ofApps(({ container, at }) => {
      if (container.type !== 'MESOS') return [];
      const docker = fieldsOf(container.docker);
      const place = [...at, 'container', 'docker'];
      const isAsked = { privileged: docker.privileged === true, parameters: listOf(docker.parameters).length > 0 };
      return Object.entries(isAsked).filter(([, is]) => is).map(([key]) => (
        {
          at: [...place, key],
          found: `${show(docker[key])}, with MESOS`,
          fix: 'leave it out, or container.type "DOCKER"',
        }
      ));
    }),
  },
  {
    name: 'mesos-only',
    number: 25,
    description: 'pullConfig, gpus and linuxInfo are for containers of Mesos’',
    check: ofApps(({ container, fields, at }) => {
      if (!isObject(fields.container) || container.type === 'MESOS') return [];
      const places = [
        { path: ['container', 'docker', 'pullConfig'], value: fieldsOf(container.docker).pullConfig },
        { path: ['container', 'linuxInfo'], value: container.linuxInfo },
        { path: ['gpus'], value: numberOf(fields.gpus) === 0 ? undefined : fields.gpus },
      ];
      return places.filter(({ value }) => isSaid(value)).map(({ path, value }) => (
        { at: [...at, ...path], found: `${show(value)}, with DOCKER`, fix: 'leave it out, or container.type "MESOS"' }
      ));
    }),
  },
  {
    name: 'docker-image',
    number: 25,
    description: 'A container of Docker’s, which is the default, has an image',
    check: ofApps(({ container, fields, at }) => {
      if (!isObject(fields.container) || container.type === 'MESOS' || isSaid(container.docker)) return [];
      const fix = '"docker": {"image": "…"}, or "type": "MESOS" for a container without an image';
      return [{ at: [...at, 'container', 'docker'], found: 'nothing', fix }];
    }),
  },
];

function rolesOf(app: App): Fault[] {
  const { fields, at } = app;
  const place = [...at, 'acceptedResourceRoles'];
  if (!Array.isArray(fields.acceptedResourceRoles)) return [];
  const roles = textsOf(fields.acceptedResourceRoles, place);
  const role = textOf(fields.role);
  if (fields.acceptedResourceRoles.length === 0) return [{ at: place, found: '[]', fix: '["*"], or leave it out' }];
  if (isResident(app) && roles.some(({ text }) => text !== '*')) {
    return [{ at: place, found: show(fields.acceptedResourceRoles), fix: '["*"]: the app has a persistent volume' }];
  }
  return roles.flatMap(({ text, at: one }): Fault[] => {
    const isName = text !== '' && !/^(\.\.?|-.*)$|[\s/\x7f]/.test(text);
    const isAllowed = role === undefined || text === '*' || text === role;
    if (isName && isAllowed) return [];
    return [{
      at: one,
      found: show(text),
      fix: role === undefined ? '"*", or a role of Mesos’' : `"*" or ${show(role)}`,
    }];
  });
}
