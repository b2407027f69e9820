/** How an app is in the network. */
import type { App } from './context.ts';
import { isObject, isSaid, type Part, partsOf, show, textOf, textsOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';

export function networksOf({ fields, at }: App): Part[] {
  return partsOf(fields.networks, [...at, 'networks']);
}

function modeOf({ fields }: Part): string {
  return textOf(fields.mode) ?? 'container';
}

export const networkRules: readonly Rule[] = [
  {
    name: 'network-modes',
    number: 8,
    description: 'An app has one host network, or one container/bridge, or one or more container networks',
    check: ofApps((app) => {
      const modes = networksOf(app).map(modeOf);
      if (modes.length <= 1 || modes.every((mode) => mode === 'container')) return [];
      const at = [...app.at, 'networks'];
      return [{ at, found: modes.join(', '), fix: 'one host, or one container/bridge, or container networks only' }];
    }),
  },
  {
    name: 'network-unique',
    number: 8,
    description: 'No network is there twice',
    check: ofApps((app) => {
      const seen = new Set<string>();
      return networksOf(app).flatMap(({ fields, at }): Fault[] => {
        const name = textOf(fields.name);
        if (name === undefined || name === '') return [];
        const isDouble = seen.has(name);
        seen.add(name);
        return isDouble
          ? [{ at: [...at, 'name'], found: show(name), fix: 'another network, or leave this one out' }]
          : [];
      });
    }),
  },
  {
    name: 'network-one-for-docker',
    number: 8,
    description: 'A container of Docker’s is in one container network only',
    check: ofApps((app) => {
      const networks = networksOf(app).filter((one) => modeOf(one) === 'container');
      if (app.container.type === 'MESOS' || !isObject(app.fields.container) || networks.length <= 1) return [];
      const at = [...app.at, 'networks'];
      return [{ at, found: `${networks.length} container networks`, fix: 'one of them, or container.type "MESOS"' }];
    }),
  },
  {
    name: 'network-name',
    number: 9,
    description: 'A container network has a name; host and container/bridge have none, and host has no labels',
    check: ofApps((app) =>
      networksOf(app).flatMap(({ fields, at }): Fault[] => {
        const mode = modeOf({ fields, at });
        if (mode === 'container') {
          if (isSaid(fields.name)) return [];
          const fix = `"name": the network’s, or "mode": "container/bridge"`;
          return [{ at: [...at, 'name'], found: show(fields.name), fix }];
        }
        if (mode !== 'host' && mode !== 'container/bridge') return [];
        const keys = mode === 'host' ? ['name', 'labels'] : ['name'];
        return keys.filter((key) => isFull(fields[key])).map((key) => ({
          ...{ at: [...at, key], found: show(fields[key]), fix: `leave it out: ${mode} has none` },
        }));
      })
    ),
  },
  {
    name: 'network-of-mapping',
    description: 'networkNames name networks of the app, and with several networks a hostPort belongs to one',
    check: ofApps((app) => {
      const names = networksOf(app).flatMap(({ fields }) => textOf(fields.name) ?? []);
      const isOneOfMany = networksOf(app).filter((one) => modeOf(one) === 'container').length > 1;
      return app.mappings.flatMap(({ fields, at }): Fault[] => {
        const wanted = textsOf(fields.networkNames, [...at, 'networkNames']);
        const unknown = wanted.filter(({ text }) => !names.includes(text));
        if (isOneOfMany && isSaid(fields.hostPort) && wanted.length !== 1) {
          const fix = `one of ${names.map(show).join(', ')} in a list`;
          return [{ at: [...at, 'networkNames'], found: show(fields.networkNames), fix }];
        }
        const fix = names.length === 0 ? 'leave it out' : `one of ${names.map(show).join(', ')}`;
        return unknown.map((one) => ({ at: one.at, found: show(one.text), fix }));
      });
    }),
  },
];

function isFull(value: unknown): boolean {
  return typeof value === 'string' ? value !== '' : isObject(value) && Object.keys(value).length > 0;
}
